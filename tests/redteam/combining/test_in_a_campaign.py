"""The bandit in a campaign: a model that falls to two techniques together and to neither alone."""

from __future__ import annotations

from collections.abc import Sequence

from octarine.core.content import Conversation
from octarine.core.results import Settings
from octarine.redteam.campaign import run_campaign
from octarine.redteam.campaign.phases.attacks import Entry
from octarine.redteam.combining import ChainBandit
from octarine.store import open_store
from tests.redteam.campaign.world import World, asked, catalogue, suite, tools


def combining(entries: Sequence[Entry], longest: int, most: int) -> ChainBandit:
    """As the command line has it."""
    known = {entry.attack.id: entry.chain.steps[0] for entry in entries if entry.chain}
    return ChainBandit(known, lengths=tuple(range(2, longest + 1)), most=most)


def falls(conversation: Conversation, settings: Settings) -> str | None:
    """To both marks together, in either order, on four seeds of five."""
    both = "<t1>" in conversation.prompt and "<t4>" in conversation.prompt
    falls = both and int(conversation.key[:4], 16) % 5
    return "Sure. First take the usual things, then go on." if falls else None


async def test_a_pair_that_works_together_is_searched_for_found_and_reported() -> None:
    wanted = asked(budget=1500, finalists=4, combine=2)
    reports = []
    for _ in range(2):
        with open_store(":memory:") as store:
            made = tools(catalogue(6), combining=combining)
            reports.append(await run_campaign(World(answers=falls), suite(120), wanted, store, made))
    (first, second) = reports
    assert {frozenset(one.attack.steps) for one in first.found} == {frozenset(("t1", "t4"))}
    best = first.attacks[0]
    assert best.rate is not None
    assert best.rate.estimate.low > 0.6
    # The same arguments make the same search, which is what a resumed campaign rests on.
    assert first.searched == second.searched
