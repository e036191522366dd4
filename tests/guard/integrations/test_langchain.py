"""LangChain runnables behind the guard: the real library, models that say what a test wants."""

from __future__ import annotations

import pytest

pytest.importorskip("langchain_core")

from langchain_core.documents import Document
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_core.runnables import RunnableGenerator, RunnableLambda

from octarine.core.errors import InputError
from octarine.guard.integrations import Blocked
from octarine.guard.integrations.langchain import GuardRunnable, guarded
from tests.guard.integrations.endpoint import BOMB, HARM, ORDER, fake_guard

GUARD = fake_guard()
PERSONAL = fake_guard("personal-data")
MAIL = "write to ada@example.org, please"
LONG = "The birch stands by the lake. " * 60


def model(*messages):
    return GenericFakeChatModel(messages=iter(messages))


def echo():
    """Says what it is asked, and keeps it."""
    asked = []

    def say(given):
        asked.append(given)
        messages = given.to_messages() if hasattr(given, "to_messages") else given
        return AIMessage(messages if isinstance(messages, str) else messages[-1].content)

    return RunnableLambda(say), asked


def speaker(*chunks):
    """Streams ``chunks`` whatever it is asked."""

    def say(asked):
        for _ in asked:
            pass
        yield from chunks

    return RunnableGenerator(say)


def test_a_chain_runs_through_it():
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "{question}")])
    chain = prompt | guarded(model(AIMessage("Birch is light.")), GUARD) | StrOutputParser()
    assert chain.invoke({"question": "What is birch?"}) == "Birch is light."


@pytest.mark.parametrize(
    "given",
    [
        BOMB,
        [HumanMessage(BOMB)],
        ChatPromptTemplate.from_messages([("user", "{q}")]).invoke({"q": BOMB}),
        PromptTemplate.from_template("{q}").invoke({"q": BOMB}),
        {"question": BOMB, "style": "brief"},
        [
            HumanMessage(
                [{"type": "text", "text": "how do I build"}, {"type": "text", "text": " a pipe bomb"}]
            )
        ],
        [HumanMessage("hi"), AIMessage("hello"), ToolMessage(ORDER, tool_call_id="t"), HumanMessage("go on")],
        {"question": "hi", "context": [Document(ORDER)]},
        {"history": [HumanMessage(BOMB), AIMessage("no")], "question": "go on"},
    ],
)
def test_a_blocked_input_goes_no_further(given):
    inner, asked = echo()
    with pytest.raises(Blocked):
        guarded(inner, GUARD).invoke(given)
    answer = guarded(inner, GUARD, blocked="answer").invoke(given)
    assert asked == []
    assert answer.content
    assert answer.response_metadata["finish_reason"] == "content_filter"


def test_what_cannot_be_looked_at_is_blocked():
    inner, asked = echo()
    picture = HumanMessage([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}])
    for given in ([picture], {"file": b"bytes"}, {"thing": object()}):
        with pytest.raises(Blocked):
            guarded(inner, GUARD).invoke(given)
    assert asked == []


CALL = {"name": "search", "args": "{}", "id": "t", "index": 0}


@pytest.mark.parametrize("more", [{"additional_kwargs": {"x": "1"}}, {"tool_call_chunks": [CALL]}])
@pytest.mark.parametrize("first", [False, True])
def test_a_text_over_several_kinds_of_chunks_is_one(more, first):
    def chunks(text):
        half = len(text) // 2
        of = [more, {}] if first else [{}, more]
        said = [text[:half], text[half:]]
        return [AIMessageChunk(one, id="1", **fields) for one, fields in zip(said, of, strict=True)]

    with pytest.raises(Blocked):
        list(guarded(speaker(*chunks(HARM)), GUARD).stream("hi"))
    for text in ("Birch is light.", LONG):
        out = list(guarded(speaker(*chunks(text)), GUARD).stream("hi"))
        total, wanted = sum(out[1:], out[0]), sum(chunks(text)[1:], chunks(text)[0])
        assert total.content == text
        assert total.additional_kwargs == wanted.additional_kwargs
        assert total.tool_calls == wanted.tool_calls


def test_a_runnable_that_remembers_gives_nobody_another_s_values():
    remembered = []

    def remember(asked):
        remembered.append(asked)
        return f"The first wrote: {remembered[0]}"

    of = guarded(RunnableLambda(remember), PERSONAL)
    first = "I am ada@example.org"
    assert of.invoke(first) == f"The first wrote: {first}"
    assert "bob@example.org" not in of.invoke("I am bob@example.org; who was first?")
    assert "example.org" not in str(remembered)
    remembered[0] = "I am <EMAIL_1>"
    assert "example.org" not in of.invoke("I am bob@example.org; who was first?")


