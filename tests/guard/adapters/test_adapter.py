"""A conversation as moderation models see it, and the probability of a verdict."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Conversation, Message, Modality, Part, Role, ToolCall
from octarine.core.errors import InputError, Unsupported
from octarine.core.results import TokenLogprob
from octarine.guard.adapters import adapter_names, open_adapter
from octarine.guard.adapters.adapter import Adapter, dialogue, judged_text, side_of
from octarine.guard.adapters.generative.logprobs import verdict_probability
from octarine.models.names import ModelOptions

PICTURE = Part.of_bytes(Modality.IMAGE, b"x", "image/png")


def said(role: Role, text: str, *more: Part) -> Message:
    return Message(role, (Part.of_text(text), *more))


def shown(conversation: Conversation, **options: bool) -> list[tuple[str, str]]:
    return [(turn.role.value, turn.text) for turn in dialogue(conversation, "it", **options)]


def test_system_is_left_out_and_tools_speak_as_users() -> None:
    call = Message(Role.ASSISTANT, (), (ToolCall("search", '{"q": "x"}', "1"),))
    turns = (said(Role.SYSTEM, "S"), said(Role.USER, "U"), call, said(Role.TOOL, "T"), said(Role.USER, "V"))
    assert shown(Conversation(turns)) == [
        ("user", "U"),
        ("assistant", 'search({"q": "x"})'),
        ("user", "T\n\nV"),
    ]


def test_a_lone_answer_gets_an_empty_request_and_a_lone_system_text_is_judged() -> None:
    assert shown(Conversation((said(Role.ASSISTANT, "A"),))) == [("user", ""), ("assistant", "A")]
    assert shown(Conversation((said(Role.SYSTEM, "S"),))) == [("user", "S")]


ROLES = st.sampled_from([Role.USER, Role.ASSISTANT, Role.TOOL, Role.SYSTEM])


@given(st.lists(st.tuples(ROLES, st.text(max_size=5)), min_size=1, max_size=8))
def test_turns_alternate_begin_with_the_user_and_lose_no_text(messages: list[tuple[Role, str]]) -> None:
    conversation = Conversation(tuple(said(role, text) for role, text in messages))
    turns = dialogue(conversation, "it")
    wanted = [Role.USER, Role.ASSISTANT] * len(turns)
    assert [turn.role for turn in turns] == wanted[: len(turns)]
    spoken = [text for role, text in messages if role is not Role.SYSTEM]
    whole = "\n\n".join(turn.text for turn in turns)
    assert all(text in whole for text in spoken)
    if messages[-1][0] is not Role.SYSTEM:
        assert (turns[-1].role is Role.ASSISTANT) == (side_of(conversation) == "output")


def test_what_cannot_be_looked_at_is_an_error() -> None:
    conversation = Conversation((said(Role.USER, "U", PICTURE),))
    with pytest.raises(Unsupported, match="it looks at text only, and the message holds: image"):
        dialogue(conversation, "it")
    with pytest.raises(Unsupported, match="image"):
        judged_text(conversation, "it")
    (turn,) = dialogue(conversation, "it", pictures=True)
    assert [part.modality for part in turn.parts] == [Modality.TEXT, Modality.IMAGE]
    with pytest.raises(InputError, match="no message"):
        dialogue(Conversation(), "it")


def step(token: str, **others: float) -> TokenLogprob:
    """A token of probability .6, and others."""
    return TokenLogprob(token, math.log(0.6), {word: math.log(chance) for word, chance in others.items()})


def test_the_share_of_the_verdicts_at_the_first_token_with_letters() -> None:
    logprobs = [step("\n\n"), step("unsafe", safe=0.2, other=0.1), step("\n"), step("S1")]
    assert verdict_probability(logprobs, ["unsafe"], ["safe"]) == pytest.approx(0.75)
    assert verdict_probability(logprobs[2:], ["unsafe"], ["safe"]) is None
    assert verdict_probability([], ["unsafe"], ["safe"]) is None


def test_parts_of_words_count_for_the_word_that_they_begin() -> None:
    logprobs = [step("un", safe=0.1, uns=0.1, sa=0.1)]
    assert verdict_probability(logprobs, ["unsafe"], ["safe"]) == pytest.approx(7 / 9)


def test_the_verdict_behind_its_label() -> None:
    logprobs = [step("Harmful"), step(" request"), step(":"), step(" yes", **{" no": 0.2}), step("\n")]
    assert verdict_probability(logprobs, ["yes"], ["no"], after="request:") == pytest.approx(0.75)
    assert verdict_probability(logprobs, ["yes"], ["no"], after="response:") is None


def test_one_verdict_alone_gives_no_certainty() -> None:
    assert verdict_probability([step("yes")], ["yes"], ["no"]) == pytest.approx(0.6)
    assert verdict_probability([step("no")], ["yes"], ["no"]) == pytest.approx(0.4)


@given(st.dictionaries(st.sampled_from(["Yes", " yes", "No", "n", "x", ""]), st.floats(-30, 0), min_size=1))
def test_a_probability_lies_between_0_and_1(top: dict[str, float]) -> None:
    found = verdict_probability([TokenLogprob("Yes", -1.0, top)], ["yes"], ["no"])
    assert found is not None
    assert 0.0 <= found <= 1.0


WHERE = {
    "prompt-guard-2": "hf:org/name",
    "openai-moderation": "omni-moderation-latest",
    "bedrock-guardrail": "abc@1",
    "azure-content-safety": "https://x.cognitiveservices.azure.com",
}


@pytest.mark.parametrize("name", adapter_names())
async def test_every_name_opens_an_adapter_of_that_name(name: str) -> None:
    adapter = open_adapter(f"{name}:{WHERE.get(name, 'http://127.0.0.1:1/v1#m')}")
    assert isinstance(adapter, Adapter)
    assert adapter.name == name
    assert adapter.identity.name
    await adapter.aclose()
    await adapter.aclose()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("llama-gard-3:echo", "Did you mean 'llama-guard-3'"),
        ("llama-guard-3", "nothing behind the colon"),
        ("llama-guard-3:smollm", "has no scheme"),
        ("prompt-guard-2:http://host/v1#m", "no hf: name"),
        ("wildguard:embedded:smollm2", "cannot be asked with a whole prompt"),
        ("wildguard:http://host/v1", "says no model"),
        ("bedrock-guardrail:@3", "no guardrail is named"),
        ("azure-content-safety:http://elsewhere.example", "no https URL"),
        ("azure-content-safety:https://me:secret@host", "no https URL"),
    ],
)
def test_a_name_that_cannot_be_used_says_why(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        open_adapter(name, ModelOptions())
    assert caught.value.hint
    assert "secret" not in str(caught.value)
