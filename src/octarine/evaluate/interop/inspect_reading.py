"""Logs of Inspect, read with Inspect's own reader. Imports Inspect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, read_eval_log

from octarine.core.content import Conversation
from octarine.core.errors import DataError, OctarineError
from octarine.core.results import Completion, Finish, Outcome, RunStatus, Settings
from octarine.evaluate.interop.imported import Answered, ForeignLog, Reported, Scored
from octarine.evaluate.interop.inspect_samples import SCORER, sample_of
from octarine.evaluate.interop.own_loop import apart
from octarine.evaluate.interop.sources import is_number, number_of, source_file
from octarine.models.inspect.answer import completion_from
from octarine.models.inspect.messages import conversation_from

TOOL = "inspect"
GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""Inspect's letters for correct, partly correct, incorrect, not answered, as its own metrics count them."""
_UNSCORED = "the log holds no score"
_NEEDLESS = {"events", "store", "timelines", "events_data"}
_SHOWN = 5


def read_log(path: Path) -> ForeignLog:
    """One log of Inspect, ``.eval`` or ``.json``.

    Raises:
        DataError: it is cut, none, of a newer format, or holds a score that is no number: each is named.
    """
    try:
        log = apart(lambda: read_eval_log(str(path), resolve_attachments=True, exclude_fields=_NEEDLESS))
    except Exception as error:  # zip, JSON, pydantic and Inspect's own errors
        told = " ".join(str(error).split())[:200]
        raise DataError(
            f"cannot be read as a log of Inspect: {type(error).__name__}: {told}",
            path=path,
            hint="It may be cut, or written by a version of Inspect that the installed one does not know.",
        ) from None
    known = EvalLog.model_fields["version"].default
    if log.version > known:
        raise DataError(
            f"a log of Inspect's format {log.version}; the installed Inspect knows {known}",
            path=path,
            hint="Install the version of Inspect that wrote it.",
        )
    answers = tuple(_answers(path, log))
    return ForeignLog(
        tool=TOOL,
        tool_version=str(log.eval.packages.get("inspect_ai", "")),
        task=log.eval.task,
        task_version=str(log.eval.task_version),
        model=f"{TOOL}:{log.eval.model}",
        created=log.eval.created,
        files=(source_file(path),),
        settings=_settings(log),
        status=RunStatus.COMPLETE if log.status == "success" else RunStatus.STOPPED,
        details=_details(log),
        reported=tuple(_reported(log)),
        answers=answers,
    )


def _answers(path: Path, log: Any) -> Iterator[Answered]:
    unknown: dict[str, str] = {}
    names = sorted({name for sample in log.samples or () for name in sample.scores or ()})
    for sample in log.samples or ():
        failed = sample.error.message if sample.error else ""
        ours = _ours(path, sample)
        scores = tuple(
            scored
            for name, score in (sample.scores or {}).items()
            for scored in _scored(name, score, ours is not None, unknown)
        )
        if not scores:
            outcome = Outcome.ERROR if failed else Outcome.SCORED
            note = failed or _UNSCORED
            scores = tuple(Scored(name, None, note, outcome) for name in names or ["unscored"])
        yield Answered(
            id=str(sample.id),
            conversation=_asked(sample),
            completion=Completion(finish=Finish.ERROR, error=failed)
            if failed
            else completion_from(sample.output),
            scores=scores,
            target=sample.target if isinstance(sample.target, str) else "\n".join(sample.target),
            repeat=max(0, sample.epoch - 1),
            sample=ours,
        )
    if unknown:
        raise DataError(
            "scores that are no numbers: "
            + ", ".join(f"'{name}' gives {value}" for name, value in list(unknown.items())[:_SHOWN]),
            path=path,
            hint=f"Numbers, truth values and Inspect's letters ({', '.join(GRADES)}) are read; what others "
            "mean is not guessed. Score the log again (inspect score) with a scorer that gives numbers.",
        )


