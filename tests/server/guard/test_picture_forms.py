"""Edits and variations of pictures: forms in, judged and passed on without loss; pictures out, marked."""

from __future__ import annotations

import asyncio
import io
import json

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_multipart.multipart import parse_options_header

from octarine.guard.dialects.dialect import Limits
from octarine.guard.dialects.images import FileField, ImageEdits
from octarine.server.guard.config import FormLimits
from octarine.server.guard.pictures.form import _Taker
from octarine.server.uploads import FormSink
from tests.models.loopback_server import Answer
from tests.server.guard.running import BOMB, openai_client
from tests.server.guard.test_pictures import PASSES, file, pictures, policy, proxied, read, text

__all__ = ["policy"]
EDITS, VARIATIONS = "/v1/images/edits", "/v1/images/variations"
TOLD = Answer.of_json(pictures({"b64_json": text(file())}))
A, B, MASK = file(seed=2), file("JPEG", 3), file(seed=4)


def parts_of(asked):
    """What another reader of forms makes of one: (name, filename, kind, bytes) each."""
    from email.parser import BytesParser
    from email.policy import HTTP

    kind = asked.headers["content-type"]
    message = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode() + asked.body)
    assert message.is_multipart()
    found = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        found.append((name, part.get_filename(), part["content-type"], part.get_payload(decode=True)))
    return found


async def test_an_edit_goes_on_as_it_came_and_comes_back_marked(policy, tmp_path):
    log = tmp_path / "audit.jsonl"
    async with proxied(policy(more=PASSES), TOLD, audit=log) as (up, http):
        found = await openai_client(http).images.edit(
            image=[("a.png", A, "image/png"), ("b.jpg", B, "image/jpeg")],
            mask=("m.png", MASK, "image/png"),
            prompt="a mill under snow",
            model="m",
            n=1,
        )
    assert read(found.data[0].b64_json) == 0x5EED
    assert up.asked[0].path == EDITS
    got = parts_of(up.asked[0])
    assert [one for one in got if one[1]] == [
        ("image[]", "a.png", "image/png", A),
        ("image[]", "b.jpg", "image/jpeg", B),
        ("mask", "m.png", "image/png", MASK),
    ]
    assert {one[0]: one[3] for one in got if not one[1]} == {
        "prompt": b"a mill under snow", "model": b"m", "n": b"1",
    }  # fmt: skip
    (line,) = map(json.loads, log.read_text("utf-8").splitlines())
    assert (line["route"], line["model"], line["marked"]["payload"]) == (EDITS, "m", "0x5eed")
    assert "snow" not in log.read_text("utf-8")


async def test_a_variation_needs_no_text(policy):
    async with proxied(policy(more=PASSES), TOLD) as (up, http):
        found = await openai_client(http).images.create_variation(image=("a.png", A), n=1)
        with_text = await http.post(VARIATIONS, files={"image": A}, data={"prompt": BOMB})
    assert read(found.data[0].b64_json) == 0x5EED
    assert [one.path for one in up.asked] == [VARIATIONS]
    assert with_text.json()["error"]["code"] == "content_filter"


async def test_the_prompt_of_an_edit_is_judged_before_anything_is_asked(policy):
    async with proxied(policy(more=PASSES), TOLD) as (up, http):
        with pytest.raises(openai.BadRequestError) as caught:
            await openai_client(http).images.edit(image=("a.png", A), prompt=BOMB)
        elsewhere = await http.post(EDITS, files={"image": A}, data={"prompt": "a mill", "negative": BOMB})
    assert (caught.value.code, caught.value.param) == ("content_filter", "prompt")
    assert elsewhere.json()["error"]["param"] == "negative"
    assert not up.asked


async def test_what_is_covered_in_the_prompt_goes_on_covered(policy):
    told = PASSES + "words: [{id: w, terms: [heron], action: mask}]\n"
    async with proxied(policy(more=told), TOLD) as (up, http):
        answer = await http.post(EDITS, files={"image": ("a.png", A)}, data={"prompt": "a heron, a mill"})
    assert answer.status_code == 200
    (prompt,) = (one[3] for one in parts_of(up.asked[0]) if one[0] == "prompt")
    assert b"heron" not in prompt
    assert prompt.endswith(b", a mill")


