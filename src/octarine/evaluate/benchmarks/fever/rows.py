"""The official files of FEVER: claims with their evidence, predictions, pages of Wikipedia.

What the official scorer lets through and then crashes or miscounts on (a missing field, evidence that is no
list of page and sentence, files of different length) is one error here, with file and line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.files import field, only, rows

Sentence = tuple[str, int]
"""A page's name as FEVER writes it (``-LRB-`` for a bracket) and the number of a sentence on it."""
FIELDS = ("id", "verifiable", "label", "claim", "evidence", "all_evidence")
"""The last one is the scorer's fixtures' alone. Systems write their predictions beside these."""
REDACTED = "REDACTED"
"""What stands for the claim in the scorer's own fixtures."""


class Label(StrEnum):
    """What the evidence says of a claim."""

    SUPPORTS = "SUPPORTS"
    REFUTES = "REFUTES"
    UNKNOWN = "NOT ENOUGH INFO"


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of gold. ``evidence`` holds the alternative groups of sentences, each enough by itself when it
    is complete; for ``UNKNOWN`` there is none.
    """

    id: int
    label: Label
    text: str
    evidence: tuple[frozenset[Sentence], ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a system said of one claim; the order of ``evidence`` is its ranking."""

    id: int | None
    label: Label
    evidence: tuple[Sentence, ...]
    line: int = 0


def read_claims(path: Path) -> list[Claim]:
    """The claims of a file (``shared_task_dev.jsonl``, ``paper_dev.jsonl``, the scorer's ``actual.jsonl``).

    Raises:
        DataError: naming the line that is no labelled claim.
    """
    return [_claim(row, path, line) for line, row in rows(path)]


def _claim(row: Mapping[str, Any], path: Path, line: int) -> Claim:
    if "predicted_label" in row and "label" not in row:
        raise DataError(
            "a prediction, not a claim with gold", path=path, line=line, hint="Give it as --predictions."
        )
    if "label" not in row and "claim" in row:
        hint = "The blind test set has none; use shared_task_dev.jsonl or paper_dev.jsonl."
        raise DataError("a claim without a label", path=path, line=line, hint=hint)
    label = _label(row, "label", path, line)
    groups = field(row, "evidence", list, path, line)
    found = tuple(frozenset(_gold(item, path, line) for item in _list(group, path, line)) for group in groups)
    if label is not Label.UNKNOWN and not all(found):
        raise DataError("an evidence group without a sentence", path=path, line=line)
    if label is not Label.UNKNOWN and any(sentence is None for group in found for sentence in group):
        raise DataError(f"evidence without a sentence for {label}", path=path, line=line)
    sentences = (frozenset(sentence for sentence in group if sentence) for group in found)
    evidence = () if label is Label.UNKNOWN else tuple(sentences)
    text = field(row, "claim", str, path, line)
    found_id = field(row, "id", int, path, line)
    only({name: 0 for name in row if not name.startswith("predicted_")}, FIELDS, path, line)
    return Claim(found_id, label, text, evidence, line)


def _gold(item: Any, path: Path, line: int) -> Sentence | None:
    cells = _list(item, path, line)
    if len(cells) != 4:
        raise DataError(f"evidence has four fields, not {len(cells)}", path=path, line=line)
    page, number = cells[2], cells[3]
    if page is None and number is None:
        return None
    return _sentence(page, number, path, line)


def _list(value: Any, path: Path, line: int) -> Sequence[Any]:
    if not isinstance(value, list):
        raise DataError("'evidence' must be a list of lists", path=path, line=line)
    return value


def _sentence(page: Any, number: Any, path: Path, line: int) -> Sentence:
    if not isinstance(page, str) or isinstance(number, bool) or not isinstance(number, int):
        raise DataError("a sentence is [page, number]", path=path, line=line, hint='["Telemundo", 0]')
    return page, number


def _label(row: Mapping[str, Any], name: str, path: Path, line: int) -> Label:
    text = field(row, name, str, path, line)
    try:
        return Label(text.upper())
    except ValueError:
        known = ", ".join(Label)
        raise DataError(f"'{text}' is no label", path=path, line=line, hint=f"Labels: {known}.") from None


def read_predictions(path: Path) -> list[Prediction]:
    """The predictions of a file.

    Raises:
        DataError: naming the line that is no prediction; evidence may be empty and must be there.
    """
    return [_prediction(row, path, line) for line, row in rows(path)]


def _prediction(row: Mapping[str, Any], path: Path, line: int) -> Prediction:
    evidence = []
    for item in field(row, "predicted_evidence", list, path, line):
        if not isinstance(item, list) or len(item) != 2:
            raise DataError("predicted evidence is a list of [page, number]", path=path, line=line)
        evidence.append(_sentence(item[0], item[1], path, line))
    name = field(row, "id", int, path, line) if "id" in row else None
    return Prediction(name, _label(row, "predicted_label", path, line), tuple(evidence), line)


def matched(
    claims: Sequence[Claim], predictions: Sequence[Prediction], path: Path
) -> tuple[list[tuple[Claim, Prediction]], str]:
    """Each claim with its prediction, and a note on how they were matched.

    By id where the ids of the claims are distinct and the predictions carry them; else by line, as the
    official scorer always does, which miscounts in silence what was put in another order.

    Raises:
        DataError: a claim without a prediction, a prediction of no claim, or files of different length.
    """
    by_id = {claim.id: claim for claim in claims}
    said = {prediction.id for prediction in predictions}
    if len(by_id) < len(claims) or None in said:
        if len(claims) != len(predictions):
            raise DataError(
                f"{len(predictions)} predictions for {len(claims)} claims",
                path=path,
                line=predictions[-1].line,
                hint="Without distinct ids they are matched line by line; the file may have been cut off.",
            )
        note = "Matched line by line, as by the official scorer: the ids of the claims are not distinct."
        return list(zip(claims, predictions, strict=True)), note
    return list(_complete(by_id, predictions, path)), "Matched by id."


def _complete(
    by_id: Mapping[int, Claim], predictions: Sequence[Prediction], path: Path
) -> Iterator[tuple[Claim, Prediction]]:
    seen: set[int] = set()
    for prediction in predictions:
        if prediction.id is None or prediction.id not in by_id:
            raise DataError(f"there is no claim {prediction.id}", path=path, line=prediction.line)
        if prediction.id in seen:
            raise DataError(f"a second prediction of claim {prediction.id}", path=path, line=prediction.line)
        seen.add(prediction.id)
        yield by_id[prediction.id], prediction
    missing = [claim for claim in by_id if claim not in seen]
    if missing:
        raise DataError(
            f"no prediction of {len(missing)} claims, the first of them {missing[0]}",
            path=path,
            hint="A system that answers less scores higher: give a prediction of every claim.",
        )
