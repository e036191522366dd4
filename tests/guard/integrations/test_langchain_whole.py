"""LangChain: nothing that a model reads or says stays unseen, wherever it stands and however it comes."""

from __future__ import annotations

import datetime
import uuid
from itertools import groupby
from pathlib import Path

import pytest

pytest.importorskip("langchain_core")

from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.runnables import RunnableGenerator, RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from octarine.guard import Guard
from octarine.guard.integrations import Blocked
from octarine.guard.integrations.langchain import guarded
from octarine.guard.policy import policy_from_text
from tests.guard.chat.test_stream import POLICY as WORDS
from tests.guard.integrations.endpoint import BOMB, HARM, ORDER, fake_guard

GUARD = fake_guard()
STRICT = fake_guard("strict")
PERSONAL = fake_guard("personal-data")
MAIL = "write to ada@example.org, please"
LONG = "The birch stands by the lake. " * 60


META = [
    ({"citations": ["x", HARM]}, None),
    ({"note": {"deep": HARM}}, None),
    ({"logprobs": {"content": [{"token": HARM, "logprob": -0.1}]}}, None),
    ({"model_name": "m-1", "finish_reason": "stop", "token_usage": {"n": 1}}, True),
]


@pytest.mark.parametrize(("metadata", "goes"), META, ids=str)
def test_what_a_server_says_beside_a_message_is_looked_at(metadata, goes):
    answer = AIMessage("Birch is light.", response_metadata=metadata)
    runnable = guarded(RunnableLambda(lambda _: answer), GUARD)
    if goes:
        assert runnable.invoke("hi") == answer
    else:
        with pytest.raises(Blocked):
            runnable.invoke("hi")
    chunks = [AIMessageChunk("Birch is light."), AIMessageChunk("", response_metadata=metadata)]
    out = []
    try:
        out += guarded(speaker(*chunks), GUARD).stream("hi")
    except Blocked:
        assert not goes
    assert HARM not in str(out)
    # On its way in no model reads it.
    assert guarded(RunnableLambda(lambda _: "Fine."), GUARD).invoke([answer]) == "Fine."


def test_log_probabilities_of_a_covered_message_go():
    guard = Guard(policy_from_text(WORDS))
    told = {"logprobs": {"content": [{"token": "red wine", "logprob": -0.1}]}, "model_name": "m"}
    answer = AIMessage("red wine", response_metadata=told | {"token_ids": [1]})
    said = guarded(RunnableLambda(lambda _: answer), guard).invoke("hi")
    assert "red wine" not in str(said)
    assert said.response_metadata == {"model_name": "m", "token_ids": None}
    plain = AIMessage("Birch.", response_metadata=told)
    assert "red wine" not in str(guarded(RunnableLambda(lambda _: plain), guard).invoke("hi"))


def keeper():
    """Says "Birch is light.", and keeps what it is asked."""
    asked = []

    def say(given, **options):
        asked.append((given, options))
        return AIMessage("Birch is light.")

    return RunnableLambda(say), asked


def speaker(*chunks):
    def say(asked):
        for _ in asked:
            pass
        yield from chunks

    return RunnableGenerator(say)


def streamed(chunks, guard=GUARD, **how):
    return list(guarded(speaker(*chunks), guard, **how).stream("hi"))


def added(chunks):
    return sum(chunks[1:], chunks[0])


def page(**metadata):
    return {"question": "hi", "context": [Document("Birch is light.", metadata=metadata)]}


@pytest.mark.parametrize(
    "given",
    [
        page(title=ORDER),
        page(deep=[{"notes": (ORDER,)}]),
        page(**{ORDER: 1}),
        page(file=ORDER),
        page(source=Path(ORDER)),
        page(thing=object()),
        {"context": [Document("Birch is light.", id=ORDER)]},
        [HumanMessage("hi", name=BOMB)],
        [HumanMessage("hi", additional_kwargs={"note": {"deep": [BOMB]}})],
        [HumanMessage("hi", additional_kwargs={BOMB: True})],
        [HumanMessage("hi", additional_kwargs={"image": "AAAA"})],
        [ChatMessage("hi", role=BOMB)],
        [ToolMessage("fine", tool_call_id="t", name=ORDER), HumanMessage("go on")],
        {"question": "hi", BOMB: "hi"},
        {"question": {BOMB}},
    ],
)
def test_what_stands_beside_a_text_is_looked_at(given):
    inner, asked = keeper()
    with pytest.raises(Blocked):
        guarded(inner, GUARD).invoke(given)
    assert asked == []


