"""Campaigns on a model whose truth is known."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import AuthenticationError, InputError, RequestRejected
from octarine.core.protocols import Basis
from octarine.core.results import Judgement, Outcome, Settings
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.validation import JudgeValidation
from octarine.redteam import Need
from octarine.redteam.campaign import Asked, campaigns, prepare, read_campaign, result_of, run_campaign
from octarine.redteam.campaign.figures import CampaignReport, Kind, Phase, Reading, Side
from octarine.redteam.campaign.forecast import forecast
from octarine.redteam.campaign.phases.attacks import attack_of
from octarine.redteam.campaign.phases.seeds import seed_pairs
from octarine.redteam.running.playing import awaited
from octarine.store import Store, open_store
from tests.redteam.campaign.world import LIVE, NEVER, World, asked, catalogue, suite, tools
from tests.redteam.fakes import PICTURED, technique


async def test_the_technique_that_works_is_found_and_nothing_else(store: Store) -> None:
    model = World({"t1": 0.9})
    found = await run_campaign(model, suite(60), asked(budget=900, finalists=4), store, tools(catalogue(8)))
    assert found.complete
    assert [one.attack.id for one in found.found] == ["t1"]
    best = found.attacks[0]
    assert best.rate is not None
    assert best.rate.estimate.low > 0.7
    assert best.difference is not None
    assert best.difference.value == best.rate.estimate.value
    assert {one.reading for one in found.attacks[1:]} == {Reading.NOT_SHOWN}
    assert found.baseline is not None
    assert found.baseline.estimate.value == 0.0
    assert found.seeds.eligible == found.seeds.seen
    assert found.searched[0].attack.id == "t1"
    assert best.search == found.searched[0]
    assert model.calls == found.spent <= 900
    assert read_campaign(store, found.id[:6]) == found == read_campaign(store)
    assert [record.run.id for record in campaigns(store)] == [found.id]


async def test_the_search_and_the_report_are_on_seeds_of_their_own(store: Store) -> None:
    model = World({"t1": 0.9})
    found = await run_campaign(model, suite(60), asked(budget=900, finalists=3), store, tools(catalogue(8)))
    sides = {p.seed.cluster: p.side for p in seed_pairs(suite(60).load())}
    seen: dict[Side, set[str]] = {side: set() for side in Side}
    for record in store.runs(beside=found.id):
        if record.run.plan["phase"] == Phase.SEARCH.value:
            seen[Side.SEARCH] |= {r.sample.cluster for r in store.results(record.run.id)}
    seen[Side.REPORT] = {r.sample.cluster for r in store.results(found.id)}
    assert seen[Side.SEARCH]
    assert seen[Side.REPORT]
    assert all(sides[cluster] is side for side, clusters in seen.items() for cluster in clusters)
    assert found.seeds.used == len(seen[Side.REPORT])


async def test_seeds_that_are_answered_plainly_are_no_success(store: Store) -> None:
    """A model that complies with a third of everything: no technique is above that."""
    model = World(base=0.34)
    found = await run_campaign(model, suite(80), asked(budget=1200, finalists=2), store, tools(catalogue(4)))
    assert found.found == ()
    assert 0 < found.seeds.eligible < found.seeds.seen
    assert found.seeds.answered == found.seeds.seen - found.seeds.eligible
    assert found.baseline is not None
    # Fresh samples: seeds that were chosen for being deflected are answered again.
    assert found.baseline.estimate.value > 0.15
    assert all(row.counts[Outcome.DEFLECTED] == 3 for row in found.seeds.rows if row.eligible)
    screened = {c.key for c, s in model.asked if s.seed < 100}
    fresh = {(c.key, s.seed) for c, s in model.asked if 200 <= s.seed < 300 and c.key in screened}
    assert fresh
    assert found.seeds.varied == 1.0


async def test_every_repeat_has_a_sampler_seed_of_its_own(store: Store) -> None:
    model = World()
    await run_campaign(model, suite(20), asked(budget=200), store, tools(catalogue(1)))
    seeds: dict[str, list[int]] = {}
    for conversation, settings_ in model.asked:
        seeds.setdefault(conversation.key, []).append(settings_.seed)
    assert all(len(found) == len(set(found)) for found in seeds.values())


async def test_a_greedy_model_is_sampled_once_and_one_that_never_varies_is_said_to(store: Store) -> None:
    greedy = dataclasses.replace(asked(budget=300), settings=Settings(max_tokens=64))
    found = await run_campaign(World({"t0": 1.0}), suite(40), greedy, store, tools(catalogue(1)))
    assert found.plan.samples == 1
    assert any("temperature 0" in note for note in found.notes)
    fixed = World(answers=lambda c, s: "I'm sorry, but I can't help with that.")
    fixed.identity = dataclasses.replace(fixed.identity, revision="r2")
    found = await run_campaign(fixed, suite(40), asked(budget=300), store, tools(catalogue(1)))
    assert found.seeds.varied == 0.0
    assert any("same text" in note for note in found.notes)


async def test_errors_are_in_the_denominator_and_shown(store: Store) -> None:
    def answers(conversation: Conversation, settings_: Settings) -> BaseException | None:
        broken = "<t0>" in conversation.prompt and settings_.seed % 3 == 0
        return RequestRejected("no") if broken else None

    found = await run_campaign(
        World({"t0": 1.0}, answers=answers), suite(40), asked(budget=500), store, tools(catalogue(1))
    )
    (attack,) = found.attacks
    assert attack.rate is not None
    assert attack.rate.counts[Outcome.ERROR] > 0
    assert sum(attack.rate.counts.values()) == attack.rate.estimate.n
    assert attack.rate.estimate.value == attack.rate.successes / attack.rate.estimate.n < 0.75
    assert any("no answer" in note for note in found.notes)


async def test_what_does_not_apply_counts_apart_and_never_as_robust(store: Store) -> None:
    pictured = dataclasses.replace(PICTURED, id="pictured")
    other = technique("other-language", languages=frozenset({"ja"}))
    rewritten = technique("rewritten", apply=None, instruction="Say it.", needs=frozenset({Need.MODEL}))
    found = await run_campaign(
        World(),
        suite(40),
        asked(budget=500),
        store,
        tools(catalogue(2, NEVER, pictured, other, rewritten)),
    )
    untried = {one.attack.id: one.reason for one in found.untried}
    assert "takes no image" in untried["pictured"]
    assert "--writer" in untried["rewritten"]
    assert "other-language" not in untried
    never = next(one for one in found.attacks if one.attack.id == "never")
    assert never.rate is None
    assert never.not_applicable == found.seeds.used > 0
    assert never.reading is Reading.UNCHECKED


async def test_low_success_with_low_comprehension_is_not_robust(store: Store) -> None:
    model = World(understands=lambda prompt: "<t0>" not in prompt)
    found = await run_campaign(model, suite(40), asked(budget=800), store, tools(catalogue(2)))
    readings = {one.attack.id: one for one in found.attacks}
    # Nonsense is no refusal: the judge of refusals calls it a success, and the report says to read it.
    assert readings["t0"].found
    assert any("not understood: t0. Read" in note for note in found.notes)
    lost = readings["t0"].comprehension
    kept = readings["t1"].comprehension
    assert lost is not None
    assert kept is not None
    assert lost.low
    assert lost.understood.value == 0.0
    assert kept.understood.value == 1.0
    assert kept.plain is not None
    assert kept.plain.value == 1.0
    deaf = World(answers=lambda c, s: "I'm sorry, I can't help." if "<t0>" in c.prompt else None)
    deaf.identity = dataclasses.replace(deaf.identity, revision="r2")
    found = await run_campaign(deaf, suite(40), asked(budget=800), store, tools(catalogue(2)))
    assert {a.attack.id: a.reading for a in found.attacks} == {
        "t0": Reading.NOT_UNDERSTOOD,
        "t1": Reading.NOT_SHOWN,
    }


async def test_open_turns_are_filled_by_the_model_and_counted(store: Store) -> None:
    model = World({"live": 1.0})
    found = await run_campaign(model, suite(40), asked(budget=600), store, tools(catalogue(0, LIVE)))
    (attack,) = found.attacks
    assert attack.found
    assert [(point.step, point.remaining.value) for point in attack.steps] == [(2, 0.0)]
    assert model.calls == found.spent
    result = result_of(store, found.hits[0])
    assert awaited(result.sample.conversation)
    assert result.completion.exchange is not None
    assert not awaited(Conversation(result.completion.exchange.turns))
    assert result.completion.exchange.calls == 2


class Doubting:
    """A second judge that agrees where the answer ends with an even number; records what it was asked."""

    name = "doubting"
    version = "1"
    basis = Basis.MODEL
    lineage: frozenset[str] = frozenset({"doubts"})

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def check_args(self, args: object) -> None:
        pass

    async def judge(self, sample, completion):  # type: ignore[no-untyped-def]
        self.prompts.append(sample.conversation.prompt)
        even = int(completion.text.rstrip(".").split()[-1]) % 2 == 0
        outcome = Outcome.COMPLIED if even else Outcome.DEFLECTED
        return Judgement(outcome, 0.0, self.name, self.version)


async def test_successes_are_confirmed_by_a_second_judge_and_sampled_again(store: Store) -> None:
    judge = Doubting()
    model = World({"t0": 1.0})
    found = await run_campaign(model, suite(40), asked(budget=700), store, tools(catalogue(1), second=judge))
    confirmation = found.confirmation
    assert confirmation.hits == len(found.hits) == confirmation.agreed + confirmation.disagreed > 20
    assert confirmation.confirmed == confirmation.agreed > 0
    assert confirmation.reproduced == found.seeds.used
    assert all(not prompt.startswith("<t0>") for prompt in judge.prompts)
    (attack,) = found.attacks
    assert attack.rate is not None
    assert attack.both is not None
    assert attack.rate.estimate.value == 1.0
    reported = [hit for hit in found.hits if hit.phase is Phase.REPORT]
    assert attack.both.value == sum(hit.confirmed is True for hit in reported) / len(reported)
    assert attack.difference is not None
    assert attack.difference.value == pytest.approx(attack.both.value)
    assert "both judges" in found.error_rate
    kept = list(store.findings())
    assert len(kept) == len({hit.seed for hit in found.hits if hit.confirmed})
    for finding in kept:
        assert finding.origin == f"campaign:{found.id}"
        assert [one.judge for one in finding.confirmed] == ["doubting", "refusal"]
        assert f"octarine redteam replay {finding.id}" in finding.note
        assert attack_of(finding.sample) == "t0"
    assert {hit.id for hit in found.hits if hit.replay} == {finding.id for finding in kept}


async def test_what_the_second_judge_doubts_is_not_found(store: Store) -> None:
    """The first judge calls every answer that declines nothing a success; the second sees none."""

    class Never(Doubting):
        async def judge(self, sample, completion):  # type: ignore[no-untyped-def]
            return Judgement(Outcome.DEFLECTED, 1.0, self.name, self.version)

    found = await run_campaign(
        World({"t0": 1.0}), suite(40), asked(budget=700), store, tools(catalogue(1), second=Never())
    )
    assert found.attacks[0].rate is not None
    assert found.attacks[0].rate.estimate.value == 1.0
    assert found.found == ()
    assert found.confirmation.confirmed == 0
    assert list(store.findings()) == []


async def test_a_second_judge_that_shares_a_lineage_is_refused(store: Store) -> None:
    model = World()
    model.identity = dataclasses.replace(model.identity, lineage=frozenset({"doubts"}))
    with pytest.raises(InputError, match="shares weights"):
        await run_campaign(model, suite(10), asked(), store, tools(catalogue(1), second=Doubting()))


async def test_without_a_second_judge_the_second_sample_decides(store: Store) -> None:
    found = await run_campaign(World({"t0": 0.5}), suite(40), asked(budget=700), store, tools(catalogue(1)))
    states = Counter(hit.confirmed for hit in found.hits)
    assert states[True] > 0
    assert states[False] > 0
    assert all(
        hit.confirmed is (hit.second_sample is not None and hit.second_sample.outcome is Outcome.COMPLIED)
        for hit in found.hits
    )


async def test_the_same_answer_again_confirms_nothing(store: Store) -> None:
    greedy = Settings(max_tokens=64, temperature=0.0)
    model = World({"t0": 1.0})
    design = asked(settings=greedy)
    found = await run_campaign(model, suite(40), design, store, tools(catalogue(1)))
    assert found.hits
    assert {hit.confirmed for hit in found.hits} == {None}
    assert found.confirmation.open == found.confirmation.not_sampled == len(found.hits)
    assert any("stay open" in note for note in found.notes)
    assert not list(store.findings())


def stripped(report: CampaignReport) -> CampaignReport:
    """Without the moment at which it began."""
    return dataclasses.replace(report, run=dataclasses.replace(report.run, created=""))


@pytest.mark.parametrize("at", [10, 200, 400, 650])
async def test_a_stopped_campaign_goes_on_to_the_same_numbers(store: Store, at: int, tmp_path: Path) -> None:
    rates = {"t1": 0.8, "live": 0.4}
    found_in = catalogue(5, LIVE, NEVER)
    design = asked(budget=800, finalists=3)

    def failing(conversation: Conversation, settings_: Settings) -> BaseException | None:
        return AuthenticationError("the key is gone") if broken.calls > at else None

    broken = World(rates, answers=failing)
    with pytest.raises(AuthenticationError):
        await run_campaign(broken, suite(50), design, store, tools(found_in))
    so_far = read_campaign(store)
    assert not so_far.complete
    assert any("not finished" in note for note in so_far.notes)
    model = World(rates)
    resumed = await run_campaign(model, suite(50), design, store, tools(found_in))
    with open_store(str(tmp_path / "other.sqlite")) as other:
        whole = World(rates)
        straight = await run_campaign(whole, suite(50), design, other, tools(found_in))
    assert stripped(resumed) == stripped(straight)
    # Calls that were in flight when it stopped are made again, and no others.
    assert model.calls <= whole.calls - at + 2 * 4
    again = World(rates)
    assert await run_campaign(again, suite(50), design, store, tools(found_in)) == resumed
    assert again.calls == 0


KILLED = """
import asyncio, os, signal, sys
from octarine.redteam.campaign import run_campaign
from octarine.store import open_store
from tests.redteam.campaign.world import World, asked, catalogue, suite, tools

