"""What a response says beside its items, and items, parts and events that nothing here knows: looked at,
whole and streamed, and what says nothing stays as it was."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings

from octarine.guard import Guard
from octarine.guard.chat.inspection import AnswerCheck, inspect, open_output
from octarine.guard.chat.refusals import Refusal
from octarine.guard.policy import policy_from_text
from octarine.guard.responses.answer import judge_response
from octarine.guard.responses.stream import ResponseEvents
from octarine.guard.responses.telling import Teller
from tests.guard.chat.test_beside import FIELDS, holds
from tests.guard.chat.test_stream import POLICY
from tests.server.guard.test_responses import call, message, reasoning, response
from tests.server.guard.test_responses_stream import events

DENIED, MASKED = "blue berry pie", "red wine"
IDS = [11, 12, 13]
BESIDE = [
    {"error": {"code": "server_error", "message": "TEXT"}},
    {"incomplete_details": {"reason": "TEXT"}},
    {"citations": ["https://a.example", "TEXT"]},
    {"anything": {"deep": [["TEXT"]]}},
    {"note": "TEXT"},
    {"service_tier": "TEXT"},
]
ITEMS = [
    {"id": "t", "type": "of_tomorrow", "says": [{"deep": "TEXT"}]},
    {"id": "t", "type": "of_tomorrow", "content": "TEXT"},
    {"id": "t", "type": "of_tomorrow", "content": [{"type": "text_of_tomorrow", "says": "TEXT"}]},
    {"id": "t", "type": "of_tomorrow", "summary": {"says": "TEXT"}},
]
PARTS = [
    {"type": "text_of_tomorrow", "says": {"deep": "TEXT"}},
    {"type": "output_text", "text": "Fine.", "annotations": [], "anything": ["TEXT"]},
]
HARMLESS = response(
    reasoning("Hm.", encrypted_content="gAAAAA=="),
    message("Fine."),
    {"id": "t", "type": "of_tomorrow", "content": [3, {"says": "Fine."}], "n": 3},
    call("{}"),
    instructions="Say nothing of blue berry pie.",
    metadata={"note": "red wine"},
    tools=[{"type": "function", "name": "f", "parameters": {"enum": [1, 2]}}],
    billing={"payer": "developer"},
    citations=["https://a.example/b"],
    error=None,
    temperature=0.5,
    top_p=None,
)


@pytest.fixture(scope="module")
def guard():
    return Guard(policy_from_text(POLICY))


def filled(fields, text):
    return json.loads(json.dumps(fields).replace("TEXT", text))


def check_of(guard):
    return AnswerCheck(inspect(guard, [], "hello"))


def whole(guard, body):
    return judge_response(check_of(guard), copy.deepcopy(body))


def streamed(guard, told):
    stream = ResponseEvents(check_of(guard), "m", open_output)
    out = []
    for one in copy.deepcopy(told):
        out += stream.take(one)
        if stream.over:
            break
    return [*out, *stream.close()], stream


def bodies(text):
    yield from (response(message("Fine."), **filled(fields, text)) for fields in BESIDE)
    yield from (response(message("Fine."), filled(item, text)) for item in ITEMS)
    yield from (
        response(message("Fine."), message("") | {"id": "m2", "content": [filled(part, text)]})
        for part in PARTS
    )


def told_of(body):
    """A stream whose items only their own events and the end tell of."""
    told = [{"type": "response.created", "response": response(status="in_progress")}]
    for index, item in enumerate(body["output"]):
        told.append({"type": "response.output_item.added", "output_index": index, "item": item})
        told.append({"type": "response.output_item.done", "output_index": index, "item": item})
    return [*told, {"type": "response.completed", "response": body}]


@pytest.mark.parametrize("body", list(bodies(DENIED)), ids=lambda body: str(body)[-120:])
def test_a_denied_word_anywhere_blocks(guard, body):
    judged = whole(guard, body)
    assert judged.blocked is not None
    assert DENIED not in json.dumps(judged.body)
    assert judged.body["incomplete_details"] == {"reason": "content_filter"}
    assert [item["type"] for item in judged.body["output"]] == ["message"]
    out, stream = streamed(guard, told_of(body))
    assert DENIED not in json.dumps(out)
    assert stream.blocked is not None or "anything" in json.dumps(body["output"])
    started = copy.deepcopy(told_of(body))
    started[0]["response"] = {**body, "output": []}
    assert DENIED not in json.dumps(streamed(guard, started)[0])


@pytest.mark.parametrize("body", list(bodies(MASKED)), ids=lambda body: str(body)[-120:])
def test_a_masked_word_anywhere_is_masked(guard, body):
    judged = whole(guard, body)
    assert judged.blocked is None
    assert MASKED not in json.dumps(judged.body)
    assert len(judged.body["output"]) == len(body["output"])
    out, stream = streamed(guard, told_of(body))
    assert stream.blocked is None
    assert MASKED not in json.dumps(out)
    assert out[-1]["response"]["output"][0]["content"][0]["text"] == "Fine."


def test_what_is_harmless_stays_as_it_was(guard):
    assert whole(guard, HARMLESS).body == HARMLESS
    out, stream = streamed(guard, told_of(HARMLESS))
    assert not stream.left_out
    last = copy.deepcopy(out[-1]["response"])
    assert {**last, "output": []} == {**HARMLESS, "output": []}
    assert [item["id"] for item in last["output"]] == [item["id"] for item in HARMLESS["output"]]
    assert list(Teller().response(HARMLESS))


@pytest.mark.parametrize("text", [f"Some {MASKED}.", f"Some {DENIED}."])
def test_what_repeats_a_changed_text_goes(guard, text):
    said = message(text, token_ids=IDS)
    said["content"][0] |= {"token_ids": IDS}
    harmless = message("Fine.", id="m2", token_ids=[5])
    more = {"prompt_token_ids": IDS, "raw": {"codes": IDS}, "tools": [{"parameters": {"enum": [11]}}]}
    judged = whole(guard, response(said, harmless, **more)).body
    assert "12" not in json.dumps(judged)
    assert judged["tools"] == more["tools"]
    if len(judged["output"]) == 2:
        assert judged["output"][1] == harmless
    out, _ = streamed(guard, told_of(response(said, {**call("{}"), "token_ids": IDS}, **more)))
    assert "12" not in json.dumps({**out[-1]["response"], "output": []})
    same = whole(guard, response(message("Fine.", token_ids=IDS), **more)).body
    assert (same["prompt_token_ids"], same["output"][0]["token_ids"]) == (IDS, IDS)


def test_log_probabilities_that_spell_another_text_are_looked_at(guard):
    def spelt(*tokens):
        said = message("Fine.")
        said["content"][0]["logprobs"] = [{"token": one, "logprob": -0.1} for one in tokens]
        return response(said)

    assert whole(guard, spelt("blue ", "berry", " pie")).blocked is not None
    judged = whole(guard, spelt("red ", "wine"))
    assert (judged.blocked, judged.body["output"][0]["content"][0]["logprobs"]) == (None, [])
    assert whole(guard, spelt("Fi", "ne.")).body == spelt("Fi", "ne.")


OWN = ("id", "type", "content", "text", "output", "status", "tools", "metadata")


def extras(fields):
    return {name: value for name, value in fields.items() if name not in OWN}


@settings(deadline=None, max_examples=300)
@given(FIELDS.map(extras), FIELDS, FIELDS.map(extras), FIELDS)
def test_whatever_fields_there_are_no_text_goes_out_unseen(guard, top, unknown, part, of_message):
    said = message("Fine.", **extras(of_message))
    said["content"][0] |= part
    body = response(said, {**unknown, "id": "u", "type": "of_tomorrow"}, **top)
    judged = whole(guard, body)
    assert not holds(judged.body, DENIED)
    assert not holds(judged.body, MASKED)
    if holds({**body, "usage": None}, DENIED):
        assert judged.blocked is not None
    elif not any(holds(body, name) for name in (DENIED, MASKED, "images")):
        assert judged.body == body
    plain = message(
        "Fine.", **{name: value for name, value in said.items() if name not in (*OWN, "arguments")}
    )
    for told in (told_of(body), events(plain, size=2)):
        out, _ = streamed(guard, told)
        assert not holds(out, DENIED)
        assert not holds(out, MASKED)
        assert out[-1]["type"] in ("response.completed", "response.incomplete")


DELTAS = [
    ("output_text", {"content_index": 0}, "message", "content"),
    ("refusal", {"content_index": 0}, "message", "content"),
    ("reasoning_text", {"content_index": 0}, "reasoning", "content"),
    ("reasoning_summary_text", {"summary_index": 0}, "reasoning", "summary"),
]


def unannounced(name, where, *texts):
    here = {"item_id": "i", "output_index": 3} | where
    return [{"type": f"response.{name}.delta", **here, "delta": text} for text in texts]


@pytest.mark.parametrize(("name", "where", "kind", "field"), DELTAS, ids=str)
@pytest.mark.parametrize("begun", [True, False])
def test_a_text_of_an_item_that_was_never_told_of_is_looked_at(guard, name, where, kind, field, begun):
    start = [{"type": "response.created", "response": response(status="in_progress")}] if begun else []
    end = {"type": "response.completed", "response": response()}
    out, stream = streamed(guard, [*start, *unannounced(name, where, "One. ", "Two."), end])
    assert (stream.blocked, stream.left_out) == (None, frozenset())
    (item,) = out[-1]["response"]["output"]
    (part,) = item[field]
    assert (item["type"], item["id"]) == (kind, "i")
    assert (part.get("text") or part.get("refusal")) == "One. Two."
    assert [one["type"] for one in out if one["type"].endswith("item.added")] == [
        "response.output_item.added"
    ]
    out, stream = streamed(guard, [*start, *unannounced(name, where, "a blue ", "berry ", "pie."), end])
    assert stream.blocked is not None
    assert "pie" not in json.dumps(out)


def test_an_item_that_is_told_of_behind_its_text_is_the_same(guard):
    told = events(message("One. Two."))
    added = told.pop(2)
    assert added["type"] == "response.output_item.added"
    told.insert(5, added)
    out, stream = streamed(guard, told)
    assert not stream.left_out
    (item,) = out[-1]["response"]["output"]
    assert (item["id"], item["content"][0]["text"]) == ("msg_1", "One. Two.")


def test_texts_of_an_item_of_unknown_type_go_out_with_it(guard):
    item = {"id": "i", "type": "of_tomorrow", "content": [{"type": "output_text", "text": "One. Two."}]}
    told = events()[:2]
    told += [{"type": "response.output_item.added", "output_index": 3, "item": {**item, "content": []}}]
    told += unannounced("output_text", {"content_index": 0}, "One. ", "Two.")
    told += [{"type": "response.output_item.done", "output_index": 3, "item": item}, events()[-1]]
    out, stream = streamed(guard, told)
    assert (out[-1]["response"]["output"], stream.left_out) == ([item], frozenset())
    told.remove(told[-2])
    out, stream = streamed(guard, told)
    assert (out[-1]["response"]["output"], stream.left_out) == ([], {"item"})


def test_an_item_that_turns_out_to_be_another_goes_out_as_well(guard):
    done = {"type": "response.output_item.done", "output_index": 3, "item": call("{}")}
    told = [*events()[:2], *unannounced("output_text", {"content_index": 0}, "One."), done, events()[-1]]
    out, _ = streamed(guard, told)
    assert [item["type"] for item in out[-1]["response"]["output"]] == ["message", "function_call"]


def test_what_comes_behind_the_end_of_an_item_does_not_go_out(guard):
    told = events(message("One."))
    late = next(one for one in told if one["type"].endswith("text.delta")) | {"delta": "Two."}
    out, stream = streamed(guard, [*told[:-1], late, told[-1]])
    assert "Two." not in json.dumps(out)
    assert stream.left_out == {"output_text"}


def test_log_probabilities_of_a_refusal_go_out_with_it(guard):
    where = {"item_id": "i", "output_index": 0, "content_index": 0}
    entries = [{"token": text, "logprob": 0.0} for text in ("I cannot ", "help.")]
    told = [
        {"type": "response.refusal.delta", **where, "delta": one["token"], "logprobs": [one]}
        for one in entries
    ]
    out, _ = streamed(guard, [*events()[:2], *told, events()[-1]])
    assert out[-1]["response"]["output"][0]["content"][0]["logprobs"] == entries
    assert [entry for one in out if "delta" in one for entry in one["logprobs"]] == entries


def test_an_error_in_a_stream_is_looked_at(guard):
    for text, told in ((DENIED, ""), (f"no {MASKED}", "no ["), ("out of memory", "out of memory")):
        for event in ({"type": "error", "message": text}, {"error": {"message": text}}):
            with pytest.raises(Refusal) as caught:
                streamed(guard, [event])
            assert told in caught.value.message
            assert text not in caught.value.message or text == told


def test_a_name_in_a_stream_that_is_a_text_does_not_go_out(guard):
    told = events(message("Fine.", id=DENIED, phase=DENIED))
    out, _ = streamed(guard, told)
    assert DENIED not in json.dumps(out)
