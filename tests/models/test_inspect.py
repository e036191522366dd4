"""Inspect's providers as models, with Inspect's own mock in the place of one."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool, ToolCall
from octarine.core.errors import (
    AuthenticationError,
    InputError,
    MissingExtra,
    ModelError,
    ModelNotFound,
    ModelUnavailable,
    RateLimited,
    RequestRejected,
)
from octarine.core.protocols import Model
from octarine.core.results import Completion, Finish, Settings, TokenLogprob, Usage
from octarine.models.inspect import InspectModel, open_model
from octarine.models.names import ModelOptions

# Inspect 0.3.285 calls tenacity 9.2 in a way that is deprecated there.
pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning")

CHAT = Conversation(
    (
        Message(Role.SYSTEM, (Part.of_text("Be brief."),)),
        Message(Role.USER, (Part.of_text("A bird?"),)),
        Message(Role.ASSISTANT, (Part.of_text("A wren."),)),
        Message(Role.USER, (Part.of_text("Another?"),)),
    )
)


def test_a_name_needs_a_provider_and_a_model() -> None:
    for rest in ("mockllm", "/model", "mockllm/"):
        with pytest.raises(InputError, match="does not name a provider and a model"):
            open_model(rest, ModelOptions())


def test_without_inspect_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="needs the extra 'inspect'"):
        open_model("openai/gpt-4o", ModelOptions())


@pytest.fixture
def inspect() -> Any:
    return pytest.importorskip("inspect_ai", reason="needs the extra 'inspect'")


def mocked(inspect: Any, answer: Callable[..., Any]) -> InspectModel:
    from inspect_ai.model import get_model

    model = get_model("mockllm/model", custom_outputs=answer, memoize=False)
    return InspectModel("mockllm/model", ModelOptions(concurrency=2), model=model)


def said(text: str, **choice: Any) -> Any:
    from inspect_ai.model import ChatCompletionChoice, ChatMessageAssistant, ModelOutput, ModelUsage

    message = ChatMessageAssistant(content=text, tool_calls=choice.pop("tool_calls", None))
    made = ChatCompletionChoice(message=message, **{"stop_reason": "stop", **choice})
    usage = ModelUsage(input_tokens=5, output_tokens=2, total_tokens=10, input_tokens_cache_read=3)
    return ModelOutput(model="mock", choices=[made], usage=usage)


async def ask(model: InspectModel, conversation: Conversation, **settings: Any) -> Completion:
    try:
        return await model.generate(conversation, Settings(**settings))
    finally:
        await model.aclose()
        await model.aclose()


async def test_a_conversation_goes_out_and_its_answer_comes_back(inspect: Any) -> None:
    asked: list[Any] = []

    def answer(messages: Any, tools: Any, choice: Any, config: Any) -> Any:
        asked.append((messages, config))
        return said("A tern.")

    model = mocked(inspect, answer)
    assert isinstance(model, Model)
    assert model.identity.name == "inspect:mockllm/model"
    found = await ask(model, CHAT, max_tokens=9, temperature=0.5, top_p=0.9, seed=7, stop=("\n",), logprobs=3)
    messages, config = asked[0]
    assert [(message.role, message.text) for message in messages] == [
        (message.role.value, message.text) for message in CHAT.messages
    ]
    assert (config.max_tokens, config.temperature, config.top_p, config.seed) == (9, 0.5, 0.9, 7)
    assert (config.stop_seqs, config.logprobs, config.top_logprobs) == (["\n"], True, 3)
    assert (found.text, found.finish) == ("A tern.", Finish.STOP)
    assert found.usage == Usage(8, 2)
    assert found.latency_s > 0


async def test_the_seed_of_a_run_reaches_the_provider_and_defaults_do_not(inspect: Any) -> None:
    configs: list[Any] = []

    def answer(messages: Any, tools: Any, choice: Any, config: Any) -> Any:
        configs.append(config)
        return said("x")

    await ask(mocked(inspect, answer), CHAT, seed=0)
    config = configs[0]
    assert (config.seed, config.temperature) == (0, 0.0)
    assert (config.top_p, config.stop_seqs, config.logprobs) == (None, None, None)


async def test_log_probabilities_come_back(inspect: Any) -> None:
    from inspect_ai.model import Logprob, Logprobs, TopLogprob

    top = [TopLogprob(token="she", logprob=-0.1), TopLogprob(token="he", logprob=-2.5)]
    logprobs = Logprobs(content=[Logprob(token="she", logprob=-0.1, top_logprobs=top)])
    found = await ask(mocked(inspect, lambda *_: said("she", logprobs=logprobs)), CHAT, logprobs=2)
    assert found.logprobs == (TokenLogprob("she", -0.1, {"she": -0.1, "he": -2.5}),)


async def test_tools_go_out_and_calls_come_back(inspect: Any) -> None:
    from inspect_ai.tool import ToolCall as Called

    offered: list[Any] = []
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    tool = Tool("ring", "Rings.", schema)
    turns = (*CHAT.messages, Message(Role.TOOL, (Part.of_text("rung"),)))

    def answer(messages: Any, tools: Any, choice: Any, config: Any) -> Any:
        offered.extend([tools[0], messages[-2], messages[-1]])
        call = Called(id="c1", function="ring", arguments={"n": 2})
        return said("", tool_calls=[call], stop_reason="tool_calls")

    found = await ask(mocked(inspect, answer), Conversation(turns, (tool,)))
    assert found.tool_calls == (ToolCall("ring", '{"n":2}', "c1"),)
    assert found.finish is Finish.TOOL_CALLS
    assert (offered[0].name, offered[0].parameters.required) == ("ring", ["n"])
    assert offered[2].tool_call_id == offered[1].tool_calls[0].id


async def test_a_picture_goes_out_as_its_bytes(inspect: Any) -> None:
    pictures: list[Any] = []
    part = Part.of_bytes(Modality.IMAGE, b"\x89PNG", "image/png")

    def answer(messages: Any, *_: Any) -> Any:
        pictures.append(messages[0].content[1].image)
        return said("a dot")

    await ask(mocked(inspect, answer), Conversation((Message(Role.USER, (Part.of_text("What?"), part)),)))
    assert pictures == ["data:image/png;base64,iVBORw=="]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("max_tokens", Finish.LENGTH),
        ("model_length", Finish.LENGTH),
        ("content_filter", Finish.FILTERED),
        ("unknown", Finish.STOP),
    ],
)
async def test_why_it_ended(inspect: Any, reason: str, finish: Finish) -> None:
    found = await ask(mocked(inspect, lambda *_: said("x", stop_reason=reason)), CHAT)
    assert found.finish is finish


async def test_what_moderation_stopped_is_filtered_and_no_answer_is_an_error(inspect: Any) -> None:
    from inspect_ai.model import ModelOutput, ModelUsage

    stopped = said("I cannot.")
    stopped.error = "content policy"
    assert (await ask(mocked(inspect, lambda *_: stopped), CHAT)).finish is Finish.FILTERED
    nothing = ModelOutput(model="mock", usage=ModelUsage())
    found = await ask(mocked(inspect, lambda *_: nothing), CHAT)
    assert (found.finish, found.error) == (Finish.ERROR, "the provider gave no answer")


class Refused(Exception):
    """As the providers' libraries raise them."""

    def __init__(self, status: int) -> None:
        super().__init__("no [/odd] luck with key sk-0123456789abcdef")
        self.status_code = status


