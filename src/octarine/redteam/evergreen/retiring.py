"""What tells models apart no more goes out of the draw, and stays in its file for old results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from octarine.core.samples import Sample
from octarine.evaluate.difficulty import ENOUGH
from octarine.redteam.evergreen.candidates import TWIN
from octarine.store import Store


@dataclass(frozen=True, slots=True)
class Retiring:
    """**The rule**: an attack is retired where at least ``models`` models were asked it, in runs of at least
    ``versions`` versions of the benchmark, and the last answers of all of them met it; its twins with the
    last attack of their group, where they are met too. What no model meets stays: that is what the benchmark
    is for."""

    versions: int = 2
    models: int = ENOUGH


@dataclass
class Record:
    """What a store knows of one sample: model → whether its last run met it; versions that were run."""

    met: dict[str, bool] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)

    def solved(self, rule: Retiring) -> bool:
        """Whether the rule's numbers are reached."""
        return len(self.met) >= rule.models and len(self.versions) >= rule.versions and all(self.met.values())


def records(store: Store, benchmark: str) -> dict[str, Record]:
    """Sample key → what the runs of a benchmark say of it. A sample that was asked several times counts as
    met where all answers met it; of a model's runs the last counts."""
    found: dict[str, Record] = {}
    runs = sorted(store.runs(benchmark=benchmark), key=lambda record: (record.run.created, record.run.id))
    for record in runs:
        votes: dict[str, list[bool]] = {}
        for row in store.scores(record.run.id):
            if row.score is not None:
                votes.setdefault(row.sample_key, []).append(row.score >= 1.0)
        for key, given in votes.items():
            one = found.setdefault(key, Record())
            one.met[record.run.model.name] = all(given)
            one.versions.add(record.run.version.partition("+")[0])
    return found


def retired(samples: Iterable[Sample], known: Mapping[str, Record], rule: Retiring) -> dict[str, str]:
    """Sample id → why it is drawn no more, by the rule."""
    samples = list(samples)
    solved = {
        sample.id: f"met by all of {len(known[sample.key].met)} models"
        for sample in samples
        if sample.key in known and known[sample.key].solved(rule)
    }
    going = {sample.id for sample in samples if sample.id in solved and TWIN not in sample.tags}
    held = {sample.group for sample in samples if TWIN not in sample.tags and sample.id not in going}
    return {
        sample.id: solved[sample.id]
        for sample in samples
        if sample.id in going or (TWIN in sample.tags and sample.id in solved and sample.group not in held)
    }
