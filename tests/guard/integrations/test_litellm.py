"""The guardrail of LiteLLM's proxy, called as the proxy calls it, with the library's own types."""

from __future__ import annotations

import os
import warnings

import pytest

# Without it the library asks the network for prices while it is imported.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("litellm")
    from litellm.exceptions import GuardrailRaisedException, ModifyResponseException
    from litellm.types.guardrails import GuardrailEventHooks
    from litellm.types.utils import CallTypes, ModelResponse, ModelResponseStream

    from octarine.guard.integrations.litellm import OctarineGuardrail
    from octarine.guard.integrations.litellm_calls import GUARDED, REFUSED

from octarine.core.errors import InputError
from tests.guard.integrations.endpoint import BOMB, HARM, Endpoint, chunk, completion, fake_guard

pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore")]

GUARD = fake_guard()
PERSONAL = fake_guard("personal-data")
MAIL = "write to ada@example.org, please"
LONG = "The birch stands by the lake. " * 60


def request(content, **more):
    return {"model": "m", "messages": [{"role": "user", "content": content}], "litellm_call_id": "x", **more}


def answer(text):
    made = ModelResponse(**completion({"role": "assistant", "content": text}))
    made._hidden_params = {"cost": 1}
    return made


async def stream(text):
    for one in Endpoint(text).chunks(text):
        yield ModelResponseStream(**one)


async def pre(rail, data, call_type="acompletion"):
    return await rail.async_pre_call_hook(None, None, data, call_type)


async def streamed(rail, data, text):
    hook = rail.async_post_call_streaming_iterator_hook
    return [one async for one in hook(None, stream(text), data)]


def text_of(chunks):
    return "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)


async def test_what_may_pass_passes():
    rail = OctarineGuardrail(GUARD)
    data = await pre(rail, request("What is birch?"))
    assert data["messages"] == request("What is birch?")["messages"]
    found = await rail.async_post_call_success_hook(data, None, answer("Birch is light."))
    assert type(found) is ModelResponse
    assert found.choices[0].message.content == "Birch is light."
    assert found._hidden_params == {"cost": 1}


async def test_a_blocked_request():
    with pytest.raises(GuardrailRaisedException) as caught:
        await pre(OctarineGuardrail(GUARD), request(BOMB))
    assert caught.value.blocked_content
    with pytest.raises(ModifyResponseException):
        await pre(OctarineGuardrail(GUARD, blocked="answer"), request(BOMB))


@pytest.mark.parametrize(
    ("call", "data"),
    [
        ("aresponses", {"model": "m", "input": BOMB}),
        ("aembedding", {"model": "m", "input": [BOMB]}),
        ("atext_completion", {"model": "m", "prompt": BOMB}),
        ("acompletion", request("hi", extra_body={"note": BOMB})),
        ("aimage_generation", {"model": "m", "n": 1}),
        ("agenerate_content", {"contents": [{"parts": [{"text": BOMB}]}], "tools": [{"name": "f"}]}),
        ("agenerate_content", {"contents": "hi", "systemInstruction": {"parts": [{"text": BOMB}]}}),
        ("agenerate_content_stream", {"contents": "hi", "system_instruction": BOMB}),
        ("agenerate_content", {"contents": "hi", "config": {"system_instruction": BOMB}}),
        ("agenerate_content", {"contents": [{"parts": [{"inlineData": {"data": "AA=="}}, {"text": "hi"}]}]}),
        ("pass_through_endpoint", {"input": "hi", "inputText": BOMB}),
        ("_aresponses_websocket", {"model": "m", "input": "hi"}),
        ("", {"model": "m", "input": "hi"}),
        ("aembedding", {"model": "m", "input": [[1, 2]], "extra_body": {"note": "hi"}}),
        ("atext_completion", {"model": "m", "prompt": [1, 2], "suffix": "hi"}),
        ("image_generation", {"model": "m", "prompt": "a birch"}),
        ("aimage_edit", {"model": "m", "prompt": "a birch"}),
        ("aspeech", {"model": "m", "input": "a birch"}),
    ],
)
async def test_other_requests_that_are_not_passed_on(call, data):
    with pytest.raises(GuardrailRaisedException):
        await pre(OctarineGuardrail(GUARD), data, call)


