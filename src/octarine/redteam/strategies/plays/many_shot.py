"""Many-shot: ever more made-up turns in which the model complied, before the request."""

from __future__ import annotations

from octarine.redteam.seed import Seed, assistant, user
from octarine.redteam.strategies.attempt import Attempt
from octarine.redteam.strategies.strategy import Uses, strategy
from octarine.redteam.structure.world import World
from octarine.redteam.technique import Parameter


def _rounds(first: int, most: int) -> list[int]:
    """Doubling from ``first`` to ``most``, both included."""
    counts = [min(first, most)]
    while counts[-1] < most:
        counts.append(min(2 * counts[-1], most))
    return counts


@strategy(
    "many-shot",
    name="Many shots",
    mechanism="Turns in which the model answered at once are made up before the request, twice as many "
    "whenever it was not enough.",
    reference="Anil et al. 2024, Many-shot jailbreaking (NeurIPS), section 2",
    differs="The made-up answers are to harmless questions (theirs are harmful, and as many as 256); their "
    "number adapts.",
    uses=(Uses.MULTI_TURN,),
    parameters=(
        Parameter("first", 4, "Made-up exchanges at first.", low=1, high=1000),
        Parameter("most", 64, "Made-up exchanges at last.", low=1, high=1000),
    ),
    calls=lambda values: len(_rounds(int(values["first"]), int(values["most"]))),
)
async def many_shot(play: Attempt) -> None:
    """A context that is too long for the target is a failed call: what was asked before still counts."""
    for shots in _rounds(play.number("first"), play.number("most")):
        if play.over:
            return
        world = World(Seed(play.request, play.texts.speaking(), play.rng))
        turns = [turn for asked, said in world.exchanges(shots) for turn in (user(asked), assistant(said))]
        await play.ask(play.request, (*play.opening, *turns), asks=True)
