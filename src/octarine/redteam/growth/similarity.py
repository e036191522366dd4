"""How alike the outputs of two techniques are."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from octarine.core.content import Conversation
from octarine.core.protocols import NotApplicable

SHINGLE = 5
"""Characters of a shingle."""
_BUCKETS = 1 << 15

Run = Callable[[str], Conversation | NotApplicable]
"""What a technique makes of a text."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two techniques, and the Jaccard index of what they add: 0 nothing in common, 1 the same."""

    first: str
    second: str
    likeness: float


def sketch(run: Run, seeds: Sequence[str]) -> NDArray[np.bool_]:
    """Which shingles a technique adds to ``seeds``, hashed to (32,768,) buckets. What the seed already said
    does not count, so that two ways to frame it are as unlike as their frames."""
    found = np.zeros(_BUCKETS, bool)
    for text in seeds:
        made = run(text)
        if isinstance(made, Conversation):
            said = "\n".join(_said(made))
            found[list(shingles(said) - shingles(text))] = True
    return found


def _said(conversation: Conversation) -> Iterable[str]:
    for message in conversation.messages:
        for part in message.parts:
            yield part.text or part.sha256
        yield from (f"{call.name} {call.arguments}" for call in message.tool_calls)
    yield from (f"{tool.name} {tool.description}" for tool in conversation.tools)


def shingles(text: str) -> set[int]:
    """Buckets of every run of ``SHINGLE`` characters."""
    data = text.encode("utf-32-le", "replace")
    width = 4 * SHINGLE
    return {zlib.crc32(data[i : i + width]) % _BUCKETS for i in range(0, max(4, len(data) - width + 4), 4)}


def likeness(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Jaccard index; 0 where both are empty."""
    union = int((first | second).sum())
    return float((first & second).sum() / union) if union else 0.0


def closest(sketches: Mapping[str, NDArray[np.bool_]], count: int) -> list[Pair]:
    """The ``count`` pairs that are most alike, the nearest first."""
    names = list(sketches)
    matrix = np.stack([sketches[name] for name in names]).astype(np.float32)
    common = matrix @ matrix.T
    sizes = np.diag(common)
    union = sizes[:, None] + sizes[None, :] - common
    index = np.where(union > 0, common / np.maximum(union, 1), 0.0)
    rows, columns = np.triu_indices(len(names), 1)
    order = np.argsort(-index[rows, columns], kind="stable")[:count]
    return [Pair(names[rows[i]], names[columns[i]], float(index[rows[i], columns[i]])) for i in order]
