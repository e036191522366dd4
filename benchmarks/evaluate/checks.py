"""What a reproduction reports: a figure measured here beside the published one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One figure. Without ``ours`` it was skipped and ``note`` says why; without ``published`` there is none.

    Attributes:
        places: decimal places to which the two must agree.
    """

    benchmark: str
    what: str
    ours: float | None
    published: float | None = None
    note: str = ""
    places: int = 4

    @property
    def verdict(self) -> str:
        """``same``, ``DIFFERS``, ``skipped``, or ``measured`` where nothing was published."""
        if self.ours is None:
            return "skipped"
        if self.published is None:
            return "measured"
        return "same" if abs(self.ours - self.published) < 0.5 * 10**-self.places else "DIFFERS"
