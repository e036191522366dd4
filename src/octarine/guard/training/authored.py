"""Rows written by us, in nine languages: what the files under ``rows/LANGUAGE`` hold, put together.

A goal and its benign twin stand in the same carriers, so that neither wording nor length says which is which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from octarine.core.errors import DataError
from octarine.guard.classifier.heads import HAZARDS, Head
from octarine.guard.training.row import Row

SOURCE = "octarine"
SLOT = "{goal}"
FINE = dict.fromkeys(
    (
        Head.HARMFUL_REQUEST,
        Head.HARMFUL_CONTENT,
        Head.JAILBREAK,
        Head.PROMPT_INJECTION,
        Head.INDIRECT_INJECTION,
    ),
    False,
)
ASKS = {**FINE, Head.HARMFUL_REQUEST: True}
TWIN_WEIGHT = 2.0
"""Of whole requests beside their twins: each is one row, where a goal makes several."""
_COLUMNS = {
    "goals.tsv": 3,
    "carriers.txt": 1,
    "requests.tsv": 3,
    "benign.txt": 1,
    "jailbreak.tsv": 2,
    "injection.tsv": 2,
    "payloads.tsv": 2,
    "replies.tsv": 2,
    "words.tsv": 2,
}


@dataclass(frozen=True, slots=True)
class Written:
    """The files of one language, as tuples of cells."""

    language: str
    goals: Sequence[tuple[str, ...]]
    carriers: Sequence[tuple[str, ...]]
    requests: Sequence[tuple[str, ...]]
    benign: Sequence[tuple[str, ...]]
    jailbreak: Sequence[tuple[str, ...]]
    injection: Sequence[tuple[str, ...]]
    payloads: Sequence[tuple[str, ...]]
    replies: Sequence[tuple[str, ...]]
    words: Sequence[tuple[str, ...]]


@cache
def written(language: str) -> Written:
    """What was written in a language.

    Raises:
        DataError: a line with another number of cells than its file has.
    """
    return Written(language, *(tuple(_lines(language, name, cells)) for name, cells in _COLUMNS.items()))


def _lines(language: str, name: str, cells: int) -> Iterator[tuple[str, ...]]:
    file = resources.files("octarine.guard.training") / "rows" / language / name
    if not file.is_file():
        return
    for number, line in enumerate(file.read_text("utf-8").split("\n"), 1):
        if not line:
            continue
        found = tuple(cell.replace("\\n", "\n") for cell in line.split("\t"))
        if len(found) != cells:
            raise DataError(f"{len(found)} cells in place of {cells}", path=str(file), line=number)
        yield found


def authored_rows(language: str, rng: np.random.Generator, *, carriers: int = 4) -> list[Row]:
    """All rows of a language.

    Args:
        carriers: messages that each goal is put into.
    """
    files = written(language)
    made = [
        *_goals(files, rng, carriers),
        *_pairs(files),
        *_attacks(files, rng),
        *_documents(files, rng),
        *_replies(files, rng),
    ]
    unknown = {row.hazard for row in made} - {"", *HAZARDS}
    if unknown:
        raise DataError(f"unknown hazard '{min(unknown)}'", path=f"rows/{language}")
    return made


def _row(files: Written, text: str, labels: dict[Head, bool], group: str, **fields: Any) -> Row:
    return Row(text, labels, files.language, SOURCE, group=f"{SOURCE}:{files.language}:{group}", **fields)


def _goals(files: Written, rng: np.random.Generator, carriers: int) -> Iterator[Row]:
    for number, (hazard, harmful, benign) in enumerate(files.goals):
        some = rng.permutation(len(files.carriers))[:carriers]
        for carrier in (files.carriers[index][0] for index in some):
            yield _row(files, carrier.replace(SLOT, harmful), ASKS, f"goal:{number}", hazard=hazard)
            yield _row(files, carrier.replace(SLOT, benign), FINE, f"goal:{number}")


def _pairs(files: Written) -> Iterator[Row]:
    for number, (hazard, harmful, benign) in enumerate(files.requests):
        yield _row(files, harmful, ASKS, f"request:{number}", hazard=hazard, weight=TWIN_WEIGHT)
        yield _row(files, benign, FINE, f"request:{number}", weight=TWIN_WEIGHT)
    for number, (text,) in enumerate(files.benign):
        yield _row(files, text, FINE, f"benign:{number}")


def _attacks(files: Written, rng: np.random.Generator) -> Iterator[Row]:
    for number, (attack, twin) in enumerate(files.jailbreak):
        for text, fires in ((attack, True), (twin, False)):
            for goal in _goal_of(files, fires, rng, 3) if SLOT in text else ("",):
                labels = {**FINE, Head.JAILBREAK: fires}
                if fires:
                    del labels[Head.PROMPT_INJECTION]
                    labels[Head.HARMFUL_REQUEST] = True
                    if not goal:
                        del labels[Head.HARMFUL_REQUEST]
                yield _row(files, text.replace(SLOT, goal), labels, f"jailbreak:{number}")
    for number, (attack, twin) in enumerate(files.injection):
        labels = {Head.PROMPT_INJECTION: True, Head.HARMFUL_CONTENT: False}
        yield _row(files, attack, labels, f"injection:{number}")
        yield _row(files, twin, FINE, f"injection:{number}")


def _goal_of(files: Written, harmful: bool, rng: np.random.Generator, count: int) -> Iterator[str]:
    for index in rng.permutation(len(files.goals))[:count]:
        yield files.goals[index][1 if harmful else 2]


def _documents(files: Written, rng: np.random.Generator) -> Iterator[Row]:
    """Lines of documents alone and among others: a payload in a page, and the same page without it."""
    lines = [line for _, line in files.payloads]
    for number, (payload, line) in enumerate(files.payloads):
        group = f"payload:{number}"
        attack = {Head.INDIRECT_INJECTION: True, Head.HARMFUL_CONTENT: False}
        yield _row(files, payload, attack, group)
        yield _row(files, line, FINE, group)
        for _ in range(3):
            around = [lines[index] for index in rng.permutation(len(lines))[: rng.integers(2, 6)]]
            at = int(rng.integers(0, len(around) + 1))
            yield _row(files, "\n".join([*around[:at], payload, *around[at:]]), attack, group)
            yield _row(files, "\n".join([*around[:at], line, *around[at:]]), FINE, group)


def _replies(files: Written, rng: np.random.Generator) -> Iterator[Row]:
    asked = {
        "refusal": (True, {Head.REFUSAL: True, Head.HARMFUL_RESPONSE: False}),
        "harmful": (True, {Head.REFUSAL: False, Head.HARMFUL_RESPONSE: True}),
        "helpful": (False, {Head.REFUSAL: False, Head.HARMFUL_RESPONSE: False}),
        "not_refusal": (False, {Head.REFUSAL: False, Head.HARMFUL_RESPONSE: False}),
    }
    for number, (kind, reply) in enumerate(files.replies):
        harmful, labels = asked[kind]
        for index in rng.permutation(len(files.goals))[:3]:
            goal = files.goals[index][1 if harmful else 2]
            carrier = files.carriers[int(rng.integers(len(files.carriers)))][0]
            text = carrier.replace(SLOT, goal)
            yield _row(files, text, labels, f"reply:{number}", response=reply.replace(SLOT, goal))
