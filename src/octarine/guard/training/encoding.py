"""Rows into token ids, one window each, and into arrays of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from octarine.guard.classifier.heads import HAZARDS, HEADS, Head
from octarine.guard.classifier.tokeniser import Tokeniser
from octarine.guard.classifier.windows import PROMPT_TOKENS, TOKENS
from octarine.guard.training.row import Row

LONGEST = 4_000
"""Code points of a row that are tokenised."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows as the network takes them.

    Attributes:
        prompts, answers: token ids without special tokens; an answer is empty for a row that has none.
        labels: (rows, heads) int8: 1, 0, or -1 for unknown.
        hazards: (rows,) int64: index of the hazard, or -1.
        weights: (rows,) float32.
        at: (rows,) where in a long text the window is cut: 0 the beginning, 1 the end, -1 anywhere.
    """

    prompts: list[list[int]]
    answers: list[list[int]]
    labels: NDArray[np.int8]
    hazards: NDArray[np.int64]
    weights: NDArray[np.float32]
    at: NDArray[np.int8]


def encode_rows(rows: Sequence[Row], tokeniser: Tokeniser) -> Encoded:
    """Tokenise every row once, as the guard will."""
    return Encoded(
        [tokeniser.encode(row.text[:LONGEST]).ids for row in rows],
        [tokeniser.encode(row.response[:LONGEST]).ids for row in rows],
        label_matrix(rows),
        np.array([HAZARDS.index(row.hazard) if row.hazard else -1 for row in rows]),
        np.array([row.weight for row in rows], dtype=np.float32),
        np.array([_at(row) for row in rows], dtype=np.int8),
    )


def label_matrix(rows: Sequence[Row]) -> NDArray[np.int8]:
    """(rows, heads): 1, 0, or -1 for unknown."""
    labels = np.full((len(rows), len(HEADS)), -1, dtype=np.int8)
    for index, row in enumerate(rows):
        for head, value in row.labels.items():
            labels[index, HEADS.index(head)] = value
    return labels


def _at(row: Row) -> int:
    """An attack is where it was put, mostly at the beginning; what is harmless is so everywhere."""
    if row.labels.get(Head.INDIRECT_INJECTION):
        return {"end": 1, "middle": 2}.get(row.note.get("pos", "start"), 0)
    return 0 if any(row.labels.values()) else -1


def window_of(encoded: Encoded, index: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Token ids of one training window of a row: of its text, and of its answer."""
    prompt, answer = encoded.prompts[index], encoded.answers[index]
    if answer:
        size = TOKENS - 3 - min(PROMPT_TOKENS, len(prompt))
        return prompt[:PROMPT_TOKENS], _cut(answer, size, 0 if rng.random() < 0.7 else -1, rng)
    return _cut(prompt, TOKENS - 2, int(encoded.at[index]), rng), []


def _cut(ids: list[int], size: int, at: int, rng: np.random.Generator) -> list[int]:
    spare = len(ids) - size
    if spare <= 0:
        return ids
    first = {0: 0, 1: spare, 2: spare // 2}.get(at)
    first = int(rng.integers(0, spare + 1)) if first is None else first
    return ids[first : first + size]


def padded(
    pairs: Sequence[tuple[list[int], list[int]]], cls: int, sep: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """``(input_ids, attention_mask, token_type_ids)``, each (rows, longest)."""
    rows = [
        ([cls, *prompt, sep, *answer, sep] if answer else [cls, *prompt, sep], len(prompt) + 2)
        for prompt, answer in pairs
    ]
    longest = max(len(ids) for ids, _ in rows)
    ids, mask, types = (np.zeros((len(rows), longest), dtype=np.int64) for _ in range(3))
    for index, (row, first) in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
        types[index, first : len(row)] = 1
    return ids, mask, types
