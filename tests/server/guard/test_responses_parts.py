"""Items of a streamed response that have several parts: what is cut over them is seen as in the whole."""

from __future__ import annotations

import copy

import pytest

from octarine.guard import Guard
from octarine.guard.chat.inspection import AnswerCheck, inspect, open_output
from octarine.guard.responses.answer import judge_response
from octarine.guard.responses.request import read_response
from octarine.guard.responses.stream import ResponseEvents
from octarine.server.guard.relay.events import ALIVE
from tests.guard.fake_classifier import FakeClassifier
from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import application, asked
from tests.server.guard.test_responses import MAIL, POLICY, message, reasoning, response
from tests.server.guard.test_responses_stream import SENTENCE, events

GUARD = Guard.load("default", classifier=FakeClassifier())
KEY = "AKIAIOSFODNN7EXAMPLF"


def spoken(*texts):
    return message("") | {"content": [{**message(text)["content"][0]} for text in texts]}


def thought(*texts):
    return reasoning("") | {"summary": [{"type": "summary_text", "text": text} for text in texts]}


def run(told, guard):
    """The events that go out, those before the item's end, and what was decided."""
    stream = ResponseEvents(AnswerCheck(inspect(guard, [], "hello")), "m", open_output)
    came, early = [], []
    for one in told:
        if one["type"] == "response.output_item.done":
            early = early or list(came)
        came += stream.take(one)
        if stream.over:
            break
    list(stream.close())
    held_together(came)
    return came, early, stream


def held_together(came):
    """Every part begins, ends once, and says in pieces what it says in the end."""
    assert [one["sequence_number"] for one in came] == list(range(len(came)))
    begun, said, ended = [], {}, {}
    for one in came:
        kind = one["type"]
        place = tuple(one.get(name) for name in ("output_index", "summary_index", "content_index"))
        if kind.endswith("part.added"):
            begun.append(place)
        elif kind.endswith("text.delta"):
            assert place in begun
            assert place not in ended
            said[place] = said.get(place, "") + one["delta"]
        elif kind.endswith("part.done"):
            assert place not in ended
            ended[place] = one["part"]["text"]
    assert sorted(begun, key=str) == sorted(ended, key=str)
    assert {place: text for place, text in ended.items() if text} == said
    done = [one["item"] for one in came if one["type"] == "response.output_item.done"]
    assert done == came[-1]["response"]["output"]


def out(came):
    return "".join(one["delta"] for one in came if one["type"].endswith("text.delta"))