def test_what_stands_beside_a_text_goes_on_as_it_came():
    inner, asked = keeper()
    metadata = {
        "title": "Birch", "page": 3, "seen": datetime.datetime.now(datetime.UTC), "of": uuid.uuid4(),
        "file": "birch.pdf", "tags": ("wood", "tree"), "kinds": {"a"},
        "source": Path("birch.pdf"), "none": None,
    }  # fmt: skip
    messages = [
        SystemMessage("Be brief."),
        HumanMessage("hi", name="ada", additional_kwargs={"note": {"deep": ["birch"]}, "n": 3}),
    ]
    given = {"messages": messages, "context": [Document("Birch is light.", metadata=metadata, id="7")]}
    guarded(inner, GUARD).invoke(given)
    assert asked == [(given, {})]
    assert asked[0][0]["context"][0].metadata == metadata
    assert given["messages"] == messages


def test_what_is_covered_in_metadata_is_covered_there_alone():
    inner, asked = keeper()
    given = {"context": [Document("Birch is light.", metadata={"by": "ada@example.org", "page": 3})]}
    guarded(inner, PERSONAL).invoke(given)
    metadata = asked[0][0]["context"][0].metadata
    assert "ada@example.org" not in str(asked)
    assert metadata["page"] == 3
    assert given["context"][0].metadata["by"] == "ada@example.org"


def test_metadata_of_what_is_found_is_looked_at():
    found = [Document("Birch is light.", metadata={"note": HARM})]
    with pytest.raises(Blocked):
        guarded(RunnableLambda(lambda _: found), GUARD).invoke("hi")


class Answer(BaseModel):
    """An answer about birch."""

    said: str = Field(description="What is said.")


class Bad(BaseModel):
    __doc__ = BOMB
    said: str


@tool
def search(query: str) -> str:
    """Search for wood."""
    return query


@tool(description=ORDER)
def bad_search(query: str) -> str:
    return query


def described(text):
    return {"type": "function", "function": {"name": "search", "description": text, "parameters": {}}}


BAD_OPTIONS = [
    {"note": BOMB},
    {"extra_body": {"deep": [{"note": BOMB}]}},
    {"extra_body": {BOMB: 1}},
    {"messages": [HumanMessage(BOMB)]},
    {"tools": [described("Search."), described(ORDER)]},
    {"tools": [bad_search]},
    {"tools": [object()]},
    {"tools": [{"function": object()}]},
    {"response_format": Bad},
    {"response_format": {"description": BOMB}},
    {"thing": object()},
]


@pytest.mark.parametrize("options", BAD_OPTIONS)
async def test_arguments_of_a_call_are_looked_at(options):
    inner, asked = keeper()
    of = guarded(inner, STRICT)
    for call in (of.invoke, of.bind(**options).invoke):
        with pytest.raises(Blocked):
            call("hi", **options)
    with pytest.raises(Blocked):
        list(of.stream("hi", **options))
    with pytest.raises(Blocked):
        await of.ainvoke("hi", **options)
    with pytest.raises(Blocked):
        [one async for one in of.astream("hi", **options)]
    with pytest.raises(Blocked):
        of.batch(["hi"], **options)
    assert asked == []


def test_arguments_of_a_call_go_on_as_they_came():
    inner, asked = keeper()
    options = {
        "tools": [described("Search."), search], "response_format": Answer, "stop": ["\n\n"],
        "temperature": 0.5, "stream_usage": True, "seed": None,
        "tool_choice": {"type": "function", "function": {"name": "search"}},
    }  # fmt: skip
    guarded(inner, STRICT).invoke("hi", **options)
    assert asked == [("hi", options)]


def test_arguments_of_a_call_are_covered_and_put_back():
    asked = []

    def say(given, note):
        asked.append(note)
        return f"You said: {note['text']}"

    note = {"text": MAIL}
    assert guarded(RunnableLambda(say), PERSONAL).invoke("hi", note=note) == f"You said: {MAIL}"
    assert "ada@example.org" not in str(asked)
    assert note == {"text": MAIL}


def block(text, index=0, **more):
    return AIMessageChunk([{"type": "text", "text": text, "index": index, **more}], id="1")


def plain(text):
    return AIMessageChunk(text, id="1")


def bare(text):
    return AIMessageChunk([text], id="1")


THOUGHT = AIMessageChunk([{"type": "thinking", "thinking": "Wood.", "index": 9}], id="1")
USED = AIMessageChunk([{"type": "tool_use", "name": "f", "input": {}, "id": "t", "index": 7}], id="1")
HALVES = HARM[:5], HARM[5:]
MIXED = [
    [block(HALVES[0]), block(HALVES[1])],
    [block(HALVES[0]), block(HALVES[1], index=1)],
    [plain(HALVES[0]), block(HALVES[1])],
    [block(HALVES[0]), plain(HALVES[1])],
    [bare(HALVES[0]), block(HALVES[1])],
    [block(HALVES[0]), USED, block(HALVES[1], index=8)],
    [THOUGHT, block(HALVES[0], index=1), block(HALVES[1], index=1)],
    [THOUGHT, plain(HALVES[0]), block(HALVES[1], index=1)],
    [block(HALVES[0], citations=[{"cited_text": "Wood."}]), block(HALVES[1])],
    [block("Fine. ", citations=[{"cited_text": HARM}])],
    [AIMessageChunk([{"type": "text", "text": HALVES[0]}, {"type": "text", "text": HALVES[1]}], id="1")],
    [HALVES[0], HALVES[1]],
    [HALVES[0], plain(HALVES[1])],
    [HALVES[0], block(HALVES[1])],
    [plain(HALVES[0]), HALVES[1]],
    [block(HALVES[0]), HALVES[1]],
]


