"""Whom a policy has asked where the small model is unsure."""

from __future__ import annotations

from dataclasses import dataclass, field

from octarine.core.results import Usage

NOBODY = "nobody"
"""Takes away whom a policy asks."""
SIDES = ("input", "output")
"""What goes into a model, what comes out of it."""


@dataclass(frozen=True, slots=True)
class Price:
    """What an adapter costs, in any currency; nothing unless said."""

    call: float = 0.0
    million_input_tokens: float = 0.0
    million_output_tokens: float = 0.0

    def of(self, calls: int, usage: Usage) -> float:
        """Of so many calls. Tokens that the endpoint does not count cost nothing here."""
        tokens = (usage.input_tokens or 0) * self.million_input_tokens
        tokens += (usage.output_tokens or 0) * self.million_output_tokens
        return calls * self.call + tokens / 1e6


@dataclass(frozen=True, slots=True)
class Ask:
    """A moderator that decides where the model tier is unsure.

    Attributes:
        adapter: its name, as ``guard.adapters.open_adapter`` takes it; empty: nobody, whatever the layers
            below say.
        band: probabilities that decide nothing, from the first up to the second; None: of each head, from the
            threshold of the strength ``high`` to that of ``low``.
        sides: where it is asked.
        price: of what it is asked, for the count of costs.
    """

    adapter: str
    band: tuple[float, float] | None = None
    sides: tuple[str, ...] = SIDES
    price: Price = field(default_factory=Price)
