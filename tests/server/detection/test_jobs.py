"""Videos: short ones are answered, long ones become jobs."""

from __future__ import annotations

import asyncio
import sys

import pytest

from octarine.server.access import Keys
from octarine.server.detection.jobs import Job, Jobs, Outcome
from octarine.server.refusals import Refusal
from tests.server.detection.running import MP4, PATH, application, left
from tests.server.guard.running import asked

RAW = {"content-type": "video/mp4"}


async def sent(http, wait="0", **more):
    return await http.post(f"{PATH}?wait={wait}", content=MP4, headers=RAW, **more)


async def until(http, address, state):
    for _ in range(500):
        row = (await http.get(address)).json()
        if row["state"] == state:
            return row
        await asyncio.sleep(0.01)
    raise AssertionError(row)


async def test_a_video_that_is_quick_is_answered(tmp_path, video):
    video.go.set()
    async with asked(application(tmp_path)) as http:
        answer = await sent(http, wait="30")
    assert answer.status_code == 200
    told = answer.json()
    assert told["kind"] == "video"
    assert told["watermark"]["payload"] == "0x5eed"
    assert told["watermark"]["key"]["name"] == "shop"
    assert [frame["ours"] for frame in told["watermark"]["frames"]].count(True) == 8
    assert told["watermark"]["spans"][0]["geometry"]["words"] == "upright"
    assert told["summary"][-2:] == [
        "40 % of it is yours, in one part.",
        "The file ends early: 20 of 40 frames could be read.",
    ]
    assert len(video.keys) == 2
    assert left(tmp_path) == []


async def test_one_that_takes_longer_becomes_a_job_with_progress_and_a_result(tmp_path, video):
    async with asked(application(tmp_path)) as http:
        answer = await sent(http)
        assert answer.status_code == 202
        address = answer.headers["location"]
        assert address == f"/v1/jobs/{answer.json()['id']}"
        assert answer.json()["result"] is None
        await asyncio.to_thread(video.begun.wait, 5)
        row = await until(http, address, "running")
        for _ in range(500):
            if (row := (await http.get(address)).json())["progress"] >= 0.4:
                break
            await asyncio.sleep(0.01)
        assert 0.4 <= row["progress"] < 1
        video.go.set()
        row = await until(http, address, "done")
        assert row["progress"] == 1
        assert row["result"]["watermark"]["share"] == 0.4
        assert left(tmp_path) == []
        assert (await http.delete(address)).status_code == 200
        assert (await http.get(address)).status_code == 404


async def test_a_job_is_cancelled_while_it_runs_and_before(tmp_path, video):
    async with asked(application(tmp_path, videos=1)) as http:
        first, second = [(await sent(http)).headers["location"] for _ in range(2)]
        await asyncio.to_thread(video.begun.wait, 5)
        await http.delete(second)
        await http.delete(first)
        await until(http, first, "cancelled")
        await until(http, second, "cancelled")
        assert video.looked == 1
        assert left(tmp_path) == []


async def test_videos_wait_in_a_queue_that_ends_and_pictures_pass_by(tmp_path, video, picture):
    async with asked(application(tmp_path, videos=1, waiting=1)) as http:
        assert [(await sent(http)).status_code for _ in range(3)] == [202, 202, 503]
        answer = await http.post(PATH, content=picture, headers={"content-type": "image/png"})
        assert answer.status_code == 200


async def test_a_job_is_known_to_its_own_key_alone(tmp_path, video):
    from octarine.server.access import read_keys

    keys = read_keys(None, {"OCTARINE_SERVE_KEYS": "fox: 0123456789abcdef, owl: fedcba9876543210"})
    fox, owl = ({"authorization": f"Bearer {key}"} for key in ("0123456789abcdef", "fedcba9876543210"))
    async with asked(application(tmp_path, keys=keys)) as http:
        answer = await http.post(PATH + "?wait=0", content=MP4, headers={**RAW, **fox})
        address = answer.headers["location"]
        assert (await http.get(address, headers=fox)).status_code == 200
        assert (await http.get(address, headers=owl)).status_code == 404
        assert (await http.delete(address, headers=owl)).status_code == 404
        assert (await http.get(address)).status_code == 401
    assert isinstance(keys, Keys)


async def test_where_videos_cannot_be_looked_at_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    async with asked(application(tmp_path)) as http:
        answer = await sent(http, wait="30")
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "not_installed")


async def test_a_broken_video_gets_one_clear_error_without_its_place_here(tmp_path, video, monkeypatch):
    from octarine.core.errors import DataError

    def broken(path, *, progress=None):
        raise DataError("no video that can be read: Invalid data", path=path, hint="Is the file whole?")

    monkeypatch.setattr(video, "detect", broken)
    async with asked(application(tmp_path)) as http:
        answer = await sent(http, wait="30")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == ("The video cannot be read: Invalid data. Is the file whole?")


async def test_a_fault_of_ours_is_told_without_its_reason(tmp_path, video, monkeypatch):
    def fault(path, *, progress=None):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(video, "detect", fault)
    async with asked(application(tmp_path)) as http:
        answer = await sent(http, wait="30")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert left(tmp_path) == []


async def test_results_are_kept_in_bounds_and_for_a_time():
    jobs = Jobs({"picture": 1}, kept=3)
    done = []
    for _ in range(8):
        job = Job("fox", "picture")
        jobs.submit(job, lambda progress: Outcome({}), done.append)
        await asyncio.wait_for(job.over.wait(), 5)
    for old in done[:-3]:
        with pytest.raises(Refusal, match="404"):
            jobs.find(old.id, "fox")
    assert [jobs.find(job.id, "fox") for job in done[-3:]] == done[-3:]
    jobs._kept_s = -1
    with pytest.raises(Refusal):
        jobs.find(done[-1].id, "fox")
    jobs.close()


async def test_when_the_server_ends_what_waits_is_cancelled_and_deleted(tmp_path, video):
    async with asked(application(tmp_path, videos=1)) as http:
        await sent(http)
        await sent(http)
        assert len(left(tmp_path)) == 2
    video.go.set()
    assert left(tmp_path) == []
