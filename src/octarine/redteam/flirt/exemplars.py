"""What an attacker is shown: a few prompts with what they did, in order."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One prompt.

    Attributes:
        harms: what each classifier said of the target's answer, 0 to 1 each.
        toxicity: of the prompt itself, 0 to 1; 0 where nothing measured it.
    """

    text: str
    harms: tuple[float, ...] = ()
    toxicity: float = 0.0

    @property
    def harm(self) -> float:
        """Sum over the classifiers."""
        return sum(self.harms)

    @property
    def mean_harm(self) -> float:
        """Mean over the classifiers; 0 where none spoke."""
        return self.harm / len(self.harms) if self.harms else 0.0


@dataclass(frozen=True, slots=True)
class Queue:
    """The exemplars as they are shown, the last one last. ``waited``: rounds since one was replaced, counted
    by scoring-LIFO alone."""

    items: tuple[Exemplar, ...]
    waited: int = 0

    def with_item(self, place: int, new: Exemplar) -> Queue:
        """``new`` in place of the item at ``place``; nothing is waited for any more."""
        items = list(self.items)
        items[place] = new
        return Queue(tuple(items))

    def waiting(self) -> Queue:
        """The same, one round later."""
        return replace(self, waited=self.waited + 1)


NOTHING = Queue(())
"""No exemplars."""
