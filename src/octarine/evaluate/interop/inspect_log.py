"""A run of the store as a log of Inspect (``.eval``). Imports Inspect."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalLog,
    EvalMetric,
    EvalPlan,
    EvalResults,
    EvalSample,
    EvalScore,
    EvalSpec,
    EvalStats,
    write_eval_log,
)
from inspect_ai.log._log import EvalScorer
from inspect_ai.scorer import SampleScore

import octarine
from octarine.core.access import WITHHELD, withheld_of
from octarine.core.codec import encode
from octarine.core.content import Conversation, Message, Part
from octarine.core.files import write_bytes
from octarine.core.registry import registry
from octarine.core.results import Completion, Evidence, Result, Run, RunStatus, Usage
from octarine.core.samples import Expectation
from octarine.evaluate.interop.cleaning import clean_completion, clean_conversation, clean_json
from octarine.evaluate.interop.inspect_metrics import adherence, figures, outcomes
from octarine.evaluate.interop.inspect_samples import OURS, SCORER, sample_metadata, score_of
from octarine.evaluate.interop.own_loop import apart
from octarine.evaluate.pictures import drawn, missing
from octarine.models.inspect.answer import generate_config, output_from, usage_from
from octarine.models.inspect.messages import chat_messages
from octarine.store import RunRecord, Store, with_data


def write_log(store: Store, record: RunRecord, path: Path) -> int:
    """Write a run as ``path``, whole or not at all; the number of samples in it.

    Transcripts that others may not read (``core.access``) are withheld, and secrets masked.

    Raises:
        InputError: the file cannot be written.
        StoreError: the store does not hold the bytes of a picture that was asked with.
    """
    log = eval_log(store, record)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "log.eval"
        apart(lambda: write_eval_log(log, str(made)))
        write_bytes(path, made.read_bytes(), hint="Choose another with --out.")
    return len(log.samples or ())


def eval_log(store: Store, record: RunRecord) -> Any:
    """A run as Inspect's ``EvalLog``: samples, messages, scores, tokens, and our figures as its metrics."""
    run = record.run
    results = [_public(result) for result in store.results(run.id)]
    samples = [_sample(store, run, result) for result in results]
    events = store.events(run.id)
    usage = usage_from(Usage.total(result.completion.usage for result in results))
    return EvalLog(
        status="success" if record.status is RunStatus.COMPLETE else "cancelled",
        eval=_spec(run, samples),
        plan=EvalPlan(name="octarine", config=generate_config(run.settings)),
        results=_results(run, samples),
        stats=EvalStats(
            started_at=events[0].at if events else "",
            completed_at=events[-1].at if events else "",
            model_usage={_model(run): usage} if usage else {},
        ),
        samples=samples,
    )


def _model(run: Run) -> str:
    """Inspect's name for a model of its own providers; ours for any other."""
    return run.model.name.removeprefix("inspect:")


def _spec(run: Run, samples: list[Any]) -> Any:
    ids = list(dict.fromkeys(sample.id for sample in samples))
    return EvalSpec(
        eval_id=run.id,
        run_id=run.id,
        task_id=run.id,
        created=run.created,
        task=run.benchmark if run.imported else f"octarine/{run.benchmark}",
        task_version=run.version,
        dataset=EvalDataset(name=run.benchmark, samples=len(ids), sample_ids=ids),
        model=_model(run),
        model_generate_config=generate_config(run.settings),
        config=EvalConfig(epochs=max((sample.epoch for sample in samples), default=1)),
        packages={"octarine": octarine.__version__},
        metadata={OURS: clean_json(encode(run))},
        scorers=[EvalScorer(name=SCORER)],
    )


def _sample(store: Store, run: Run, result: Result) -> Any:
    sample, completion = result.sample, result.completion
    exchange = completion.exchange
    asked = Conversation(exchange.turns) if exchange else sample.conversation
    output = output_from(completion, _model(run))
    usage = usage_from(completion.usage)
    return EvalSample(
        id=sample.id,
        epoch=result.repeat + 1,
        input=chat_messages(_shown(sample.conversation, store)),
        target=sample.expectation.behaviour.value,
        messages=[*chat_messages(_shown(asked, store)), output.message],
        output=output,
        scores={SCORER: score_of(result.judgement, completion, sample.cluster)},
        metadata=sample_metadata(sample),
        model_usage={_model(run): usage} if usage else {},
        total_time=completion.latency_s or None,
    )


def _results(run: Run, samples: list[Any]) -> Any:
    scored = [
        SampleScore(score=sample.scores[SCORER], sample_id=sample.id, sample_metadata=sample.metadata)
        for sample in samples
        if sample.scores[SCORER].reason != "scoring_failed"
    ]
    metrics: dict[str, float] = {}
    if scored and not run.imported:  # another tool's numbers are no adherence
        metrics = {**adherence()(scored), **outcomes()(scored)}
        if run.benchmark.partition("@")[0] in registry.names("benchmark"):
            metrics |= figures(run.benchmark)(scored)
    score = EvalScore(
        name=SCORER,
        scorer=SCORER,
        scored_samples=len(scored),
        unscored_samples=len(samples) - len(scored),
        metrics={name: EvalMetric(name=name, value=value) for name, value in metrics.items()},
    )
    return EvalResults(total_samples=len(samples), completed_samples=len(samples), scores=[score])


def _public(result: Result) -> Result:
    """The result as others may read it."""
    if withheld_of(result.sample):
        return _withheld(result)
    note = tuple(replace(item, note=str(clean_json(item.note))) for item in result.judgement.evidence)
    sample = result.sample
    expected = replace(sample.expectation, args=clean_json(dict(sample.expectation.args)))
    return replace(
        result,
        sample=replace(sample, conversation=clean_conversation(sample.conversation), expectation=expected),
        completion=clean_completion(result.completion),
        judgement=replace(result.judgement, evidence=note),
    )


def _withheld(result: Result) -> Result:
    sample, expected = result.sample, result.sample.expectation
    bare = replace(
        sample,
        conversation=Conversation.user(WITHHELD),
        expectation=Expectation(expected.behaviour, expected.judge),
        template="",
    )
    said = Completion.of_text(WITHHELD, finish=result.completion.finish, usage=result.completion.usage)
    judgement = replace(result.judgement, evidence=(Evidence(WITHHELD),))
    return replace(result, sample=bare, completion=said, judgement=judgement)


def _shown(conversation: Conversation, store: Store) -> Conversation:
    """With the bytes of its parts. Where a picture has to be drawn and nothing draws it, words say so; checks
    of files, which ask nothing, say that."""
    if not conversation.messages:
        return Conversation.user("(nothing is asked: the model's files are looked at)")
    if not missing(conversation):
        return with_data(drawn(conversation), store)
    messages = tuple(_in_words(message) for message in conversation.messages)
    return with_data(Conversation(messages, conversation.tools), store)


def _in_words(message: Message) -> Message:
    parts = (Part.of_text(f"[picture: {part.drawing}]") if part.drawing else part for part in message.parts)
    return replace(message, parts=tuple(parts))
