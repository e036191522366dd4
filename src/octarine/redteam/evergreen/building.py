"""The next version of a benchmark, out of confirmed findings. Equal arguments give equal versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from octarine.core.access import PUBLIC, TAG, keeps_text, label_of, public
from octarine.core.lineage import Destination, destination
from octarine.core.results import Finding
from octarine.core.samples import Sample
from octarine.evaluate.versions import Version
from octarine.redteam.evergreen.balance import Caps, balanced
from octarine.redteam.evergreen.candidates import (
    TWIN,
    Candidate,
    category_of,
    frozen,
    is_played,
    played,
    problem,
)
from octarine.redteam.evergreen.changes import Added, Changes, LeftOut, Retired, counted
from octarine.redteam.evergreen.likeness import Likeness, Likenesses, Near
from octarine.redteam.evergreen.retiring import Record, Retiring, retired
from octarine.redteam.evergreen.twins import Seeds, Twin, Twins
from octarine.redteam.experts import is_confirmed

NOT_CONFIRMED = "not confirmed by a second judge or sample"
TAUGHT = "its lineage is routed to training"
WITHHELD = "its text is not kept"
LABELLED = "has an access label"
STANDS = "stands in the version before"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a version is made.

    Attributes:
        name: of the benchmark.
        public: whether what has an access label is kept out.
        seeds: the samples of a benchmark by name, for twins.
    """

    name: str
    seeds: Seeds
    caps: Caps = field(default_factory=Caps)
    likeness: Likeness = field(default_factory=Likeness)
    retiring: Retiring = field(default_factory=Retiring)
    public: bool = False

    @property
    def rule(self) -> dict[str, float | str]:
        """All numbers of it."""
        return {
            "attacks a cell": self.caps.per_cell,
            "attacks a seed": self.caps.per_seed,
            "new attacks": self.caps.new,
            "alike from": self.likeness.threshold,
            "compared by": self.likeness.name,
            "retired after versions": self.retiring.versions,
            "retired after models": self.retiring.models,
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that is not written yet: its samples, each with why it is retired (or nothing)."""

    pairs: tuple[tuple[Sample, str], ...]
    changes: Changes


@dataclass
class _Sorted:
    """Findings after the questions that each answers alone."""

    candidates: list[Candidate] = field(default_factory=list)
    taught: list[Sample] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def next_version(
    findings: Iterable[Finding],
    plan: Plan,
    number: int,
    *,
    parent: Version | None = None,
    known: Mapping[str, Record] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Draft:
    """Version ``number`` of the benchmark, going on from ``parent``.

    Args:
        known: what runs say of the parent's samples, by sample key (``retiring.records``).
        on_progress: told how many attacks of how many are compared.
    """
    standing = list(parent.pairs) if parent else []
    kept = [pair for pair in standing if not (plan.public and is_labelled(pair[0]))]
    going = retired((sample for sample, why in kept if not why), known or {}, plan.retiring)
    old = [(sample, why or _why(going.get(sample.id, ""), number)) for sample, why in kept]
    found = _sorted(findings, plan, number)
    new, left_out = _unlike(found, [sample for sample, _ in old], plan, on_progress)
    chosen = balanced(new, [sample for sample, why in old if not why], plan.caps)
    samples, added = _with_twins(chosen.taken, [sample for sample, _ in old], plan, number)
    pairs = (*old, *((sample, "") for sample in samples))
    left_out += [*found.left_out, *(LeftOut(one.finding.id, why) for one, why in chosen.left_out)]
    changes = Changes(
        benchmark=plan.name,
        version=number,
        rule=plan.rule,
        parent=parent.sha256 if parent else "",
        parent_version=parent.number if parent else 0,
        public=plan.public,
        added=tuple(sorted(added, key=lambda one: one.id)),
        retired=tuple(Retired(name, why) for name, why in sorted(going.items())),
        left_out=tuple(sorted(left_out, key=lambda one: (one.finding, one.why))),
        not_considered=dict(sorted(found.counts.items())),
        dropped=len(standing) - len(kept),
        counts=counted(pairs, (sample.id for sample in samples), going),
    )
    return Draft(tuple(sorted(pairs, key=lambda pair: pair[0].id)), changes)


def _why(reason: str, number: int) -> str:
    return f"{number}: {reason}" if reason else ""


def _access(finding: Finding) -> str:
    """What the tag of its sample says: its label, or that somebody released what its risk would label."""
    return label_of(finding) or (PUBLIC if finding.access == PUBLIC else "")


def is_labelled(sample: Sample) -> bool:
    """Whether a sample of a version has an access label."""
    return any(tag.startswith(TAG) and tag != TAG + PUBLIC for tag in sample.tags)


def _sorted(findings: Iterable[Finding], plan: Plan, number: int) -> _Sorted:
    found = _Sorted()
    for finding in {finding.id: finding for finding in findings}.values():
        if not is_confirmed(finding):
            found.counts[NOT_CONFIRMED] += 1
        elif not keeps_text(finding):
            found.counts[WITHHELD] += 1
        elif destination(finding.sample) is Destination.TRAINING:
            found.counts[TAUGHT] += 1
            found.taught.append(finding.sample)
        elif plan.public and not public(finding):
            found.counts[LABELLED] += 1
        else:
            _consider(finding, plan, number, found)
    found.candidates.sort(key=lambda one: one.order)
    return found


def _consider(finding: Finding, plan: Plan, number: int, found: _Sorted) -> None:
    try:
        sample = frozen(played(finding), plan.name, number, access=_access(finding))
    except ValueError as error:
        found.left_out.append(LeftOut(finding.id, str(error)))
        return
    if why := problem(sample):
        found.left_out.append(LeftOut(finding.id, why))
        return
    found.candidates.append(Candidate(finding, sample))


def _unlike(
    found: _Sorted, standing: Sequence[Sample], plan: Plan, on_progress: Callable[[int, int], None] | None
) -> tuple[list[Candidate], list[LeftOut]]:
    """The candidates that are like nothing that stands, is taught or came before them; and the others."""
    there = {sample.id for sample in standing}
    seen, taught = Likenesses(plan.likeness), Likenesses(plan.likeness)
    for sample in standing:
        if TWIN not in sample.tags:
            seen.add(sample)
    for sample in sorted(found.taught, key=lambda one: one.key):
        taught.add(sample)
    new, left_out = [], []
    for place, one in enumerate(found.candidates, 1):
        if one.sample.id in there:
            found.counts[STANDS] += 1
        elif near := taught.nearest(one.sample, surfaces=True):
            why = "would show what is routed to training"
            # Of a public version's changelog, no finding that may not be public is any part.
            left_out.append(LeftOut(one.finding.id, why) if plan.public else _like(one, f"{why}: like", near))
        elif near := seen.nearest(one.sample):
            left_out.append(_like(one, "the same as", near))
        else:
            seen.add(one.sample)
            new.append(one)
        if on_progress:
            on_progress(place, len(found.candidates))
    return new, left_out


def _like(one: Candidate, why: str, near: Near) -> LeftOut:
    return LeftOut(one.finding.id, why, near.id, near.cosine)


def _with_twins(
    chosen: Sequence[Candidate], standing: Sequence[Sample], plan: Plan, number: int
) -> tuple[list[Sample], list[Added]]:
    """The samples that come in, twins among them, and their entries in the changelog."""
    there = {sample.id for sample in standing} | {one.sample.id for one in chosen}
    twins = Twins(plan.seeds, (sample.conversation.key for sample in standing))
    samples, added = [one.sample for one in chosen], []
    for one in chosen:
        twin = twins.of(one.finding, one.sample)
        beside = _beside(one, twin, plan, number) if twin else None
        if beside and beside.id not in there:
            there.add(beside.id)
            samples.append(beside)
        added.append(
            Added(
                id=one.sample.id,
                finding=one.finding.id,
                category=category_of(one.sample),
                family=one.sample.family,
                twin=beside.id if beside else "",
                twin_kind=twin.kind.value if twin and beside else "",
                played=is_played(one.sample),
            )
        )
    return samples, added


def _beside(one: Candidate, twin: Twin, plan: Plan, number: int) -> Sample | None:
    tagged = replace(twin.sample, tags=(*twin.sample.tags, TWIN, twin.kind.value))
    sample = frozen(tagged, plan.name, number, group=one.sample.group, access=_access(one.finding))
    return None if problem(sample) else sample
