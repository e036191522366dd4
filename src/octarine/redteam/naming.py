"""How a person writes a technique or a strategy with its parameters: ``vigenere(key=lemon)``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, Self, TypeVar

from octarine.core.errors import InputError
from octarine.redteam.technique import Parameter

_NEXT = re.compile(r"\s*[\w-]+\s*=")
"""What stands behind a comma between parameters; others belong to a value, as in ``affine(key=11,13)``."""
_WRITTEN = re.compile(r"\s*([\w.-]+)\s*(?:\((.*)\))?\s*", re.S)


class Settable(Protocol):
    """What has parameters: a technique, a strategy."""

    @property
    def id(self) -> str: ...

    @property
    def parameters(self) -> tuple[Parameter, ...]: ...

    def set(self, **values: Any) -> Self: ...


S = TypeVar("S", bound=Settable)


def named(catalogue: Mapping[str, S], text: str, kind: str = "technique") -> S:
    """The technique, or whatever ``kind`` of thing the catalogue holds, that ``text`` names, its parameters
    set.

    Raises:
        InputError: it is not written as it should be, or there is no such thing or parameter.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise InputError(f"'{text.strip()}' names no {kind}", hint="Write ID or ID(NAME=VALUE, …).")
    found = catalogue[match[1]]
    known = {parameter.name: parameter for parameter in found.parameters}
    values: dict[str, Any] = {}
    for pair in filter(None, (piece.strip() for piece in _pairs(match[2] or ""))):
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(
                f"{found.id}: '{pair}' is no NAME=VALUE",
                hint=f"Parameters: {', '.join(known)}" if known else "It has no parameters.",
            )
        name, value = name.strip(), value.strip()
        values[name] = read_value(known[name], value, found.id) if name in known else value
    return found.set(**values) if values else found


def _pairs(text: str) -> Iterator[str]:
    """``text`` cut at the commas between parameters, outside of all brackets."""
    depth = first = 0
    for place, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and depth <= 0 and _NEXT.match(text, place + 1):
            yield text[first:place]
            first = place + 1
    yield text[first:]


def read_value(parameter: Parameter, text: str, technique: str) -> Any:
    """What a person wrote as the value of a parameter.

    Raises:
        InputError: it is none of the parameter's type.
    """
    if parameter.value_type is bool:
        if text.lower() not in ("true", "false"):
            raise InputError(f"{technique}: {parameter.name}={text} is neither true nor false")
        return text.lower() == "true"
    try:
        return parameter.value_type(text)
    except ValueError:
        raise InputError(
            f"{technique}: {parameter.name}={text} is no {parameter.value_type.__name__}",
            hint=parameter.meaning,
        ) from None
