"""Whole prompts over an endpoint's ``/completions`` route."""

from __future__ import annotations

import pytest

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import AuthenticationError, BadResponse, RequestRejected, Unsupported
from octarine.core.protocols import Model
from octarine.core.results import Finish, Settings, TokenLogprob, Usage
from octarine.guard.adapters import open_adapter
from octarine.guard.adapters.generative.raw_prompt import open_raw
from octarine.models.names import ModelOptions
from tests.models.loopback_server import Answer, loopback

LEGACY = {
    "tokens": ["Yes", "\n"],
    "token_logprobs": [-0.25, -0.5],
    "top_logprobs": [{"Yes": -0.25, "No": -1.5}, None],
}
CHAT = {"content": [{"token": "Yes", "logprob": -0.25, "top_logprobs": [{"token": "No", "logprob": -1.5}]}]}


def completion(text: str, logprobs: object = None) -> Answer:
    choice = {"index": 0, "text": text, "finish_reason": "stop", "logprobs": logprobs}
    return Answer.of_json({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 2}})


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OCTARINE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


async def test_the_prompt_goes_out_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCTARINE_API_KEY", "sk-0123456789abcdef")
    async with loopback(completion("Yes\n", LEGACY)) as server:
        model = open_raw(f"{server.url}#guard", ModelOptions())
        assert isinstance(model, Model)
        assert model.identity.name == f"{server.url}#guard"
        await model.start()
        answer = await model.generate(
            Conversation.user("the\n{prompt}"), Settings(max_tokens=4, logprobs=5, stop=("\n\n",))
        )
        await model.aclose()
    assert server.asked[0].path == "/v1/completions"
    assert server.asked[0].headers["authorization"] == "Bearer sk-0123456789abcdef"
    assert server.asked[0].json == {
        "model": "guard",
        "prompt": "the\n{prompt}",
        "max_tokens": 4,
        "temperature": 0.0,
        "seed": 0,
        "logprobs": 5,
        "stop": ["\n\n"],
    }
    assert (answer.text, answer.finish, answer.usage) == ("Yes\n", Finish.STOP, Usage(9, 2))
    assert answer.logprobs[0] == TokenLogprob("Yes", -0.25, {"Yes": -0.25, "No": -1.5})
    assert answer.logprobs[1] == TokenLogprob("\n", -0.5)


async def test_both_forms_of_log_probabilities_give_the_same_moderation() -> None:
    found = []
    for form in (LEGACY, CHAT):
        async with loopback(completion("Yes\n", form)) as server:
            adapter = open_adapter(f"shieldgemma:{server.url}#google/shieldgemma-2b")
            found.append((await adapter.moderate(Conversation.user("x"))).categories)
            await adapter.aclose()
        assert len(server.asked) == 4
    assert found[0] == found[1]
    assert found[0]["harmful_request"] == pytest.approx(1 / (1 + 2.718281828**-1.25))


async def test_wildguard_over_an_endpoint() -> None:
    lines = "Harmful request: no\nResponse refusal: n/a\nHarmful response: n/a"
    async with loopback(completion(lines)) as server:
        adapter = open_adapter(f"wildguard:{server.url}#allenai/wildguard")
        found = await adapter.moderate(Conversation.user("hello"))
        await adapter.aclose()
    assert not found.flagged
    assert server.asked[0].json["prompt"].startswith("<|user|>\n[INST] You are a classifier")


async def test_errors_of_the_endpoint() -> None:
    async with loopback(Answer.of_json({"error": {"message": "prompt too long"}}, 400)) as server:
        model = open_raw(f"{server.url}#m", ModelOptions())
        with pytest.raises(RequestRejected, match="prompt too long"):
            await model.generate(Conversation.user("x"), Settings())
        await model.aclose()
    async with loopback(Answer.of_json({"choices": [{"message": {}}]})) as server:
        model = open_raw(f"{server.url}#m", ModelOptions())
        with pytest.raises(BadResponse, match="answered with no text"):
            await model.generate(Conversation.user("x"), Settings())
        await model.aclose()


async def test_what_is_no_single_prompt_and_a_key_that_is_not_there() -> None:
    model = open_raw("openai:gpt-3.5-turbo-instruct", ModelOptions())
    with pytest.raises(AuthenticationError, match="OPENAI_API_KEY is not set"):
        await model.start()
    two = Conversation((*Conversation.user("x").messages, Message(Role.ASSISTANT, (Part.of_text("y"),))))
    with pytest.raises(Unsupported, match="one message"):
        await model.generate(two, Settings())
    await model.aclose()


async def test_other_models_are_asked_as_ever() -> None:
    model = open_raw("scripted:echo", ModelOptions())
    answer = await model.generate(Conversation.user("x"), Settings())
    assert answer.text == "x"
