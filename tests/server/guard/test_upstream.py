"""A model's server that is slow, dies or talks nonsense: what the real OpenAI client raises."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import openai
import pytest

from octarine.server.guard.upstream import UpstreamLimits
from octarine.server.limits import Limits
from tests.guard.fake_classifier import FakeClassifier
from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import application, asked, chunk, completion, openai_client, served

HELLO = [{"role": "user", "content": "hello there"}]
SENTENCE = "The birch stands by the lake, and the wind goes through it all day long. "
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
EVENTS = {"content-type": "text/event-stream"}


@asynccontextmanager
async def speaking(*pieces):
    """A server that says these bytes to whoever comes, whatever it is asked, and hangs up; its address."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"SSH-2.0-OpenSSH_9.6\r\n",),
        (b"\x00\xff\xfe garbage \r\n\r\n",),
        (HEAD[:20],),
        (HEAD,),
        (HEAD + b'content-length: 500\r\n\r\n{"choices": [',),
        (HEAD + b'transfer-encoding: chunked\r\n\r\n5\r\n{"cho\r\n',),
        (HEAD + b"transfer-encoding: chunked\r\n\r\nnot a size\r\n",),
        (HEAD + b"content-encoding: gzip\r\ncontent-length: 7\r\n\r\nno gzip",),
    ],
)
async def test_what_dies_or_speaks_no_http_is_incomplete(pieces, stream):
    async with speaking(*pieces) as url, asked(application(url)) as http:
        with pytest.raises(openai.InternalServerError) as caught:
            await openai_client(http).chat.completions.create(model="m", messages=HELLO, stream=stream)
    assert (caught.value.status_code, caught.value.code) == (502, "upstream_incomplete")


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, openai.BadRequestError, None),
        (401, openai.AuthenticationError, None),
        (404, openai.NotFoundError, None),
        (409, openai.ConflictError, None),
        (413, openai.APIStatusError, None),
        (422, openai.UnprocessableEntityError, None),
        (429, openai.RateLimitError, None),
        (500, openai.InternalServerError, "upstream_error"),
        (503, openai.InternalServerError, "upstream_error"),
        (529, openai.InternalServerError, "upstream_error"),
    ],
)
async def test_its_own_errors_are_the_clients_exceptions(status, kind, code):
    answer = Answer.of_json({"error": {"message": "so it is"}}, status)
    async with loopback(answer) as up, asked(application(up.url)) as http:
        client = openai_client(http)
        chat = client.chat.completions.create(model="m", messages=HELLO)
        for ask in (chat, client.embeddings.create(model="m", input="hello")):
            with pytest.raises(kind) as caught:
                await ask
            assert caught.value.code == code
            assert "so it is" in str(caught.value)


async def test_embeddings_and_models_tell_of_a_server_that_is_gone_or_slow():
    async with speaking() as url, asked(application(url)) as http:
        client = openai_client(http)
        for ask in (client.embeddings.create(model="m", input="hello"), client.models.list()):
            with pytest.raises(openai.InternalServerError) as caught:
                await ask
            assert caught.value.code == "upstream_incomplete"
    limits = UpstreamLimits(silence_s=0.2)
    async with loopback(Answer(delay_s=3)) as up, asked(application(up.url, upstream=limits)) as http:
        with pytest.raises(openai.InternalServerError) as caught:
            await openai_client(http).embeddings.create(model="m", input="hello")
        assert (caught.value.status_code, caught.value.code) == (504, "upstream_timeout")


def events(*texts):
    return tuple(f"data: {json.dumps(chunk(content=text))}\n\n".encode() for text in texts)


async def test_an_answer_that_trickles_without_end_is_given_up():
    pieces = tuple(bytes([byte]) for byte in json.dumps(completion({"content": SENTENCE * 3})).encode())
    answer = Answer(200, {"content-type": "application/json"}, pieces, pause_s=0.05)
    async with loopback(answer) as up, asked(application(up.url, limits=Limits(exchange_s=0.5))) as http:
        with pytest.raises(openai.InternalServerError) as caught:
            await openai_client(http).chat.completions.create(model="m", messages=HELLO)
    assert (caught.value.status_code, caught.value.code) == (504, "timeout")


async def kept(stream, came):
    async for one in stream:
        came.append(one)


async def streamed_until_it_fails(answer, **config):
    """The text that came, and the error that ended it."""
    came = []
    async with (
        loopback(answer) as up,
        served(application(up.url, **config)) as url,
        openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as client,
    ):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        with pytest.raises(openai.APIError) as caught:
            await kept(stream, came)
    return "".join(one.choices[0].delta.content or "" for one in came), caught.value


async def test_a_stream_that_never_ends_is_broken_off_with_an_error():
    """Had it just ended, what came would look whole."""
    answer = Answer(200, EVENTS, (b"".join(events(*[SENTENCE] * 30)), *events(*["on "] * 400)), pause_s=0.05)
    text, error = await streamed_until_it_fails(answer, limits=Limits(exchange_s=3.0))
    assert error.code == "timeout"
    assert text.startswith(SENTENCE)


async def test_a_guard_that_breaks_in_a_stream_breaks_it_off_with_an_error(caplog):
    class Breaks(FakeClassifier):
        def output_windows(self, pairs):
            if any("breaks" in text for _, text in pairs):
                raise RuntimeError("onnx says no")
            return super().output_windows(pairs)

    said = [*[SENTENCE] * 30, "this breaks. ", *[SENTENCE] * 30]
    answer = Answer(200, EVENTS, (*events(*said), b"data: [DONE]\n\n"))
    text, error = await streamed_until_it_fails(answer, tier=Breaks())
    assert error.code == "internal_error"
    assert "onnx" not in str(error)
    assert text.startswith(SENTENCE)
    assert "breaks" not in text
    assert "onnx says no" in caplog.text
