"""Tests of octarine.watermark.files.ray_folders."""

from __future__ import annotations

import json
import os
import sys
from types import ModuleType

import cv2
import pytest
from click.testing import CliRunner

from octarine.cli.watermark import watermark
from octarine.core.errors import InputError, MissingExtra
from octarine.watermark import ImageWatermark, write_key
from octarine.watermark.files import folders, ray_folders
from tests.watermark.pictures import KEY, scene

MARK = ImageWatermark(KEY)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "pictures"
    (place / "below").mkdir(parents=True)
    for at, name in enumerate(["a.png", "b.png", "below/c.png", "below/d.jpg", "z.png"]):
        cv2.imwrite(str(place / name), scene(256, 256, at)[..., ::-1])
    (place / "broken.png").write_bytes(b"no picture")
    (place / "notes.txt").write_text("no picture either", "utf-8")
    return place


def test_the_listing_holds_one_folder_at_a_time(folder):
    listed = folders.names_in(folder)
    assert next(listed) == (folder, ["a.png", "b.png", "broken.png", "z.png"])
    assert list(listed) == [(folder / "below", ["c.png", "d.jpg"])]
    assert folders.count_in(folder) == len(list(folders.pictures_in(folder))) == 6
    (folder / "below" / "again").symlink_to(folder)
    assert folders.count_in(folder) == 6
    with pytest.raises(InputError, match="cannot be read"):
        folders.count_in(folder / "nothing")


def test_the_target_is_outside(folder):
    with pytest.raises(InputError, match="lies in"):
        list(ray_folders.embed_folder(MARK, folder, folder / "below", 0, None, jobs=1, overwrite=False))


def test_what_is_done_is_seen_by_listing_and_costs_no_task(folder, tmp_path):
    out = tmp_path / "marked"
    put = folders.Put.into(out, folder, MARK, 7, None, False)
    assert [there for _, there in ray_folders._planned(put, folder)] == [None] * 6
    (out / "below").mkdir()
    for name in ("b.png", "below/c.png", ".a.png.0123abcd"):
        (out / name).write_bytes(b"as it was written")
    planned = list(ray_folders._planned(put, folder))
    assert [path.relative_to(folder).as_posix() for path, there in planned if there is None] == [
        "a.png", "broken.png", "z.png", "below/d.jpg",
    ]  # fmt: skip
    assert [there for _, there in planned if there] == [
        folders.Marked(folder / name, out / name, None, skipped=True) for name in ("b.png", "below/c.png")
    ]
    assert list(ray_folders._worked(None, put, [])) == []
    again = folders.Put.into(out, folder, MARK, 7, None, True)
    assert not any(there for _, there in ray_folders._planned(again, folder))
    assert not any(there for _, there in ray_folders._planned(folders.Look(MARK, False), folder))


def test_without_ray_the_extra_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match="ray") as told:
        list(ray_folders.detect_folder(MARK, folder, 1))
    assert "octarine[ray]" in told.value.hint


def test_a_cluster_that_does_not_answer_is_the_users_mistake(folder, monkeypatch):
    def init(**_):
        raise ConnectionError("Failed to connect to Ray cluster at 10.0.0.1:6379")

    fake, data = ModuleType("ray"), ModuleType("ray.data")
    fake.is_initialized, fake.init, fake.data = lambda: False, init, data
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setitem(sys.modules, "ray.data", data)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    with pytest.raises(InputError, match=r"10\.0\.0\.1") as told:
        list(ray_folders.detect_folder(MARK, folder, 1))
    assert "RAY_ADDRESS" in told.value.hint


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
def test_a_folder_is_marked_found_and_continued(folder, tmp_path, monkeypatch):
    ray = pytest.importorskip("ray", reason="heavy: needs the extra 'ray'")
    monkeypatch.setattr(ray_folders, "CHUNK", 4)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, filter(None, sys.path))))
    key, out = tmp_path / "KEY", tmp_path / "marked"
    write_key(key, KEY)
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        told = _run("embed", folder, out, "--key-file", key, "--payload", "0x5EED")
        assert [(os.path.basename(row["source"]), bool(row["psnr"]), bool(row["error"])) for row in told] == [
            ("a.png", True, False), ("b.png", True, False), ("broken.png", False, True),
            ("z.png", True, False), ("c.png", True, False), ("d.jpg", True, False),
        ]  # fmt: skip
        before = (out / "a.png").stat().st_mtime_ns
        (out / "z.png").unlink()
        again = _run("embed", folder, out, "--key-file", key, "--payload", "0x5EED")
        assert [row["skipped"] for row in again] == [True, True, False, False, True, True]
        assert (out / "a.png").stat().st_mtime_ns == before
        found = _run("detect", out, "--key-file", key)
        assert [row["payload"] for row in found] == ["0x5eed"] * 5
        assert KEY.secret.hex() not in json.dumps([told, found])
    finally:
        ray.shutdown()


def _run(command, *arguments):
    given = [command, *map(str, arguments), "--engine", "ray", "--json"]
    result = CliRunner().invoke(watermark, given, standalone_mode=False)
    assert result.exception is None, result.output
    return json.loads(result.stdout)
