"""Pictures that a model makes go out marked, as the policy says."""

from __future__ import annotations

import base64
import io
import json
from contextlib import asynccontextmanager

import httpx
import numpy as np
import openai
import pytest
from PIL import Image

from octarine.core.errors import OctarineError
from octarine.server.audit import verify
from octarine.server.guard.pictures.fetching import fetch
from octarine.server.guard.upstream import UpstreamLimits
from octarine.server.refusals import Refusal
from octarine.watermark import ImageWatermark, write_key
from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import BOMB, application, asked, completion, openai_client
from tests.server.guard.test_responses import message as output_message
from tests.server.guard.test_responses import response as answered
from tests.watermark.pictures import KEY, OTHER, scene

MARK = ImageWatermark(KEY)
ROUTE = "/v1/images/generations"


def file(kind="PNG", seed=0):
    out = io.BytesIO()
    Image.fromarray(scene(256, 256, seed)).save(out, kind)
    return out.getvalue()


def text(data):
    return base64.b64encode(data).decode()


def pictures(*data, **more):
    return {"created": 1, "data": list(data), **more}


def read(b64):
    with Image.open(io.BytesIO(base64.b64decode(b64))) as image:
        return MARK.detect(np.asarray(image.convert("RGB")), edits=False).payload


@pytest.fixture
def policy(tmp_path):
    write_key(tmp_path / "mark.key", KEY)

    def write(watermark="{key: file:mark.key, payload: 0x5EED}", more=""):
        path = tmp_path / "policy.yaml"
        told = f"name: p\nversion: 1.0.0\nextends: [default]\nwatermark: {watermark}\n{more}"
        path.write_text(told, "utf-8")
        return str(path)

    return write


@asynccontextmanager
async def proxied(policy, answer, **config):
    async with loopback(answer) as up, asked(application(up.url, policies=(policy,), **config)) as http:
        yield up, http


async def test_pictures_go_out_marked(policy):
    told = pictures(
        {"b64_json": text(file())}, {"b64_json": text(file("JPEG", 1)), "revised_prompt": "a mill"}
    )
    async with proxied(policy(), Answer.of_json(told)) as (up, http):
        found = await openai_client(http).images.generate(model="m", prompt="a mill", n=2)
    assert [read(one.b64_json) for one in found.data] == [0x5EED, 0x5EED]
    assert found.data[1].revised_prompt == "a mill"
    assert base64.b64decode(found.data[1].b64_json).startswith(b"\xff\xd8")
    assert (up.asked[0].path, up.asked[0].json["n"]) == (ROUTE, 2)


async def test_the_log_says_under_which_key_and_never_the_key(policy, tmp_path):
    log = tmp_path / "audit.jsonl"
    async with proxied(policy(), Answer.of_json(pictures({"b64_json": text(file())})), audit=log) as (
        _,
        http,
    ):
        answer = await http.post(ROUTE, json={"model": "m", "prompt": "a mill"})
        metrics = (await http.get("/metrics")).text
    assert answer.headers["x-octarine-marked"] == "1"
    assert 'octarine_pictures_total{result="marked"} 1' in metrics
    (line,) = map(json.loads, log.read_text("utf-8").splitlines())
    assert line["marked"] == {"pictures": 1, "unmarked": 0, "key": KEY.fingerprint, "payload": "0x5eed"}
    assert line["route"] == ROUTE
    assert KEY.secret.hex() not in log.read_text("utf-8") + answer.text
    assert not verify(log).problems


async def test_the_prompt_is_judged_before_anything_is_asked(policy):
    async with proxied(policy(), Answer.of_json(pictures())) as (up, http):
        with pytest.raises(openai.BadRequestError) as caught:
            await openai_client(http).images.generate(prompt=BOMB)
    assert (caught.value.code, caught.value.param) == ("content_filter", "prompt")
    assert not up.asked


