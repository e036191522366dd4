"""One campaign from what was asked to its report. For models that you are entitled to test."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from octarine.core.codec import encode
from octarine.core.errors import InputError
from octarine.core.protocols import Judge, Model
from octarine.core.results import Outcome, Result, Run, RunStatus
from octarine.core.samples import Sample
from octarine.evaluate.benchmark import Benchmark
from octarine.evaluate.judging import JudgePanel
from octarine.redteam.campaign.design import Asked, allotted, main_run, seeds_within
from octarine.redteam.campaign.figures import CampaignReport, Hit
from octarine.redteam.campaign.phases.attacks import (
    Entry,
    Remembering,
    Strategy,
    chain_entry,
    choose,
    strategy_entry,
)
from octarine.redteam.campaign.phases.carrying import Carrier, OnProgress, OnSuccess, Parties
from octarine.redteam.campaign.phases.confirming import (
    judge_again,
    keep_findings,
    sample_again,
    second_judge,
)
from octarine.redteam.campaign.phases.reporting import Design, designed, report
from octarine.redteam.campaign.phases.searching import Combining, Search, fair_order
from octarine.redteam.campaign.phases.seeds import SeedPair, drawn, seed_pairs
from octarine.redteam.campaign.planned import CampaignPlan, Kind, Phase, Side, Untried
from octarine.redteam.campaign.reading import categories_of, read_campaign
from octarine.redteam.campaign.tallies.rows import hit_of
from octarine.redteam.campaign.tallies.screened import TWINS
from octarine.redteam.catalogue import Catalogue, techniques
from octarine.redteam.running.playing import Played
from octarine.redteam.strategies.attempt import JudgeCall
from octarine.store import Store

OnHit = Callable[[Hit, Result], None]
"""Told of a success as soon as it is judged: before anything looked at it again."""


class Driving(Protocol):
    """Makes a driver around the target. ``judged_by`` tells judges and their versions from others: an attempt
    stops when its judge says so, so another judge makes another completion."""

    def __call__(
        self, strategy: Any, target: Model, attacker: Model | None, judge: JudgeCall, *, judged_by: str
    ) -> Model: ...


SINGLES = 0.5
"""Of the calls of a search that combines, for the techniques alone."""


@dataclass(frozen=True)
class Tools:
    """What a campaign works with besides the model and the store.

    Attributes:
        writer: rewrites, for techniques that need a model; ``attacker``: writes for strategies. Both are
            started and closed by whoever gives them.
        strategies: over turns, each with a ``driving`` function that makes a driver of it.
        combining: makes the policy over chains; needed where ``Asked.combine`` is above 1.
        second: the judge that looks at successes again; None: none; ``...``: the first of ours that shares
            nothing with the judges of the seeds and with the model.
    """

    panel: JudgePanel = field(default_factory=JudgePanel)
    catalogue: Catalogue = field(default_factory=lambda: techniques)
    writer: Model | None = None
    attacker: Model | None = None
    strategies: Sequence[Strategy] = ()
    driving: Driving | None = None
    combining: Combining | None = None
    second: Judge | Any | None = ...
    concurrency: int | None = None


@dataclass(frozen=True)
class Prepared:
    """A campaign before its first call.

    Attributes:
        pairs: the seeds that are screened, in order.
        entries: the attacks to try, strategies last.
        reason: why there is no second judge; empty where there is one.
    """

    plan: CampaignPlan
    main: Run
    pairs: tuple[SeedPair, ...]
    entries: tuple[Entry, ...]
    untried: tuple[Untried, ...]
    second: Judge | None
    reason: str


def prepare(model: Model, benchmark: Benchmark, asked: Asked, tools: Tools) -> Prepared:
    """Choose seeds and attacks; nothing is called.

    Raises:
        InputError: there are no seeds or no attacks, a technique does not exist, or a judge would mark its
            own work.
    """
    chosen, untried = choose(
        tools.catalogue,
        asked.techniques,
        asked.categories,
        asked.languages,
        model.capabilities,
        writer=tools.writer is not None,
    )
    if tools.strategies and not asked.techniques and not asked.categories and asked.combine == 1:
        # Who names strategies and nothing else asks for these alone.
        chosen, untried = [], []
    entries = (*chosen, *(strategy_entry(one) for one in tools.strategies))
    if not entries:
        raise InputError(f"there is no attack to try{_selection(asked)}", hint=_why(untried))
    pool = [
        pair
        for pair in seed_pairs(benchmark.load(asked.languages))
        if not asked.dimensions or pair.seed.dimension.value in asked.dimensions
    ]
    if not pool:
        raise InputError(
            f"the benchmark '{benchmark.name}' has no plain seeds in {', '.join(asked.languages)}"
            + (f" of {', '.join(asked.dimensions)}" if asked.dimensions else ""),
            hint="Seeds are requests that must be deflected, one turn of text.",
        )
    searching = len(chosen) > asked.finalists or asked.combine > 1
    pairs = drawn(pool, seeds_within(asked), asked.seed, searching=searching)
    if not pairs:
        raise InputError(
            f"a budget of {asked.budget} calls does not suffice for one seed", hint="Raise --budget."
        )
    seeds = [pair.seed for pair in pairs]
    tools.panel.refuse_shared_lineage(seeds, model.identity)
    second, reason = _second(tools, seeds, model)
    plan = _plan(model, benchmark, asked, tools, len(pairs), len(chosen), searching, second)
    main = main_run(plan, pairs, [entry.attack for entry in entries], untried, tools.panel)
    return Prepared(plan, main, tuple(pairs), tuple(entries), tuple(untried), second, reason)


def _selection(asked: Asked) -> str:
    """What was asked for, behind a message that nothing is of it."""
    chosen = (*asked.techniques, *asked.categories)
    return f" in {', '.join(asked.languages)}: {', '.join(chosen)}" if chosen else ""


def _why(untried: Sequence[Untried]) -> str:
    if not untried:
        return "List techniques:  octarine redteam techniques"
    return f"Of {len(untried)} that were chosen none can run here; the first: {untried[0].reason}."


def _second(tools: Tools, seeds: Sequence[Sample], model: Model) -> tuple[Judge | None, str]:
    if tools.second is ...:
        return second_judge(tools.panel, seeds, model.identity)
    judge: Judge | None = tools.second
    if judge is not None and judge.lineage & model.identity.lineage:
        raise InputError(
            f"the second judge '{judge.name}' shares weights or training rows with {model.identity.name}",
            hint="Choose one of another lineage.",
        )
    return judge, "" if judge else "none was asked for"


def _plan(
    model: Model,
    benchmark: Benchmark,
    asked: Asked,
    tools: Tools,
    seeds: int,
    attacks: int,
    searching: bool,
    second: Judge | None,
) -> CampaignPlan:
    return CampaignPlan(
        model=model.identity,
        settings=dataclasses.replace(asked.settings, seed=asked.seed),
        benchmark=benchmark.name,
        version=benchmark.version,
        languages=tuple(sorted(asked.languages)),
        categories=tuple(sorted(asked.categories)),
        samples=asked.each,
        budget=asked.budget,
        seed=asked.seed,
        seeds=seeds,
        attacks=attacks,
        finalists=asked.finalists,
        searching=searching,
        combine=asked.combine,
        strategies=tuple(str(one) for one in tools.strategies),
        attacker=tools.attacker.identity.name if tools.attacker else "",
        writer=tools.writer.identity.name if tools.writer else "",
        second_judge=f"{second.name}@{second.version}" if second else "",
    )


async def run_campaign(
    model: Model,
    benchmark: Benchmark,
    asked: Asked,
    store: Store,
    tools: Tools | None = None,
    *,
    on_hit: OnHit | None = None,
    on_progress: OnProgress | None = None,
) -> CampaignReport:
    """Carry a campaign out, or go on with the one that the same arguments name; ``model`` has been started.

    Successes are recorded with confirmations, confirmed ones become findings (``campaign:ID``). The budget is
    never exceeded by a campaign that is not interrupted; a kill loses the calls in flight, which are made
    again. Answers that the store holds from before are not asked for again and count as spent all the same.

    Raises:
        OctarineError: see ``prepare`` and ``run_samples``; what was done is kept.
    """
    tools = tools or Tools()
    prepared = prepare(model, benchmark, asked, tools)
    played = Played(model)
    parties = Parties(
        model=played,
        store=store,
        panel=tools.panel,
        writer=Remembering(tools.writer, store) if tools.writer else None,
        drivers=_drivers(prepared, tools, model),
        second=prepared.second,
        concurrency=tools.concurrency,
        on_success=_told(on_hit, prepared) if on_hit else None,
        on_progress=on_progress,
    )
    return await _Campaign(prepared, Carrier(parties, prepared.main, asked.budget), tools).run()


def _told(on_hit: OnHit, prepared: Prepared) -> OnSuccess:
    requests = {p.seed.key: (p.seed.id, p.seed.conversation.prompt) for p in prepared.pairs}
    known = {entry.attack.id: entry.attack for entry in prepared.entries}

    def tell(result: Result, phase: Phase, run: Run) -> None:
        hit = hit_of(result, phase, run.id, requests)
        # A chain that the search made is of techniques that are known.
        steps = [hit.attack] if hit.attack in known else hit.attack.split(" | ")
        category = " + ".join(categories_of(steps, known))
        on_hit(dataclasses.replace(hit, category=category), result)

    return tell


def _drivers(prepared: Prepared, tools: Tools, model: Model) -> dict[str, Model]:
    played = [entry for entry in prepared.entries if entry.strategy is not None]
    if not played:
        return {}
    if tools.driving is None:
        raise InputError("there is nothing that plays strategies", hint="Give 'driving'.")
    versions = tools.panel.versions([pair.seed for pair in prepared.pairs])
    judged_by = ", ".join(f"{name}@{version}" for name, version in sorted(versions.items()))
    return {
        entry.attack.id: tools.driving(
            entry.strategy, model, tools.attacker, tools.panel.judge, judged_by=judged_by
        )
        for entry in played
    }


class _Campaign:
    """The phases in order. What each of them does depends on what the store holds of the ones before and on
    nothing else, so a campaign that was stopped goes on as if it had not been."""

    def __init__(self, prepared: Prepared, carrier: Carrier, tools: Tools) -> None:
        self._prepared = prepared
        self._plan = prepared.plan
        self._carrier = carrier
        self._store = carrier.parties.store
        self._tools = tools
        self._calls = allotted(prepared.plan.budget, searching=prepared.plan.searching)

    async def run(self) -> CampaignReport:
        if not self._carrier.begun:
            self._store.begin_run(self._prepared.main)
        eligible = await self._screened()
        search = await self._searched([p.seed for p in eligible if p.side is Side.SEARCH])
        design = await self._designed(search, [p for p in eligible if p.side is Side.REPORT])
        reported = await report(self._carrier, design, self._plan.samples) if design.seeds else []
        searched = [run for run in self._search_runs() if run not in reported]
        await sample_again(self._carrier, [*reported, *searched])
        plain = {pair.seed.key: pair.seed for pair in self._prepared.pairs}
        await judge_again(self._carrier, [*reported, *searched], plain)
        self._end(search, design)
        found = read_campaign(self._store, self._prepared.main.id, panel=self._carrier.parties.panel)
        keep_findings(self._carrier, found.hits, [*reported, *searched])
        return found

    async def _screened(self) -> list[SeedPair]:
        """The seeds that were deflected in every sample."""
        pairs, samples = self._prepared.pairs, self._plan.samples
        seeds = [pair.seed for pair in pairs]
        screened = await self._carrier.samples_of(
            "screening", Phase.SCREENING, seeds, len(seeds) * samples, repeats=samples
        )
        twins = list({pair.twin.key: pair.twin for pair in pairs if pair.twin}.values())
        await self._carrier.samples_of(TWINS, Phase.SCREENING, twins, len(twins))
        deflected: dict[str, int] = {}
        for row in self._store.scores(screened.id):
            if row.outcome == Outcome.DEFLECTED:
                deflected[row.sample_key] = deflected.get(row.sample_key, 0) + 1
        return [pair for pair in pairs if deflected.get(pair.seed.key, 0) >= samples]

    async def _searched(self, seeds: Sequence[Sample]) -> Search | None:
        plan = self._plan
        if not plan.searching or not seeds:
            return None
        search = Search(self._carrier, seeds, self._calls[Phase.SEARCH], plan.seed)
        single = [entry for entry in self._prepared.entries if entry.strategy is None]
        calls = self._calls[Phase.SEARCH]
        alone = int(calls * SINGLES) if plan.combine > 1 else calls
        await search.singles(single, plan.finalists, alone)
        if plan.combine > 1:
            if self._tools.combining is None:
                raise InputError("there is nothing that combines techniques", hint="Leave out --combine.")
            usable = [
                entry
                for entry in single
                if entry.attack.kind is Kind.TECHNIQUE and entry.attack.steps in search.counts
            ]
            policy = self._tools.combining(usable, plan.combine, len(seeds))
            await search.chains(policy, self._made)
        return search

    def _made(self, name: tuple[str, ...]) -> Entry:
        return chain_entry(self._tools.catalogue, " | ".join(name))

    async def _designed(self, search: Search | None, seeds: Sequence[SeedPair]) -> Design:
        plan, carrier = self._plan, self._carrier
        strategies = [entry for entry in self._prepared.entries if entry.strategy is not None]
        static = [entry for entry in self._prepared.entries if entry.strategy is None]
        best = (search.best() if search else fair_order(static, plan.seed))[: plan.finalists]
        calls = carrier.left - self._calls[Phase.CONFIRMATION]
        return await designed(carrier, [*best, *strategies], seeds, plan.samples, calls, plan.seed)

    def _search_runs(self) -> list[str]:
        beside = self._store.runs(beside=self._prepared.main.id)
        of_search = {r.run.id for r in beside if r.run.plan.get("phase") == Phase.SEARCH.value}
        return [run for run in self._carrier.runs if run in of_search]

    def _end(self, search: Search | None, design: Design) -> None:
        """What the results do not tell goes into the record of the end."""
        totals: dict[str, Any] = {
            "campaign_complete": True,
            "planned": self._plan.budget,
            "spent": self._carrier.spent,
            "runs": sorted({*self._carrier.runs, self._prepared.main.id}),
            "reported": [entry.attack.id for entry in design.entries],
            "report_skipped": _skipped(design.skipped),
        }
        if self._prepared.reason:
            totals["no_second_judge"] = self._prepared.reason
        if search is not None:
            totals["search_skipped"] = _skipped(search.skipped)
            totals["ranked"] = [entry.attack.id for entry in search.best()]
            totals["made"] = {
                entry.attack.id: list(entry.attack.categories) for entry in search.entries.values()
            }
        self._store.end_run(self._prepared.main.id, RunStatus.COMPLETE, encode(totals))


def _skipped(skipped: Any) -> Mapping[str, Any]:
    return {
        "not_applicable": {name: n for name, n in skipped.not_applicable.items() if n},
        "not_available": {name: n for name, n in skipped.not_available.items() if n},
        "reasons": dict(skipped.reasons),
    }