@pytest.mark.parametrize(
    ("call", "data"),
    [
        (CallTypes.aresponses, {"model": "m", "input": "hi"}),
        ("anthropic_messages", request("hi")),
        ("agenerate_content", {"model": "m", "contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
        ("arerank", {"model": "m", "query": "birch", "documents": ["Birch is light."]}),
    ],
)
async def test_other_requests_that_are_passed_on(call, data):
    assert await pre(OctarineGuardrail(GUARD), data, call) is data
    assert await OctarineGuardrail(GUARD).async_moderation_hook(data, None, call) is data


async def test_every_kind_of_call_is_guarded_or_refused():
    kinds = {one.value for one in CallTypes}
    refused = frozenset().union(*REFUSED.values())
    assert kinds <= GUARDED | refused, "LiteLLM has kinds of calls that nobody has decided about"
    assert not GUARDED & refused
    rail = OctarineGuardrail(GUARD)
    for kind in (kinds | refused | {"a_kind_of_next_year"}) - GUARDED:
        for look in (pre, lambda rail, data, kind: rail.async_moderation_hook(data, None, kind)):
            with pytest.raises(GuardrailRaisedException, match=f"calls of '{kind}'") as caught:
                await look(rail, request("hi"), kind)
            assert caught.value.status_code == 400


MODES = [["pre_call"], ["during_call"], "post_call", ["pre_call", "post_call"]]


@pytest.mark.parametrize("mode", MODES)
async def test_whatever_the_mode_calls_that_nobody_looks_into_are_refused(mode):
    rail = OctarineGuardrail(GUARD, event_hook=mode, default_on=True)
    for hook in (GuardrailEventHooks.pre_call, GuardrailEventHooks.pre_mcp_call):
        assert rail.should_run_guardrail(data={}, event_type=hook)
    for kind in ("call_mcp_tool", "pass_through_endpoint", "_arealtime"):
        with pytest.raises(GuardrailRaisedException, match="not passed on"):
            await pre(rail, request("hi"), kind)
    assert rail.should_run_guardrail(data={}, event_type=GuardrailEventHooks.post_call) == (
        "post_call" in mode
    )
    off = {"metadata": {"user_api_key_metadata": {"disable_global_guardrails": True}}}
    assert not rail.should_run_guardrail(data=off, event_type=GuardrailEventHooks.pre_call)


async def test_another_mode_than_before_the_call_looks_then_only_at_what_it_would_not_see():
    during = OctarineGuardrail(GUARD, event_hook="during_call", default_on=True)
    after = OctarineGuardrail(GUARD, event_hook="post_call", default_on=True)
    for rail in (during, after):
        assert await pre(rail, request(BOMB)) == request(BOMB)
    asked = {"model": "m", "query": BOMB, "documents": ["Birch is light."]}
    assert await pre(after, asked, "rerank") is asked
    with pytest.raises(GuardrailRaisedException):
        await pre(during, asked, "rerank")


async def test_logging_alone_refuses_nothing():
    rail = OctarineGuardrail(GUARD, event_hook="logging_only", default_on=True)
    assert not rail.should_run_guardrail(data={}, event_type=GuardrailEventHooks.pre_call)


async def test_a_picture_is_asked_for_where_the_policy_lets_one_pass(tmp_path):
    policy = tmp_path / "ours.yaml"
    policy.write_text("extends: [default]\nname: ours\nversion: 1.0.0\nunscannable: {picture: flag}\n")
    rail = OctarineGuardrail(fake_guard(str(policy)))
    data = await pre(rail, {"model": "m", "prompt": "a birch"}, "image_generation")
    found = {"data": [{"b64_json": "AAAA", "revised_prompt": "a birch in snow"}]}
    assert await rail.async_post_call_success_hook(data, None, found) == found
    data = await pre(rail, {"model": "m", "prompt": "a birch"}, "image_generation")
    with pytest.raises(GuardrailRaisedException):
        await rail.async_post_call_success_hook(
            data, None, {"data": [{"b64_json": "A", "revised_prompt": HARM}]}
        )
    with pytest.raises(GuardrailRaisedException):
        await pre(rail, {"model": "m", "prompt": BOMB}, "image_generation")


async def test_a_blocked_answer():
    rail = OctarineGuardrail(GUARD)
    data = await pre(rail, request("hi"))
    with pytest.raises(GuardrailRaisedException):
        await rail.async_post_call_success_hook(data, None, answer(HARM))
    rail = OctarineGuardrail(GUARD, blocked="answer")
    found = await rail.async_post_call_success_hook(await pre(rail, request("hi")), None, answer(HARM))
    assert found.choices[0].finish_reason == "content_filter"
    assert HARM not in found.choices[0].message.content


async def test_placeholders_are_sent_and_put_back():
    rail = OctarineGuardrail(PERSONAL)
    data = await pre(rail, request(MAIL))
    sent = data["messages"][0]["content"]
    assert "ada@example.org" not in str(data)
    found = await rail.async_post_call_success_hook(data, None, answer(sent))
    assert found.choices[0].message.content == MAIL
    data = await pre(rail, request(MAIL))
    assert text_of(await streamed(rail, data, sent)) == MAIL


async def test_nobody_gets_another_s_values():
    rail = OctarineGuardrail(PERSONAL)
    data = await pre(rail, request(MAIL))
    other = await pre(rail, request("hi", metadata=dict(data["metadata"])))
    found = await rail.async_post_call_success_hook(other, None, answer(data["messages"][0]["content"]))
    assert "ada@example.org" not in found.choices[0].message.content


@pytest.mark.parametrize("earlier", [{"previous_response_id": "r1"}, {"conversation": "c1"}])
async def test_placeholders_of_an_earlier_request_stay_those(earlier):
    rail = OctarineGuardrail(PERSONAL)
    data = await pre(rail, {"model": "m", "input": MAIL, **earlier}, "aresponses")
    assert "ada@example.org" not in data["input"]
    said = {"type": "output_text", "text": "It was <EMAIL_1>.", "annotations": []}
    item = {"id": "i", "type": "message", "role": "assistant", "status": "completed", "content": [said]}
    found = await rail.async_post_call_success_hook(data, None, {"id": "r2", "output": [item]})
    assert "ada@example.org" not in str(found)
    data = await pre(rail, {"model": "m", "input": MAIL, **earlier}, "aresponses")
    item["content"] = [{**said, "text": data["input"]}]
    found = await rail.async_post_call_success_hook(data, None, {"id": "r2", "output": [item]})
    assert found["output"][0]["content"][0]["text"] == MAIL


async def test_two_guardrails_do_not_lose_each_other_s_values():
    first, second = OctarineGuardrail(PERSONAL), OctarineGuardrail(GUARD, guardrail_name="second")
    data = await pre(second, await pre(first, request(MAIL)))
    found = answer(data["messages"][0]["content"])
    for rail in (first, second):
        found = await rail.async_post_call_success_hook(data, None, found)
    assert found.choices[0].message.content == MAIL


async def test_streams():
    rail = OctarineGuardrail(GUARD)
    found = await streamed(rail, await pre(rail, request("hi", stream=True)), LONG)
    assert text_of(found) == LONG
    assert all(type(one) is ModelResponseStream for one in found)
    with pytest.raises(GuardrailRaisedException):
        await streamed(rail, await pre(rail, request("hi", stream=True)), LONG + HARM + LONG)
    rail = OctarineGuardrail(GUARD, blocked="answer")
    found = await streamed(rail, await pre(rail, request("hi", stream=True)), LONG + HARM + LONG)
    assert LONG.startswith(text_of(found))
    assert text_of(found)
    assert found[-1].choices[0].finish_reason == "content_filter"


async def test_a_stream_of_something_else_is_an_error():
    async def raw():
        yield b"data: {}"

    rail = OctarineGuardrail(GUARD)
    with pytest.raises(Exception, match="kind of stream"):
        [one async for one in rail.async_post_call_streaming_iterator_hook(None, raw(), request("hi"))]


async def test_beside_the_model_nothing_can_be_covered():
    rail = OctarineGuardrail(PERSONAL)
    assert await rail.async_moderation_hook(request("hi"), None, "acompletion")
    with pytest.raises(GuardrailRaisedException, match="pre_call"):
        await rail.async_moderation_hook(request(MAIL), None, "acompletion")
    with pytest.raises(GuardrailRaisedException):
        await OctarineGuardrail(GUARD).async_moderation_hook(request(BOMB), None, "acompletion")


async def test_answers_alone_need_a_policy_that_covers_nothing():
    found = await OctarineGuardrail(GUARD).async_post_call_success_hook(request("hi"), None, answer("ok"))
    assert found.choices[0].message.content == "ok"
    with pytest.raises(InputError, match="pre_call"):
        await OctarineGuardrail(PERSONAL).async_post_call_success_hook(request(MAIL), None, answer("ok"))


async def test_requests_that_never_end_are_forgotten(monkeypatch):
    monkeypatch.setattr("octarine.guard.integrations.litellm._OPEN", 3)
    rail = OctarineGuardrail(GUARD)
    for _ in range(5):
        await pre(rail, request("hi"))
    assert len(rail._exchanges) == 3
    assert chunk({}, "stop")
