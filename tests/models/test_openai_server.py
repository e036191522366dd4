"""The OpenAI-compatible adapter against a real server: llama.cpp's, serving the embedded model's weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool
from octarine.core.errors import ModelUnavailable, OctarineError, RequestRejected, Unsupported
from octarine.core.protocols import Delta
from octarine.core.results import Completion, Finish, Settings
from octarine.models.names import ModelOptions, open_model

CAPITAL = Conversation.user("What is the capital of France?", system="Be brief")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of the server, up to ``/v1``."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="xllamacpp comes with octarine[embedded]")
    params = xllamacpp.CommonParams()
    params.model.path = str(_weights())
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = 2048
    params.n_parallel = 2
    params.cpuparams.n_threads = 1
    params.warmup = False
    params.verbosity = 0
    running = xllamacpp.Server(params)
    yield f"{running.listening_address}/v1"
    del running


def _weights() -> Path:
    from octarine.models.embedded.weights import fetch_weights

    try:
        return fetch_weights().path
    except OctarineError as error:
        pytest.skip(f"the embedded model's weights cannot be had here: {error.message}")


async def ask(server: str, conversation: Conversation, settings: Settings) -> Completion:
    model = open_model(server, ModelOptions(concurrency=2))
    try:
        await model.start()
        assert model.identity.name.startswith(f"{server}#")
        assert len(model.identity.name) > len(server) + 1
        return await model.generate(conversation, settings)
    finally:
        await model.aclose()


async def test_it_answers_with_usage_and_log_probabilities(server: str) -> None:
    completion = await ask(server, CAPITAL, Settings(max_tokens=16, logprobs=2))
    assert completion.text.strip()
    assert completion.usage.input_tokens is not None
    assert completion.usage.input_tokens > 10
    assert completion.usage.output_tokens is not None
    assert 0 < completion.usage.output_tokens <= 16
    assert completion.logprobs
    for entry in completion.logprobs:
        assert entry.logprob <= 0
        assert len(entry.top) <= 2
        assert sum(math.exp(value) for value in entry.top.values()) <= 1.001


async def test_greedy_answers_are_the_same_whole_or_streamed(server: str) -> None:
    settings = Settings(max_tokens=12)
    whole = await ask(server, CAPITAL, settings)
    model = open_model(server, ModelOptions())
    await model.start()
    deltas: list[Delta] = [delta async for delta in model.stream(CAPITAL, settings)]  # type: ignore[attr-defined]
    await model.aclose()
    streamed = deltas[-1].completion
    assert streamed is not None
    assert "".join(delta.text for delta in deltas) == streamed.text == whole.text
    assert streamed.usage == whole.usage
    assert streamed.finish is whole.finish
    assert len(deltas) > 3


async def test_the_length_is_kept(server: str) -> None:
    completion = await ask(server, Conversation.user("Write a long story."), Settings(max_tokens=3))
    assert completion.finish is Finish.LENGTH
    assert completion.usage.output_tokens == 3


async def test_a_stop_string_ends_it(server: str) -> None:
    whole = await ask(server, CAPITAL, Settings(max_tokens=16))
    word = whole.text.split()[1]
    stopped = await ask(server, CAPITAL, Settings(max_tokens=16, stop=(word,)))
    assert stopped.finish is Finish.STOP
    assert stopped.text == whole.text.partition(word)[0]


async def test_a_planted_tool_result_is_accepted(server: str) -> None:
    page = Message(Role.TOOL, (Part.of_text("The page says hello."),))
    asked = Message(Role.USER, (Part.of_text("Sum up the page."),))
    tool = Tool("fetch", "Fetches a page", {"type": "object", "properties": {"url": {"type": "string"}}})
    completion = await ask(server, Conversation((asked, page), (tool,)), Settings(max_tokens=8))
    assert completion.text or completion.tool_calls


async def test_what_the_model_cannot_take_is_told_at_once(server: str) -> None:
    picture = Part.of_bytes(Modality.IMAGE, b"\x89PNG", "image/png")
    with pytest.raises(Unsupported, match="image"):
        await ask(server, Conversation((Message(Role.USER, (picture,)),)), Settings(max_tokens=4))
    with pytest.raises(RequestRejected, match="exceed"):
        await ask(server, Conversation.user("word " * 5000), Settings(max_tokens=4))


async def test_a_wrong_path_is_not_found(server: str) -> None:
    wrong = open_model(f"{server}/nothing#m", ModelOptions(max_retries=0))
    with pytest.raises(OctarineError, match="404") as caught:
        await wrong.generate(CAPITAL, Settings(max_tokens=4))
    await wrong.aclose()
    assert not isinstance(caught.value, ModelUnavailable)
