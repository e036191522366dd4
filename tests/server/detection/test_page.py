"""The page, without a browser: what it holds, and what it does with what is not good."""

from __future__ import annotations

import asyncio
import re

import pytest

from octarine.server.detection.view import HEIGHT, WIDTH, _did, clock, timeline
from tests.server.detection.running import MP4, application, png
from tests.server.guard.running import asked
from tests.watermark.pictures import scene

PARTS = {"octarine-parts": "1"}


async def test_the_page_loads_nothing_from_elsewhere(tmp_path):
    async with asked(application(tmp_path)) as http:
        page = await http.get("/watermark")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "connect-src 'self'" in policy
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text)
    assert "<option>shop</option>" in page.text


async def test_without_a_script_a_form_leads_to_the_result(tmp_path, picture):
    async with asked(application(tmp_path)) as http:
        sent = await http.post("/watermark", files={"file": ("<b>x.png", picture)}, data={"key": "shop"})
        assert sent.status_code == 303
        where = sent.headers["location"]
        for _ in range(500):
            page = (await http.get(where)).text
            if "data-done" in page:
                break
            assert '<noscript><meta http-equiv="refresh"' in page
            await asyncio.sleep(0.02)
        assert "This picture carries your mark." in page
        assert "0x5eed" in page
        assert "<b>x.png" not in page
        for name, kind in (("picture", "image/jpeg"), ("map", "image/png")):
            shown = await http.get(f"{where}/{name}")
            assert (shown.status_code, shown.headers["content-type"]) == (200, kind)
        assert (await http.get(f"{where}/other")).status_code == 404
        assert (await http.get("/watermark/job_unknown")).status_code == 404


async def test_with_one_the_result_comes_alone(tmp_path, video):
    async with asked(application(tmp_path)) as http:
        sent = await http.post("/watermark", files={"file": ("a.mp4", MP4)}, headers=PARTS)
        where = re.search(r'data-poll="([^"]+)"', sent.text)[1]
        assert "<html" not in sent.text
        assert "Looking at a.mp4" in sent.text
        video.go.set()
        for _ in range(500):
            shown = (await http.get(where, headers=PARTS)).text
            if "data-done" in shown:
                break
            await asyncio.sleep(0.01)
        assert "40 % of it is yours" in shown
        assert "0:02.0" in shown
        assert shown.count('class="ours"') == 8


async def test_what_the_page_waits_for_can_be_cancelled(tmp_path, video):
    async with asked(application(tmp_path)) as http:
        where = (await http.post("/watermark", files={"file": MP4})).headers["location"]
        gone = await http.post(f"{where}/cancel", content=b"")
        assert (gone.status_code, gone.headers["location"]) == (303, "/watermark")
        for _ in range(500):
            shown = (await http.get(where)).text
            if "The job was cancelled" in shown:
                break
            await asyncio.sleep(0.01)
        assert "The job was cancelled" in shown


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "is empty"), (b"hello", "of no kind"), (b"\x89PNG\r\n\x1a\n", "head")]
)
async def test_what_is_not_good_is_told_on_the_page(tmp_path, data, words):
    async with asked(application(tmp_path)) as http:
        sent = await http.post("/watermark", files={"file": ("a", data)}, headers=PARTS)
        while "data-poll" in sent.text:
            await asyncio.sleep(0.02)
            sent = await http.get(re.search(r'data-poll="([^"]+)"', sent.text)[1], headers=PARTS)
    assert words in sent.text
    assert 'role="alert"' in sent.text


async def test_a_picture_without_a_mark(tmp_path):
    async with asked(application(tmp_path)) as http:
        sent = await http.post("/watermark", files={"file": png(scene(seed=3))}, headers=PARTS)
        while "data-poll" in sent.text:
            await asyncio.sleep(0.02)
            sent = await http.get(re.search(r'data-poll="([^"]+)"', sent.text)[1], headers=PARTS)
    assert "No mark of yours was found in this picture." in sent.text
    assert "map-on" not in sent.text


async def test_recovered_credentials_are_told_and_no_chain_twice(tmp_path, made, certificates):
    app = application(tmp_path, store=made.url, trust=(certificates.root,))
    async with asked(app) as http:
        sent = await http.post("/watermark", files={"file": made.path.read_bytes()}, headers=PARTS)
        while "data-poll" in sent.text:
            await asyncio.sleep(0.02)
            sent = await http.get(re.search(r'data-poll="([^"]+)"', sent.text)[1], headers=PARTS)
    assert "created, by a generative model" in sent.text
    assert "Recovered by the mark" in sent.text
    assert "They are number 1 above." in sent.text
    assert sent.text.count('<ol class="chain"') == 1


def frames(times, strength=5.0):
    return [
        {"time": time, "ours": number % 2 == 0, "strength": strength} for number, time in enumerate(times)
    ]


@pytest.mark.parametrize("times", [[], [0.0], [0.0, 1.0, 9.0], [n / 30 for n in range(5000)]])
def test_bars_of_a_timeline_stand_in_order_and_within_it(times):
    drawn = timeline({"frames": frames(times), "spans": []}, max(times, default=0) + 0.03)
    assert len(drawn["bars"]) <= 240
    ends = 0.0
    for bar in drawn["bars"]:
        assert bar["x"] >= ends - 0.02
        ends = bar["x"] + bar["width"]
        assert ends <= WIDTH + 0.5
        assert 0 < bar["height"] <= HEIGHT


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00.0"), (59.96, "1:00.0"), (75.25, "1:15.2"), (3725.5, "1:02:05.5")]
)
def test_times_are_read_as_clocks(seconds, words):
    assert clock(seconds) == words


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("Adobe Photoshop 25", "edited, with Adobe Photoshop 25"),
        ("Adobe Firefly 1", "edited"),
        ("", "edited"),
        (" ", "edited"),
    ],
)
def test_who_did_it_is_told_where_another_wrote_the_credentials(agent, told):
    assert _did({"action": "c2pa.edited", "source": None, "agent": agent}, "Adobe Firefly 1, c2pa") == told
