"""From the store to the figures of a campaign."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import octarine
from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.results import Outcome, Result
from octarine.core.stats import holm
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.scorecard import JudgeNote
from octarine.evaluate.scoring import judge_note
from octarine.redteam.campaign import notes
from octarine.redteam.campaign.design import BENCHMARK, attacks_of, calls_of, plan_of, untried_of
from octarine.redteam.campaign.figures import (
    AttackFigure,
    CampaignReport,
    Comprehension,
    Confirmation,
    Hit,
    Reading,
    SearchFigure,
)
from octarine.redteam.campaign.phases.confirming import first_confirmed
from octarine.redteam.campaign.planned import LEVEL, Attack, Kind, Phase, PhaseCalls, Untried
from octarine.redteam.campaign.tallies.comprehension import comprehensions
from octarine.redteam.campaign.tallies.rates import Measure, sequence
from octarine.redteam.campaign.tallies.rows import Part, Row, again_of, parts_of, row_of, rows_and_hits
from octarine.redteam.campaign.tallies.screened import TWINS, seeds_figure
from octarine.store import RunRecord, Store


def read_campaign(
    store: Store, id_or_prefix: str = "latest", *, panel: JudgePanel | None = None
) -> CampaignReport:
    """The figures of a campaign, by its id, the beginning of it, or ``latest``; of one that was stopped, what
    there is so far. ``panel``: with the confusion counts that rates are corrected with.

    Raises:
        InputError: there is no such run, or it is no campaign.
    """
    return _Reader(store, _record(store, id_or_prefix), panel or JudgePanel()).report()


def _record(store: Store, name: str) -> RunRecord:
    if name != "latest":
        return store.run(name)
    found = store.runs(benchmark=BENCHMARK, beside="", limit=1)
    if not found:
        raise InputError(f"there is no campaign in {store.url} yet", hint="Make one:  octarine redteam run")
    return found[0]


def campaigns(store: Store) -> list[RunRecord]:
    """The campaigns of a store, the last one first."""
    return store.runs(benchmark=BENCHMARK, beside="")


def result_of(store: Store, hit: Hit) -> Result:
    """The result behind a hit, with its transcript: the sample's conversation (or the completion's
    ``exchange.turns``) and the answer.

    Raises:
        InputError: it is not in this store.
    """
    for result in store.results(hit.run, outcome=Outcome.COMPLIED):
        if (result.sample.key, result.repeat) == (hit.sample_key, hit.repeat):
            return result
    raise InputError(f"{store.url} does not hold the hit {hit.id}")


@dataclass
class _Gathered:
    """Rows by phase, and what else was read on the way."""

    screening: list[Result] = field(default_factory=list)
    twins: list[Result] = field(default_factory=list)
    comprehension: list[Result] = field(default_factory=list)
    search: list[Row] = field(default_factory=list)
    first_pass: list[Row] = field(default_factory=list)
    report: list[Row] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    spent: Counter[Phase] = field(default_factory=Counter)
    failed: Counter[Phase] = field(default_factory=Counter)


class _Reader:
    """Reads one campaign once."""

    def __init__(self, store: Store, record: RunRecord, panel: JudgePanel) -> None:
        self._store = store
        self._record = record
        self._main = record.run
        self._panel = panel
        self._plan = plan_of(record.run)
        self._totals: Mapping[str, Any] = record.totals
        self._measure = Measure(panel, record.run.model, self._plan.seed)
        self._parts = parts_of(store, record)
        self._found = self._gathered()

    def report(self) -> CampaignReport:
        found = self._found
        baseline = [row for row in found.report if not row.attack]
        attacked = [row for row in found.report if row.attack]
        searched = self._searched()
        figures = self._attacks(attacked, baseline, {one.attack.id: one for one in searched})
        hits = self._hits([one.attack.id for one in figures])
        used = len({row.seed for row in baseline})
        report = CampaignReport(
            id=self._main.id,
            run=self._main,
            complete=bool(self._totals.get("campaign_complete")),
            plan=self._plan,
            calls=self._calls(),
            seeds=seeds_figure(self._main, self._plan, found.screening, found.twins, used),
            baseline=self._measure.rate(baseline),
            baseline_both=self._both(baseline),
            attacks=figures,
            searched=searched,
            untried=self._untried(figures, searched),
            cells=(
                *self._measure.cells(attacked, self._categories(), exploratory=False),
                *self._measure.cells(found.first_pass, self._categories(), exploratory=True),
            ),
            languages=self._measure.languages(attacked),
            hits=hits,
            confirmation=self._confirmation(hits),
            judges=self._judges(),
            error_rate=_promise(len(figures), self._plan.second_judge),
            octarine=octarine.__version__,
        )
        return dataclasses.replace(report, notes=notes.of(report, self._totals))

    def _gathered(self) -> _Gathered:
        found = _Gathered()
        plain = {Phase.SCREENING: found.screening}
        for part in self._parts:
            if part.phase is Phase.SCREENING:
                kept = found.twins if part.name == TWINS else plain[part.phase]
                kept.extend(self._counted(found, part))
            elif part.phase is Phase.COMPREHENSION:
                found.comprehension.extend(self._counted(found, part))
        requests = {r.sample.key: (r.sample.id, r.sample.conversation.prompt) for r in found.screening}
        again = again_of(self._store, self._parts)
        for part in self._parts:
            if part.phase in (Phase.SEARCH, Phase.REPORT):
                rows = list(rows_and_hits(self._store, part, found.hits, again, requests))
                self._count(found, part.phase, [(row.calls, row.outcome) for row in rows])
                (found.report if part.phase is Phase.REPORT else found.search).extend(rows)
                if part.name == "search 001":
                    found.first_pass.extend(rows)
        # The second judge calls nobody.
        sampled = [(result.calls, result.outcome) for result in self._second_samples()]
        self._count(found, Phase.CONFIRMATION, sampled)
        return found

    def _second_samples(self) -> list[Row]:
        parts = [part for part in self._parts if part.name.startswith("second samples")]
        return [row_of(result) for part in parts for result in self._store.results(part.run.id)]

    def _counted(self, found: _Gathered, part: Part) -> list[Result]:
        results = list(self._store.results(part.run.id))
        calls = [
            (r.completion.exchange.calls if r.completion.exchange else 1, r.judgement.outcome)
            for r in results
        ]
        self._count(found, part.phase, calls)
        return results

    @staticmethod
    def _count(found: _Gathered, phase: Phase, calls: Sequence[tuple[int, Outcome]]) -> None:
        found.spent[phase] += sum(n for n, _ in calls)
        found.failed[phase] += sum(outcome is Outcome.ERROR for _, outcome in calls)

    def _calls(self) -> tuple[PhaseCalls, ...]:
        spent, failed = self._found.spent, self._found.failed
        return tuple(
            dataclasses.replace(one, spent=spent[one.phase], failed=failed[one.phase])
            for one in calls_of(self._main)
        )

    def _all_attacks(self) -> dict[str, Attack]:
        """Those that were to be tried, and chains that the search made."""
        known = {attack.id: attack for attack in attacks_of(self._main)}
        made = self._totals.get("made", {})
        for attack in {row.attack for row in (*self._found.search, *self._found.report) if row.attack}:
            if attack not in known:
                steps = tuple(step.strip() for step in attack.split("|"))
                categories = tuple(made.get(attack) or categories_of(steps, known))
                known[attack] = Attack(attack, Kind.CHAIN, steps, categories)
        return known

    def _categories(self) -> dict[str, str]:
        return {name: attack.category for name, attack in self._all_attacks().items()}

    def _searched(self) -> tuple[SearchFigure, ...]:
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in self._found.search:
            rows[row.attack].append(row)
        skipped = self._totals.get("search_skipped", {})
        known = self._all_attacks()
        names = self._totals.get("ranked") or sorted(
            rows, key=lambda name: -sum(row.success for row in rows[name]) / len(rows[name])
        )
        carried = {row.attack for row in self._found.report}
        return tuple(
            SearchFigure(
                attack=known[name],
                estimate=sequence(rows[name]),
                tries=len(rows[name]),
                successes=sum(int(row.success) for row in rows[name]),
                counts=dict(Counter(row.outcome for row in rows[name])),
                not_applicable=skipped.get("not_applicable", {}).get(name, 0),
                not_available=skipped.get("not_available", {}).get(name, 0),
                rank=place,
                carried_on=name in carried,
            )
            for place, name in enumerate(names, 1)
            if name in rows
        )

    def _attacks(
        self, attacked: Sequence[Row], baseline: Sequence[Row], searched: Mapping[str, SearchFigure]
    ) -> tuple[AttackFigure, ...]:
        rows: dict[str, list[Row]] = {name: [] for name in self._totals.get("reported", ())}
        for row in attacked:
            rows.setdefault(row.attack, []).append(row)
        known = self._all_attacks()
        asked = comprehensions(self._found.twins, self._found.comprehension, self._panel, self._plan.seed)
        compared = {name: self._measure.difference(own, baseline) for name, own in rows.items()}
        tested = {name: found[1] for name, found in compared.items() if found}
        adjusted = dict(zip(tested, holm(tested.values()), strict=True))
        made = [
            self._attack(known[name], own, baseline, compared[name], adjusted.get(name), asked.get(name))
            for name, own in rows.items()
        ]
        placed = [dataclasses.replace(one, search=searched.get(one.attack.id)) for one in made]
        return tuple(sorted(placed, key=_place))

    def _both(self, rows: Sequence[Row]) -> Estimate | None:
        return self._measure.both(rows) if self._plan.second_judge else None

    def _attack(
        self,
        attack: Attack,
        rows: Sequence[Row],
        baseline: Sequence[Row],
        compared: tuple[Any, float] | None,
        adjusted: float | None,
        asked: Comprehension | None,
    ) -> AttackFigure:
        skipped = self._totals.get("report_skipped", {})
        hits = [hit for hit in self._found.hits if hit.attack == attack.id and hit.phase is Phase.REPORT]
        difference = compared[0] if compared else None
        above = difference is not None and adjusted is not None and adjusted <= LEVEL and difference.value > 0
        return AttackFigure(
            attack=attack,
            reading=_reading(above, asked),
            rate=self._measure.rate(rows),
            both=self._both(rows),
            difference=difference,
            p=compared[1] if compared else None,
            p_adjusted=adjusted,
            at_k=self._measure.at_k(rows, baseline, self._main.plan["repeats"]),
            steps=self._measure.steps(rows),
            comprehension=asked,
            languages=self._measure.languages(rows),
            seeds=len({row.seed for row in rows}),
            not_applicable=skipped.get("not_applicable", {}).get(attack.id, 0),
            not_available=skipped.get("not_available", {}).get(attack.id, 0),
            hits=len(hits),
            confirmed=sum(hit.confirmed is True for hit in hits),
            malformed=sum(row.malformed for row in rows),
        )

    def _untried(
        self, figures: Sequence[AttackFigure], searched: Sequence[SearchFigure]
    ) -> tuple[Untried, ...]:
        tried = {one.attack.id for one in figures} | {one.attack.id for one in searched}
        reasons = self._totals.get("search_skipped", {}).get("reasons", {})
        rest = [
            Untried(attack, reasons.get(attack.id) or "too few calls, or no seed to try it on")
            for attack in attacks_of(self._main)
            if attack.id not in tried
        ]
        return (*untried_of(self._main), *rest)

    def _hits(self, order: Sequence[str]) -> tuple[Hit, ...]:
        place = {name: n for n, name in enumerate(order)}
        categories = self._categories()
        named = [dataclasses.replace(hit, category=categories[hit.attack]) for hit in self._found.hits]
        ordered = sorted(
            named,
            key=lambda hit: (
                hit.confirmed is not True,
                hit.phase is Phase.SEARCH,
                place.get(hit.attack, len(place)),
            ),
        )
        kept = {hit.id for hit in first_confirmed(ordered)}
        return tuple(
            dataclasses.replace(hit, replay=f"octarine redteam replay {hit.id}") if hit.id in kept else hit
            for hit in ordered
        )

    def _confirmation(self, hits: Sequence[Hit]) -> Confirmation:
        judged = Counter(hit.second_judge.outcome for hit in hits if hit.second_judge)
        sampled = {hit.sample_key: hit.second_sample.outcome for hit in hits if hit.second_sample}
        second = sum(judged.values())
        return Confirmation(
            hits=len(hits),
            confirmed=sum(hit.confirmed is True for hit in hits),
            unconfirmed=sum(hit.confirmed is False for hit in hits),
            open=sum(hit.confirmed is None for hit in hits),
            second_judge=self._plan.second_judge,
            agreed=judged[Outcome.COMPLIED],
            disagreed=second - judged[Outcome.COMPLIED] - judged[Outcome.ERROR],
            unjudged=len(hits) - second + judged[Outcome.ERROR],
            reproduced=sum(outcome is Outcome.COMPLIED for outcome in sampled.values()),
            not_reproduced=sum(outcome is not Outcome.COMPLIED for outcome in sampled.values()),
            not_sampled=len({hit.sample_key for hit in hits} - sampled.keys()),
        )

    def _judges(self) -> tuple[JudgeNote, ...]:
        counted = Counter(
            (row.judge, row.judge_version, row.language)
            for row in (*self._found.search, *self._found.report)
            if row.judge
        )
        return tuple(
            judge_note(name, version, language, n, self._main.model, self._panel)
            for (name, version, language), n in sorted(counted.items())
        )


def categories_of(steps: Sequence[str], known: Mapping[str, Attack]) -> list[str]:
    """Of a chain that the search made of attacks that are known."""
    found = (category for step in steps if step in known for category in known[step].categories)
    return list(dict.fromkeys(found))


def _reading(above: bool, asked: Comprehension | None) -> Reading:
    if above:
        return Reading.FOUND
    if asked is None:
        return Reading.UNCHECKED
    return Reading.NOT_UNDERSTOOD if asked.low else Reading.NOT_SHOWN


def _promise(attacks: int, second: str) -> str:
    judged = "as both judges together see it" if second else "as the judge sees it"
    return (
        f"Holm over {attacks} attacks: the chance that any attack which is no better than the plain seeds is "
        f"called found is at most {LEVEL:.0%}, {judged}."
    )


def _place(figure: AttackFigure) -> tuple[bool, float]:
    return not figure.found, -(figure.rate.estimate.value if figure.rate else -1.0)
