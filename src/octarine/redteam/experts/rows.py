"""What a reader makes of one outside finding, before it is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import DataError
from octarine.core.results import Completion, Finding
from octarine.core.samples import Behaviour


@dataclass(frozen=True, slots=True)
class Row:
    """One outside finding.

    Attributes:
        line: where it stands, from 1: a line, or the place in a list.
        model: which model answered, as its tool says; empty where it does not.
        categories: its tool's names for what is at stake, the surest first.
        made_by: its tool's names for what made the prompt, oldest first.
        techniques: techniques of ours that made it, as people write them; in place of ``made_by``.
        seed: the plain request before anything was done to it; empty where it does not say.
        verdict: what its tool, or the person, says of the answer.
        dimension, risk, expect, judge, args: what is expected, where the row says so itself.
    """

    line: int
    conversation: Conversation
    answer: Completion
    model: str = ""
    categories: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    seed: str = ""
    language: str = ""
    verdict: str = ""
    note: str = ""
    severity: str = ""
    access: str = ""
    dimension: Dimension | None = None
    risk: str = ""
    expect: Behaviour | None = None
    judge: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)


Found = Row | Finding | DataError
"""What a reader yields: a row, a whole finding of ours, or why a line is neither."""
Entry = tuple[int, Any]
"""A place in the file, from 1, and the JSON value there; a ``DataError`` where it is none."""


def strings(value: Any) -> Iterator[str]:
    """The strings in a value that may be one, a list of some, or nothing."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


def field_of(value: Any, *path: str) -> Any:
    """What stands at a path of keys; None where there is nothing on the way."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text_of(value: Any, *path: str) -> str:
    """The string at a path; empty where there is none."""
    found = field_of(value, *path)
    return found if isinstance(found, str) else ""
