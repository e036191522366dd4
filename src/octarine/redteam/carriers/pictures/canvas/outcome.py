"""Why a text cannot be drawn."""

from __future__ import annotations

from octarine.core.protocols import NotApplicable
from octarine.redteam.applying import NotAvailable


class CannotDraw(Exception):
    """Ends a drawing; ``outcome`` is what the technique gives back. ``available`` false: something that
    it needs is not on this machine."""

    def __init__(self, reason: str, *, available: bool = True) -> None:
        super().__init__(reason)
        self.outcome = NotApplicable(reason) if available else NotAvailable(reason)


def too_long(most: int) -> CannotDraw:
    """``most``: about how many characters there is room for."""
    return CannotDraw(f"the text would not be legible: there is room for about {most:,} characters")
