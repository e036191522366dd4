"""Files as they come: good ones, and all the ways in which they are not."""

from __future__ import annotations

import asyncio
import base64
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from octarine.watermark.files.metadata import PNG_MAGIC
from tests.server.detection.running import PATH, application, left, png
from tests.server.guard.running import asked
from tests.watermark.pictures import KEY, scene

RAW = {"content-type": "application/octet-stream"}


async def posted(folder, data, *, headers=RAW, query="", **config):
    async with asked(application(folder, **config)) as http:
        answer = await http.post(PATH + query, content=data, headers=headers)
        assert left(folder) == []
        return answer


async def test_a_marked_picture_as_the_body_and_in_a_form_give_the_same(tmp_path, picture):
    async with asked(application(tmp_path)) as http:
        raw = (await http.post(PATH, content=picture, headers={"content-type": "image/png"})).json()
        form = (await http.post(PATH, files={"file": ("a/b\\later.png", picture)})).json()
    assert form["file"].pop("name") == "later.png"
    assert raw["file"].pop("name") == ""
    assert raw == form
    mark = raw["watermark"]
    assert (mark["payload"], mark["confidence"], mark["edited"]) == ("0x5eed", "high", False)
    assert mark["key"] == {"name": "shop", "fingerprint": KEY.fingerprint}
    assert mark["keys_tried"] == 2
    assert raw["headline"] == "This picture carries your mark."
    assert raw["credentials"]["state"] == "none"
    assert raw["credentials"]["recovered"] is None


async def test_a_mark_without_a_number_and_a_picture_without_a_mark(tmp_path):
    from tests.server.detection.running import marked

    zero = (await posted(tmp_path, marked(None))).json()["watermark"]
    assert (zero["zero_bit"], zero["payload"], zero["found"]) == (True, None, True)
    plain = (await posted(tmp_path, png(scene(seed=3)))).json()
    assert (plain["watermark"]["found"], plain["watermark"]["key"]) == (False, None)
    assert "does not show that it is not yours" in " ".join(plain["summary"])


async def test_the_map_is_a_picture_of_the_same_shape_with_the_edited_place(tmp_path):
    from octarine.watermark import ImageWatermark

    pixels = ImageWatermark(KEY).embed(scene(768, 1024), 7)
    pixels[200:520, 300:700] = scene(320, 400, seed=5)
    told = (await posted(tmp_path, png(pixels), query="?edits=map")).json()["watermark"]
    assert told["edited"] is True
    box = told["regions"][0]
    assert 200 < box["x"] + box["width"] / 2 < 800
    assert 100 < box["y"] + box["height"] / 2 < 620
    image = Image.open(io.BytesIO(base64.b64decode(told["edit_map"]["base64"])))
    assert (image.format, image.size) == ("PNG", (1024, 768))
    red = np.asarray(image).astype(int)[360, 500]
    assert red[0] > red[1] + 40


async def test_edits_are_looked_for_only_where_they_are_asked_for(tmp_path, picture):
    told = (await posted(tmp_path, picture, query="?edits=no")).json()["watermark"]
    assert told["edited"] is None
    assert told["regions"] is None
    assert "edit_map" not in told


async def test_only_the_named_keys_are_tried(tmp_path, picture):
    told = (await posted(tmp_path, picture, query="?key=other")).json()["watermark"]
    assert (told["found"], told["keys_tried"]) == (False, 1)
    both = (await posted(tmp_path, picture, query="?key=other&key=shop")).json()["watermark"]
    assert (both["found"], both["keys_tried"]) == (True, 2)


