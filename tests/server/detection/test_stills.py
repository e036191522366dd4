"""Small pictures of a video on the page's timeline: few, small, where they belong, and gone with the job."""

from __future__ import annotations

import asyncio
import io
import re

import numpy as np
import pytest
from PIL import Image

from octarine.server.detection.stills import MOST, SIDE, stills
from tests.server.detection.running import application, left
from tests.server.guard.running import asked
from tests.watermark.video.clips import frames, write

pytest.importorskip("av", reason="needs PyAV (octarine[watermark])")


def grey(level):
    return np.full((120, 200, 3), level, np.uint8)


@pytest.fixture(scope="module")
def ramp(tmp_path_factory):
    """Three seconds, each frame a little lighter than the one before."""
    path = tmp_path_factory.mktemp("ramp") / "ramp.mp4"
    return write(path, [grey(40 + 6 * n) for n in range(30)], options={"crf": "10", "g": "30"})


def level(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg))).mean()


def test_they_are_few_and_small_and_of_their_time(ramp):
    made = list(stills(ramp, 3.0))
    assert len(made) == MOST
    for time, jpeg in made:
        assert max(Image.open(io.BytesIO(jpeg)).size) <= SIDE
        assert abs(level(jpeg) - (40 + 6 * int(time * 10))) < 5
    assert [time for time, _ in made] == [pytest.approx(0.25 * (n + 0.5)) for n in range(MOST)]


def test_a_short_video_has_fewer(ramp):
    assert len(list(stills(ramp, 0.3))) == 1


def test_what_is_broken_has_those_that_can_be_had(ramp, tmp_path):
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(ramp.read_bytes()[:900])
    assert list(stills(cut, 3.0)) == []
    # A video that says to be longer than it is: the last frame is what there is.
    late = [level(jpeg) for time, jpeg in stills(ramp, 60.0) if time > 4]
    assert len(late) == MOST - 1
    assert all(abs(one - 214) < 5 for one in late)


def test_times_are_those_of_the_video_where_it_begins_later(tmp_path):
    pictures = [grey(40 + 6 * n) for n in range(30)]
    late = write(tmp_path / "late.mkv", pictures, times=range(5000, 8000, 100), options={"crf": "10"})
    made = list(stills(late, 8.0))
    assert [time for time, _ in made] == [pytest.approx(5 + 0.25 * (n + 0.5)) for n in range(MOST)]
    for time, jpeg in made:
        assert abs(level(jpeg) - (40 + 6 * int((time - 5) * 10))) < 5


async def test_the_page_shows_them_and_they_go_with_the_job(tmp_path):
    clip = write(tmp_path / "clip.mp4", frames(10)).read_bytes()
    async with asked(application(tmp_path, kept=1)) as http:
        sent = await http.post("/watermark", files={"file": ("clip.mp4", clip)})
        where = sent.headers["location"]
        for _ in range(600):
            page = (await http.get(where)).text
            if "data-done" in page:
                break
            await asyncio.sleep(0.05)
        found = re.findall(rf'<img src="({where}/at-\d+)" alt="The frame at 0:00\.\d, not yours"', page)
        assert len(found) == 5
        shown = await http.get(found[0])
        assert (shown.headers["content-type"], shown.content[:2]) == ("image/jpeg", b"\xff\xd8")
        assert (await http.get(f"{where}/at-1")).status_code == 404
        assert left(tmp_path) == []
        await http.delete(where.replace("/watermark/", "/v1/jobs/"))
        assert (await http.get(found[0])).status_code == 404
