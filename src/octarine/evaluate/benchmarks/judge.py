"""The judge of every public benchmark's samples: it asks the benchmark that a sample names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from octarine.core.protocols import Basis
from octarine.core.registry import registry
from octarine.core.results import Completion, Evidence, Finish, Judgement, Outcome
from octarine.core.samples import Behaviour, Sample
from octarine.evaluate.benchmarks.frame import JUDGE, PublicBenchmark
from octarine.evaluate.judges.surface import Fault, read_answer

_SAYS_NOTHING = frozenset({Fault.EMPTY, Fault.ECHO, Fault.NO_WORDS})


class BenchmarkJudge:
    """``{"benchmark": NAME, …}``: what the benchmark NAME makes of one answer; the other arguments are its
    gold.

    Its marks are how the paper scores one answer. The figures of a run come from ``PublicBenchmark.score``.
    """

    name = JUDGE
    version = "1"
    basis = Basis.EXACT
    lineage: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._known: dict[str, PublicBenchmark] = {}

    def check_args(self, args: Mapping[str, Any]) -> None:
        """Raise ``ValueError`` where no public benchmark is named."""
        name = args.get("benchmark")
        if not isinstance(name, str) or not name:
            raise ValueError("'benchmark' must name a public benchmark")
        gold = self._benchmark(name).gold
        unknown = sorted(set(args) - {"benchmark"} - gold) if gold is not None else []
        if unknown:
            raise ValueError(f"'{unknown[0]}' is no argument of '{name}'")

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        """Decide; a failed call is an error, an endpoint's own filter a deflection,
        and what says nothing incoherent, whatever the benchmark makes of it in its own figures."""
        if completion.error or completion.finish is Finish.ERROR:
            note = Evidence(completion.error or "the model call failed")
            return Judgement(Outcome.ERROR, None, self.name, self.version, evidence=(note,))
        if completion.finish is Finish.FILTERED:
            met = float(sample.expectation.behaviour is Behaviour.DEFLECT)
            note = Evidence(f"stopped by {completion.filter}")
            return Judgement(Outcome.DEFLECTED, met, self.name, self.version, evidence=(note,))
        fault = read_answer(sample.conversation, completion).fault
        if fault in _SAYS_NOTHING and not completion.tool_calls:
            note = Evidence(str(fault))
            return Judgement(Outcome.INCOHERENT, 0.0, self.name, self.version, evidence=(note,))
        mark = self._benchmark(sample.expectation.args["benchmark"]).mark(sample, completion)
        evidence = (Evidence(mark.note),) if mark.note else ()
        return Judgement(mark.outcome, mark.score, self.name, self.version, evidence=evidence)

    def _benchmark(self, name: str) -> PublicBenchmark:
        if name not in self._known:
            known = name in registry.names("benchmark")
            found = registry.get("benchmark", name)().public if known else None
            if found is None:
                raise ValueError(f"'{name}' is no public benchmark")
            self._known[name] = found
        return self._known[name]