def _ours(path: Path, sample: Any) -> Any:
    try:
        return sample_of(sample.metadata)
    except OctarineError as error:
        raise DataError(
            f"the sample {sample.id} is not ours as it says: {error.message}", path=path
        ) from None


def _asked(sample: Any) -> Conversation:
    """What was asked, to the last message before the answer."""
    messages = list(sample.messages)
    if messages and messages[-1].role == "assistant":
        return conversation_from(messages[:-1])
    return conversation_from(messages or sample.input)


def _scored(name: str, score: Any, ours: bool, unknown: dict[str, str]) -> Iterator[Scored]:
    """The numbers of one score: one, or one for each key of a mapping."""
    said = (score.metadata or {}).get("outcome") if ours and name == SCORER else None
    outcome = Outcome.SCORED if said is None else _outcome(said, unknown)
    parts = (
        {f"{name}.{key}": value for key, value in score.value.items()}
        if isinstance(score.value, dict)
        else {name: score.value}
    )
    for metric, value in parts.items():
        if isinstance(value, str) and value in GRADES:
            yield Scored(metric, GRADES[value], score.explanation or "", outcome)
        elif value is None or is_number(value):
            number = None if value is None else number_of(value)
            note = score.explanation or (score.reason or "not scored" if number is None else "")
            yield Scored(metric, number, note, Outcome.ERROR if number is None else outcome)
        else:
            unknown.setdefault(metric, f"{value!r:.40}")


def _outcome(said: Any, unknown: dict[str, str]) -> Outcome:
    try:
        return Outcome(said)
    except ValueError:
        unknown.setdefault("outcome", f"{said!r:.40}")
        return Outcome.SCORED


def _reported(log: Any) -> Iterator[Reported]:
    for score in log.results.scores if log.results else ():
        place = score.name + (f"[{score.reducer}]" if score.reducer else "")
        error = score.metrics.get("stderr")
        for name, metric in score.metrics.items():
            number = number_of(metric.value)
            if (
                name == "stderr"
                or number is None
                or (score.name == SCORER and _is_bound(name, score.metrics))
            ):
                continue
            own = score.metrics.get(f"{name}_n") if score.name == SCORER else None
            yield Reported(
                f"{place}/{name}",
                number,
                stderr=number_of(error.value) if error and name in ("accuracy", "mean") else None,
                n=int(own.value) if own else score.scored_samples,
            )


def _is_bound(name: str, metrics: Any) -> bool:
    """Whether a metric of ours is the interval or the n of another (``inspect_metrics.written``)."""
    base, _, end = name.rpartition("_")
    return end in ("low", "high", "n") and base in metrics


def _settings(log: Any) -> Settings:
    """How was generated, as far as the log says; the defaults where nothing is said."""
    config = log.plan.config.merge(log.eval.model_generate_config)
    return Settings(
        max_tokens=config.max_tokens or Settings().max_tokens,
        temperature=config.temperature or 0.0,
        top_p=config.top_p or 1.0,
        seed=config.seed or 0,
        stop=tuple(config.stop_seqs or ()),
        logprobs=config.top_logprobs or 0,
    )


def _details(log: Any) -> dict[str, Any]:
    spec = log.eval
    config = log.plan.config.merge(spec.model_generate_config)
    details = {
        "run_id": spec.run_id,
        "eval_id": spec.eval_id,
        "status": log.status,
        "task_args": spec.task_args,
        "model_args": spec.model_args,
        "model_base_url": spec.model_base_url,
        "generation": config.model_dump(mode="json", exclude_none=True),
        "dataset": spec.dataset.name,
        "epochs": spec.config.epochs,
        "packages": spec.packages,
        "commit": spec.revision.commit if spec.revision else None,
        "scorers": [scorer.name for scorer in spec.scorers or ()],
    }
    return {name: value for name, value in details.items() if value not in (None, {}, [])}