async def test_pictures_that_come_in_are_what_the_policy_says_of_pictures(policy):
    async with proxied(policy(), TOLD) as (up, http):
        answer = await http.post(EDITS, files={"image": A}, data={"prompt": "a mill"})
        assert (answer.json()["error"]["code"], answer.json()["error"]["param"]) == (
            "unsupported_content",
            "image",
        )
        assert not up.asked
    async with proxied(policy(more=PASSES), TOLD) as (up, http):
        answer = await http.post(EDITS, files={"image": A, "notes": b"words"}, data={"prompt": "a mill"})
    assert answer.json()["error"]["param"] == "notes"
    assert not up.asked


def form(*parts):
    """A form by hand: (headers, body) each."""
    body = b"".join(b"--x\r\n" + head + b"\r\n\r\n" + data + b"\r\n" for head, data in parts) + b"--x--\r\n"
    return {"content": body, "headers": {"content-type": "multipart/form-data; boundary=x"}}


def field(name, data, more=b""):
    return b'Content-Disposition: form-data; name="' + name + b'"' + more, data


IMAGE = field(b"image", A, b'; filename="a.png"')
PROMPT = field(b"prompt", b"a mill")


@pytest.mark.parametrize(
    ("parts", "status", "said"),
    [
        ([PROMPT], 400, "image"),
        ([IMAGE], 400, "prompt"),
        ([field(b"image", b"data:image/png;base64,AA"), PROMPT], 400, "image"),
        ([IMAGE, field(b"prompt", b"")], 400, "prompt"),
        ([IMAGE, PROMPT, field(b"prompt", BOMB.encode())], 400, "prompt"),
        ([IMAGE, field(b"prompt", b"a mill", b'; filename="p.txt"')], 400, "prompt"),
        ([IMAGE, PROMPT, field(b"stream", b"true")], 400, "stream"),
        ([IMAGE, PROMPT, field(b"stream", b"false"), field(b"stream", b"1")], 400, "stream"),
        ([IMAGE, PROMPT, field(b"response_format", b"url")], 400, "response_format"),
        ([IMAGE, field(b"prompt", b"\xff\xfe")], 400, "UTF-8"),
        ([IMAGE, PROMPT, (b"Content-Type: text/plain", b"x")], 400, "no name"),
        ([IMAGE, PROMPT, *(field(b"a%d" % n, b"x") for n in range(200))], 400, "more than 128 parts"),
        ([IMAGE, PROMPT, field(b"_charset_", b"utf-7")], 400, "UTF-8"),
        ([IMAGE, PROMPT, field(b"size", b"x", b'; filename="s.txt"')], 400, "size"),
        ([IMAGE, PROMPT, field(b"size", b"x" * 3000)], 413, "texts are larger"),
        ([field(b"image", A + bytes(200_000), b'; filename="a"'), PROMPT], 413, "larger than"),
    ],
)
async def test_forms_that_cannot_be_served(policy, parts, status, said):
    limits = FormLimits(form_bytes=len(A) + 100_000, text_bytes=2_000)
    async with proxied(policy(more=PASSES), TOLD, forms=limits) as (up, http):
        answer = await http.post(EDITS, **form(*parts))
    error = answer.json()["error"]
    assert answer.status_code == status
    assert said in (error["param"] or "") or said in error["message"]
    assert not up.asked


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data"])
async def test_what_is_no_form_is_told_so(policy, kind):
    async with proxied(policy(more=PASSES), TOLD) as (up, http):
        answer = await http.post(EDITS, content=b"{}", headers={"content-type": kind})
    assert answer.status_code in (400, 415)
    assert "form" in answer.json()["error"]["message"]
    assert not up.asked


async def test_a_form_that_breaks_off_or_hides_its_text_in_another_encoding_is_not_passed_on(policy):
    whole = form(IMAGE, PROMPT)
    async with proxied(policy(more=PASSES), TOLD) as (up, http):
        cut = await http.post(EDITS, content=whole["content"][:-20], headers=whole["headers"])
        assert cut.json()["error"]["code"] == "invalid_form"
        assert not up.asked
        coded = field(b"prompt", b"YSBtaWxs", b"\r\nContent-Transfer-Encoding: base64")
        await http.post(EDITS, **form(IMAGE, coded))
    # The server sees the very text that was judged.
    assert b"ransfer-" not in up.asked[0].body
    assert ("prompt", None, None, b"YSBtaWxs") in parts_of(up.asked[0])


