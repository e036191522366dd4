"""The judges of a run: opened once by name, refused where they share a lineage with what they judge."""

from __future__ import annotations

from collections.abc import Iterable

from octarine.core.errors import InputError
from octarine.core.protocols import Judge
from octarine.core.registry import registry
from octarine.core.results import Completion, Evidence, Judgement, ModelIdentity, Outcome
from octarine.core.samples import Sample


class JudgePanel:
    """Judges by name, made on first use."""

    def __init__(self, judges: Iterable[Judge] = ()) -> None:
        self._judges: dict[str, Judge] = {judge.name: judge for judge in judges}

    def __getitem__(self, name: str) -> Judge:
        if name not in self._judges:
            self._judges[name] = registry.get("judge", name)()
        return self._judges[name]

    def versions(self, samples: Iterable[Sample]) -> dict[str, str]:
        """Judge name → version, for every judge that the samples name."""
        return {name: self[name].version for name in sorted({s.expectation.judge for s in samples})}

    def refuse_shared_lineage(self, samples: Iterable[Sample], model: ModelIdentity) -> None:
        """Raise where a judge shares weights or training rows with the system under test."""
        for name in sorted({sample.expectation.judge for sample in samples}):
            if self[name].lineage & model.lineage:
                raise InputError(
                    f"the judge '{name}' shares weights or training rows with {model.name}: "
                    "it would mark its own work",
                    hint="Use a judge of another lineage for this test.",
                )

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        """The judgement; a judge that fails gives ``Outcome.ERROR`` with its message, and the run goes on."""
        judge = self[sample.expectation.judge]
        try:
            return await judge.judge(sample, completion)
        except Exception as error:  # a plug-in may raise anything; the sample is recorded as an error
            note = Evidence(f"{type(error).__name__}: {error}")
            return Judgement(Outcome.ERROR, None, judge.name, judge.version, evidence=(note,))
