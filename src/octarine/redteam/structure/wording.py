"""Sentences of this category in nine languages, and text brought into lines and literals."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from octarine.redteam.rewriting import MARKS
from octarine.redteam.seed import Seed, cut, graphemes, width, words
from octarine.redteam.technique import Parameter

EXPLAINED = Parameter("explained", True, "Whether a line above it says what to do with it.")
PIECES = Parameter("pieces", None, "How many pieces; left out: 3 to 7.", kind=int, low=1, high=200)


@cache
def bank(folder: str, name: str) -> Mapping[str, Any]:
    """``FOLDER/data/NAME.toml``; ``folder`` "" is this one."""
    place = files(__package__).joinpath(folder, "data", f"{name}.toml")
    return tomllib.loads(place.read_text("utf-8"))


def spoken(texts: Mapping[str, Any], language: str) -> Any:
    """What ``texts`` has in ``language``; in English where that is not known."""
    return texts.get(language) or texts["en"]


def explained(seed: Seed, task: str, body: str) -> str:
    """``body`` under the line ``task`` of data/tasks.toml, if that is wanted."""
    return f"{spoken(bank('', 'tasks')[task], seed.language)}\n\n{body}" if seed["explained"] else body


def pieces(seed: Seed, low: int = 3, high: int = 7) -> list[str]:
    """The text in as many pieces as are asked for, or drawn."""
    asked = seed.parameters.get("pieces")
    return cut(seed.text, asked or int(seed.rng.integers(low, high + 1)))


def numbered(seed: Seed, parts: list[str]) -> list[tuple[int, str]]:
    """The parts with their places, from 1, in another order."""
    return seed.shuffled(list(enumerate(parts, 1)))


def others(seed: Seed, word: str, known: list[str], count: int = 1) -> list[str]:
    """``count`` of the other words of the text, drawn: decoys in its own language."""
    rest = [other for other in known if other.strip() and other.strip() != word.strip()]
    return [seed.pick(rest) for _ in range(count)] if rest else []


_UNSAFE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def literal(text: str) -> str:
    """A string literal that JSON, YAML, Python and JavaScript read alike."""
    plain = json.dumps(text, ensure_ascii=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", plain)


LITERAL = r'"(?:[^"\\]|\\.)*"'
"""Matches what ``literal`` writes."""


def read(quoted: str) -> str:
    """What ``literal`` wrote."""
    return str(json.loads(quoted, strict=False))


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def printable(text: str) -> str:
    """``text`` with blanks for control characters and line breaks, which formats of lines cannot hold."""
    return _CONTROLS.sub(" ", text)


def lines(text: str, columns: int) -> list[str]:
    """``text`` broken into lines of at most ``columns``, between words where that is possible; runs of blanks
    become one line break or one blank."""
    found: list[str] = []
    line = ""
    for word in _units(text, columns):
        if line.strip() and width((line + word).rstrip()) > columns:
            found.append(line.rstrip())
            line = ""
        line += word
    return [*found, line.rstrip()] if line.strip() or not found else found


def _units(text: str, columns: int) -> list[str]:
    units: list[str] = []
    for word in words(text):
        said = word.strip()
        if not said:
            continue
        gap = " " if word != word.rstrip() else ""
        fresh = graphemes(said + gap) if width(said) > columns else [said + gap]
        for unit in fresh:
            if _hangs(unit, units[-1] if units else "", columns):
                units[-1] += unit
            else:
                units.append(unit)
    return units


def _hangs(unit: str, before: str, columns: int) -> bool:
    return unit[0] in _HANGING and before.strip() == before != "" and width(before + unit) <= columns


_HANGING = "。、，．！？」』）】…ー"
"""No line begins with one of these (JIS X 4051), save in a long row of them."""


def slug(text: str, longest: int = 40) -> str:
    """Letters and digits of ``text``, lower case, with underscores between: a name for a function."""
    name = re.sub(rf"[^\w{MARKS}]+", "_", text.casefold()).strip("_")[:longest].strip("_")
    return name if name.isidentifier() else f"x_{name}" if f"x_{name}".isidentifier() else "task"