async def test_a_name_cannot_say_more_than_a_name(policy):
    """Readers that take a backslash for an escape would find a prompt here that nothing looked at."""
    hidden = (rb'Content-Disposition: form-data; name=a\; filename="; name=prompt; x="', BOMB.encode())
    passes = "unscannable: {picture: flag, document: flag}\n"
    async with proxied(policy(more=passes), TOLD) as (up, http):
        assert (await http.post(EDITS, **form(IMAGE, PROMPT, hidden))).status_code == 200
    taker = _Taker(io.BytesIO(), FormLimits())
    FormSink(up.asked[0].headers["content-type"].encode(), taker).feed(up.asked[0].body)
    assert [(one.head.name, one.text) for one in taker.parts if one.head.filename is None] == [
        ("prompt", "a mill")
    ]


async def test_texts_take_nothing_from_what_the_pictures_may_have(policy):
    limits = FormLimits(form_bytes=len(A), text_bytes=200_000)
    async with proxied(policy(more=PASSES), TOLD, forms=limits) as (_, http):
        answer = await http.post(EDITS, **form(IMAGE, PROMPT, field(b"size", b"x" * 150_000)))
    assert answer.status_code == 200


async def test_so_many_forms_come_in_at_a_time(policy):
    stop = asyncio.Event()
    whole = form(IMAGE, PROMPT)

    async def held():
        yield whole["content"][:500]
        await stop.wait()
        yield whole["content"][500:]

    limits = FormLimits(at_a_time=1)
    async with proxied(policy(more=PASSES), TOLD, forms=limits) as (_, http):
        slow = asyncio.create_task(http.post(EDITS, content=held(), headers=whole["headers"]))
        await asyncio.sleep(0.05)
        refused = await http.post(EDITS, **whole)
        stop.set()
        assert (await slow).status_code == 200
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")


async def test_a_slow_form_is_given_up(policy):
    async def held():
        yield b"--x\r\n"
        await asyncio.sleep(5)

    limits = FormLimits(silence_s=0.05)
    async with proxied(policy(more=PASSES), TOLD, forms=limits) as (_, http):
        answer = await http.post(EDITS, content=held(), headers=form()["headers"])
    assert answer.status_code == 408


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\"), min_size=1, max_size=8
)
PARTS = st.lists(st.tuples(NAMES, st.none() | NAMES, st.binary(max_size=60)), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(PARTS, st.integers(1, 50))
def test_no_part_is_lost_on_the_way(parts, step):
    """Whatever is in a form, in whatever pieces it comes: the form that goes on says the same."""
    from octarine.server.guard.pictures.form import Form

    def text_of(data, filename):
        return data if filename is not None else data.decode("latin-1").encode("utf-8")

    parts = [(name, filename, text_of(data, filename)) for name, filename, data in parts]

    def written():
        for name, filename, data in parts:
            quoted = [one.translate({34: "%22"}) for one in (name, filename or "")]
            more = f'; filename="{quoted[1]}"' if filename is not None else ""
            yield field(quoted[0].encode(), data, more.encode())

    boundary = b"multipart/form-data; boundary=x"
    told = form(*written())["content"]
    if any(b"\r\n--x" in data for *_, data in parts):
        return

    def taken(content, kind):
        store = io.BytesIO()
        taker = _Taker(store, FormLimits())
        sink = FormSink(kind, taker)
        for at in range(0, len(content), step):
            sink.feed(content[at : at + step])
        sink.end()
        return Form(taker.parts, store), [
            (one.head.name, one.head.filename, one.text, store.getvalue()[one.start : one.start + one.size])
            for one in taker.parts
        ]

    async def gathered(outgoing):
        return b"".join([piece async for piece in outgoing.pieces])

    made, first = taken(told, boundary)
    outgoing = made.outgoing()
    again = asyncio.run(gathered(outgoing))
    assert len(again) == outgoing.size
    assert taken(again, outgoing.kind)[1] == first
    assert parse_options_header(outgoing.kind)[0] == b"multipart/form-data"


def test_a_dialect_reads_the_fields_of_a_form():
    body = {"image": FileField("a.png"), "prompt": "a mill", "style[]": ["old", "red"], "model": "m"}
    asked = ImageEdits().read(body, Limits())
    assert [(slot.path, slot.text, slot.unscannable) for slot in asked.slots] == [
        ("prompt", "a mill", ""),
        ("image", None, "picture"),
        ("[…]", "style[]", ""),
        ("…[0]", "old", ""),
        ("…[1]", "red", ""),
    ]
    named = ImageEdits().read({**body, "model": FileField("gpt.png")}, Limits())
    assert named.model == ""  # a file names no model, and its own name goes into no record