class APITimeoutError(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Refused(401), AuthenticationError),
        (Refused(404), ModelNotFound),
        (Refused(429), RateLimited),
        (Refused(422), RequestRejected),
        (Refused(503), ModelUnavailable),
        (APITimeoutError("slow"), ModelUnavailable),
        (ValueError("odd"), ModelError),
    ],
)
async def test_errors_are_ours_and_carry_no_key(inspect: Any, error: Exception, kind: type) -> None:
    def fail(*_: Any) -> Any:
        raise error

    with pytest.raises(kind) as caught:
        await ask(mocked(inspect, fail), CHAT)
    assert type(caught.value) is kind
    assert caught.value.message.startswith("inspect:mockllm/model: ")
    assert "sk-0123" not in str(caught.value)


async def test_no_provider_of_that_name_is_the_users_mistake(inspect: Any) -> None:
    with pytest.raises(InputError, match="nosuch"):
        await open_model("nosuch/model", ModelOptions()).start()


async def test_a_long_run_keeps_no_events(inspect: Any) -> None:
    from inspect_ai.log import transcript

    model = mocked(inspect, lambda *_: said("x"))
    for _ in range(3):
        await model.generate(CHAT, Settings())
    assert sum(event.event == "model" for event in transcript().events) == 1
    await model.aclose()