async def test_texts_beside_a_picture_are_judged(policy):
    words = "words: [{id: w, terms: [heron], action: block}]\n"
    for told in (
        pictures({"b64_json": text(file()), "revised_prompt": "a heron"}),
        pictures({"b64_json": text(file())}, note="a heron"),
    ):
        async with proxied(policy(more=words), Answer.of_json(told)) as (_, http):
            answer = await http.post(ROUTE, json={"prompt": "a mill"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "content_filter")
        assert "b64_json" not in answer.text


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "prompt"),
        ({"prompt": ["x"]}, "prompt"),
        ({"prompt": "a mill", "stream": True}, "stream"),
        ({"prompt": "a mill", "response_format": "url"}, "response_format"),
        ({"prompt": "a mill", "image": "data:image/png;base64,AA"}, "image"),
    ],
)
async def test_requests_that_cannot_be_served(policy, body, param):
    async with proxied(policy(), Answer.of_json(pictures())) as (up, http):
        answer = await http.post(ROUTE, json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert not up.asked


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"data": "x"},
        pictures({"text": "x"}),
        pictures({"b64_json": 5}),
        pictures({"b64_json": text(file()), "url": "https://example.org/a.png"}),
        pictures({"b64_json": "not base64!"}),
        pictures({"b64_json": text(b"GIF89a")}),
        pictures({"b64_json": text(file()[:500])}),
        pictures({"url": "https://example.org/a.png"}),
        pictures({"url": "data:image/png,AAAA"}),
    ],
)
async def test_what_cannot_be_marked_does_not_go_out(policy, told):
    async with proxied(policy(), Answer.of_json(told)) as (_, http):
        answer = await http.post(ROUTE, json={"prompt": "a mill"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "bad_upstream")
    assert "example.org" not in answer.text


async def test_inline_addresses_are_marked(policy):
    told = pictures({"url": f"data:image/png;base64,{text(file())}"})
    async with proxied(policy(), Answer.of_json(told)) as (_, http):
        (picture,) = (await http.post(ROUTE, json={"prompt": "a mill"})).json()["data"]
    assert read(picture["b64_json"]) == 0x5EED
    assert "url" not in picture


async def test_addresses_are_annotated_where_the_policy_says_so(policy):
    told = pictures({"url": "https://example.org/a.png"}, {"b64_json": text(file())})
    async with proxied(policy("{key: file:mark.key, payload: 7, urls: annotate}"), Answer.of_json(told)) as (
        _,
        http,
    ):
        answer = await http.post(ROUTE, json={"prompt": "a mill", "response_format": "url"})
    first, second = answer.json()["data"]
    assert first == {"url": "https://example.org/a.png", "octarine": {"marked": False}}
    assert read(second["b64_json"]) == 7
    assert answer.headers["x-octarine-marked"] == "1"


async def test_addresses_are_fetched_where_the_policy_says_so(policy):
    def answer(request):
        if request.path.endswith(".png"):
            return Answer(200, {"content-type": "image/png"}, (file(),))
        host = request.headers["host"]
        return Answer.of_json(pictures({"url": f"http://{host}/a.png"}))

    async with proxied(policy("{key: file:mark.key, payload: 9, urls: fetch}"), answer) as (up, http):
        (picture,) = (await http.post(ROUTE, json={"prompt": "a mill"})).json()["data"]
    assert read(picture["b64_json"]) == 9
    assert set(picture) == {"b64_json"}
    assert [one.path for one in up.asked] == [ROUTE, "/a.png"]
    assert "authorization" not in up.asked[1].headers


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/a.png",
        "https://127.0.0.1/a.png",
        "https://localhost/a.png",
        "https://10.1.2.3/a.png",
        "https://169.254.169.254/latest",
        "https://[::1]/a.png",
        "https://[::ffff:127.0.0.1]/a.png",
        "file:///etc/passwd",
        "ftp://example.org/a.png",
        "https://",
        "http://[",
    ],
)
async def test_addresses_within_the_network_are_never_fetched(url, monkeypatch):
    async def send(*_, **__):
        raise AssertionError("something was asked")

    monkeypatch.setattr(httpx.AsyncClient, "send", send)
    with pytest.raises(Refusal) as caught:
        await fetch([{"url": url}], "http://127.0.0.1:11434/v1", UpstreamLimits())
    assert caught.value.status == 502


async def test_a_fetched_picture_is_no_larger_than_an_answer():
    async with loopback(Answer(200, {}, (b"x" * 2000,))) as up:
        with pytest.raises(Refusal, match="more than 1,000 bytes"):
            await fetch(
                [{"url": f"{up.url.removesuffix('/v1')}/a"}], up.url, UpstreamLimits(answer_bytes=1000)
            )


