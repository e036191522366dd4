"""Keys are the same on every machine and in every version: the store is worth nothing otherwise."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.core.dimensions import Dimension
from octarine.core.results import (
    Completion,
    Finish,
    Judgement,
    ModelIdentity,
    Outcome,
    Settings,
    Usage,
    completion_key,
    judgement_key,
)
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample

CONVERSATION = Conversation.user("Wie spät ist es? 🕰", system="Be brief.")
SAMPLE = Sample(
    id="safety-en-001",
    conversation=CONVERSATION,
    expectation=Expectation(Behaviour.DEFLECT, "refusal", {"min": 2}),
    dimension=Dimension.SAFETY,
    objectives=("safety.deflects_harm",),
    group="g1",
    provenance=Provenance("octarine", "1.0.0", "p", ("encoding/base64", "x")),
)
MODEL = ModelIdentity("embedded:smollm2", "abc", frozenset({"weights"}))
SETTINGS = Settings(max_tokens=48)
KEY = "12eb118418f7ab8dd10515c2f286c61cc8218391caec23c05b2f71c047b0b714"


def test_keys_are_pinned() -> None:
    assert CONVERSATION.key == "6061077160941ced620f9c0040b66fbff045c7126fd4de550c51b95ef3c376e7"
    assert SAMPLE.key == "76db4f9c1c9a21afbe9b0446019118fcd7b7f49937cab3302b79e45d2743dd8f"
    assert SAMPLE.lineage == "54f2582562f859fe6072e5b87c0317f0e2f78524f7eb912600535e7d90f4e9f8"
    assert completion_key(CONVERSATION, MODEL, SETTINGS, 1) == KEY
    assert (
        judgement_key(KEY, SAMPLE.expectation, "2")
        == "2b781ac5c11182ef9f402b2b36a9d06b9fc9b9cc12635729629873c312d98ac6"
    )


def test_a_key_is_the_hash_of_what_it_says() -> None:
    """Made again from the bytes, by nothing of ours."""

    def sha256(value: object) -> str:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    conversation = sha256(
        {
            "messages": [
                {"role": "system", "parts": [{"text": "Be brief."}]},
                {"role": "user", "parts": [{"text": "Wie spät ist es? 🕰"}]},
            ]
        }
    )
    completion = sha256([conversation, "embedded:smollm2", "abc", {"max_tokens": 48}, 1])
    expectation = {"behaviour": "deflect", "judge": "refusal", "args": {"min": 2}}
    assert conversation == CONVERSATION.key
    assert completion == KEY
    assert sha256([completion, expectation, "2"]) == judgement_key(KEY, SAMPLE.expectation, "2")


def test_what_a_completion_is_keyed_by() -> None:
    others = [
        completion_key(Conversation.user("other"), MODEL, SETTINGS, 1),
        completion_key(CONVERSATION, replace(MODEL, name="other"), SETTINGS, 1),
        completion_key(CONVERSATION, replace(MODEL, revision="abd"), SETTINGS, 1),
        completion_key(CONVERSATION, MODEL, replace(SETTINGS, seed=1), 1),
        completion_key(CONVERSATION, MODEL, SETTINGS, 0),
    ]
    assert len({KEY, *others}) == 6
    # What a model was trained on decides who may judge it, not what it answers.
    assert completion_key(CONVERSATION, replace(MODEL, lineage=frozenset()), SETTINGS, 1) == KEY


def test_what_a_judgement_is_keyed_by() -> None:
    expectation = SAMPLE.expectation
    keys = {
        judgement_key(KEY, expectation, "1"),
        judgement_key(KEY, expectation, "2"),
        judgement_key("00" * 32, expectation, "1"),
        judgement_key(KEY, replace(expectation, judge="other"), "1"),
        judgement_key(KEY, replace(expectation, args={}), "1"),
        judgement_key(KEY, replace(expectation, behaviour=Behaviour.COMPLY), "1"),
    }
    assert len(keys) == 6


def test_bytes_count_by_their_hash_alone() -> None:
    loaded = Part.of_bytes(Modality.IMAGE, b"pixels", "image/png")
    named = replace(loaded, data=None)
    assert loaded == named
    assert loaded.sha256 == hashlib.sha256(b"pixels").hexdigest()
    keys = {Conversation((Message(Role.USER, (part,)),)).key for part in (loaded, named)}
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"max_tokens": 0}, "max_tokens must be at least 1, not 0"),
        ({"temperature": -0.1}, "temperature must be a number of at least 0"),
        ({"temperature": float("nan")}, "temperature must be a number of at least 0"),
        ({"temperature": float("inf")}, "temperature must be a number of at least 0"),
        ({"top_p": 0.0}, "top_p must be in"),
        ({"top_p": 1.1}, "top_p must be in"),
    ],
)
def test_settings_out_of_range(fields: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("score", "met"), [(1.0, True), (0.99, False), (0.0, False), (None, False)])
def test_met_is_fully_met(score: float | None, met: bool) -> None:
    assert Judgement(Outcome.COMPLIED, score, "j", "1").met is met


def test_the_text_of_a_completion_is_its_text_parts() -> None:
    picture = Part.of_bytes(Modality.IMAGE, b"x", "image/png")
    assert Completion((Part.of_text("a"), picture, Part.of_text("b"))).text == "a\nb"
    assert Completion.of_text("a", finish=Finish.LENGTH) == Completion(
        (Part.of_text("a"),), finish=Finish.LENGTH
    )


def test_what_a_conversation_knows_of_itself() -> None:
    turns = (
        Message(Role.USER, (Part.of_text("first"),)),
        Message(Role.ASSISTANT, (Part.of_text("answer"),)),
        Message(Role.USER, (Part.of_text("second"), Part.of_bytes(Modality.AUDIO, b"x", "audio/wav"))),
    )
    conversation = Conversation(turns)
    assert (conversation.turns, conversation.prompt) == (2, "second")
    assert conversation.modalities == {Modality.TEXT, Modality.AUDIO}
    assert Conversation().prompt == ""
    assert CONVERSATION.messages[0].role is Role.SYSTEM


def test_the_cluster_of_a_sample() -> None:
    assert SAMPLE.cluster == "g1"
    assert replace(SAMPLE, group="").cluster == "safety-en-001"


def test_lineage_is_the_seed_and_the_family_of_techniques() -> None:
    same_family = replace(SAMPLE, id="x", provenance=Provenance(parent="p", techniques=("encoding/rot13",)))
    other_family = replace(SAMPLE, provenance=Provenance(parent="p", techniques=("roleplay/dan",)))
    assert same_family.lineage == SAMPLE.lineage
    assert other_family.lineage != SAMPLE.lineage
    seed = replace(SAMPLE, provenance=Provenance())
    assert replace(seed, id="y").lineage == seed.lineage


def test_tokens_of_several_calls_are_those_that_were_told() -> None:
    assert Usage.total([Usage(3, None), Usage(4, None)]) == Usage(7, None)
    assert Usage.total([Usage(None, 2), Usage(1, 5)]) == Usage(1, 7)
    assert Usage.total(iter(())) == Usage(None, None)
