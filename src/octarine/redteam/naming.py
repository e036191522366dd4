"""How a person writes a technique with its parameters: ``vigenere(key=lemon)``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from octarine.core.errors import InputError
from octarine.redteam.technique import Parameter, Technique

_COMMA = re.compile(r",(?=\s*[\w-]+\s*=)")
"""A comma between parameters; others belong to a value, as in ``affine(key=11,13)``."""
_WRITTEN = re.compile(r"\s*([\w.-]+)\s*(?:\((.*)\))?\s*", re.S)


def named(catalogue: Mapping[str, Technique], text: str) -> Technique:
    """The technique that ``text`` names, its parameters set.

    Raises:
        InputError: it is not written as it should be, or there is no such technique or parameter.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise InputError(f"'{text.strip()}' names no technique", hint="Write ID or ID(NAME=VALUE, …).")
    technique = catalogue[match[1]]
    known = {parameter.name: parameter for parameter in technique.parameters}
    values: dict[str, Any] = {}
    for pair in filter(None, (piece.strip() for piece in _COMMA.split(match[2] or ""))):
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(
                f"{technique.id}: '{pair}' is no NAME=VALUE",
                hint=f"Parameters: {', '.join(known)}" if known else "It has no parameters.",
            )
        name, value = name.strip(), value.strip()
        values[name] = read_value(known[name], value, technique.id) if name in known else value
    return technique.set(**values) if values else technique


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
