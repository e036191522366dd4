"""Bedrock's Converse API, with boto3's own stub in the place of the service."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool, ToolCall
from octarine.core.errors import (
    AuthenticationError,
    BadResponse,
    InputError,
    MissingExtra,
    ModelError,
    ModelNotFound,
    ModelUnavailable,
    RateLimited,
    RequestRejected,
    Unsupported,
)
from octarine.core.protocols import Model
from octarine.core.results import Completion, Finish, Settings, Usage
from octarine.models.bedrock import BedrockModel, completion_from, converse_request, open_model
from octarine.models.names import ModelOptions

MODEL = "amazon.nova-lite-v1:0"


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    keys = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "BEARER_TOKEN_BEDROCK")
    for name in ("PROFILE", "REGION", "DEFAULT_REGION", *keys):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def stubbed() -> Iterator[Any]:
    boto3 = pytest.importorskip("boto3", reason="boto3 comes with octarine[bedrock]")
    from botocore.stub import Stubber

    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x"}
    client = boto3.client("bedrock-runtime", region_name="us-east-1", **keys)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
    client.close()


def reply(*blocks: dict[str, Any], stop: str = "end_turn") -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": list(blocks)}},
        "stopReason": stop,
        "usage": {"inputTokens": 11, "outputTokens": 2, "totalTokens": 13},
        "metrics": {"latencyMs": 5},
    }


async def converse(stubber: Any, conversation: Conversation, settings: Settings | None = None) -> Completion:
    model = BedrockModel(MODEL, ModelOptions(concurrency=2), client=stubber.client)
    assert isinstance(model, Model)
    try:
        await model.start()
        return await model.generate(conversation, settings or Settings())
    finally:
        await model.aclose()
        await model.aclose()


async def test_a_conversation_goes_out_and_its_answer_comes_back(stubbed: Any) -> None:
    expected = {
        "modelId": MODEL,
        "system": [{"text": "Be kind"}],
        "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
        "inferenceConfig": {"maxTokens": 9, "temperature": 0.0, "topP": 0.5, "stopSequences": ["END"]},
    }
    stubbed.add_response("converse", reply({"text": "Hello"}), expected)
    settings = Settings(max_tokens=9, top_p=0.5, stop=("END",))
    completion = await converse(stubbed, Conversation.user("Hi", system="Be kind"), settings)
    assert completion.text == "Hello"
    assert completion.usage == Usage(11, 2)
    assert completion.finish is Finish.STOP
    assert completion.latency_s > 0


async def test_bytes_go_out_in_their_formats(stubbed: Any) -> None:
    parts = (
        Part.of_text("What are these?"),
        Part.of_bytes(Modality.IMAGE, b"jpg", "image/jpg"),
        Part.of_bytes(Modality.DOCUMENT, b"pdf", "application/pdf", name="An_invoice: №7.pdf"),
        Part.of_bytes(Modality.DOCUMENT, b"txt", "text/plain; charset=utf-8"),
        Part.of_bytes(Modality.VIDEO, b"mov", "video/quicktime"),
    )
    conversation = Conversation((Message(Role.USER, parts),))
    content = converse_request(MODEL, conversation, Settings())["messages"][0]["content"]
    assert content[1:] == [
        {"image": {"format": "jpeg", "source": {"bytes": b"jpg"}}},
        {"document": {"format": "pdf", "name": "An-invoice- -7-pdf 3", "source": {"bytes": b"pdf"}}},
        {"document": {"format": "txt", "name": "document 4", "source": {"bytes": b"txt"}}},
        {"video": {"format": "mov", "source": {"bytes": b"mov"}}},
    ]
    stubbed.add_response("converse", reply({"text": "ok"}))
    await converse(stubbed, conversation)


async def test_tools_go_out_and_calls_come_back(stubbed: Any) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    conversation = Conversation(
        (
            Message(Role.USER, (Part.of_text("Weather?"),)),
            Message(Role.ASSISTANT, tool_calls=(ToolCall("weather", "not json", "c1"),)),
            Message(Role.TOOL, (Part.of_text("Rain"),), tool_call_id="c1"),
            Message(Role.USER, (Part.of_text("And now?"),)),
        ),
        (Tool("weather", "Tells it", schema),),
    )
    request = converse_request(MODEL, conversation, Settings())
    assert [turn["role"] for turn in request["messages"]] == ["user", "assistant", "user"]
    assert request["messages"][1]["content"] == [
        {"toolUse": {"toolUseId": "c1", "name": "weather", "input": {"arguments": "not json"}}}
    ]
    assert request["messages"][2]["content"] == [
        {"toolResult": {"toolUseId": "c1", "content": [{"text": "Rain"}]}},
        {"text": "And now?"},
    ]
    assert request["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"] == {"json": schema}
    use = {"toolUse": {"toolUseId": "c2", "name": "weather", "input": {"city": "Ry"}}}
    stubbed.add_response("converse", reply({"text": "Let me see"}, use, stop="tool_use"), request)
    completion = await converse(stubbed, conversation)
    assert completion.tool_calls == (ToolCall("weather", '{"city":"Ry"}', "c2"),)
    assert completion.finish is Finish.TOOL_CALLS
    assert completion.text == "Let me see"


def test_a_tool_result_alone_gets_its_call_and_its_tool() -> None:
    conversation = Conversation(
        (
            Message(Role.USER, (Part.of_text("Sum up"),)),
            Message(Role.TOOL, (Part(text="Page", name="fetch"),)),
        )
    )
    request = converse_request(MODEL, conversation, Settings())
    use = request["messages"][1]["content"][0]["toolUse"]
    result = request["messages"][2]["content"][0]["toolResult"]
    assert use["toolUseId"] == result["toolUseId"] != ""
    assert [tool["toolSpec"]["name"] for tool in request["toolConfig"]["tools"]] == ["fetch"]


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("guardrail_intervened", Finish.FILTERED),
        ("content_filtered", Finish.FILTERED),
        ("max_tokens", Finish.LENGTH),
        ("stop_sequence", Finish.STOP),
    ],
)
async def test_stop_reasons(stubbed: Any, stop: str, finish: Finish) -> None:
    stubbed.add_response("converse", reply({"text": "Sorry"}, stop=stop))
    completion = await converse(stubbed, Conversation.user("Hi"))
    assert completion.finish is finish
    assert completion.text == "Sorry"


@pytest.mark.parametrize(
    ("code", "status", "message", "error"),
    [
        ("ThrottlingException", 429, "Too many requests", RateLimited),
        ("AccessDeniedException", 403, "You don't have access to the model", AuthenticationError),
        ("ExpiredTokenException", 403, "The security token is expired", AuthenticationError),
        ("ResourceNotFoundException", 404, "Could not resolve the model", ModelNotFound),
        ("ValidationException", 400, "The provided model identifier is invalid.", ModelNotFound),
        ("ValidationException", 400, "The text field is blank", RequestRejected),
        ("ModelTimeoutException", 408, "Took too long", ModelUnavailable),
        ("SomethingNew", 503, "Down", ModelUnavailable),
    ],
)
async def test_each_failure_has_its_error(
    stubbed: Any, code: str, status: int, message: str, error: type[ModelError]
) -> None:
    stubbed.add_client_error("converse", code, message, status)
    with pytest.raises(error) as caught:
        await converse(stubbed, Conversation.user("Hi"))
    assert message in str(caught.value)
    assert f"bedrock:{MODEL}" in str(caught.value)


async def test_what_boto3_itself_refuses(stubbed: Any) -> None:
    tool = Tool("", "A tool without a name")
    stubbed.deactivate()  # boto3 checks the arguments before it sends anything.
    with pytest.raises(RequestRejected, match="Invalid length for parameter"):
        await converse(stubbed, Conversation(Conversation.user("Hi").messages, (tool,)))


async def test_sound_and_log_probabilities_are_unsupported(stubbed: Any) -> None:
    part = Part.of_bytes(Modality.AUDIO, b"x", "audio/wav")
    with pytest.raises(Unsupported, match="no sound"):
        await converse(stubbed, Conversation((Message(Role.USER, (part,)),)))
    with pytest.raises(Unsupported, match="log-probabilities"):
        await converse(stubbed, Conversation.user("Hi"), Settings(logprobs=1))


async def test_without_a_region_or_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3", reason="boto3 comes with octarine[bedrock]")
    model = open_model(MODEL, ModelOptions())
    with pytest.raises(AuthenticationError, match=r"no AWS credentials were found\n.*AWS_PROFILE"):
        await model.start()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-secret")
    with pytest.raises(InputError, match="no AWS region is set"):
        await model.start()
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(AuthenticationError, match="no-such-profile"):
        await model.start()
    await model.aclose()


async def test_a_client_is_made_and_an_endpoint_that_is_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3", reason="boto3 comes with octarine[bedrock]")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:1")
    model = open_model(MODEL, ModelOptions(max_retries=0, timeout_s=2))
    await model.start()
    with pytest.raises(ModelUnavailable, match="Could not connect") as caught:
        await model.generate(Conversation.user("Hi"), Settings())
    await model.aclose()
    assert "secret-secret" not in str(caught.value)


async def test_without_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    model = open_model(MODEL, ModelOptions())
    with pytest.raises(MissingExtra, match=r"octarine\[bedrock\]"):
        await model.start()
    await model.aclose()


async def test_calls_run_side_by_side() -> None:
    class Slow:
        """Counts how many calls are in it at once."""

        def __init__(self) -> None:
            import threading

            self.barrier = threading.Barrier(3)

        def converse(self, **request: Any) -> dict[str, Any]:
            self.barrier.wait(timeout=5)
            return reply({"text": request["messages"][0]["content"][0]["text"]})

        def close(self) -> None:
            self.barrier.abort()

    pytest.importorskip("boto3", reason="boto3 comes with octarine[bedrock]")
    model = BedrockModel(MODEL, ModelOptions(concurrency=3), client=Slow())
    calls = (model.generate(Conversation.user(str(n)), Settings()) for n in range(3))
    completions = await asyncio.gather(*calls)
    await model.aclose()
    assert [completion.text for completion in completions] == ["0", "1", "2"]


def test_an_answer_without_a_message() -> None:
    with pytest.raises(BadResponse, match=r"without a message: \{'stopReason'"):
        completion_from({"stopReason": "end_turn"}, 0.1)
