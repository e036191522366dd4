"""The single checks that ``format`` is made of: each declares its arguments and says what is wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from octarine.evaluate.judges.answer import trimmed
from octarine.evaluate.judges.arguments import parse, pattern, require_patterns, require_texts
from octarine.evaluate.judges.surface import fold, sentences

_FENCE = re.compile(r"\A\s*```[\w-]*\n(.*?)\n?```\s*\Z", re.S)
_BULLET = re.compile(r"^[ \t\u3000]*(?:[-*•‣◦–][ \t\u3000]+|[・●○■◆][ \t\u3000]*)\S", re.M)
_NUMBERED = re.compile(r"^[ \t\u3000]*(?:\*\*)?(?:\(?\d{1,3}[.):．、）]|[①-⑳])(?:\*\*)?[ \t\u3000]*\S", re.M)
# Vowel signs of Devanagari and Arabic are marks, not letters: they are named, or they would split words.
_LETTERS = r"(?:[^\W_]|[\u0900-\u0963\u064b-\u065f\u0670\u200c\u200d])+"
_WORD = re.compile(rf"{_LETTERS}(?:['’-]{_LETTERS})*")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_YES_NO = re.compile(
    r"\A\W*(?:yes|no|ja|nein|oui|non|sí|si|sì|sim|não|はい|いいえ|हाँ|हां|नहीं|نعم|لا)(?![^\W_])", re.IGNORECASE
)


class FormatCheck(Protocol):
    """A check with its arguments."""

    def wrong(self, text: str) -> str:
        """What is wrong with ``text``, which has no blanks around it; empty where nothing is."""
        ...


def _require_range(low: int | None, high: int | None) -> None:
    if low is None and high is None:
        raise ValueError("'min' or 'max' is missing")
    if (low or 0) < 0 or (high is not None and high < (low or 0)):
        raise ValueError(f"nothing lies between min {low} and max {high}")


def _outside(count: int, noun: str, low: int | None, high: int | None) -> str:
    if low is not None and count < low:
        return f"{count} {noun}, at least {low} asked for"
    if high is not None and count > high:
        return f"{count} {noun}, at most {high} asked for"
    return ""


@dataclass(frozen=True, slots=True)
class _Json:
    keys: tuple[str, ...] = ()

    def wrong(self, text: str) -> str:
        fenced = _FENCE.match(text)
        try:
            value = json.loads(fenced[1] if fenced else text)
        except (ValueError, RecursionError):
            return "not JSON"
        if not isinstance(value, dict | list):
            return "JSON, but neither an object nor a list"
        records = value if isinstance(value, list) else [value]
        held = [record if isinstance(record, dict) else {} for record in records] or [{}]
        missing = [key for key in self.keys if any(key not in record for record in held)]
        return f"the key '{missing[0]}' is missing" if missing else ""


@dataclass(frozen=True, slots=True)
class _Words:
    min: int | None = None
    max: int | None = None

    def __post_init__(self) -> None:
        _require_range(self.min, self.max)

    def wrong(self, text: str) -> str:
        # In scripts without spaces each character counts: as near to a word as one gets without a dictionary.
        wide = len(_WIDE.findall(text))
        return _outside(len(_WORD.findall(_WIDE.sub(" ", text))) + wide, "words", self.min, self.max)


@dataclass(frozen=True, slots=True)
class _Sentences:
    min: int | None = None
    max: int | None = None

    def __post_init__(self) -> None:
        _require_range(self.min, self.max)

    def wrong(self, text: str) -> str:
        spans = [span for span in sentences(text) if any(map(str.isalnum, text[span[0] : span[1]]))]
        return _outside(len(spans), "sentences", self.min, self.max)


@dataclass(frozen=True, slots=True)
class _Lines:
    min: int | None = None
    max: int | None = None

    def __post_init__(self) -> None:
        _require_range(self.min, self.max)

    def wrong(self, text: str) -> str:
        return _outside(sum(bool(line.strip()) for line in text.splitlines()), "lines", self.min, self.max)


@dataclass(frozen=True, slots=True)
class _Items:
    n: int | None = None
    min: int | None = None
    max: int | None = None
    style: str = ""

    def __post_init__(self) -> None:
        if self.style not in ("", "bullet", "number"):
            raise ValueError(f"style: '{self.style}' is neither 'bullet' nor 'number'")
        if self.n is not None and (self.min is not None or self.max is not None):
            raise ValueError("'n' stands alone: leave out 'min' and 'max'")
        _require_range(*self._range)

    @property
    def _range(self) -> tuple[int | None, int | None]:
        return (self.min, self.max) if self.n is None else (self.n, self.n)

    def wrong(self, text: str) -> str:
        bullets, numbered = len(_BULLET.findall(text)), len(_NUMBERED.findall(text))
        count = {"bullet": bullets, "number": numbered}.get(self.style, max(bullets, numbered))
        return _outside(count, f"{self.style} list items".strip(), *self._range)


@dataclass(frozen=True, slots=True)
class _StartsWith:
    text: str

    def __post_init__(self) -> None:
        require_texts([self.text], "text")

    def wrong(self, text: str) -> str:
        return "" if fold(text).startswith(fold(self.text)) else f"does not start with '{self.text}'"


@dataclass(frozen=True, slots=True)
class _EndsWith:
    text: str

    def __post_init__(self) -> None:
        require_texts([self.text], "text")

    def wrong(self, text: str) -> str:
        return "" if fold(text).endswith(fold(self.text)) else f"does not end with '{self.text}'"


@dataclass(frozen=True, slots=True)
class _Uppercase:
    def wrong(self, text: str) -> str:
        if not any(map(str.isupper, text)):
            return "no capital letter"
        return "a small letter" if any(map(str.islower, text)) else ""


@dataclass(frozen=True, slots=True)
class _Lowercase:
    def wrong(self, text: str) -> str:
        if not any(map(str.islower, text)):
            return "no small letter"
        return "a capital letter" if any(map(str.isupper, text)) else ""


def _holds(text: str, word: str) -> bool:
    before = r"(?<!\w)" if word[0].isalnum() and ord(word[0]) < 0x0590 else ""
    after = r"(?!\w)" if word[-1].isalnum() and ord(word[-1]) < 0x0590 else ""
    return pattern(before + re.escape(fold(word)) + after).search(fold(text)) is not None


@dataclass(frozen=True, slots=True)
class _Forbid:
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        require_texts(self.words, "words")

    def wrong(self, text: str) -> str:
        found = [word for word in self.words if _holds(text, word)]
        return f"holds '{found[0]}'" if found else ""


@dataclass(frozen=True, slots=True)
class _Include:
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        require_texts(self.words, "words")

    def wrong(self, text: str) -> str:
        missing = [word for word in self.words if not _holds(text, word)]
        return f"lacks '{missing[0]}'" if missing else ""


@dataclass(frozen=True, slots=True)
class _OneOf:
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        require_texts(self.options, "options")

    def wrong(self, text: str) -> str:
        said = trimmed(text)
        return (
            "" if any(said == trimmed(option) for option in self.options) else "is none of the options alone"
        )


@dataclass(frozen=True, slots=True)
class _Regex:
    pattern: str

    def __post_init__(self) -> None:
        require_patterns([self.pattern], "pattern")

    def wrong(self, text: str) -> str:
        return "" if pattern(self.pattern).search(text) else f"does not match '{self.pattern}'"


@dataclass(frozen=True, slots=True)
class _Csv:
    columns: int

    def __post_init__(self) -> None:
        if self.columns < 2:
            raise ValueError("columns: at least 2")

    def wrong(self, text: str) -> str:
        fenced = _FENCE.match(text)
        try:
            rows = [row for row in csv.reader(io.StringIO(fenced[1] if fenced else text)) if row]
        except csv.Error as error:
            return f"not CSV: {error}"
        bad = [row for row in rows if len(row) != self.columns]
        if not rows:
            return "no row"
        return f"a row of {len(bad[0])} columns, {self.columns} asked for" if bad else ""


@dataclass(frozen=True, slots=True)
class _NoDigits:
    def wrong(self, text: str) -> str:
        return "a digit" if any(map(str.isdigit, text)) else ""


@dataclass(frozen=True, slots=True)
class _YesOrNo:
    def wrong(self, text: str) -> str:
        return "" if _YES_NO.match(text) else "starts with neither yes nor no"


FORMAT_CHECKS: Mapping[str, Callable[..., FormatCheck]] = MappingProxyType(
    {
        "json": _Json,
        "words": _Words,
        "sentences": _Sentences,
        "lines": _Lines,
        "list_items": _Items,
        "starts_with": _StartsWith,
        "ends_with": _EndsWith,
        "uppercase": _Uppercase,
        "lowercase": _Lowercase,
        "forbid": _Forbid,
        "include": _Include,
        "one_of": _OneOf,
        "regex": _Regex,
        "csv": _Csv,
        "no_digits": _NoDigits,
        "yes_no": _YesOrNo,
    }
)
"""Kind → its arguments and check."""


def read_check(declared: Mapping[str, Any]) -> FormatCheck:
    """The check that ``{"kind": ..., ...}`` declares.

    Raises:
        ValueError: naming the unknown kind, or the argument.
    """
    kind = declared.get("kind")
    if not isinstance(kind, str) or kind not in FORMAT_CHECKS:
        raise ValueError(f"{kind!r} is no kind of check (known: {', '.join(FORMAT_CHECKS)})")
    rest = {key: value for key, value in declared.items() if key != "kind"}
    try:
        return parse(FORMAT_CHECKS[kind], rest)  # type: ignore[arg-type]
    except ValueError as error:
        raise ValueError(f"{kind}: {error}") from None
