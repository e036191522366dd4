"""YAML with a place for every value: what is wrong is said with file, line and column.

Only plain data is read: no aliases (with them a few lines can stand for gigabytes), no tags, no deep nesting.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

import yaml

from octarine.core.errors import DataError

E = TypeVar("E", bound=Enum)

LONGEST = 1 << 20
"""Characters that a file may have."""
DEEPEST = 12

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")}
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_ADVICE = (
    ("'\\t'", "Indent with spaces."),
    ("escape", "Put patterns between single quotation marks: '\\d+'."),
    ("mapping values are not allowed", "Put quotation marks around a text that holds a colon."),
    ("single document", "One file holds one policy: take out the line '---' and what follows."),
    ("alias", "Put quotation marks around a text that begins with *."),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something stands: line and column from 1."""

    path: str
    line: int
    column: int

    def error(self, message: str, hint: str = "") -> DataError:
        """The error to raise for what stands here."""
        return DataError(f"column {self.column}: {message}", path=self.path, line=self.line, hint=hint)


class _Loader(yaml.SafeLoader):
    """Composes nodes, without aliases and not deeper than ``DEEPEST``."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not allowed", problem_mark=mark)
        if self.depth == DEEPEST:
            raise yaml.MarkedYAMLError(problem="it is nested too deeply", problem_mark=mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def parse(text: str, path: str) -> Cursor:
    """The root of a YAML text.

    Raises:
        DataError: it is not YAML, or more than plain data.
    """
    if len(text) > LONGEST:
        hint = "Put long word lists into files of their own:  words: [{id: …, file: terms.txt}]"
        raise DataError(f"longer than {LONGEST:,} characters", path=path, line=1, hint=hint)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        problem = f"a character that YAML does not allow (U+{ord(text[int(error.position)]):04X})"
        raise DataError(problem, path=path, line=line, hint="Take it out.") from None
    except yaml.YAMLError as error:
        raise _syntax_error(error, path) from None
    if node is None:
        raise DataError("the file is empty", path=path, line=1, hint="A policy begins with  name: …")
    return Cursor(node, path)


def _syntax_error(error: yaml.YAMLError, path: str) -> DataError:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "it cannot be parsed")
    context = str(getattr(error, "context", None) or "")
    said = f"{context} {problem}"
    hint = next((advice for sign, advice in _ADVICE if sign in said), "")
    if mark is None:
        return DataError(f"not YAML: {problem}", path=path, line=1, hint=hint)
    return Mark(path, mark.line + 1, mark.column + 1).error(f"not YAML: {problem}", hint)


def did_you_mean(word: str, known: Iterable[str], *, label: str = "Known") -> str:
    """The nearest known words, or all of them where none is near."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=2, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(repr(name) for name in near)}?"
    return f"{label}: {', '.join(words)}" if words else ""