def bomb(side=30_000):
    """The head of a picture of ``side`` × ``side`` pixels, whose rows compress to nearly nothing."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        PNG_MAGIC + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "empty_file"),
        (b"GIF89a" + bytes(100), 415, "unknown_file"),
        (b"%PDF-1.7", 415, "unknown_file"),
        (b"\0\0\0\x18ftypheic" + bytes(64), 415, "unknown_file"),
        (PNG_MAGIC + b"nonsense", 400, "unreadable_picture"),
        (b"\xff\xd8\xff\xe0" + bytes(400), 400, "unreadable_picture"),
        (bomb(), 413, "too_many_pixels"),
        (bomb(10_000), 413, "too_many_pixels"),
        (png(np.zeros((20, 20), np.uint8)), 400, "unreadable_picture"),
    ],
)
async def test_what_cannot_be_looked_at_gets_one_clear_error(tmp_path, data, status, code):
    answer = await posted(tmp_path, data)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert str(tmp_path) not in answer.text
    assert len(error["message"]) > 15


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
async def test_a_truncated_picture_is_told_to_be_one(tmp_path, kind):
    out = io.BytesIO()
    Image.fromarray(scene()).save(out, kind)
    data = out.getvalue()
    answer = await posted(tmp_path, data[: len(data) // 2])
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unreadable_picture"


async def test_a_picture_of_too_many_bytes_is_not_read_into_memory(tmp_path, picture):
    answer = await posted(tmp_path, picture, picture_bytes=1000)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "picture_too_large"


async def test_a_file_may_have_exactly_the_limit(tmp_path, picture):
    assert (await posted(tmp_path, picture, upload_bytes=len(picture))).status_code == 200
    assert (await posted(tmp_path, picture, upload_bytes=len(picture) - 1)).status_code == 413
    async with asked(application(tmp_path, upload_bytes=len(picture) - 1)) as http:
        answer = await http.post(PATH, files={"file": ("a.png", picture)})
        assert answer.status_code == 413


async def called(app, pieces, headers=()):
    """The status of an answer, and how many pieces of the body were taken."""
    taken, sent = 0, []

    async def receive():
        nonlocal taken
        piece = next(pieces, None)
        if piece is None:
            await asyncio.get_running_loop().create_future()
        taken += 1
        return piece

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"",
             "headers": [(b"content-type", b"application/octet-stream"), *headers]}  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], taken


def piece(data=bytes(1 << 16), more=True):
    return {"type": "http.request", "body": data, "more_body": more}


async def test_a_stream_is_cut_off_as_soon_as_it_is_too_large(tmp_path):
    app = application(tmp_path, upload_bytes=10 << 16)
    async with asked(app):
        assert await called(app, (piece() for _ in range(1000))) == (413, 11)
        # What says that it is too large is not read at all.
        assert await called(app, iter([piece()]), [(b"content-length", b"99999999")]) == (413, 0)
        assert left(tmp_path) == []


async def test_who_is_told_to_wait_may_end_what_they_send_so_that_they_see_it(tmp_path):
    app = application(tmp_path, uploads=0)
    async with asked(app):
        assert await called(app, iter([piece()] * 20 + [piece(more=False)])) == (503, 21)
        status, taken = await called(app, (piece() for _ in range(1000)))
        assert (status, taken) == (503, 257)
        assert left(tmp_path) == []


async def test_a_slow_client_is_given_up(tmp_path):
    app = application(tmp_path, silence_s=0.05)
    async with asked(app):
        status, _ = await called(app, iter([piece()]))
        assert status == 408
        assert left(tmp_path) == []


async def test_a_client_that_leaves_leaves_nothing(tmp_path):
    app = application(tmp_path)
    async with asked(app):
        await called(app, iter([piece(), {"type": "http.disconnect"}]))
        assert left(tmp_path) == []


async def test_so_many_files_come_in_at_a_time(tmp_path, picture):
    app = application(tmp_path, uploads=2, silence_s=5)
    async with asked(app) as http:
        stop = asyncio.Event()

        async def held():
            yield picture[:1000]
            await stop.wait()
            yield picture[1000:]

        slow = [asyncio.create_task(http.post(PATH, content=held(), headers=RAW)) for _ in range(2)]
        for _ in range(100):
            await asyncio.sleep(0.01)
            if len(left(tmp_path)) == 2:
                break
        refused = await http.post(PATH, content=picture, headers=RAW)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        stop.set()
        assert [one.status_code for one in await asyncio.gather(*slow)] == [200, 200]


async def test_many_at_once_are_all_answered_or_told_to_wait(tmp_path, picture, monkeypatch):
    import threading

    from octarine.server.detection.looking import Looker

    running, most, lock = 0, 0, threading.Lock()
    real = Looker.look

    def counted(self, *args, **more):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return real(self, *args, **more)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(Looker, "look", counted)
    app = application(tmp_path, pictures=2, waiting=3, uploads=100)
    async with asked(app) as http:
        sent = (http.post(PATH + "?edits=no", content=picture, headers=RAW) for _ in range(12))
        statuses = [one.status_code for one in await asyncio.gather(*sent)]
    assert most == 2
    assert statuses.count(200) >= 5
    assert set(statuses) == {200, 503}
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "invalid_form"),
        (b"--x\r\n", "invalid_form"),
        (b"--x--\r\n", "no_file"),
        (b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc', "invalid_form"),
        (b'--x\r\ncontent-disposition: form-data; name="key"\r\n\r\nshop\r\n--x--\r\n', "no_file"),
        (b'--x\r\ncontent-disposition: form-data; name="key"\r\n\r\n' + b"s" * 999 + b"\r\n--x--\r\n",
         "invalid_form"),
        (2 * b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n' + b"--x--",
         "many_files"),
        (b"--x\r\nx: " + b"a" * 20_000, "invalid_form"),
    ],
)  # fmt: skip
async def test_a_broken_form_is_told_to_be_one(tmp_path, content, code):
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = await posted(tmp_path, content, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json", "application/x-www-form-urlencoded"])
async def test_what_a_page_elsewhere_could_send_unasked_is_not_taken(tmp_path, picture, kind):
    answer = await posted(tmp_path, picture, headers={"content-type": kind} if kind else {})
    assert answer.status_code == 415


async def test_a_form_without_a_boundary(tmp_path):
    answer = await posted(tmp_path, b"x", headers={"content-type": "multipart/form-data"})
    assert answer.json()["error"]["code"] == "invalid_form"


SECRET = KEY.secret.hex()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (f"?key={SECRET}", "unknown_key"),
        (f"?key_file={SECRET}", "unknown_parameter"),
        ("?edits=all", "invalid_edits"),
        ("?wait=soon", "invalid_wait"),
        ("?wait=nan", "invalid_wait"),
        ("?wait=1e9", "invalid_wait"),
        ("?key=%ff%fe", "unknown_key"),
    ],
)
async def test_keys_come_by_name_and_what_was_given_is_not_repeated(tmp_path, picture, query, code):
    answer = await posted(tmp_path, picture, query=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert SECRET not in answer.text


@pytest.mark.parametrize("when", ["feed", "end"])
async def test_a_full_disk_is_told(tmp_path, picture, monkeypatch, when):
    from octarine.server.detection.upload import _File

    def full(self, *data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_File, when, full)
    answer = await posted(tmp_path, picture)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_space")
