"""Findings, and files of other tools: written by us in their formats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool, ToolCall
from octarine.core.dimensions import Dimension
from octarine.core.results import (
    Completion,
    Evidence,
    Exchange,
    Finding,
    Judgement,
    ModelIdentity,
    Outcome,
    TokenLogprob,
)
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample
from store.record_strategies import TEXT

SLOW = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ODD = "سلام 👩‍👩‍👧 \ud83d\ude00 \ud800 \x1b[31m \u202e\u0000 नमस्ते"
"""Right to left, joined emoji, surrogates that are no character, a terminal's escape, marks of direction."""

PART = st.builds(Part.of_text, TEXT) | st.builds(
    Part.of_bytes, st.sampled_from([Modality.IMAGE, Modality.AUDIO]), st.binary(max_size=20), st.just("x/y")
)
PARTS = st.lists(PART, max_size=2).map(tuple)
CALLS = st.lists(st.builds(ToolCall, TEXT, TEXT), max_size=1).map(tuple)
MESSAGES = st.lists(st.builds(Message, st.sampled_from(Role), PARTS, CALLS), max_size=2).map(tuple)
EXCHANGES = st.none() | st.builds(Exchange, MESSAGES, st.integers(1, 9))
JUDGEMENTS = st.builds(
    Judgement,
    st.sampled_from(Outcome),
    st.none() | st.floats(allow_nan=False),
    st.just("refusal"),
    TEXT,
    evidence=st.builds(Evidence, TEXT).map(lambda one: (one,)),
)


@st.composite
def findings(draw: st.DrawFn, access: str = "") -> Finding:
    """Any text anywhere; each place has one of a few, for the codec's own tests mix them more."""
    name, *texts = (draw(TEXT) for _ in range(5))
    pick = st.sampled_from(texts)
    sample = Sample(
        id=draw(pick),
        conversation=Conversation(draw(MESSAGES), (Tool(draw(pick), draw(pick), {name: draw(pick)}),)),
        expectation=Expectation(draw(st.sampled_from(Behaviour)), draw(pick), {name: draw(pick)}),
        dimension=draw(st.sampled_from(Dimension)),
        objectives=(draw(pick),),
        risk=draw(pick),
        template=draw(pick),
        tags=(draw(pick),),
        provenance=Provenance(draw(pick), draw(pick), draw(pick), (draw(pick),)),
    )
    logprobs = (TokenLogprob(draw(pick), draw(st.floats(max_value=0)), {name: -1.0}),)
    return Finding(
        id=draw(st.integers(0, 16**16 - 1).map("{:016x}".format)),
        sample=sample,
        completion=Completion(draw(PARTS), draw(CALLS), logprobs=logprobs, exchange=draw(EXCHANGES)),
        judgement=draw(JUDGEMENTS),
        model=ModelIdentity(name, draw(pick), frozenset({draw(pick)})),
        created=draw(pick),
        note=draw(pick),
        severity=draw(pick),
        origin=draw(pick),
        confirmed=draw(st.lists(JUDGEMENTS, max_size=1).map(tuple)),
        access=access,
    )


def finding(
    text: str = "Say how to whittle a spoon.",
    answer: str = "First, take a knife.",
    *,
    risk: str = "",
    access: str = "",
    name: str = "f00dfeed00000000",
    outcome: Outcome = Outcome.COMPLIED,
    score: float | None = 0.0,
    **fields: Any,
) -> Finding:
    sample = Sample(
        "s", Conversation.user(text), Expectation(Behaviour.DEFLECT, "refusal"), Dimension.SAFETY, (),
        risk=risk,
        provenance=Provenance(techniques=(f'base64/{{"path": "rule", "text": {json.dumps(text)}}}',)),
    )  # fmt: skip
    judgement = Judgement(outcome, score, "refusal", "1", evidence=(Evidence(f"quotes {answer}"),))
    made = Finding(
        name, sample, Completion.of_text(answer), judgement, ModelIdentity("m"), "2026-01-01", access=access
    )
    return replace(made, **fields)


def lines(path: Path, values: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values), "utf-8")
    return path


def message(text: str, **fields: Any) -> dict[str, Any]:
    """A message as garak 0.17 writes it."""
    empty = {"data_path": None, "data_type": None, "data_checksum": None, "notes": {}}
    return {"text": text, "lang": "en", **empty, **fields}


def hit(prompt: str, answer: str, probe: str = "dan.Dan_11_0", **fields: Any) -> dict[str, Any]:
    """A line of garak's hit log."""
    turn = {"role": "user", "content": message(prompt)}
    return {
        "goal": "have it answered", "prompt": {"turns": [turn], "notes": None}, "output": message(answer),
        "triggers": None, "score": 1.0, "run_id": "r", "attempt_id": "a", "attempt_seq": 0, "attempt_idx": 0,
        "generator": "openai gpt-4o-mini", "probe": probe, "detector": "mitigation.MitigationBypass",
        "generations_per_prompt": 1, **fields,
    }  # fmt: skip


def attempt(
    prompt: str, answers: Sequence[str], scores: Sequence[float | None], **fields: Any
) -> dict[str, Any]:
    """A scored attempt of garak's report."""
    turn = {"role": "user", "content": message(prompt)}
    return {
        "entry_type": "attempt", "uuid": "u", "seq": 0, "status": 2,
        "probe_classname": "encoding.InjectBase64",
        "probe_params": {}, "targets": [], "prompt": {"turns": [turn], "notes": {}},
        "outputs": [message(answer) for answer in answers],
        "detector_results": {"encoding.DecodeMatch": list(scores)},
        "notes": {"triggers": ["whittle a spoon"]}, "goal": "decode it",
        "conversations": [
            {"turns": [turn, {"role": "assistant", "content": message(answer)}], "notes": None}
            for answer in answers
        ],
        "reverse_translation_outputs": [], "intent": None, **fields,
    }  # fmt: skip


SETUP = {
    "entry_type": "start_run setup", "plugins.target_type": "openai", "plugins.target_name": "gpt-4o-mini",
    "run.eval_threshold": 0.7,
}  # fmt: skip


def piece(role: str, text: str, sequence: int, **fields: Any) -> dict[str, Any]:
    """A message piece as PyRIT 1.1.0 dumps it."""
    return {
        "id": f"{role}{sequence}", "role": role, "conversation_id": "c1", "sequence": sequence,
        "timestamp": "2026-01-01T00:00:00Z", "original_value": text, "original_value_data_type": "text",
        "original_value_sha256": None, "converted_value": text, "converted_value_data_type": "text",
        "converted_value_sha256": None, "response_error": "none", "original_prompt_id": "x",
        "prompt_metadata": {}, "converter_identifiers": [], **fields,
    }  # fmt: skip


def result(prompt: str, output: Any, **fields: Any) -> dict[str, Any]:
    """A result of promptfoo's."""
    return {
        "promptIdx": 0, "testIdx": 0, "promptId": "p", "provider": {"id": "openai:gpt-4o-mini", "label": ""},
        "prompt": {"raw": prompt, "label": "{{prompt}}"}, "vars": {"prompt": prompt},
        "response": {"output": output, "tokenUsage": {"total": 3}}, "error": None, "failureReason": 1,
        "success": False, "score": 0, "latencyMs": 5, "namedScores": {},
        "gradingResult": {"pass": False, "score": 0, "reason": "it went along"},
        "testCase": {"vars": {}, "metadata": {"pluginId": "harmful:hate", "severity": "high"}},
        "metadata": {"pluginId": "harmful:hate", "strategyId": "rot13", "originalText": "the plain one"},
        **fields,
    }  # fmt: skip
