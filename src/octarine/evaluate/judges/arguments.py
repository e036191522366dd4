"""Reading a judge's arguments: a dataclass declares them, ``parse`` checks them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from octarine.core.codec import decode, encode
from octarine.core.errors import DataError

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class NoArguments:
    """For a judge that takes none."""


def parse(cls: type[A], args: Mapping[str, Any]) -> A:
    """``args`` as the dataclass ``cls``.

    Raises:
        ValueError: naming the argument that is unknown, missing or of another type.
    """
    try:
        plain = json.dumps(args, default=encode)
    except (TypeError, ValueError) as error:
        raise ValueError(str(error)) from None
    wanted: Any = cls
    parsed: A = _parsed(wanted, plain)
    return parsed


@lru_cache(maxsize=4096)
def _parsed(cls: type[Any], plain: str) -> Any:
    # A sample is judged as often as it is repeated, and most judges take the same few arguments.
    try:
        return decode(cls, json.loads(plain))
    except DataError as error:
        raise ValueError(error.reason) from None


def require_texts(values: Iterable[str], name: str, *, least: int = 1) -> None:
    """Raise ``ValueError`` unless there are ``least`` strings and none of them is blank."""
    found = list(values)
    if len(found) < least:
        raise ValueError(f"{name}: at least {least} needed")
    if any(not value.strip() for value in found):
        raise ValueError(f"{name}: an empty string matches everything")


def require_patterns(values: Iterable[str], name: str) -> None:
    """Raise ``ValueError`` unless every string is an expression that does not match an empty text."""
    for value in values:
        if pattern(value).search("") is not None:
            raise ValueError(f"{name}: '{value}' matches everything")


@lru_cache(maxsize=8192)
def pattern(source: str) -> re.Pattern[str]:
    """``source`` compiled, without regard to case.

    Raises:
        ValueError: naming the expression.
    """
    try:
        return re.compile(source, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"'{source}' is not a regular expression: {error}") from None


@lru_cache(maxsize=8192)
def phrase(source: str) -> re.Pattern[str]:
    """``source`` as a regular expression that keeps to a word's edges where it starts and ends with a
    letter or digit of a script that puts spaces between words."""
    compiled = pattern(source)
    before = r"(?<!\w)" if _spaced(source[:1]) else ""
    after = r"(?!\w)" if _spaced(source[-1:]) else ""
    return pattern(f"{before}(?:{compiled.pattern}){after}")


def _spaced(char: str) -> bool:
    # From U+0E00 on, scripts that run words together begin; Arabic glues its prefixes to the word.
    return char.isalnum() and ord(char) < 0x0590
