"""What a template can say of its seed: ``{seed}``, ``{piece_1}`` …"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from octarine.redteam.rewriting import MARKS
from octarine.redteam.seed import content_words, cut, graphemes, words

SLOT = re.compile(r"\{([a-z_]+?)(?:_(\d+))?\}")
MOST_PIECES = 9


_STOPS = ".!?…。！？؟।"
_LAST_MARK = re.compile(rf"(?<=[\w{MARKS}])\s?[{_STOPS}]+\Z")


def _title(text: str) -> str:
    """Blanks within a line stay, and so do stops that stand behind another sign: a code may need them."""
    return _LAST_MARK.sub("", re.sub(r"\s*[\r\n]\s*", " ", text.strip()).lstrip("¿¡"))


def _topic(text: str) -> str:
    """The longest of the words that carry the sense."""
    spans = content_words(text)
    if not spans:
        return _title(text)
    first, last = max(spans, key=lambda span: span[1] - span[0])
    return text[first:last]


def masked(text: str, least: int = 1) -> tuple[str, list[str]]:
    """``text`` with its longer words replaced by ``[1]``, ``[2]`` …, and those words. ``least``: characters
    of a word as a reader counts them, where a script has words of one."""
    spans = [span for span in content_words(text) if len(graphemes(text[slice(*span)])) >= least]
    pieces, place = [], 0
    for number, (first, last) in enumerate(spans, 1):
        pieces += [text[place:first], f"[{number}]"]
        place = last
    return "".join([*pieces, text[place:]]), [text[first:last] for first, last in spans]


def _keys(text: str) -> str:
    return "\n".join(f"[{number}] = {word}" for number, word in enumerate(masked(text)[1], 1))


SLOTS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "seed": lambda text: text,
        "title": _title,
        "topic": _topic,
        "quoted": lambda text: "\n".join(f"> {line}" for line in text.splitlines()),
        "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        "masked": lambda text: masked(text)[0],
        "keys": _keys,
        "stepped": lambda text: "\n".join(word.strip() for word in words(text) if word.strip()),
        "backwards": lambda text: " ".join(reversed(text.split())),
    }
)
"""Name → what it says of a text:

``seed`` the text; ``title`` on one line, without its last full stop or question mark; ``topic`` its longest
word; ``quoted`` with ``> `` before each line; ``json`` escaped as in a JSON string; ``masked`` with numbers
for its longer words, which ``keys`` lists; ``stepped`` a word a line; ``backwards`` its words in the opposite
order. ``piece_1`` to ``piece_9``: the text in as many pieces as a template asks for.
"""


_SLOT_AND_STOP = re.compile(SLOT.pattern + r"(?:([.。।])(?![.。।]))?")


def filled(template: str, text: str) -> str:
    """``template`` with its slots filled from ``text``; other braces stay. A full stop behind a slot goes
    where what fills it ends in a mark of its own."""
    asked = [int(number) for name, number in SLOT.findall(template) if name == "piece" and number]
    pieces = cut(text, max(asked)) if asked else []

    def written(match: re.Match[str]) -> str:
        name, number, stop = match[1], match[2], match[3] or ""
        known = number or name in SLOTS
        text = said(match[0][: len(match[0]) - len(stop)], name, number)
        return text if known and text[-1:] in _STOPS and text else text + stop

    def said(slot: str, name: str, number: str) -> str:
        if name == "piece" and number:
            return pieces[int(number) - 1].strip() if int(number) <= len(pieces) else "…"
        return SLOTS[name](text) if name in SLOTS and not number else slot

    return _SLOT_AND_STOP.sub(written, template)


def slots_in(template: str) -> set[str]:
    """The names of the slots that a template fills."""
    found = SLOT.findall(template)
    return {
        "piece" if number else name
        for name, number in found
        if (name in SLOTS) or (name == "piece" and number)
    }
