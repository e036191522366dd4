"""How far documents bear out an answer."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Conversation, Message, Part, Role, ToolCall
from octarine.core.errors import BadResponse, InputError
from octarine.core.results import Action, Completion
from octarine.guard import Guard
from octarine.guard.conversations.screening import screen_answer
from octarine.guard.grounding.evidence import FEATURES, Evidence
from octarine.guard.grounding.judge import judge_grounding
from octarine.guard.grounding.words import sentences
from octarine.guard.policy import read_policy
from octarine.guard.streaming import OutputStream
from octarine.models.scripted import ScriptedModel
from tests.guard.fake_classifier import FakeClassifier

BRIDGE = (
    "The Harrow Bridge was opened in 1932. It is 412 metres long and was designed by Edith Marlow. "
    "Heavy lorries have not been allowed on it since a repair in 2009."
)
OTHER = "Lumen Foods recalled its oat biscuits on 3 May because a batch contained traces of peanut."
TRUE = "The Harrow Bridge is 412 metres long."
FALSE = {
    "numbers": "The Harrow Bridge is 482 metres long.",
    "names": "The Harrow Bridge was designed by Owen Trask.",
    "denial": "Heavy lorries have been allowed on it since a repair in 2009.",
    "missing": "Tolls are charged here at weekends for motorcycles.",
}


def check(answer, documents=(OTHER, BRIDGE), **more):
    return Guard.check_grounding(answer, documents, **more)


def test_what_a_document_says_is_borne_out():
    found = check(TRUE)
    assert found.grounded
    assert found.unsupported == ()
    (one,) = found.sentences
    assert one.evidence.document == 1
    assert "412 metres" in BRIDGE[one.evidence.start : one.evidence.end]


@pytest.mark.parametrize("sentence", [one.text for one in sentences(BRIDGE)])
def test_a_quotation_is_borne_out(sentence):
    assert check(sentence).score > 0.8


@pytest.mark.parametrize(("feature", "claim"), FALSE.items())
def test_what_no_document_says_is_not(feature, claim):
    found = check(f"{TRUE} {claim}")
    assert not found.grounded
    assert found.unsupported == ((len(TRUE) + 1, len(TRUE) + 1 + len(claim)),)
    assert feature in found.sentences[1].reasons
    assert found.score == found.sentences[1].support < found.sentences[0].support


@pytest.mark.parametrize("text", ["", "Sure!", "Would you like to know more about Calder Town?"])
def test_what_claims_nothing_needs_no_document(text):
    assert check(text).score == 1.0


def test_words_of_the_question_weigh_less():
    claim = "The enormous Harrow Bridge is 412 metres long."
    assert check(claim, question="How long is the enormous bridge?").score > check(claim).score


def test_without_documents_there_is_nothing_to_check():
    for documents in ((), "a text"):
        with pytest.raises(InputError, match="no documents"):
            check(TRUE, documents)
    with pytest.raises(InputError, match="threshold"):
        check(TRUE, threshold=2)


@given(st.text(max_size=200), st.lists(st.text(max_size=200), min_size=1, max_size=3))
def test_any_text_has_a_score(answer, documents):
    found = check(answer, documents)
    assert 0.0 <= found.score <= 1.0
    assert all(0.0 <= one.support <= 1.0 for one in found.sentences)


@given(st.text(max_size=200), st.lists(st.text(max_size=200), min_size=1, max_size=3))
def test_features_lie_between_0_and_1(answer, documents):
    evidence = Evidence(documents)
    for one in sentences(answer):
        assert all(0.0 <= value <= 1.0 + 1e-12 for value in evidence.find(one).features)


def test_the_card_has_a_weight_for_every_feature():
    read = tomllib.loads(
        (resources.files("octarine.guard.grounding") / "data" / "weights.toml").read_text("utf-8")
    )
    assert set(read["weights"]) == set(FEATURES)
    # Each feature speaks against a claim or not at all.
    assert min(read["weights"].values()) >= 0
    assert {"data", "data_sha256", "command", "blind_to"} <= set(read["card"])


# -- a policy that asks


def guard(tmp_path, action, name="ours"):
    path = tmp_path / f"{name}.yaml"
    path.write_text(
        f"name: {name}\nversion: 1.0.0\ncategories:\n  ungrounded: {{action: {action}, threshold: 0.5}}\n"
    )
    return Guard(read_policy("default", path), FakeClassifier())


@pytest.fixture
def context():
    call = ToolCall("search", "{}", "t")
    return Conversation(
        (
            Message(Role.USER, (Part.of_text("Tell me about the bridge."),)),
            Message(Role.ASSISTANT, (), (call,)),
            Message(Role.TOOL, (Part.of_text(BRIDGE),), tool_call_id="t"),
        )
    )


def test_a_policy_blocks_what_is_not_borne_out(tmp_path, context):
    of = guard(tmp_path, "block")
    assert of.check_output(TRUE, context).allowed
    verdict = of.check_output(FALSE["numbers"], context)
    assert verdict.action is Action.BLOCK
    assert verdict.rules == ("ungrounded",)
    assert verdict.message
    assert of.check_output(FALSE["numbers"]).allowed  # Nothing to rest on.
    assert not of.check_output(FALSE["numbers"], documents=[BRIDGE]).allowed
    assert Guard.load("default", classifier=FakeClassifier()).check_output(FALSE["numbers"], context).allowed


def test_a_policy_covers_what_is_not_borne_out(tmp_path, context):
    verdict = guard(tmp_path, "mask").check_output(f"{TRUE} {FALSE['names']} {TRUE}", context)
    assert verdict.text == f"{TRUE} [UNGROUNDED] {TRUE}"


def test_whole_answers_are_looked_at(tmp_path, context):
    answer = Completion.of_text(FALSE["denial"])
    assert screen_answer(guard(tmp_path, "block"), answer, context, {}).blocked is not None
    assert screen_answer(guard(tmp_path, "flag"), answer, context, {}).blocked is None


@pytest.mark.parametrize("size", [1, 7, 400])
def test_a_stream_gives_what_the_whole_gives(tmp_path, context, size):
    filler = "The Harrow Bridge was opened in 1932. " * 40
    answer = f"{filler}{FALSE['numbers']} {filler}"
    for action in ("flag", "mask", "block"):
        of = guard(tmp_path, action)
        stream = OutputStream(of, context)
        said = "".join(stream.feed(answer[at : at + size]) for at in range(0, len(answer), size))
        ended = stream.finish()
        whole = of.check_output(answer, context)
        assert replace(ended.verdict, timings={}) == replace(whole, timings={})
        said += ended.text
        assert said == whole.text or (action == "block" and FALSE["numbers"] not in said)
        assert "ungrounded" in whole.rules


# -- a model as the judge


async def judged(answer, text):
    model = ScriptedModel([text])
    await model.start()
    return await judge_grounding(model, answer, [BRIDGE], "What about the bridge?")


async def test_a_model_judges_every_sentence():
    found = await judged(f"{TRUE} {FALSE['names']} Shall I go on?", "1 yes\n2: No.")
    assert [one.support for one in found.sentences] == [1.0, 0.0, 1.0]
    assert found.unsupported == ((len(TRUE) + 1, len(TRUE) + 1 + len(FALSE["names"])),)


@pytest.mark.parametrize("text", ["all fine", "1 yes", "1 yes\n2 no\n3 no"])
async def test_a_judge_that_does_not_judge_is_an_error(text):
    with pytest.raises(BadResponse, match="of 2 sentences"):
        await judged(f"{TRUE} {FALSE['names']}", text)


async def test_what_claims_nothing_is_not_asked():
    assert (await judged("Sure!", "nonsense")).score == 1.0
