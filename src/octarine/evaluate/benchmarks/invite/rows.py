"""INVITE's official files: questions with a false premise and their true twins, answers, people's labels.

``Data/evaluated_model_predications_with_labels/MODEL.json`` is JSON Lines, one question with both answers a
line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.files import field, only, rows

LABELLED = "evaluated_model_predications_with_labels"
FIELDS = (
    "id",
    "category",
    "invalid_question",
    "valid_question",
    "answer_to_invalid_question",
    "model_response_to_invalid_question",
    "model_response_to_valid_question",
    "hallucination_label",
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose premise is false, its twin whose premise is true, and what a good answer to the first
    says.

    ``accepted`` are the right answers to the twin; empty where the data gives none.
    """

    id: str
    category: str
    invalid: str
    valid: str
    correction: str
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """A model's answers to both; ``label`` is whether a person called the first a hallucination."""

    question: Question
    to_invalid: str
    to_valid: str
    label: bool | None
    line: int = 0


def read_questions(path: Path) -> list[Question]:
    """The questions of an official file.

    Raises:
        DataError: naming the line that is no question, or that has an id a second time.
    """
    found: dict[str, Question] = {}
    for line, row in rows(path):
        question = _question(row, path, line)
        if question.id in found:
            raise DataError(f"a second question '{question.id}'", path=path, line=line)
        found[question.id] = question
    return list(found.values())


def read_responses(path: Path) -> list[Response]:
    """A model's answers.

    Raises:
        DataError: naming the line without them, or with a label that is neither 0 nor 1.
    """
    found = []
    for line, row in rows(path):
        question = _question(row, path, line)
        invalid, valid = (
            field(row, f"model_response_to_{kind}_question", str, path, line) for kind in ("invalid", "valid")
        )
        found.append(Response(question, invalid, valid, _label(row, path, line), line))
    return found


def _question(row: Mapping[str, Any], path: Path, line: int) -> Question:
    def text(name: str) -> str:
        return field(row, name, str, path, line)

    found = Question(
        id=text("id"),
        category=text("category"),
        invalid=text("invalid_question"),
        valid=text("valid_question"),
        correction=text("answer_to_invalid_question"),
    )
    only(row, FIELDS, path, line)
    return found


def _label(row: Mapping[str, Any], path: Path, line: int) -> bool | None:
    value = row.get("hallucination_label")
    if value is None:
        return None
    if str(value) not in ("0", "1"):
        raise DataError(f"'hallucination_label' must be 0 or 1, not {value!r}", path=path, line=line)
    return str(value) == "1"