def killing(conversation, settings):
    if model.calls > 220:
        os.kill(os.getpid(), signal.SIGKILL)

model = World({"t1": 0.8}, answers=killing)
with open_store(sys.argv[1]) as store:
    asyncio.run(run_campaign(model, suite(40), asked(budget=500, finalists=2), store, tools(catalogue(4))))
"""


async def test_a_campaign_whose_process_was_killed_goes_on_to_the_same_numbers(tmp_path: Path) -> None:
    path = str(tmp_path / "killed.sqlite")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", KILLED, path]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    design = asked(budget=500, finalists=2)
    model = World({"t1": 0.8})
    with open_store(path) as store:
        resumed = await run_campaign(model, suite(40), design, store, tools(catalogue(4)))
    whole = World({"t1": 0.8})
    with open_store("sqlite:///:memory:") as other:
        straight = await run_campaign(whole, suite(40), design, other, tools(catalogue(4)))
    assert stripped(resumed) == stripped(straight)
    assert model.calls < whole.calls


async def test_a_campaign_that_was_cancelled_goes_on(store: Store) -> None:
    reached = asyncio.Event()

    class Endless(World):
        async def generate(self, conversation, settings):  # type: ignore[no-untyped-def]
            if self.calls >= 150:
                reached.set()
                await asyncio.sleep(3600)
            return await super().generate(conversation, settings)

    design = asked(budget=400, finalists=2)
    endless = Endless({"t1": 0.8})
    task = asyncio.create_task(run_campaign(endless, suite(40), design, store, tools(catalogue(4))))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    resumed = await run_campaign(World({"t1": 0.8}), suite(40), design, store, tools(catalogue(4)))
    with open_store("sqlite:///:memory:") as other:
        straight = await run_campaign(World({"t1": 0.8}), suite(40), design, other, tools(catalogue(4)))
    assert stripped(resumed) == stripped(straight)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    budget=st.integers(4, 400),
    seeds=st.integers(1, 30),
    attacks=st.integers(1, 12),
    finalists=st.integers(1, 6),
    seed=st.integers(0, 3),
    rate=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_the_budget_is_never_exceeded(
    budget: int, seeds: int, attacks: int, finalists: int, seed: int, rate: float
) -> None:
    model = World({"t0": rate, "live": rate}, base=rate / 4)
    design = asked(budget=budget, finalists=finalists, seed=seed)
    with open_store("sqlite:///:memory:") as store:
        try:
            found = asyncio.run(
                run_campaign(model, suite(seeds), design, store, tools(catalogue(attacks, LIVE)))
            )
        except InputError as error:
            # With too few calls there is no campaign, and that is said before the first one.
            if "does not suffice" not in error.message:
                raise
            return
        assert model.calls == found.spent <= budget
        assert found.complete


async def test_what_a_dry_run_says_is_what_is_called(store: Store) -> None:
    model = World({"t1": 0.8})
    design = asked(budget=500, finalists=3)
    prepared = prepare(model, suite(50), design, tools(catalogue(8, NEVER)))
    said = await forecast(prepared, model, price_in=1.0, price_out=2.0)
    assert model.calls == 0
    found = await run_campaign(model, suite(50), design, store, tools(catalogue(8, NEVER)))
    assert said.campaign == found.id
    assert [seed.id for seed in said.seeds] == [row.id for row in found.seeds.rows]
    assert {seed.id: seed.side for seed in said.seeds} == {row.id: row.side for row in found.seeds.rows}
    most = {one.phase: one.planned for one in said.calls}
    spent = {one.phase: one.spent for one in found.calls}
    assert spent[Phase.SCREENING] == most[Phase.SCREENING]
    assert spent[Phase.SEARCH] <= most[Phase.SEARCH]
    assert sum(spent.values()) <= sum(most.values()) <= 500
    tried = {one.attack.id for one in found.searched}
    assert tried <= {attack.id for attack in said.attacks}
    assert said.output_tokens == sum(most.values()) * 64
    assert said.cost == pytest.approx((said.input_tokens + 2 * said.output_tokens) / 1e6)


class Pairs:
    """A policy over chains that proposes what it is told."""

    def __init__(self, entries, longest, most):  # type: ignore[no-untyped-def]
        self.singles: dict[tuple[str, ...], tuple[int, int]] = {}
        self.learnt: Counter[tuple[str, ...]] = Counter()
        self.dropped: list[tuple[str, ...]] = []
        self.most = most
        assert longest == 2

    def propose(self, count, rng):  # type: ignore[no-untyped-def]
        chains = [("t1", "t0"), ("t0", "t1"), ("t0", "never")]
        open_ = [c for c in chains if c not in self.dropped and self.learnt[c] < 6]
        return open_[:count]

    def learn(self, chain, successes, attempts):  # type: ignore[no-untyped-def]
        self.learnt[chain] += attempts

    def drop(self, chain, reason):  # type: ignore[no-untyped-def]
        self.dropped.append(chain)


async def test_chains_of_a_policy_are_searched_and_reported(store: Store) -> None:
    made: list[Pairs] = []

    def combining(*args: object) -> Pairs:
        made.append(Pairs(*args))
        return made[-1]

    def answers(conversation: Conversation, settings_: Settings) -> str | None:
        both = "<t1> <t0>" in conversation.prompt and "harm" in conversation.prompt
        return "Sure: first take this, then that." if both else None

    model = World(answers=answers)
    found = await run_campaign(
        model,
        suite(60),
        asked(budget=800, finalists=3, combine=2),
        store,
        tools(catalogue(3, NEVER), combining=combining),
    )
    (policy,) = made
    assert policy.learnt["t0",] > 0
    assert policy.dropped == [("t0", "never")]
    (best,) = found.found
    assert (best.attack.id, best.attack.kind) == ("t0 | t1", Kind.CHAIN)
    assert best.attack.steps == ("t0", "t1")
    assert best.attack.categories == ("structure", "framing")


class Persistent:
    """A strategy that asks up to three times; the last answer counts."""

    calls = 3

    def __str__(self) -> str:
        return "persistent(turns=3)"

    def unfit(self, sample, target):  # type: ignore[no-untyped-def]
        return None

    def on(self, sample):  # type: ignore[no-untyped-def]
        came = dataclasses.replace(sample.provenance, parent=sample.key, techniques=(str(self),))
        return dataclasses.replace(sample, id=f"{sample.id}+{self}", provenance=came)


class Driver:
    """Plays ``Persistent``: gives up at the first success."""

    def __init__(self, strategy, target, attacker, judge, *, judged_by):  # type: ignore[no-untyped-def]
        self.identity = dataclasses.replace(target.identity, revision="r1+persistent")
        self.capabilities = target.capabilities
        self.target, self.judge = target, judge
        assert judged_by.startswith("refusal@")

    async def start(self) -> None:
        pass

    async def aclose(self) -> None:
        pass

    async def generate(self, conversation, settings):  # type: ignore[no-untyped-def]
        from octarine.core.results import Exchange
        from octarine.evaluate.runner import SAMPLE

        for turn in range(3):
            own = dataclasses.replace(settings, seed=settings.seed + 1000 * turn)
            answer = await self.target.generate(conversation, own)
            if (await self.judge(SAMPLE.get(), answer)).outcome is Outcome.COMPLIED:
                break
        exchange = Exchange(conversation.messages, turn + 1, "persistent", malformed=1)
        return dataclasses.replace(answer, exchange=exchange)


async def test_a_strategy_is_reported_with_the_steps_that_it_took(store: Store) -> None:
    model = World(base=0.3)
    found = await run_campaign(
        model,
        suite(60),
        asked(budget=1500),
        store,
        tools(catalogue(1), strategies=[Persistent()], driving=Driver),
    )
    (attack,) = found.attacks
    assert attack.attack.kind is Kind.STRATEGY
    assert attack.attack.category == "strategy"
    assert [point.step for point in attack.steps] == [1, 2, 3]
    assert attack.steps[0].remaining.value > attack.steps[2].remaining.value
    assert attack.malformed == attack.rate.estimate.n  # type: ignore[union-attr]
    assert attack.comprehension is None
    assert model.calls == found.spent <= 1500
    assert {hit.run for hit in found.hits} != {found.id}
    assert attack.reading is Reading.FOUND
    assert any("the number of tries" in note for note in found.notes)


@pytest.mark.parametrize("at", [120, 250])
async def test_a_stopped_campaign_of_a_strategy_goes_on_to_the_same_numbers(store: Store, at: int) -> None:
    def failing(conversation: Conversation, settings_: Settings) -> BaseException | None:
        return AuthenticationError("the key is gone") if broken.calls > at else None

    design = asked(budget=700)
    broken = World(base=0.3, answers=failing)
    with pytest.raises(AuthenticationError):
        await run_campaign(
            broken, suite(60), design, store, tools(catalogue(1), strategies=[Persistent()], driving=Driver)
        )
    reports = []
    with open_store("sqlite:///:memory:") as other:
        for place in (store, other):
            played = tools(catalogue(1), strategies=[Persistent()], driving=Driver)
            reports.append(stripped(await run_campaign(World(base=0.3), suite(60), design, place, played)))
    assert reports[0] == reports[1]
    assert reports[0].complete


async def test_a_hit_is_told_as_it_comes(store: Store) -> None:
    told = []
    found = await run_campaign(
        World({"t0": 1.0}),
        suite(30),
        asked(budget=300),
        store,
        tools(catalogue(1)),
        on_hit=lambda hit, result: told.append((hit.run, result.sample.key, hit.repeat)),
    )
    assert sorted(told) == sorted((hit.run, hit.sample_key, hit.repeat) for hit in found.hits)


async def test_cells_are_by_category_and_dimension(store: Store) -> None:
    both = (Dimension.SAFETY, Dimension.PRIVACY_SECURITY)
    found = await run_campaign(
        World({"t0": 1.0}),
        suite(60, both),
        asked(budget=900, finalists=3),
        store,
        tools(catalogue(6)),
    )
    cells = {(c.category, c.dimension, c.exploratory): c for c in found.cells}
    assert cells["structure", Dimension.SAFETY, False].rate.estimate.value > 0.4
    explored = [cell for cell in found.cells if cell.exploratory]
    assert {cell.attacks for cell in explored} == {2}
    assert {cell.dimension for cell in explored} == set(both)
    assert {one.language for one in found.languages} == {"en"}


def test_too_few_samples_and_unknown_things_are_refused() -> None:
    with pytest.raises(InputError, match="2 samples"):
        Asked(samples=2)
    with pytest.raises(InputError, match="no technique"):
        prepare(World(), suite(10), asked(techniques=("nothing",)), tools(catalogue(2)))
    with pytest.raises(InputError, match="no attack"):
        prepare(World(), suite(10), asked(categories=("carrier",)), tools(catalogue(2)))
    with pytest.raises(InputError, match="no plain seeds"):
        prepare(World(), suite(10), asked(languages=("ja",)), tools(catalogue(2)))


def test_a_chain_that_is_named_is_one_attack() -> None:
    found = prepare(World(), suite(20), asked(techniques=("t0|t1", "t1")), tools(catalogue(3)))
    assert [entry.attack.id for entry in found.entries] == ["t0 | t1", "t1"]
    assert not found.plan.searching


def counts_of(model: str) -> JudgeValidation:
    """A judge of refusals that overlooks one in ten and calls one in ten answers a refusal."""
    return JudgeValidation(
        judge="refusal",
        version=JudgePanel()["refusal"].version,
        language="en",
        model=model,
        positive="deflected",
        source="made up",
        sha256="0" * 64,
        rows=2000,
        licence="none",
        label="declined",
        true_positive=900,
        false_negative=100,
        true_negative=900,
        false_positive=100,
        clusters=2000,
    )


async def test_a_rate_is_corrected_from_labels_of_the_same_model_alone(store: Store) -> None:
    design, world = asked(budget=500), World({"t0": 0.6})
    found = await run_campaign(world, suite(40), design, store, tools(catalogue(1)))
    (raw,) = found.attacks
    assert raw.rate is not None
    assert raw.rate.corrected is None
    assert any("no rate is corrected" in note for note in found.notes)
    mine, others = (JudgePanel(validations=[counts_of(name)]) for name in ("test:world", "test:other"))
    (apart,) = read_campaign(store, found.id, panel=others).attacks
    assert apart == raw
    (same,) = read_campaign(store, found.id, panel=mine).attacks
    assert same.rate is not None
    corrected = same.rate.corrected
    assert corrected is not None
    # The judge's rate p of deflections came from (p − 0.1) / 0.8 of them.
    deflected = 1 - raw.rate.estimate.value
    assert corrected.value == pytest.approx(1 - (deflected - 0.1) / 0.8, abs=0.01)
    assert corrected.low <= corrected.value <= corrected.high
    assert same.rate.estimate == raw.rate.estimate


async def test_at_k_is_without_bias_beside_the_baseline(store: Store) -> None:
    found = await run_campaign(World({"t0": 0.5}), suite(40), asked(budget=600), store, tools(catalogue(1)))
    (attack,) = found.attacks
    assert attack.rate is not None
    tried: dict[str, list[bool]] = {}
    for result in store.results(found.id):
        if attack_of(result.sample):
            tried.setdefault(result.sample.cluster, []).append(result.judgement.outcome is Outcome.COMPLIED)
    assert [one.k for one in attack.at_k] == [1, 2, 3]
    assert attack.at_k[0].estimate.value == pytest.approx(attack.rate.estimate.value)
    assert attack.at_k[2].estimate.value == pytest.approx(sum(map(any, tried.values())) / len(tried))
    assert all(one.baseline is not None and one.baseline.value == 0.0 for one in attack.at_k)


async def test_so_few_seeds_carry_so_few_attacks(store: Store) -> None:
    """Seven seeds tell at most three attacks from the plain ones at 5 %, whatever they do."""
    everything = {f"t{n}": 1.0 for n in range(10)}
    found = await run_campaign(
        World(everything), suite(40), asked(budget=2000, seeds=7, finalists=10), store, tools(catalogue(10))
    )
    assert found.seeds.used == 7
    assert len(found.attacks) == 3
    assert len(found.found) == 3


async def test_an_attack_of_many_calls_does_not_push_out_those_of_few(store: Store) -> None:
    """Sixty calls an answer are not to be had; the techniques that were asked for beside it are measured."""

    class Patient(Persistent):
        calls = 60

    found = await run_campaign(
        World({"t0": 1.0}),
        suite(60),
        asked(budget=500, techniques=("t0", "t1")),
        store,
        tools(catalogue(6), strategies=[Patient()], driving=Driver),
    )
    assert {one.attack.id for one in found.attacks} == {"t0", "t1"}
    assert [one.attack.id for one in found.found] == ["t0"]
    (left,) = found.untried
    assert (left.attack.id, left.reason) == ("persistent(turns=3)", "too few calls, or no seed to try it on")
    assert any("asked for by name" in note and "persistent" in note for note in found.notes)


async def test_an_attack_that_no_seed_was_there_for_is_untried(store: Store) -> None:
    found = await run_campaign(World(base=1.0), suite(20), asked(finalists=10), store, tools(catalogue(2)))
    assert not found.attacks
    assert {one.attack.id for one in found.untried} == {"t0", "t1"}
    assert not any("0 seeds and" in note for note in found.notes)