class Cursor:
    """A value of a file and its place, ``categories.jailbreak.action``. Every method raises ``DataError``."""

    __slots__ = ("node", "path", "place")

    def __init__(self, node: yaml.Node, path: str, place: str = "") -> None:
        self.node = node
        self.path = path
        self.place = place
        if node.tag not in _PLAIN_TAGS | {_TAG + "map", _TAG + "seq"}:
            raise self.error(
                f"the tag {node.tag!r} is not allowed", "A policy is plain data: take the tag out."
            )

    @property
    def mark(self) -> Mark:
        """Where the value begins."""
        return Mark(self.path, self.node.start_mark.line + 1, self.node.start_mark.column + 1)

    @property
    def is_text(self) -> bool:
        """Whether it is a single word or text, and neither a list nor a mapping."""
        return isinstance(self.node, yaml.ScalarNode)

    def error(self, message: str, hint: str = "") -> DataError:
        """The error for this value."""
        return self.mark.error(f"{self.place}: {message}" if self.place else message, hint)

    def expected(self, what: str, hint: str = "") -> DataError:
        """The error for a value of another type."""
        return self.error(f"expected {what}, found {self._found()}", hint)

    def entries(self) -> dict[str, tuple[Cursor, Cursor]]:
        """Of a mapping: key → (key, value)."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.expected("a mapping (key: value)")
        found: dict[str, tuple[Cursor, Cursor]] = {}
        for key_node, value_node in self.node.value:
            key = Cursor(key_node, self.path, self.place)
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == _TAG + "null":
                raise key.error("a key must be a word", "Put quotation marks around it.")
            name = str(key_node.value)
            if name in found:
                line = found[name][0].mark.line
                raise key.error(f"the key '{name}' stands on line {line} too", "Keep one of them.")
            place = f"{self.place}.{name}" if self.place else name
            found[name] = (Cursor(key_node, self.path, place), Cursor(value_node, self.path, place))
        return found

    def record(self, known: Iterable[str], *, required: Iterable[str] = ()) -> dict[str, Cursor]:
        """Of a mapping with a fixed set of keys: key → value."""
        names = tuple(known)
        entries = self.entries()
        for name, (key, _) in entries.items():
            if name not in names:
                where = f"{self.place}: " if self.place else ""
                raise key.mark.error(f"{where}unknown key '{name}'", did_you_mean(name, names))
        for name in required:
            if name not in entries:
                raise self.error(f"the key '{name}' is missing", f"Add  {name}: …")
        return {name: value for name, (_, value) in entries.items()}

    def items(self) -> list[Cursor]:
        """The items of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.expected("a list", "A list is written  [one, two]  or with a dash before each item.")
        return [Cursor(item, self.path, f"{self.place}[{i}]") for i, item in enumerate(self.node.value)]

    def text(self, *, longest: int = 10_000) -> str:
        """A text. Plain words that YAML reads as something else (``no``, ``1.0``) are taken as written."""
        node = self.node
        if not isinstance(node, yaml.ScalarNode) or node.tag == _TAG + "null":
            raise self.expected("a text")
        value = str(node.value)
        if not value.strip():
            raise self.error("it is empty", "Write something, or leave the key out.")
        if len(value) > longest:
            raise self.error(f"it is longer than {longest:,} characters")
        return value

    def boolean(self) -> bool:
        """``true`` or ``false``, as YAML reads them."""
        if self.node.tag != _TAG + "bool":
            raise self.expected("true or false")
        return str(self.node.value).lower() in ("true", "yes", "on")

    def number(self, low: float, high: float) -> float:
        """A number from ``low`` to ``high``."""
        value = float(self._digits(_NUMBER, "a number"))
        if not (math.isfinite(value) and low <= value <= high):
            raise self.error(f"{self.node.value} is not between {low:g} and {high:g}")
        return value

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        value = int(self._digits(_WHOLE, "a whole number"))
        if not low <= value <= high:
            raise self.error(f"{value} is not between {low:,} and {high:,}")
        return value

    def choice(self, options: type[E], what: str) -> E:
        """One of the values of an enum; ``what`` says what they are."""
        value = self.text()
        try:
            return options(value)
        except ValueError:
            hint = did_you_mean(value, (str(option.value) for option in options))
            raise self.error(f"'{value}' is no {what}", hint) from None

    def one_of(self, options: Iterable[str], what: str) -> str:
        """One of some words."""
        value, known = self.text(), tuple(options)
        if value not in known:
            raise self.error(f"'{value}' is no {what}", did_you_mean(value, known))
        return value

    def matching(self, pattern: re.Pattern[str], what: str, hint: str) -> str:
        """A text that ``pattern`` matches as a whole."""
        value = self.text()
        if not pattern.fullmatch(value):
            raise self.error(f"'{value}' is no {what}", hint)
        return value

    def distinct(self, read: Callable[[Cursor], str]) -> tuple[str, ...]:
        """A list without repetitions."""
        found: dict[str, None] = {}
        for item in self.items():
            value = read(item)
            if value in found:
                raise item.error(f"'{value}' stands in the list twice", "Keep one of them.")
            found[value] = None
        return tuple(found)

    def by_id(
        self, known: Iterable[str], required: Iterable[str], identify: Callable[[Cursor], str]
    ) -> Mapping[str, tuple[Cursor, dict[str, Cursor]]]:
        """A list of mappings, each with an ``id`` of its own: id → (its place, its values)."""
        found: dict[str, tuple[Cursor, dict[str, Cursor]]] = {}
        for item in self.items():
            values = item.record(("id", *known), required=("id", *required))
            name = identify(values["id"])
            if name in found:
                line = found[name][0].mark.line
                raise values["id"].error(f"the id '{name}' stands on line {line} too", "Give it another id.")
            found[name] = (item, values)
        return found

    def _digits(self, pattern: re.Pattern[str], what: str) -> str:
        node = self.node
        if (
            not isinstance(node, yaml.ScalarNode)
            or node.style in ("'", '"')
            or not pattern.fullmatch(node.value)
        ):
            raise self.expected(what)
        return str(node.value)

    def _found(self) -> str:
        node = self.node
        if isinstance(node, yaml.MappingNode):
            return "a mapping"
        if isinstance(node, yaml.SequenceNode):
            return "a list"
        if node.tag == _TAG + "null":
            return "nothing"
        shown = node.value if len(node.value) <= 40 else node.value[:39] + "…"
        return f"{shown!r}" if node.tag == _TAG + "str" else str(shown)
