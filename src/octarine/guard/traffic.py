"""A user's own traffic: read, scored head by head, and put to two guards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from octarine.core.codec import decode
from octarine.core.errors import DataError, InputError
from octarine.core.estimate import Estimate
from octarine.core.files import json_lines, read_text
from octarine.core.results import Action, Verdict
from octarine.core.stats import proportion
from octarine.guard.conversations.cover import Cover
from octarine.guard.conversations.positions import HEADS, Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from octarine.guard.guard import Guard

BATCH = 64
EXAMPLES = 5
"""Texts that a change of verdicts is shown with."""
Progress = Callable[[int, int], None]
"""Told how many texts of how many are done."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text of the traffic; ``attack``: whether it should be stopped; ``labelled``: whether labels say so,
    and not that nobody said anything."""

    text: str
    attack: bool = False
    labelled: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    text: str = ""
    prompt: str = ""
    attack: bool = False
    labels: Mapping[str, bool] = field(default_factory=dict)
    language: str = ""
    response: str = ""
    hazard: str = ""
    group: str = ""
    weight: float = 1.0
    note: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if bool(self.text) == bool(self.prompt):
            raise ValueError("either 'text' or 'prompt'")


def read_traffic(path: Path) -> list[Row]:
    """JSON Lines: a string, or an object with ``text`` (or ``prompt``) and, where it is known, ``attack``; or
    the labelled rows that ``octarine guard train`` takes: those with a label that fires are attacks, those
    about an answer are left out. A file whose name ends in ``.txt`` holds one text a line.

    Raises:
        DataError: naming the line.
    """
    lines = read_text(path).split("\n")
    if path.suffix == ".txt":
        rows = [Row(line.strip()) for line in lines if line.strip()]
    else:
        read = [_row(value, path, number) for number, value in json_lines(lines, path)]
        rows = [row for row in read if row is not None]
    if not rows:
        raise DataError(
            "the file is empty", path=path, hint='One text a line:  {"text": "…", "attack": false}'
        )
    return rows


def _row(value: Any, path: Path, number: int) -> Row | None:
    if isinstance(value, str):
        return Row(value)
    line = decode(_Line, value, path=str(path), line=number)
    if line.response:
        return None
    return Row(line.text or line.prompt, line.attack or any(line.labels.values()), bool(line.labels))


def verdicts(
    guard: Guard, texts: Sequence[str], position: str = "user", *, on_progress: Progress | None = None
) -> Iterator[Verdict]:
    """A verdict on each text, as ``check_input`` gives it; the model tier sees ``BATCH`` texts at once."""
    for first in range(0, len(texts), BATCH):
        some = texts[first : first + BATCH]
        pieces = [Place(0, position, part=0, text=text, heads=HEADS[position]) for text in some]
        yield from guard.check_pieces(pieces, Cover())
        if on_progress:
            on_progress(min(first + BATCH, len(texts)), len(texts))


def head_scores(
    guard: Guard, texts: Sequence[str], position: str = "user", *, on_progress: Progress | None = None
) -> dict[str, NDArray[np.float64]]:
    """Head → (texts,) probabilities, of the windows of a text the highest: what ``policy.tune`` takes. Only
    the heads that the guard's policy asks at ``position``.

    Raises:
        InputError: it asks none.
    """
    import numpy as np

    heads = sorted(guard.heads(position))
    if not heads:
        raise InputError(
            f"the policy '{guard.policy.name}' asks no head of the model tier at '{position}'",
            hint="There is nothing to tune: rules have no thresholds.",
        )
    scores = {head: np.zeros(len(texts)) for head in heads}
    for index, verdict in enumerate(verdicts(guard, texts, position, on_progress=on_progress)):
        for category, score in verdict.categories.items():
            head = category if category in scores else category.partition(".")[0]
            if head in scores:
                scores[head][index] = max(scores[head][index], score)
    return scores


@dataclass(frozen=True, slots=True)
class Move:
    """Texts whose action differs between two guards: how many, and some of them."""

    old: Action
    new: Action
    n: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """What changes for a traffic from one guard to another.

    ``old_blocked`` and ``new_blocked`` are the shares that each blocks; ``moved`` the share whose action
    differs.
    """

    moves: tuple[Move, ...]
    moved: Estimate
    old_blocked: Estimate
    new_blocked: Estimate


def compare_verdicts(
    old: Guard,
    new: Guard,
    texts: Sequence[str],
    position: str = "user",
    *,
    on_progress: Progress | None = None,
) -> Moves:
    """Both guards on every text. What a policy in shadow would have done counts as done.

    Raises:
        InputError: there is no text.
    """
    if not texts:
        raise InputError("there is no traffic to compare on")
    counts: Counter[tuple[Action, Action]] = Counter()
    examples: dict[tuple[Action, Action], list[str]] = {}
    before = verdicts(old, texts, position)
    after = verdicts(new, texts, position, on_progress=on_progress)
    for text, one, other in zip(texts, before, after, strict=True):
        pair = (_meant(one), _meant(other))
        counts[pair] += 1
        shown = examples.setdefault(pair, [])
        if len(shown) < EXAMPLES:
            shown.append(text)
    moves = [
        Move(*pair, n, tuple(examples[pair])) for pair, n in counts.most_common() if pair[0] is not pair[1]
    ]
    return Moves(
        tuple(moves),
        proportion(sum(move.n for move in moves), len(texts)),
        proportion(sum(n for pair, n in counts.items() if pair[0] is Action.BLOCK), len(texts)),
        proportion(sum(n for pair, n in counts.items() if pair[1] is Action.BLOCK), len(texts)),
    )


def _meant(verdict: Verdict) -> Action:
    return verdict.action if verdict.shadow is None else verdict.shadow