@pytest.fixture
def forbidding(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(POLICY, "utf-8")
    return Guard.load(str(path))


@pytest.mark.parametrize("make", [spoken, thought])
@pytest.mark.parametrize(
    "texts",
    [
        ("some forbidden ", "fruit"),
        ("some forbidden", "fruit"),
        ("so", "me for", "bidden fruit"),
        ("It is ", "forbidden", " fruit"),
        ("Well. ", "Nice. ", "forbidden fruit"),
    ],
)
def test_what_is_cut_over_parts_is_blocked_as_in_the_whole(make, texts, forbidding):
    item = make(*texts)
    came, early, stream = run(events(item), forbidding)
    whole = judge_response(AnswerCheck(inspect(forbidding, [], "hello")), response(copy.deepcopy(item)))
    assert whole.blocked is not None
    assert stream.blocked is not None
    assert out(early) == texts[0]
    assert texts[-1] not in str(came)
    last = came[-1]["response"]
    assert (came[-1]["type"], last["incomplete_details"]["reason"]) == (
        "response.incomplete",
        "content_filter",
    )
    assert [one.text for one in stream.pieces() if one.text in texts] == list(texts)


def test_it_is_blocked_where_only_the_end_tells_of_the_item(forbidding):
    told = events(spoken("some forbidden ", "fruit"))
    came, _, stream = run([told[0], told[-1]], forbidding)
    assert stream.blocked is not None
    assert "fruit" not in str(came)


@pytest.mark.parametrize("lost", ["output_text.done", "content_part.done", "output_item.done"])
def test_it_is_blocked_whatever_end_is_lost(lost, forbidding):
    told = [one for one in events(spoken("some forbidden ", "fruit")) if not one["type"].endswith(lost)]
    came, _, stream = run(told, forbidding)
    assert stream.blocked is not None
    assert "fruit" not in str(came)


def test_parts_that_no_end_tells_of_are_blocked(forbidding):
    told = events(spoken("some forbidden ", "fruit"))[:-2]
    told.append(events()[-1])
    came, _, stream = run(told, forbidding)
    assert stream.blocked is not None
    assert "fruit" not in str(came)


@pytest.mark.parametrize("make", [spoken, thought])
@pytest.mark.parametrize(
    "texts",
    [
        (SENTENCE, SENTENCE),
        (SENTENCE * 20, "", SENTENCE * 30, "The end."),
        ("The key is " + KEY + ". ", "Again: " + KEY + " and so on."),
        ("Fine. ", "The key is AKIAIOSF", "ODNN7EXAMPLF."),
    ],
)
def test_what_goes_out_of_several_parts_is_what_the_whole_would_give(make, texts):
    item = make(*texts)
    came, early, stream = run(events(item), GUARD)
    whole = judge_response(AnswerCheck(inspect(GUARD, [], "hello")), response(copy.deepcopy(item)))
    assert stream.blocked is whole.blocked is None
    field = "summary" if make is thought else "content"
    told = came[-1]["response"]["output"][0][field]
    assert [part["text"] for part in told] == [part["text"] for part in whole.body["output"][0][field]]
    assert out(early) == told[0]["text"]
    assert KEY not in out(came)


def test_one_part_goes_out_while_it_comes():
    _, early, _ = run(events(message(SENTENCE * 40)), GUARD)
    assert out(early) == SENTENCE * 40
    _, early, _ = run(events(thought(SENTENCE * 40)), GUARD)
    assert out(early) == SENTENCE * 40


def test_annotations_and_log_probabilities_go_out_with_a_part_that_waited():
    told = events(spoken("One. ", "Two."))
    note = {"type": "url_citation", "url": "https://example.org", "title": "t", "start_index": 0,
            "end_index": 4}  # fmt: skip
    entry = {"token": "Two.", "logprob": -1.0, "top_logprobs": []}
    for one in told:
        if one["type"] == "response.output_text.delta" and one["content_index"] == 1:
            one["logprobs"] = [entry]
        if one["type"] == "response.output_item.done":
            one["item"] = copy.deepcopy(one["item"])
            one["item"]["content"][1]["annotations"] = [note]
    came, _, _ = run(told, GUARD)
    second = came[-1]["response"]["output"][0]["content"][1]
    assert (second["logprobs"], second["annotations"]) == ([entry], [note])


def test_a_placeholder_in_a_part_that_waited_is_put_back():
    guard = Guard.load("personal-data")
    body = {"input": f"write to {MAIL}"}
    request = inspect(guard, read_response(body, 10**6).slots, body["input"])
    stream = ResponseEvents(AnswerCheck(request), "m", open_output)
    came = [one for event in events(spoken("To ", "<EMAIL_1>.")) for one in stream.take(event)]
    assert out(came) == f"To {MAIL}."


@pytest.mark.parametrize("output", [{}, {"output": None}], ids=["none", "null"])
@pytest.mark.parametrize("items", [(), (message("Hello."),)], ids=["at once", "after a message"])
def test_why_a_response_failed_goes_out_without_its_output(output, items):
    error = {"code": "server_error", "message": "out of memory"}
    failed = {"type": "response.failed", "response": {"id": "r", "status": "failed", "error": error} | output}
    came, _, _ = run([*events(*items)[:-1], failed], GUARD)
    assert came[-1]["type"] == "response.failed"
    assert came[-1]["response"]["error"] == error
    assert out(came) == "Hello." * len(items)


async def test_a_part_that_waits_is_no_silence():
    answer = Answer.of_events(*events(spoken("One. ", SENTENCE * 2), size=4), done=False, pause_s=0.02)
    async with loopback(answer) as up, asked(application(up.url, keep_alive_s=0.2)) as http:
        raw = await http.post("/v1/responses", json={"model": "m", "input": "hi", "stream": True})
    assert SENTENCE * 2 in raw.text
    assert ALIVE.decode() in raw.text
