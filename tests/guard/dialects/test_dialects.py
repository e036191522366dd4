"""Every dialect: what it reads, what it refuses, and how an answer of it breaks off."""

from __future__ import annotations

import json

import pytest

from octarine.guard.chat.inspection import AnswerCheck, inspect
from octarine.guard.chat.refusals import Refusal, upstream_failed
from octarine.guard.dialects.chat import Chat
from octarine.guard.dialects.dialect import Limits
from octarine.guard.dialects.embeddings import Embeddings
from octarine.guard.dialects.responses import Responses
from octarine.guard.integrations.selected import JsonRoute
from tests.guard.integrations.endpoint import BOMB, HARM, Endpoint, completion, fake_guard, response

GUARD = fake_guard()
STRICT = Limits()
OF = JsonRoute("/ask", {"$.question": "user"}, ["$.answer"], refusal={"answer": "{message}"})
REQUESTS = {
    "Chat": (Chat(), lambda text: {"model": "m", "messages": [{"role": "user", "content": text}]}),
    "Responses": (Responses(), lambda text: {"model": "m", "input": text}),
    "Embeddings": (Embeddings(), lambda text: {"model": "m", "input": [text]}),
    "JsonRoute": (OF, lambda text: {"question": text}),
}
ANSWERS = {
    "Chat": lambda text: completion({"role": "assistant", "content": text}),
    "Responses": response,
    "JsonRoute": lambda text: {"answer": text},
}
DIALECTS = pytest.mark.parametrize("dialect", [one for one, _ in REQUESTS.values()], ids=REQUESTS)
STREAMED = pytest.mark.parametrize("dialect", [Chat(), Responses(), OF], ids=lambda one: type(one).__name__)


def asking(dialect, text="hi"):
    _, ask = REQUESTS[type(dialect).__name__]
    question = dialect.read(ask(text), STRICT)
    inspected = inspect(GUARD, question.slots, question.prompt, question.elsewhere)
    return question, inspected


@DIALECTS
def test_what_is_asked_is_looked_at(dialect):
    question, inspected = asking(dialect, BOMB)
    slot, verdict = inspected.blocked
    assert BOMB in slot.text
    answer = dialect.refused("x", question, verdict)
    assert answer is None or verdict.message in json.dumps(answer, ensure_ascii=False)
    assert asking(dialect)[1].blocked is None


@STREAMED
def test_answers_are_judged(dialect):
    _, inspected = asking(dialect)
    say = ANSWERS[type(dialect).__name__]
    assert dialect.judge(AnswerCheck(inspected), say("Birch is light.")).blocked is None
    judged = dialect.judge(AnswerCheck(inspected), say(HARM))
    assert judged.blocked is not None
    assert HARM in [piece.text for piece in judged.pieces]


@STREAMED
def test_a_refusal_streams_as_its_own_stream_would_let_it(dialect):
    question, inspected = asking(dialect, BOMB)
    told = dialect.events(question, dialect.refused("x", question, inspected.blocked[1]))
    assert inspected.blocked[1].message.encode() in told
    stream = dialect.open(AnswerCheck(asking(dialect)[1]), question)
    out = stream.feed(told) + stream.close()
    assert stream.blocked is None
    assert inspected.blocked[1].message.encode() in out
    assert inspected.blocked[1].message in [piece.text for piece in stream.pieces()]


@STREAMED
def test_a_stream_tells_of_an_error_as_its_protocol_does(dialect):
    question, inspected = asking(dialect)
    stream = dialect.open(AnswerCheck(inspected), question)
    told = stream.failed(upstream_failed("It broke off.", code="upstream_incomplete"))
    lines = told.decode().strip().split("\n")
    body = json.loads(lines[-1].removeprefix("data: "))
    assert body["error"]["code"] == "upstream_incomplete"
    assert (lines[0] == "event: error") == isinstance(dialect, Responses)
    assert b"[DONE]" not in told


def test_a_stream_keeps_what_it_did_not_pass_on():
    question, inspected = asking(Chat())
    stream = Chat().open(AnswerCheck(inspected), question)
    stream.feed(b'data: {"choices": [{"index": 0, "delta": {"audio": {"data": "AAAA"}}}]}\n\n')
    assert stream.left_out == {"audio"}


def test_a_stream_of_a_route_of_one_s_own_keeps_its_texts():
    question, inspected = asking(OF)
    stream = OF.open(AnswerCheck(inspected), question)
    out = stream.feed(f"data: {json.dumps({'answer': HARM})}\n\n".encode()) + stream.close()
    assert HARM.encode() not in out
    assert [(piece.text, piece.verdict.allowed) for piece in stream.pieces()] == [(HARM, False)]


class TestEmbeddings:
    @pytest.mark.parametrize("more", [{"note": BOMB}, {"deep": [{"said": BOMB}]}, {"deep": {BOMB: 1}}])
    def test_every_text_of_a_request_is_looked_at(self, more):
        question = Embeddings().read({"model": "m", "input": "birch", **more}, STRICT)
        assert inspect(GUARD, question.slots, "").blocked is not None

    @pytest.mark.parametrize("given", [[1, 2], [[1]], ["birch", 1], "", [], None, {"text": "birch"}])
    def test_what_is_no_text_is_refused(self, given):
        with pytest.raises(Refusal) as caught:
            Embeddings().read({"model": "m", "input": given}, STRICT)
        assert caught.value.status == 400

    @pytest.mark.parametrize("body", [{"data": [HARM]}, {"data": HARM}, {"text": HARM}, {}, [], HARM])
    def test_what_are_no_vectors_is_no_answer(self, body):
        with pytest.raises(Refusal) as caught:
            Embeddings().judge(AnswerCheck(asking(Embeddings())[1]), body)
        assert (caught.value.status, caught.value.code) == (502, "bad_upstream")

    def test_nothing_is_streamed(self):
        question, inspected = asking(Embeddings())
        for call in (Embeddings().open, Embeddings().chunks):
            with pytest.raises(Refusal, match="comes whole"):
                call(AnswerCheck(inspected), question)


def test_tools_of_the_upstream_are_refused_unless_they_are_allowed():
    body = {"model": "m", "input": "hi", "tools": [{"type": "web_search"}]}
    with pytest.raises(Refusal, match="allow"):
        Responses().read(body, STRICT)
    assert Responses().read(body, Limits(tools=frozenset({"web_search"}))).slots


def test_a_request_that_is_too_long_is_refused():
    for dialect, ask in REQUESTS.values():
        with pytest.raises(Refusal) as caught:
            dialect.read(ask("birch " * 20), Limits(characters=100))
        assert caught.value.status == 413


def test_events_of_every_size_are_the_same_answer():
    question, inspected = asking(Chat())
    told = [
        f"data: {json.dumps(one)}\n\n".encode() for one in Endpoint(size=3).chunks("Birch is light. " * 9)
    ]
    raw, outs = b"".join(told) + b"data: [DONE]\n\n", []
    for size in (1, 17, len(raw)):
        stream = Chat().open(AnswerCheck(inspected), question)
        outs.append(b"".join(stream.feed(raw[at : at + size]) for at in range(0, len(raw), size)))
        outs[-1] += stream.close()
    assert len(set(outs)) == 1
    assert outs[0].endswith(b"data: [DONE]\n\n")
