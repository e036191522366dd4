"""Tools through the proxy: what is offered, what is called with what, and that agents keep working."""

from __future__ import annotations

import json

import pytest

from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import application, asked, chunk, completion
from tests.server.guard.test_responses import message, response

ADDRESS = "jo.doe@example.org"
MASKS = """
name: masks
version: 1.0.0
positions: [tool_descriptions, history, user, tool_arguments, tool_results, output]
categories: {personal_data: {action: mask}}
"""


@pytest.fixture
def masks(tmp_path):
    path = tmp_path / "masks.yaml"
    path.write_text(MASKS, "utf-8")
    return str(path)


def call(arguments):
    function = {"name": "mail", "arguments": arguments}
    return {"index": 0, "id": "c", "type": "function", "function": function}


async def answered(arguments, *, stream, policy="personal-data", asks=f"write to {ADDRESS}"):
    """The arguments that reach the client, and the request that reached the model."""
    if stream:
        middle = len(arguments) // 2
        first, second = call(arguments[:middle]), {"index": 0, "function": {"arguments": arguments[middle:]}}
        answer = Answer.of_events(
            chunk(tool_calls=[first]), chunk(tool_calls=[second]), chunk(finish="tool_calls")
        )
    else:
        answer = Answer.of_json(completion({"content": None, "tool_calls": [call(arguments)]}))
    async with loopback(answer) as up, asked(application(up.url, policies=(policy,))) as http:
        body = {"model": "m", "messages": [{"role": "user", "content": asks}], "stream": stream}
        told = await http.post("/v1/chat/completions", json=body)
        sent = up.asked[0].json
    if not stream:
        (found,) = told.json()["choices"][0]["message"]["tool_calls"]
        return found["function"]["arguments"], sent
    events = [json.loads(line[6:]) for line in told.text.splitlines() if line.startswith("data: {")]
    deltas = [one["delta"] for event in events for one in event["choices"] if "tool_calls" in one["delta"]]
    return "".join(delta["tool_calls"][0]["function"]["arguments"] for delta in deltas), sent


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "written",
    [
        '{"to": "<EMAIL_1>"}',
        '{"to": "\\u003cEMAIL_1\\u003e"}',
        json.dumps({"body": json.dumps({"to": "<EMAIL_1>"})}),
    ],
)
async def test_the_users_own_data_reaches_the_tool(stream, written):
    arguments, sent = await answered(written, stream=stream)
    assert ADDRESS not in json.dumps(sent)
    told = json.loads(arguments)
    assert (json.loads(told["body"]) if "body" in told else told) == {"to": ADDRESS}


@pytest.mark.parametrize("stream", [False, True])
async def test_what_the_model_names_is_readable_under_replace_and_masked_under_mask(stream, masks):
    written = '{"to": "\\nbob@example.com", "n": 4111111111111111}'
    arguments, _ = await answered(written, stream=stream)
    assert arguments == written
    arguments, _ = await answered(written, stream=stream, policy=masks)
    assert json.loads(arguments) == {"to": "\n[EMAIL]", "n": "[PAYMENT_CARD]"}


async def asked_of(policy, content, says, **more):
    """The message that comes back, and the request that reached the model."""
    answer = Answer.of_json(completion(says))
    async with loopback(answer) as up, asked(application(up.url, policies=(policy,))) as http:
        body = {"model": "m", "messages": [{"role": "user", "content": content}], **more}
        told = await http.post("/v1/chat/completions", json=body)
        return told.json()["choices"][0]["message"], up.asked[0].json


async def test_two_new_things_in_one_answer_are_not_called_the_same(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("name: p\nversion: 1.0.0\ncategories: {personal_data: {action: replace}}\n", "utf-8")
    said = {"content": "Ask bob@example.com.", "reasoning_content": "Or eve@example.com."}
    told, _ = await asked_of(str(path), f"I am {ADDRESS}", said)
    assert (told["content"], told["reasoning_content"]) == ("Ask <EMAIL_2>.", "Or <EMAIL_3>.")


async def test_tools_on_offer_are_covered_and_stay_json(masks):
    schema = {"type": "object", "properties": {"to": {"default": ADDRESS, "maxLength": 3}}}
    mail = {"name": "mail", "description": f"Ask {ADDRESS}.", "parameters": schema}
    tools = [{"type": "function", "function": one} for one in (mail, {"name": "plain", "strict": True})]
    _, sent = await asked_of(masks, "hi", {"content": "Ok."}, tools=tools)
    assert sent["tools"] == json.loads(json.dumps(tools).replace(ADDRESS, "[EMAIL]"))


async def test_what_reaches_over_two_parts_is_covered_in_both(masks):
    parts = [{"type": "text", "text": "I am jo.doe@exam"}, {"type": "text", "text": "ple.org, hello"}]
    _, sent = await asked_of(masks, parts, {"content": "Ok."})
    assert [part["text"] for part in sent["messages"][0]["content"]] == ["I am [EMAIL]", "[EMAIL], hello"]


def output_text(text):
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


async def response_of(policy, items, **body):
    """The response that comes back, and the request that reached the model."""
    async with (
        loopback(Answer.of_json(response(*items))) as up,
        asked(application(up.url, policies=(policy,))) as http,
    ):
        told = await http.post("/v1/responses", json={"model": "m", "input": "hi", **body})
        return told.json(), up.asked[0].json


async def test_tools_on_offer_to_a_response_are_covered_and_stay_json(masks):
    schema = {"type": "object", "properties": {"to": {"default": ADDRESS, "maxLength": 3}}}
    tools = [{"type": "function", "name": "mail", "description": f"Ask {ADDRESS}.", "parameters": schema}]
    _, sent = await response_of(masks, [message("Ok.")], tools=tools)
    assert sent["tools"] == json.loads(json.dumps(tools).replace(ADDRESS, "[EMAIL]"))


async def test_parts_of_a_response_and_of_its_request_are_read_as_one(masks):
    parts = [{"type": "input_text", "text": one} for one in ("I am jo.doe@exam", "ple.org, hello")]
    split = message("x", content=[output_text("Ask bob@exam"), output_text("ple.com, or not")])
    told, sent = await response_of(masks, [split], input=[{"role": "user", "content": parts}])
    assert [part["text"] for part in sent["input"][0]["content"]] == ["I am [EMAIL]", "[EMAIL], hello"]
    assert [part["text"] for part in told["output"][0]["content"]] == ["Ask [EMAIL]", "[EMAIL], or not"]


async def test_only_a_part_that_was_changed_loses_its_annotations(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("name: p\nversion: 1.0.0\ncategories: {personal_data: {action: replace}}\n", "utf-8")
    cited = {"annotations": [{"type": "url_citation", "url": "https://a.example", "title": "A"}]}
    said = [output_text("All is well.") | cited, output_text("Ask bob@example.com.") | cited]
    items = [message("x", content=said), message("Or eve@example.com.", id="msg_2")]
    told, _ = await response_of(str(path), items, input=f"I am {ADDRESS}")
    first, second = told["output"][0]["content"]
    assert (first["annotations"], second["annotations"]) == (cited["annotations"], [])
    # Two new things in one answer are not called the same, whichever item they stand in.
    assert second["text"] == "Ask <EMAIL_2>."
    assert told["output"][1]["content"][0]["text"] == "Or <EMAIL_3>."