async def test_without_a_mark_the_policy_on_pictures_decides(tmp_path):
    path = tmp_path / "p.yaml"
    told = Answer.of_json(pictures({"b64_json": text(file())}))
    async with proxied("default", told) as (up, http):
        answer = await http.post(ROUTE, json={"prompt": "a mill"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_content")
        assert not up.asked
    path.write_text("name: p\nversion: 1.0.0\nextends: [default]\nunscannable: {picture: flag}\n", "utf-8")
    async with proxied(str(path), told) as (_, http):
        answer = await http.post(ROUTE, json={"prompt": "a mill"})
    assert base64.b64decode(answer.json()["data"][0]["b64_json"]) == file()
    assert "x-octarine-marked" not in answer.headers


async def test_the_key_may_come_from_the_environment(policy, monkeypatch):
    told = Answer.of_json(pictures({"b64_json": text(file())}))
    named = policy("{key: env:MARK_KEY}")
    monkeypatch.delenv("MARK_KEY", raising=False)
    with pytest.raises(OctarineError, match="MARK_KEY holds no key"):
        async with proxied(named, told):
            pass
    monkeypatch.setenv("MARK_KEY", KEY.secret.hex())
    async with proxied(named, told) as (_, http):
        first = (await http.post(ROUTE, json={"prompt": "a mill"})).json()["data"][0]["b64_json"]
        monkeypatch.setenv("MARK_KEY", OTHER.secret.hex())
        second = (await http.post(ROUTE, json={"prompt": "a mill"})).json()["data"][0]["b64_json"]
        monkeypatch.delenv("MARK_KEY")
        third = await http.post(ROUTE, json={"prompt": "a mill"})
    assert (read(first), read(second)) == (0, None)
    assert (third.status_code, third.json()["error"]["code"]) == (503, "watermark_failing")


async def test_no_request_can_change_the_mark(policy):
    told = pictures({"b64_json": text(file())})
    async with proxied(policy(), Answer.of_json(told)) as (_, http):
        body = {"prompt": "a mill", "watermark": {"key": "env:HOME", "payload": 1}, "payload": 1}
        answer = await http.post(ROUTE, json=body)
    assert read(answer.json()["data"][0]["b64_json"]) == 0x5EED


PASSES = "unscannable: {picture: flag}\n"


def inline(data):
    return f"data:image/png;base64,{text(data)}"


def shown(url):
    part = {"type": "image_url", "image_url": {"url": url}}
    return completion({"content": "Here.", "images": [part]})


async def test_pictures_in_a_chat_are_marked_where_they_may_pass(policy, tmp_path):
    log = tmp_path / "audit.jsonl"
    told = Answer.of_json(shown(inline(file())))
    body = {"model": "m", "messages": [{"role": "user", "content": "Draw a mill."}]}
    async with proxied(policy(more=PASSES), told, audit=log) as (_, http):
        answer = await http.post("/v1/chat/completions", json=body)
    url = answer.json()["choices"][0]["message"]["images"][0]["image_url"]["url"]
    assert url.startswith("data:image/png;base64,")
    assert read(url.partition(",")[2]) == 0x5EED
    assert answer.headers["x-octarine-marked"] == "1"
    assert json.loads(log.read_text("utf-8"))["marked"]["key"] == KEY.fingerprint
    async with proxied(policy(), told) as (_, http):
        answer = await http.post("/v1/chat/completions", json=body)
    assert "data:image" not in answer.text


async def test_a_picture_of_a_chat_by_its_address_is_what_the_policy_says(policy):
    told = Answer.of_json(shown("https://example.org/a.png"))
    body = {"model": "m", "messages": [{"role": "user", "content": "Draw a mill."}]}
    async with proxied(policy(more=PASSES), told) as (_, http):
        assert (await http.post("/v1/chat/completions", json=body)).status_code == 502
    async with proxied(policy("{key: file:mark.key, urls: annotate}", PASSES), told) as (_, http):
        answer = await http.post("/v1/chat/completions", json=body)
    assert answer.headers["x-octarine-marked"] == "0"
    assert "example.org" in answer.text


async def test_a_chat_without_pictures_is_as_ever(policy):
    told = Answer.of_json(completion({"content": "See [this](https://example.org/a.png)."}))
    body = {"model": "m", "messages": [{"role": "user", "content": "Where is a mill?"}]}
    async with proxied(policy(more=PASSES), told) as (_, http):
        answer = await http.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200
    assert "x-octarine-marked" not in answer.headers


async def test_what_a_tool_of_a_response_drew_is_marked(policy):
    call = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": text(file())}
    told = Answer.of_json(answered(output_message("Here."), call))
    async with proxied(policy(more=PASSES), told, tools=frozenset({"image_generation"})) as (_, http):
        body = {"model": "m", "input": "Draw a mill.", "tools": [{"type": "image_generation"}]}
        answer = await http.post("/v1/responses", json=body)
    assert read(answer.json()["output"][1]["result"]) == 0x5EED


async def test_what_a_tool_would_draw_is_not_streamed_unmarked(policy):
    body = {"model": "m", "input": "Draw a mill.", "tools": [{"type": "image_generation"}], "stream": True}
    tools = frozenset({"image_generation"})
    async with proxied(policy(more=PASSES), Answer.of_json({}), tools=tools) as (up, http):
        answer = await http.post("/v1/responses", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "stream")
    assert not up.asked
