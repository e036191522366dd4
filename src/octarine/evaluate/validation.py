"""What is known of the judges' errors: confusion counts on labelled data, committed with their source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path

from octarine.core.codec import decode_toml
from octarine.core.files import read_text, write_text
from octarine.core.stats.judge_error import JudgeCounts

COUNTS = "judge_counts.toml"
HEADER = """\
# Confusion counts of judges on labelled data, made by: {}
# Counts first; the rates are derived. They hold for one version of a judge and one language.

"""
DEFLECTED = "deflected"
MET = "met"
"""Positive classes that a rate can be corrected with: what the model did, or that the expectation was met."""
VARIOUS = "various"
"""The model of counts whose answers come from several models, or from people."""


@dataclass(frozen=True, slots=True)
class JudgeValidation:
    """One judge, in one language, on the answers of one model.

    Attributes:
        judge, version: whose decisions were counted.
        language: of the answers.
        model: who wrote them; ``VARIOUS`` where it is not one model.
        positive: what the judge's positive class is, in words (``deflected``).
        source: the data set; ``sha256`` of the file, its ``rows`` used, its ``licence``.
        label: what a positive label means there, and who gave it.
        clusters: independent units among the rows.
        note: what the reader has to know of how the data were chosen.
    """

    judge: str
    version: str
    language: str
    model: str
    positive: str
    source: str
    sha256: str
    rows: int
    licence: str
    label: str
    true_positive: int
    false_negative: int
    true_negative: int
    false_positive: int
    clusters: int
    note: str = ""

    def __post_init__(self) -> None:
        cells = (self.true_positive, self.false_negative, self.true_negative, self.false_positive)
        if min(cells) < 0 or sum(cells) != self.rows:
            raise ValueError(f"the four counts {cells} must add up to rows = {self.rows}")

    @property
    def counts(self) -> JudgeCounts:
        """The four counts as ``core.stats`` takes them."""
        return JudgeCounts(self.true_positive, self.false_negative, self.true_negative, self.false_positive)

    @property
    def source_name(self) -> str:
        """The source as a reader sees it."""
        return f"{self.source} ({self.rows} rows, {self.licence})"


@dataclass(frozen=True, slots=True)
class _CountsFile:
    counts: tuple[JudgeValidation, ...] = ()


def read_counts(path: Path) -> tuple[JudgeValidation, ...]:
    """The entries of a file in the format of ``judge_counts.toml``.

    Raises:
        DataError: naming the file and what is wrong with it.
    """
    return decode_toml(_CountsFile, read_text(path), path=str(path)).counts


def write_counts(entries: Iterable[JudgeValidation], path: Path, made_by: str) -> None:
    """Write entries as TOML that ``read_counts`` reads; ``made_by`` is the command, for the file's head."""
    blocks = []
    for entry in entries:
        lines = ["[[counts]]"]
        for each in fields(entry):
            value = getattr(entry, each.name)
            if value != each.default:
                lines.append(f"{each.name} = {json.dumps(value, ensure_ascii=False)}")
        blocks.append("\n".join(lines) + "\n")
    write_text(path, HEADER.format(made_by) + "\n".join(blocks))


@cache
def validations() -> tuple[JudgeValidation, ...]:
    """Every entry of ``evaluate/data/judge_counts.toml``, their one home."""
    source = resources.files("octarine.evaluate") / "data" / COUNTS
    return decode_toml(_CountsFile, source.read_text("utf-8"), path=str(source)).counts


def counts_for(
    judge: str,
    version: str,
    language: str,
    model: str,
    more: Sequence[JudgeValidation] = (),
    *,
    positive: str = "",
) -> JudgeValidation | None:
    """The counts of this judge, version and language: those of this model where there are any, else those of
    ``VARIOUS``, else of another model; among equals, the most rows. ``more`` are beside those that ship
    and come before them; ``positive`` keeps those of one positive class.

    Entries with labels of one kind only give no pair of rates and are passed over. None where none is left.
    Errors carry over neither between versions nor between languages, so none of
    another version or language is ever returned; whether ``model`` is the one asked for the caller sees.
    """
    found = [
        entry
        for entry in (*more, *validations())
        if (entry.judge, entry.version, entry.language) == (judge, version, language)
        and positive in ("", entry.positive)
        and entry.true_positive + entry.false_negative
        and entry.true_negative + entry.false_positive
    ]
    return max(found, key=lambda e: (e.model == model, e.model == VARIOUS, e in more, e.rows), default=None)