@pytest.mark.parametrize("chunks", MIXED, ids=range(len(MIXED)))
@pytest.mark.parametrize("before", [[], [block(LONG)]], ids=["alone", "behind"])
def test_what_a_stream_says_is_one_text_in_whichever_blocks(chunks, before):
    if before and isinstance(chunks[0], str):
        before = [LONG]
    with pytest.raises(Blocked):
        streamed([*before, *chunks])
    said = streamed([*before, *chunks], blocked="answer")
    text = "".join(one if isinstance(one, str) else str(one.text) for one in said[:-1])
    assert LONG.startswith(text)
    assert HALVES[0] not in text


FINE = "Birch is light, and so is the answer to it. "
SHAPES = [
    [block(FINE), block(LONG), block(FINE)],
    [block(FINE), block(LONG, index=1)],
    [block(FINE), block(LONG), USED, block(FINE, index=8)],
    [THOUGHT, block(FINE, index=1), block(LONG, index=1), USED],
    [block(FINE, id="msg_1", annotations=[]), block(LONG), block("", annotations=[{"title": "Wood."}])],
    [plain(FINE), block(LONG), plain(FINE)],
    [bare(FINE), bare(LONG)],
    [AIMessageChunk([{"type": "text", "text": FINE}, {"type": "text", "text": LONG}], id="1")],
    [block(FINE), AIMessageChunk("", response_metadata={"finish_reason": "stop"}, chunk_position="last")],
    [AIMessageChunk("", id="1")],
]  # fmt: skip


@pytest.mark.parametrize("chunks", SHAPES, ids=range(len(SHAPES)))
def test_a_stream_of_blocks_adds_up_to_what_came(chunks):
    came, out = added(chunks), added(streamed(chunks))
    if all("index" in one for one in came.content):
        assert out.content == came.content
    assert str(out.text) == str(came.text)
    assert out.tool_calls == came.tool_calls
    assert out.response_metadata == came.response_metadata
    assert out.id == "1"


def test_blocks_of_text_come_in_pieces():
    out = streamed([block(word + " ") for word in LONG.split(" ")])
    assert len(out) > 5
    assert {type(one.content) for one in out} == {list}


@pytest.mark.parametrize("of", [block, plain, bare])
def test_values_are_put_back_in_blocks(of):
    def echo(asked):
        (text,) = asked
        for at in range(0, len(text), 7):
            yield of(text[at : at + 7])

    out = added(list(guarded(RunnableGenerator(echo), PERSONAL).stream(MAIL)))
    assert str(out.text) == MAIL


def test_a_block_goes_on_where_another_has_cut_in():
    chunks = [block(HALVES[0]), block("Fine. ", index=1), block(HALVES[1])]
    with pytest.raises(Blocked):
        streamed(chunks)
    assert HARM not in str(added(streamed(chunks, blocked="answer")).text)
    fine = [block("Birch "), block("Fine. ", index=1), block("is light. ")]
    assert added(streamed(fine)).content == added(fine).content


def test_a_name_that_a_stream_brings_is_looked_at():
    with pytest.raises(Blocked):
        streamed([AIMessageChunk("Fine. ", id="1", name=HARM)])


TEXTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["The birch ", "step one", ": mix", "größer ", "ok. ", "a" * 300, "AKIAIOSFODNN7EXAMPLF "]
        ),
        st.sampled_from([plain, bare, block, lambda text: block(text, index=1)]),
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(TEXTS, st.booleans())
def test_a_stream_and_the_whole_give_the_same(texts, thinks):
    chunks = [*([THOUGHT] if thinks else []), *(of(text) for text, of in texts)]
    out = streamed(chunks, blocked="answer")
    said = "".join(text for text, _ in texts)
    whole, in_order = answered(AIMessage(joined(added(chunks).content))), answered(AIMessage(said))
    if out[-1].response_metadata.get("finish_reason") == "content_filter":
        assert whole.response_metadata or in_order.content != said
    else:
        assert not whole.response_metadata
        assert str(added(out).text) == str(whole.text)
        assert HARM not in said


def joined(content):
    """Strings that came one after the other as one: where a stream cuts them means nothing."""
    runs = groupby(content, lambda one: isinstance(one, str))
    found = [one for words, run in runs for one in (["".join(run)] if words else run)]
    return found[0] if [type(one) for one in found] == [str] else found


def answered(message):
    return guarded(RunnableLambda(lambda _: message), GUARD, blocked="answer").invoke("hi")
