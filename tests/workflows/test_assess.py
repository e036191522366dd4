"""The main job's edges: what it refuses before the run, and how its files are written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from octarine.core.errors import InputError, ModelUnavailable, UnknownPlugin
from octarine.core.registry import registry
from octarine.evaluate import Job
from octarine.store import open_store
from octarine.workflows.assess import assess, write_file, write_reports
from tests.evaluate.conftest import Answering, benchmark, fact, right

JOB = Job(benchmark([fact(n) for n in range(25)]))


@pytest.fixture
def store(tmp_path):
    with open_store(str(tmp_path / "results.sqlite")) as opened:
        yield opened


@pytest.fixture
def broken_report():
    def write(scorecard, results):
        raise InputError("this report cannot be made")

    registry.add("report", "broken", write)
    yield "broken"
    registry.remove("report", "broken")


@pytest.fixture
def no_space(monkeypatch):
    """A disk on which a file can be begun and not finished."""

    def full(self, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"reports": ("pdf",)}, UnknownPlugin),
        ({"against": "ffff"}, InputError),
        ({"against": "latest"}, InputError),
        ({"out": Path("file/in/a/file")}, InputError),
    ],
)
async def test_a_mistake_is_found_before_the_model_is_asked(store, tmp_path, monkeypatch, wrong, error):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("", "utf-8")
    model = Answering(right)
    with pytest.raises(error):
        await assess(model, JOB, store, **{"out": tmp_path / "out", **wrong})
    assert (model.started, model.calls, store.runs()) == (0, 0, [])


async def test_the_model_is_closed_whatever_happens(store, tmp_path):
    def down(prompt):
        raise ModelUnavailable("refused")

    for answer in (right, down):
        model = Answering(answer, name=f"test:{answer.__name__}")
        if answer is down:
            with pytest.raises(ModelUnavailable):
                await assess(model, JOB, store, out=tmp_path / "out")
        else:
            await assess(model, JOB, store, out=tmp_path / "out")
        assert model.closed == 1


async def test_latest_is_the_newest_other_run_of_the_same_benchmark(store, tmp_path):
    out = tmp_path / "out"
    first = await assess(Answering(right, name="test:a"), JOB, store, out=out)
    second = await assess(Answering(right, name="test:b"), JOB, store, out=out, against="latest")
    assert second.comparison.second.id == first.evaluation.run.id
    repeated = await assess(Answering(right, name="test:b"), JOB, store, out=out, against="latest")
    assert repeated.comparison.second.id == first.evaluation.run.id
    other = Job(benchmark([fact(n) for n in range(25)], version="2"))
    await assess(Answering(right, name="test:c"), other, store, out=out)
    prefix = first.evaluation.run.id[:6]
    named = await assess(Answering(right, name="test:b"), JOB, store, out=out, against=prefix)
    assert named.comparison.second.id == first.evaluation.run.id


async def test_latest_is_behind_a_guard_only_where_the_model_is(store, tmp_path):
    out = tmp_path / "out"
    alone = await assess(Answering(right, name="test:a"), JOB, store, out=out)
    behind = await assess(Answering(right, name="guarded:test:a"), JOB, store, out=out)
    second = await assess(Answering(right, name="test:b"), JOB, store, out=out, against="latest")
    assert second.comparison.second.id == alone.evaluation.run.id
    guarded = await assess(Answering(right, name="guarded:test:b"), JOB, store, out=out, against="latest")
    assert guarded.comparison.second.id == behind.evaluation.run.id


async def test_a_run_against_itself_is_refused_and_its_reports_are_kept(store, tmp_path):
    out = tmp_path / "out"
    found = await assess(Answering(right), JOB, store, out=out, reports=())
    with pytest.raises(InputError, match="compared with itself"):
        await assess(Answering(right), JOB, store, out=out, against=found.evaluation.run.id)
    assert sorted(os.listdir(out)) == ["scorecard.html", "scorecard.json"]


async def test_old_reports_are_replaced_whole(store, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    old = out / "scorecard.json"
    old.write_text("an old report", "utf-8")
    reader = old.open(encoding="utf-8")
    with reader:
        found = await assess(Answering(right), JOB, store, out=out)
        # Whoever was reading goes on reading the old one: it was replaced, not written over.
        assert reader.read() == "an old report"
    assert found.files == (out / "scorecard.html", old)
    assert '"format"' in old.read_text("utf-8")
    assert sorted(os.listdir(out)) == ["scorecard.html", "scorecard.json"]


async def test_a_full_disk_leaves_the_old_report_and_no_scraps(store, tmp_path, no_space):
    out = tmp_path / "out"
    out.mkdir()
    (out / "scorecard.json").write_text("an old report", "utf-8")
    with pytest.raises(InputError, match="no space is left") as error:
        await assess(Answering(right), JOB, store, out=out, reports=("json",))
    assert "octarine evaluate show" in error.value.hint
    assert os.listdir(out) == ["scorecard.json"]
    assert (out / "scorecard.json").read_text("utf-8") == "an old report"
    assert store.runs()[0].results == 25


async def test_a_report_that_fails_spoils_no_other(store, tmp_path, broken_report):
    out = tmp_path / "out"
    with pytest.raises(InputError, match="cannot be made"):
        await assess(Answering(right), JOB, store, out=out, reports=("json", broken_report))
    assert os.listdir(out) == ["scorecard.json"]


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    (tmp_path / "scorecard.json").mkdir()
    with pytest.raises(InputError, match=r"scorecard\.json was not written"):
        write_file(tmp_path / "scorecard.json", "text")
    assert os.listdir(tmp_path) == ["scorecard.json"]


def test_who_may_read_a_report_the_umask_says(tmp_path):
    before = os.umask(0o077)
    try:
        assert write_file(tmp_path / "private", "text").stat().st_mode & 0o777 == 0o600
        os.umask(0o022)
        assert write_file(tmp_path / "public", "text").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


async def test_a_registered_report_is_written_under_its_own_name(store, tmp_path):
    registry.add("report", "plain", lambda scorecard, results: f"{len(list(results))} results \ud800")
    try:
        found = await assess(Answering(right), JOB, store, out=tmp_path / "out", reports=("plain",))
        (again,) = write_reports(found.evaluation.scorecard, store, tmp_path / "again", ("plain",))
    finally:
        registry.remove("report", "plain")
    assert found.files == (tmp_path / "out" / "scorecard.plain",)
    assert again.read_text("utf-8") == "25 results \\ud800"
