"""The judges of a run: opened once by name, refused where they share a lineage with what they judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from octarine.core.errors import InputError, OctarineError
from octarine.core.protocols import Basis, Judge
from octarine.core.registry import registry
from octarine.core.results import Completion, Evidence, Judgement, ModelIdentity, Outcome
from octarine.core.samples import Sample
from octarine.evaluate.judges.composite import JOIN
from octarine.evaluate.rubric import MajorityJudge, RubricJudge
from octarine.evaluate.rubric.majority import stops_the_run
from octarine.evaluate.validation import JudgeValidation, counts_for


class JudgePanel:
    """Judges by name, made on first use.

    Args:
        judges: that stand under their own names.
        instead: name that samples give → the judge that is asked in its place.
        validations: confusion counts beside those that ship.
        allow_shared_lineage: whether a judge may share weights or training rows with what it judges; the
            scorecard then says so. No model may judge itself even so.
    """

    def __init__(
        self,
        judges: Iterable[Judge] = (),
        *,
        instead: Mapping[str, Judge] | None = None,
        validations: Sequence[JudgeValidation] = (),
        allow_shared_lineage: bool = False,
    ) -> None:
        self._allow_shared_lineage = allow_shared_lineage
        self._instead = dict(instead or {})
        self._judges: dict[str, Judge] = {judge.name: judge for judge in (*judges, *self._instead.values())}
        self.validations = tuple(validations)

    def __getitem__(self, name: str) -> Judge:
        if name in self._instead:
            return self._instead[name]
        if name not in self._judges:
            self._judges[name] = registry.get("judge", name)()
        return self._judges[name]

    def basis(self, name: str) -> Basis:
        """What the judgements under a name rest on: of several joined ones, the weakest. A judge that is not
        here any more was a model."""
        if name in self._judges:
            return self._judges[name].basis
        known = registry.names("judge")
        found = {self[part].basis if part in known else Basis.MODEL for part in name.split(JOIN)}
        return next((basis for basis in (Basis.MODEL, Basis.RULES) if basis in found), Basis.EXACT)

    def counts_for(
        self, judge: str, version: str, language: str, model: str, positive: str = ""
    ) -> JudgeValidation | None:
        """See ``validation.counts_for``."""
        return counts_for(judge, version, language, model, self.validations, positive=positive)

    def versions(self, samples: Iterable[Sample]) -> dict[str, str]:
        """Judge name → version, for every judge that the samples name."""
        return {name: self[name].version for name in sorted({s.expectation.judge for s in samples})}

    def sharing_lineage(self, samples: Iterable[Sample], model: ModelIdentity) -> list[str]:
        """Names of the judges that share weights or training rows with the system under test."""
        names = sorted({sample.expectation.judge for sample in samples})
        return [name for name in names if self[name].lineage & model.lineage]

    def refuse_shared_lineage(self, samples: Sequence[Sample], model: ModelIdentity) -> None:
        """Raise where a model would judge itself, or where a judge shares weights or training rows with the
        system under test and the panel does not allow it."""
        for name in sorted({sample.expectation.judge for sample in samples}):
            judge = self[name]
            if isinstance(judge, RubricJudge):
                judge.require_model()
            # By name: some models know their revision only once they are started.
            if any(_is_part(asked, model) or _is_part(model, asked) for asked in _asked(judge)):
                raise InputError(
                    f"the judge '{name}' is {model.name} itself or a part of it: it would mark its own work",
                    hint="Let another model judge.",
                )
        shared = [] if self._allow_shared_lineage else self.sharing_lineage(samples, model)
        if shared:
            raise InputError(
                f"the judge '{shared[0]}' shares weights or training rows with {model.name}: "
                "it would mark its own work",
                hint="Use a judge of another lineage for this test, or insist with --allow-shared-lineage: "
                "the scorecard will say so.",
            )

    async def aclose(self) -> None:
        """Release the models that judges ask."""
        for judge in {id(judge): judge for judge in self._judges.values()}.values():
            if isinstance(judge, RubricJudge | MajorityJudge):
                await judge.aclose()

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        """The judgement; a judge that fails gives ``Outcome.ERROR`` with its message, and the run goes on."""
        judge = self[sample.expectation.judge]
        try:
            return await judge.judge(sample, completion)
        except OctarineError as error:
            if stops_the_run(error):
                raise
            return _failed(judge, error)
        except Exception as error:  # a plug-in may raise anything; the sample is recorded as an error
            return _failed(judge, error)


def _failed(judge: Judge, error: Exception) -> Judgement:
    note = Evidence(f"{type(error).__name__}: {error}")
    return Judgement(Outcome.ERROR, None, judge.name, judge.version, evidence=(note,))


def _is_part(part: ModelIdentity, whole: ModelIdentity) -> bool:
    """Whether ``part`` is ``whole`` or, as the lineage of ``whole`` tells, stands inside it."""
    return part.name == whole.name or part.mark in whole.lineage


def _asked(judge: Judge) -> Iterator[ModelIdentity]:
    """The models that a judge asks."""
    members = judge.judges if isinstance(judge, MajorityJudge) else (judge,)
    for member in members:
        if isinstance(member, RubricJudge) and member.identity is not None:
            yield member.identity
