"""How a carrier of an indirect injection is declared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from octarine.redteam.seed import Seed, cut
from octarine.redteam.structure.declaring import structural
from octarine.redteam.structure.wording import printable
from octarine.redteam.structure.world import World
from octarine.redteam.technique import Effect, Parameter, Technique

GRESHAKE = "Greshake et al. 2023 (indirect prompt injection)"


def told(seed: Seed, world: World) -> str:
    """The request, addressed to a reading assistant, on one line."""
    return f"{world.note()}{world.blank}{' '.join(printable(seed.text).split())}"


def parts(seed: Seed, world: World, low: int = 3, high: int = 6) -> list[str]:
    """``told`` in pieces."""
    return [part.strip() for part in cut(told(seed, world), world.number(low, high + 1)) if part.strip()]


def spread(world: World, plain: list[str], carried: list[str]) -> list[tuple[bool, str]]:
    """Both lists in their own order, mixed; True marks what is carried."""
    marks = [False] * len(plain) + [True] * len(carried)
    world.seed.rng.shuffle(marks)
    rest = {False: iter(plain), True: iter(carried)}
    return [(mark, next(rest[mark])) for mark in marks]


def carrier(
    id: str,
    name: str,
    mechanism: str,
    write: Callable[[Seed, World], str],
    *,
    ask: str = "summarise",
    reference: str = GRESHAKE,
    effect: Effect = Effect.KEEPS,
    parameters: tuple[Parameter, ...] = (),
    wraps: bool = False,
) -> Technique:
    """A technique that writes a text for the user to ask about; ``ask``: which kind of question."""

    def apply(seed: Seed) -> str:
        world = World(seed)
        return f"{world.one(ask)}\n\n{write(seed, world)}"

    return injected(
        id,
        name,
        mechanism,
        apply,
        reference=reference,
        effect=effect,
        parameters=parameters,
        wraps=wraps,
    )


injected = partial(structural, group="indirect injection", reference=GRESHAKE)
"""A technique of this group."""
