"""Tool calls in a model's text, and whether one is a proper call of a specification.

The official form is ``Name.Function("parameter": value, …)``. Also read: keyword arguments
(``parameter=value``), an object in the brackets, and the JSON of other formats (``{"name": …, "arguments":
{…}}``). Nothing is ever executed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from octarine.core.content import ToolCall

_CALL = re.compile(r"(?<![\w.])([A-Za-z_]\w*\.[A-Za-z_]\w*)\s*\(")
_PAIR = re.compile(r"\s*(?:\"([^\"]+)\"|'([^']+)'|([A-Za-z_]\w*))\s*(?::|=)\s*")
_NAMED = re.compile(r'"(?:name|api|function|action)"\s*:\s*"([A-Za-z_]\w*\.[A-Za-z_]\w*)"')
_DENIED = re.compile(
    r"\b(?:not|n't|never|without|refuse\w*|declin\w*|ignor\w*|avoid\w*|cannot|instead of"
    r"|attempt\w* to)\b[^.!?\n]*$",
    re.IGNORECASE,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Spec:
    """One API of a prompt: its name, and parameter → type of the required and of the optional ones."""

    name: str
    required: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it stands in an answer.

    Attributes:
        arguments: None where what stands in the brackets cannot be read.
        complete: whether the brackets are closed.
        denied: whether the sentence says that the call is not made.
    """

    name: str
    arguments: Mapping[str, Any] | None
    complete: bool = True
    denied: bool = False


def calls(text: str) -> Iterator[Call]:
    """Every call in a text, in order."""
    for found in _CALL.finditer(text):
        inside, complete = _bracketed(text, found.end())
        yield Call(found[1], _arguments(inside), complete, bool(_DENIED.search(text, 0, found.start())))
    for named in _NAMED.finditer(text):
        yield _json_call(text, named)


def call_of(call: ToolCall) -> Call:
    """A call that the model made through its protocol."""
    try:
        arguments: Any = json.loads(call.arguments or "{}")
    except json.JSONDecodeError:
        arguments = None
    return Call(call.name, arguments if isinstance(arguments, dict) else None)


def proper(call: Call, spec: Spec) -> bool:
    """Strictly a call: closed, not denied, its arguments readable, each required one there and of its type,
    none that the specification does not know.
    """
    if call.name != spec.name or call.arguments is None or not call.complete or call.denied:
        return False
    known = {**spec.optional, **spec.required}
    return all(name in call.arguments for name in spec.required) and all(
        name in known and _is(value, known[name]) for name, value in call.arguments.items()
    )


def _bracketed(text: str, start: int) -> tuple[str, bool]:
    """What stands between an opening bracket before ``start`` and its closing one; whether that is there."""
    waiting, quote, place = [")"], "", start
    while place < len(text):
        character = text[place]
        if quote:
            if character == "\\":
                place += 1
            elif character == quote:
                quote = ""
        elif character == '"' or (character == "'" and not text[place - 1].isalnum()):
            quote = character
        elif character in _CLOSING:
            waiting.append(_CLOSING[character])
        elif character == waiting[-1]:
            waiting.pop()
            if not waiting:
                return text[start:place], True
        place += 1
    return text[start:], False


def _arguments(inside: str) -> dict[str, Any] | None:
    text = inside.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1].strip()
    found: dict[str, Any] = {}
    while text:
        pair = _PAIR.match(text)
        if pair is None:
            return None
        value, rest = _value(text[pair.end() :])
        if rest is None:
            return None
        found[pair[1] or pair[2] or pair[3]] = value
        text = rest.strip()
    return found


def _value(text: str) -> tuple[Any, str | None]:
    """The value at the beginning of a text and what follows its comma; None where it is none."""
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError:
        bare = re.match(r"\s*(?:'((?:[^'\\]|\\.)*)'|(True|False|None)|([\w.:+-]+))", text)
        if bare is None:
            return None, None
        words = {"True": True, "False": False, "None": None}
        value = words[bare[2]] if bare[2] else bare[1] if bare[1] is not None else bare[3]
        end = bare.end()
    rest = text[end:].lstrip()
    if rest and not rest.startswith(","):
        return None, None
    return value, rest[1:]


def _json_call(text: str, named: re.Match[str]) -> Call:
    start = text.rfind("{", 0, named.start())
    denied = bool(_DENIED.search(text, 0, max(start, 0)))
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except (json.JSONDecodeError, IndexError):
        return Call(named[1], None, False, denied)
    keys = ("arguments", "parameters", "args", "input")
    given: Any = next((value[key] for key in keys if key in value), {}) if isinstance(value, dict) else None
    return Call(named[1], given if isinstance(given, dict) else None, True, denied)


def _is(value: Any, kind: str) -> bool:
    """Loosely of a type: a number may stand in quotes, and text may be anything but empty."""
    if kind in ("int", "float", "number"):
        return not isinstance(value, bool) and re.fullmatch(r"[-+]?\d+(?:\.\d+)?", str(value)) is not None
    if kind == "bool":
        return isinstance(value, bool) or str(value).casefold() in ("true", "false")
    if kind in ("list", "array"):
        return isinstance(value, list)
    if kind in ("dict", "object"):
        return isinstance(value, dict)
    if kind == "datetime":
        return _is_time(str(value))
    return str(value).strip() != "" and value is not None


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return re.search(r"\d", text) is not None
    return True
