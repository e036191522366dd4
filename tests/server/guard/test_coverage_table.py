"""The table of what is looked at where, measured: one denied word in every position on every surface.

The README publishes it; what it says must be what is found here. Another surface is one more entry of
``SURFACES`` (and of ``NO_SUCH_PLACE``, with the reason, for positions that it has not).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool, ToolCall
from octarine.core.results import Completion, Finish, Settings
from octarine.guard import Guard
from octarine.guard.guarded import GuardedModel
from octarine.guard.policy import read_policy
from octarine.models.scripted import ScriptedModel
from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import application, asked, chunk, completion
from tests.server.guard.test_responses import call as function_call
from tests.server.guard.test_responses import message as output_message
from tests.server.guard.test_responses import response as answered
from tests.server.guard.test_responses_stream import events

README = Path(__file__).parents[3] / "README.md"
POLICY = """
name: everywhere
version: 1.0.0
positions: [system, tool_descriptions, history, user, tool_arguments, tool_results, output]
words: [{id: sign, terms: [the sign of the beast], action: block}]
"""
SIGN, HARMLESS = "the sign of the beast", "the sign of the times"
POSITIONS = {
    "system prompt": "system",
    "tool descriptions": "tool_descriptions",
    "history": "history",
    "user": "user",
    "tool arguments": "tool_arguments",
    "tool results": "tool_results",
    "documents": "tool_results",
    "answer": "output",
    "tool calls of an answer": "tool_arguments",
    "beside an answer": "output",
    "unknown parts of an answer": "output",
}
"""Row → how policies call it."""
UNKNOWN = "unknown parts of an answer"
ANSWERS = ("answer", "tool calls of an answer", "beside an answer", "unknown parts of an answer")


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("policy") / "everywhere.yaml"
    path.write_text(POLICY, "utf-8")
    return str(path)


def arguments(text):
    return json.dumps({"q": {"deep": [text]}})


def conversation(position, text):
    """A conversation with ``text`` at a position; another one everywhere else."""
    said = dict.fromkeys(POSITIONS, "fine") | {position: text}
    document = Part.of_bytes(Modality.DOCUMENT, said["documents"].encode(), "text/plain")
    schema = {"properties": {"q": {"description": said["tool descriptions"]}}}
    return Conversation(
        (
            Message(Role.SYSTEM, (Part.of_text(said["system prompt"]),)),
            Message(Role.USER, (Part.of_text(said["history"]),)),
            Message(Role.ASSISTANT, (), (ToolCall("find", arguments(said["tool arguments"]), "c"),)),
            Message(Role.TOOL, (Part.of_text(said["tool results"]),), tool_call_id="c"),
            Message(Role.USER, (Part.of_text(said["user"]), document)),
        ),
        (Tool("find", "Finds.", schema),),
    )


def chat(position, text):
    """The same as a request of the chat protocol."""
    said = dict.fromkeys(POSITIONS, "fine") | {position: text}
    call = {"id": "c", "type": "function"}
    call["function"] = {"name": "find", "arguments": arguments(said["tool arguments"])}
    schema = {"properties": {"q": {"description": said["tool descriptions"]}}}
    return {
        "model": "m",
        "messages": [
            {"role": "system", "content": said["system prompt"]},
            {"role": "user", "content": said["history"]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": said["tool results"]},
            {"role": "user", "content": said["user"]},
        ],
        "tools": [{"type": "function", "function": {"name": "find", "parameters": schema}}],
        "documents": [{"text": said["documents"]}],
    }


def response(position, text):
    """The same as a request for a response."""
    body = chat(position, text)
    system, first, asked_, told, last = body["messages"]
    (call,), (tool,) = asked_["tool_calls"], body["tools"]
    given = [
        first,
        {"type": "function_call", "call_id": "c", **call["function"]},
        {"type": "function_call_output", "call_id": "c", "output": told["content"]},
        {"role": "user", "content": [{"type": "input_text", "text": last["content"]}]},
    ]
    tools = [{"type": "function", **tool["function"]}]
    return {"model": "m", "instructions": system["content"], "input": given, "tools": tools}


def items(position, text):
    """What a model answers in a response."""
    said = output_message(text if position == "answer" else "Fine.")
    called = function_call(arguments(text if position == "tool calls of an answer" else "fine"))
    unknown = {"id": "u", "type": "of_tomorrow", "says": [text if position == UNKNOWN else "fine"]}
    return (said, called, unknown)


def cited(position, text):
    """What stands beside it all."""
    return {"citations": ["https://a.example", text if position == "beside an answer" else "fine"]}


def said_by_the_model(position, text):
    """A message of an answer."""
    if position == "answer":
        return {"content": text}
    function = {
        "name": "find",
        "arguments": arguments(text if position == "tool calls of an answer" else "fine"),
    }
    call = {"index": 0, "id": "c", "type": "function", "function": function}
    return {"content": "Fine.", "tool_calls": [call]}


def unknown_of(position, text):
    """A field of a choice, beside what it says."""
    return {"anything": {"deep": [text if position == UNKNOWN else "fine"]}}


async def library(position, text, policy):
    guard = Guard.load(policy)
    if position == "answer":
        return not guard.check_output(text, "hi").allowed
    talk = conversation(position, text)
    if position in ANSWERS:
        talk = Conversation((Message(Role.ASSISTANT, (), (ToolCall("find", arguments(text)),)),))
    return any(not check.verdict.allowed for check in guard.check_conversation(talk))


async def guarded(position, text, policy):
    calls = (ToolCall("find", arguments(text)),) if position == "tool calls of an answer" else ()
    answer = Completion((Part.of_text(text if position == "answer" else "fine"),), calls)
    inner = ScriptedModel(answer)
    model = GuardedModel(inner, Guard.load(policy))
    told = await model.generate(conversation(position, text), Settings())
    caught = told.finish is Finish.FILTERED
    assert inner.calls == (0 if caught and position not in ANSWERS else 1)
    return caught


async def posted(path, body, policy, answer):
    async with loopback(answer) as up, asked(application(up.url, policies=(policy,))) as http:
        told = await http.post(path, json=body)
        return told, len(up.asked)


async def whole(position, text, policy):
    body = completion(said_by_the_model(position, text), **cited(position, text))
    body["choices"][0] |= unknown_of(position, text)
    told, sent = await posted("/v1/chat/completions", chat(position, text), policy, Answer.of_json(body))
    caught = told.json()["choices"][0]["finish_reason"] == "content_filter"
    assert sent == (0 if caught and position not in ANSWERS else 1)
    assert not (caught and text in told.text)
    return caught


async def streamed(position, text, policy):
    first = chunk(**said_by_the_model(position, text)) | cited(position, text)
    first["choices"][0] |= unknown_of(position, text)
    answer = Answer.of_events(first, chunk(finish="stop"))
    body = {**chat(position, text), "stream": True}
    told, sent = await posted("/v1/chat/completions", body, policy, answer)
    caught = '"finish_reason":"content_filter"' in told.text
    assert sent == (0 if caught and position not in ANSWERS else 1)
    assert not (caught and text in told.text)
    return caught


async def whole_response(position, text, policy):
    answer = Answer.of_json(answered(*items(position, text), **cited(position, text)))
    told, sent = await posted("/v1/responses", response(position, text), policy, answer)
    caught = told.json()["status"] == "incomplete"
    assert sent == (0 if caught and position not in ANSWERS else 1)
    assert not (caught and text in told.text)
    return caught


async def streamed_response(position, text, policy):
    answer = Answer.of_events(*events(*items(position, text), **cited(position, text)), done=False)
    body = {**response(position, text), "stream": True}
    told, sent = await posted("/v1/responses", body, policy, answer)
    caught = '"response.incomplete"' in told.text
    assert sent == (0 if caught and position not in ANSWERS else 1)
    assert not (caught and text in told.text)
    return caught


async def moderations(position, text, policy):
    assert position == "user"
    told, _ = await posted("/v1/moderations", {"input": [text]}, policy, Answer.of_json({}))
    return told.json()["results"][0]["flagged"]


async def embeddings(position, text, policy):
    assert position == "user"
    answer = Answer.of_json({"object": "list", "data": [{"index": 0, "embedding": [0.5]}]})
    told, sent = await posted("/v1/embeddings", {"model": "e", "input": [text]}, policy, answer)
    assert sent == (told.status_code == 200)
    return told.status_code == 400


async def verdicts(position, text, policy):
    if position == "answer":
        body = {"output": text, "prompt": "hi"}
    else:
        body = chat("tool arguments" if position in ANSWERS else position, text)
    told, _ = await posted("/v1/guard", body, policy, Answer.of_json({}))
    return not told.json()["allowed"]


SURFACES = {
    "`Guard`": library,
    "`guarded:MODEL`": guarded,
    "chat": whole,
    "chat, streamed": streamed,
    "responses": whole_response,
    "responses, streamed": streamed_response,
    "moderations": moderations,
    "embeddings": embeddings,
    "`/v1/guard`": verdicts,
}
_NO_DOCUMENTS = "its documents are the results of tools"
_TEXT_OR_CALL = "an answer is its text and its tool calls here"
_TEXTS_ALONE = "takes texts without positions, all of them the user's"
NO_SUCH_PLACE = (
    {
        (position, surface): _TEXTS_ALONE
        for surface in ("moderations", "embeddings")
        for position in POSITIONS
        if position != "user"
    }
    | {("documents", surface): _NO_DOCUMENTS for surface in ("responses", "responses, streamed")}
    | {
        (position, surface): _TEXT_OR_CALL
        for surface in ("`Guard`", "`guarded:MODEL`", "`/v1/guard`")
        for position in ("beside an answer", UNKNOWN)
    }
)
"""(position, surface) → why nothing can stand there."""


async def measured(policy):
    """The table as Markdown: ``yes`` where the word was caught and its harmless twin was not."""
    rows = [["", *SURFACES, "in `default`"]]
    looked = read_policy("default").positions
    for position, name in POSITIONS.items():
        row = [position]
        for surface, caught in SURFACES.items():
            if (position, surface) in NO_SUCH_PLACE:
                row.append("–")
                continue
            assert not await caught(position, HARMLESS, policy), (position, surface)
            row.append("yes" if await caught(position, SIGN, policy) else "no")
        rows.append([*row, "yes" if name in looked else "no"])
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)


async def test_nothing_passes_unseen_and_the_published_table_is_what_is_measured(policy):
    found = await measured(policy)
    for line in found.splitlines()[2:]:
        assert "no" not in [cell.strip() for cell in line.strip("|").split("|")[1:-1]], line
    text = README.read_text("utf-8")
    published = re.search(r"<!-- coverage -->\n(.*?)\n<!-- /coverage -->", text, re.DOTALL)
    assert published, f"README.md has no table between its marks; it should be\n{found}"
    assert published[1] == found, f"README.md should say\n{found}"
