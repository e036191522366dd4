"""Answers held against the documents that their request carries, as ``Guard`` does it in the program."""

from __future__ import annotations

import json

import pytest

from octarine.core.content import Conversation, Message, Part, Role, ToolCall
from octarine.core.results import Completion
from octarine.guard import Guard
from octarine.guard.conversations.screening import screen_answer
from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import application, asked, chunk, completion
from tests.server.guard.test_responses import message, response
from tests.server.guard.test_responses_stream import streams

DOCUMENT = "The museum opens at nine in the morning. It is closed on Mondays."
ASKED = "When does the museum open?"
BORNE_OUT = "The museum opens at nine in the morning."
INVENTED = "Elephants paid 900 dollars for the palace in Vienna."
POLICY = """
name: grounded
version: 1.0.0
positions: [{positions}]
categories:
  ungrounded: {{action: block, threshold: 0.5}}
"""
CALL = {"id": "c", "type": "function", "function": {"name": "find", "arguments": "{}"}}
CHAT_TOOL = [
    {"role": "user", "content": ASKED},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c", "name": "find", "content": DOCUMENT},
]
FOUND = {"type": "function_call_output", "call_id": "c", "output": DOCUMENT}
REQUESTS = {
    "documents": ("chat/completions", {"messages": CHAT_TOOL[:1], "documents": [{"text": DOCUMENT}]}),
    "a tool's result": ("chat/completions", {"messages": CHAT_TOOL}),
    "an output of a call": ("responses", {"input": [{"role": "user", "content": ASKED}, FOUND]}),
}


@pytest.fixture(params=["output", "user, tool_results, output"])
def policy(request, tmp_path):
    """It may look at the answer alone: the documents are there all the same."""
    path = tmp_path / "grounded.yaml"
    path.write_text(POLICY.format(positions=request.param), "utf-8")
    return str(path)


def answer(path, text, stream):
    if path == "responses":
        return streams(message(text)) if stream else Answer.of_json(response(message(text)))
    whole = completion({"content": text}, citations=["https://elsewhere.example/900"])
    return Answer.of_events(chunk(content=text), chunk(finish="stop")) if stream else Answer.of_json(whole)


async def blocked(policy, path, body, text, stream):
    async with (
        loopback(answer(path, text, stream)) as up,
        asked(application(up.url, policies=(policy,))) as http,
    ):
        told = await http.post(f"/v1/{path}", json={"model": "m", **body, "stream": stream})
    assert told.status_code == 200, told.text
    assert "content_filter" in told.text or text in told.text.replace("\\", "")
    return "content_filter" in told.text


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_is_held_against_what_the_request_carries(name, stream, policy):
    path, body = REQUESTS[name]
    assert not await blocked(policy, path, body, BORNE_OUT, stream)
    assert await blocked(policy, path, body, INVENTED, stream)


async def test_without_documents_there_is_nothing_to_hold_it_against(policy):
    assert not await blocked(policy, "chat/completions", {"messages": CHAT_TOOL[:1]}, INVENTED, stream=False)


def test_that_is_what_the_guard_does_in_the_program(policy):
    guard = Guard.load(policy)
    talk = Conversation(
        (
            Message(Role.USER, (Part.of_text(ASKED),)),
            Message(Role.ASSISTANT, (), (ToolCall("find", json.dumps({}), "c"),)),
            Message(Role.TOOL, (Part.of_text(DOCUMENT),), tool_call_id="c"),
        )
    )
    for text, passes in ((BORNE_OUT, True), (INVENTED, False)):
        found = screen_answer(guard, Completion((Part.of_text(text),)), talk, {})
        assert (found.blocked is None) == passes


async def test_an_answer_alone_comes_with_its_documents(policy):
    async with asked(application(None, policies=(policy,))) as http:

        async def allowed(**body):
            told = await http.post("/v1/guard", json=body)
            assert told.status_code == 200, told.text
            return told.json()["allowed"]

        assert await allowed(output=BORNE_OUT, documents=[DOCUMENT])
        assert not await allowed(output=INVENTED, documents=[DOCUMENT])
        assert await allowed(output=INVENTED)
        told = await http.post("/v1/guard", json={"output": "x", "documents": "x"})
        assert (told.status_code, told.json()["error"]["param"]) == (400, "documents")
    async with asked(application(None, policies=(policy,), characters=10)) as http:
        told = await http.post("/v1/guard", json={"output": "x", "documents": [DOCUMENT]})
        assert told.status_code == 413
