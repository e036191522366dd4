"""Where the small model is unsure, and what an adapter's answer makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.guard.adapters.adapter import Moderation

if TYPE_CHECKING:
    from octarine.guard.scan.window_cache import Scores, Window

_BELOW = 0.99
"""Keeps what an adapter clears under the band, however near its own threshold it was."""


@dataclass(frozen=True, slots=True)
class Band:
    """Probabilities that decide nothing: from ``low`` up to, and without, ``high``.

    Raises:
        InputError: it is empty or outside [0, 1].
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.low < self.high <= 1.0:
            raise InputError(
                f"the band of uncertainty must rise within [0, 1], not from {self.low} to {self.high}",
                hint="For example 0.2 to 0.9: from faint suspicion to certainty.",
            )

    def holds(self, score: float) -> bool:
        """Whether ``score`` lies in it."""
        return self.low <= score < self.high

    def outside(self, found: bool, chance: float | None) -> float:
        """The score of what an adapter decided: above the band or under it, in the order of its own
        probabilities."""
        if found:
            return min(1.0, self.high + (1.0 - self.high) * (1.0 if chance is None else chance))
        return self.low * min(_BELOW, chance or 0.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """An adapter's answer about ``[start, end)`` of a text; None where it could not judge it."""

    start: int
    end: int
    answer: Moderation | None


@dataclass(frozen=True, slots=True)
class DecidedWindow:
    """A window with an adapter's decision in it."""

    start: int
    end: int
    heads: Mapping[str, float]
    hazards: Mapping[str, float]


def band_of(thresholds: Mapping[str, float]) -> Band | None:
    """From the threshold of the strength ``high`` to that of ``low``; None where the card has none, or no
    room between them."""
    low, high = thresholds.get("high"), thresholds.get("low")
    return Band(low, high) if low is not None and high is not None and low < high else None


def uncertain(windows: Scores, bands: Mapping[str, Band]) -> dict[str, Band]:
    """The heads that no window of a text decides, with their bands. A head that is sure of one window is
    sure."""
    doubts = {}
    for head, band in bands.items():
        best = max(window.heads.get(head, 0.0) for window in windows)
        if band.holds(best):
            doubts[head] = band
    return doubts


def passages(windows: Scores, doubts: Mapping[str, Band], length: int, longest: int) -> list[tuple[int, int]]:
    """What to show an adapter of a text of ``length`` code points: all of it or, where that is more than
    ``longest``, the uncertain windows, neighbours together as far as they fit."""
    if length <= longest:
        return [(0, length)]
    found: list[tuple[int, int]] = []
    for window in sorted(windows, key=lambda window: window.start):
        if not any(band.holds(window.heads.get(head, 0.0)) for head, band in doubts.items()):
            continue
        if found and window.end - found[-1][0] <= longest:
            found[-1] = (found[-1][0], max(found[-1][1], window.end))
        else:
            found.append((window.start, window.end))
    return found


def judged(windows: Sequence[Window], doubts: Mapping[str, Band], passage: Judged) -> list[Window]:
    """``windows`` with the adapter's decision in place of the uncertain scores inside the passage.

    A passage that could not be judged counts as found. Where the adapter names hazards of a request, they
    take the place of the small model's guess.
    """
    return [
        _decided(window, doubts, passage.answer)
        if passage.start <= window.start and window.end <= passage.end
        else window
        for window in windows
    ]


def _decided(window: Window, doubts: Mapping[str, Band], answer: Moderation | None) -> Window:
    heads = dict(window.heads)
    for head, band in doubts.items():
        if band.holds(heads.get(head, 0.0)):
            found, chance = (True, None) if answer is None else decision(answer, head)
            heads[head] = band.outside(found, chance)
    kinds = sorted(
        category.partition(".")[2]
        for category in (answer.found if answer else ())
        if category.startswith("harmful_request.")
    )
    hazards = dict.fromkeys(kinds, 1.0 / len(kinds)) if kinds else window.hazards
    return DecidedWindow(window.start, window.end, heads, hazards)


def decision(answer: Moderation, head: str) -> tuple[bool, float | None]:
    """Whether the adapter found what ``head`` looks for, and how likely it is.

    A category of the adapter speaks for a head that it is, that it lies under, or that lies under it:
    ``harmful_content.hate`` for ``harmful_content``, ``harmful_content`` for ``harmful_content.hate``.
    """
    about = [
        category
        for category in answer.categories
        if f"{category}.".startswith(f"{head}.") or f"{head}.".startswith(f"{category}.")
    ]
    found = [category for category in about if category in answer.found]
    chances = [chance for category in found or about if (chance := answer.categories[category]) is not None]
    return bool(found), max(chances, default=None)