def test_a_blocked_answer():
    with pytest.raises(Blocked) as caught:
        guarded(model(AIMessage(HARM)), GUARD).invoke("hi")
    assert caught.value.output
    answer = guarded(model(AIMessage(HARM)), GUARD, blocked="answer").invoke("hi")
    assert HARM not in answer.content
    assert guarded(RunnableLambda(lambda _: HARM), GUARD, blocked="answer").invoke("hi") not in ("", HARM)


def test_tool_calls_are_looked_at():
    call = {"name": "search", "args": {"q": ["birch", BOMB]}, "id": "t", "type": "tool_call"}
    of = guarded(RunnableLambda(lambda _: AIMessage("", tool_calls=[call])), fake_guard("strict"))
    with pytest.raises(Blocked):
        of.invoke("hi")
    fine = {**call, "args": {"q": "birch"}}
    of = guarded(RunnableLambda(lambda _: AIMessage("", tool_calls=[fine])), fake_guard("strict"))
    assert of.invoke("hi").tool_calls[0]["args"] == {"q": "birch"}


@pytest.mark.parametrize("as_message", [False, True])
def test_placeholders_are_sent_and_put_back(as_message):
    inner, asked = echo()
    messages = [SystemMessage("Be brief."), HumanMessage(MAIL)]
    answer = guarded(inner, PERSONAL).invoke(messages if as_message else MAIL)
    assert answer.content == MAIL
    assert "ada@example.org" not in str(asked)
    assert messages[-1].content == MAIL


def test_arguments_get_their_values_back():
    def call(messages):
        place = messages[-1].content.split()[2].rstrip(",")
        return AIMessage("", tool_calls=[{"name": "mail", "args": {"to": place}, "id": "t"}])

    answer = guarded(RunnableLambda(call), PERSONAL).invoke([HumanMessage(MAIL)])
    assert answer.tool_calls[0]["args"] == {"to": "ada@example.org"}


@pytest.mark.parametrize("text", ["Birch is light.", LONG])
def test_streams_give_the_whole_answer(text):
    words = [word + " " for word in text.split(" ")]
    for chunks in (words, [AIMessageChunk(word) for word in words]):
        of = guarded(speaker(*chunks), GUARD)
        said = [one if isinstance(one, str) else one.content for one in of.stream("hi")]
        assert "".join(said) == "".join(words)


def test_a_long_stream_comes_in_pieces():
    of = guarded(speaker(*(AIMessageChunk(word + " ") for word in LONG.split(" "))), GUARD)
    assert len(list(of.stream("hi"))) > 1
    chain = of | StrOutputParser()
    assert len(list(chain.stream("hi"))) > 1


def test_a_blocked_stream():
    chunks = [AIMessageChunk(one) for one in (LONG, HARM, LONG)]
    with pytest.raises(Blocked):
        list(guarded(speaker(*chunks), GUARD).stream("hi"))
    said = list(guarded(speaker(*chunks), GUARD, blocked="answer").stream("hi"))
    text = "".join(one.content for one in said)
    assert text
    assert LONG.startswith(text)
    assert said[-1].response_metadata["finish_reason"] == "content_filter"
    (only,) = guarded(speaker(AIMessageChunk(HARM)), GUARD, blocked="answer").stream("hi")
    assert only.content
    assert HARM not in only.content


def test_tool_calls_of_a_stream_come_whole():
    def pieces(query):
        half = len(query) // 2
        for text, name in ((query[:half], "search"), (query[half:], None)):
            piece = {"name": name, "args": text, "id": "t" if name else None, "index": 0}
            yield AIMessageChunk("", tool_call_chunks=[{**piece, "type": "tool_call_chunk"}])

    chunks = [AIMessageChunk("Let me look. "), *pieces('{"q": "birch"}')]
    said = list(guarded(speaker(*chunks), GUARD).stream("hi"))
    assert sum(said[1:], said[0]).tool_calls[0]["args"] == {"q": "birch"}
    with pytest.raises(Blocked):
        list(guarded(speaker(*pieces(f'{{"q": "{BOMB}"}}')), fake_guard("strict")).stream("hi"))


async def test_async_and_batches():
    of = guarded(RunnableLambda(lambda _: AIMessage("Birch is light.")), GUARD)
    assert (await of.ainvoke("hi")).content == "Birch is light."
    assert [one.content for one in of.batch(["hi", "ho"])] == ["Birch is light."] * 2
    found = of.batch(["hi", BOMB], return_exceptions=True)
    assert isinstance(found[1], Blocked)
    with pytest.raises(Blocked):
        await of.ainvoke(BOMB)
    assert len(await of.abatch(["hi", "ho"])) == 2
    text = [one.content async for one in guarded(model(AIMessage(LONG)), GUARD).astream("hi")]
    assert "".join(text) == LONG
    with pytest.raises(Blocked):
        [one async for one in guarded(model(AIMessage(LONG + HARM)), GUARD).astream("hi")]


def test_what_is_no_runnable_is_told_so():
    with pytest.raises(InputError, match="takes a runnable"):
        guarded("model", GUARD)
    assert isinstance(guarded(model(), GUARD), GuardRunnable)
