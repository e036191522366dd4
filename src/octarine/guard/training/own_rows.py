"""A user's own labelled rows, from JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from octarine.core.codec import decode
from octarine.core.errors import DataError
from octarine.core.files import json_lines, read_text
from octarine.guard.classifier.heads import HAZARDS, INPUT_HEADS, OUTPUT_HEADS, Head
from octarine.guard.training.row import Row


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One line::

        {"text": "how do I forge a doctor's note", "labels": {"harmful_request": true}, "language": "en"}

    Attributes:
        labels: head → whether it should fire; a head that is not named is unknown. Those of answers
            (``harmful_response``, ``refusal``) need ``response``, the others must not have it.
        hazard: of a harmful request, where it is one of the known hazards.
        group: rows with the same value stay on one side of every split.
    """

    text: str
    labels: Mapping[str, bool]
    language: str = "en"
    response: str = ""
    hazard: str = ""
    group: str = ""
    weight: float = 1.0
    note: Mapping[str, str] = field(default_factory=dict)


def read_rows(path: Path) -> list[Row]:
    """The rows of a file.

    Raises:
        DataError: naming the line, the key and what is known.
    """
    rows = list(_rows(path))
    if not rows:
        raise DataError(
            "holds no rows", path=path, hint='A line: {"text": "…", "labels": {"jailbreak": true}}'
        )
    return rows


def _rows(path: Path) -> Iterator[Row]:
    for number, value in json_lines(read_text(path).split("\n"), path):
        own = decode(OwnRow, value, path=str(path), line=number)
        problem = _problem(own)
        if problem:
            raise DataError(problem, path=path, line=number)
        labels = {Head(name): value for name, value in own.labels.items()}
        yield Row(
            text=own.text,
            response=own.response,
            labels=labels,
            language=own.language,
            hazard=own.hazard,
            source=path.stem,
            group=own.group,
            weight=own.weight,
            note=own.note,
        )


def _problem(own: OwnRow) -> str:
    heads = OUTPUT_HEADS if own.response else INPUT_HEADS
    wrong = [name for name in own.labels if name not in heads]
    if not own.text.strip():
        return "text: is empty"
    if not own.labels:
        return "labels: names no head"
    if wrong:
        kind = "an answer" if own.response else "a text without a response"
        return f"labels: '{wrong[0]}' is no head of {kind} (known: {', '.join(heads)})"
    if own.hazard and own.hazard not in HAZARDS:
        return f"hazard: '{own.hazard}' is none of: {', '.join(HAZARDS)}"
    if not own.weight > 0:
        return f"weight: must be above 0, not {own.weight}"
    return ""
