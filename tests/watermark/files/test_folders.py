"""Folders of pictures: what is done is whole, what was interrupted is continued, what fails is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from PIL import Image

from octarine.core.errors import InputError
from octarine.watermark import ImageWatermark, write_key
from octarine.watermark.files import folders as folders_module
from octarine.watermark.files.folders import count_in, detect_folder, embed_folder, pictures_in
from octarine.watermark.files.pictures import read_picture
from tests.watermark.pictures import KEY, scene

MARK = ImageWatermark(KEY)


def folder(tmp_path, n=2):
    root = tmp_path / "in"
    (root / "deep").mkdir(parents=True)
    for i in range(n):
        Image.fromarray(scene(256, 256, i)).save(root / ("deep" if i % 2 else ".") / f"{i}.png")
    (root / "notes.txt").write_text("no picture")
    return root


def test_a_folder_is_marked_and_found_and_continued(tmp_path):
    root, out = folder(tmp_path), tmp_path / "out"
    assert [path.name for path in pictures_in(root)] == ["0.png", "1.png"]
    before = {path: path.read_bytes() for path in pictures_in(root)}
    done = list(embed_folder(MARK, root, out, 7, None, jobs=2, overwrite=False))
    assert [(one.skipped, one.error) for one in done] == [(False, ""), (False, "")]
    assert before == {path: path.read_bytes() for path in pictures_in(root)}
    found = list(detect_folder(MARK, out, jobs=2))
    assert [one.found.payload for one in found] == [7, 7]
    (out / "0.png").unlink()
    again = list(embed_folder(MARK, root, out, 7, None, jobs=1, overwrite=False))
    assert [one.skipped for one in again] == [False, True]


def test_a_broken_picture_in_a_folder_does_not_stop_the_rest(tmp_path):
    root = folder(tmp_path, 1)
    (root / "a.png").write_bytes(b"broken")
    done = list(embed_folder(MARK, root, tmp_path / "out", 7, None, jobs=1, overwrite=False))
    assert [bool(one.error) for one in done] == [False, True]
    looked = list(detect_folder(MARK, root, jobs=1))
    assert [bool(one.error) for one in looked] == [False, True]


def test_a_folder_is_not_marked_into_itself(tmp_path):
    root = folder(tmp_path, 1)
    with pytest.raises(InputError, match="lies in"):
        list(embed_folder(MARK, root, root / "out", 7, None, jobs=1, overwrite=False))


def test_no_original_is_taken_for_a_result_or_replaced(tmp_path):
    root = tmp_path / "in"
    (root / "in").mkdir(parents=True)
    for place in (root, root / "in"):
        Image.fromarray(scene(80, 80)).save(place / "a.png")
    with pytest.raises(InputError, match="would lie in"):
        list(embed_folder(MARK, root, tmp_path, 7, None, jobs=1, overwrite=True))
    (root / "in").rename(root / "deep")
    done = list(embed_folder(MARK, root, tmp_path, 7, None, jobs=1, overwrite=False))
    assert [one.target for one in done] == [tmp_path / "a.png", tmp_path / "deep" / "a.png"]


def test_where_nothing_can_be_put_is_told_and_the_rest_is_done(tmp_path):
    root, out = tmp_path / "in", tmp_path
    root.mkdir()
    for name in ("a" * 200, "z"):
        Image.fromarray(scene(80, 80)).save(root / f"{name}.png")
    while len(str(out)) < 3700:
        out = out / ("d" * 200)
    out = out / ("e" * (3949 - len(str(out))))
    long, short = embed_folder(MARK, root, out, 7, None, jobs=1, overwrite=False)
    assert "File name too long" in long.error
    assert (short.error, short.target.exists()) == ("", True)


@pytest.mark.parametrize(
    "name", ["a name with  spaces.png", "Köln – 東京 🦉.png", "-x.png", "A.PNG", "a.b.c.jpeg"]
)
def test_any_name_will_do(name, tmp_path):
    root, out = tmp_path / "in here", tmp_path / "out there"
    (root / "tief – 深い").mkdir(parents=True)
    Image.fromarray(scene(256, 256)).save(root / "tief – 深い" / name)
    (done,) = embed_folder(MARK, root, out, 7, None, jobs=1, overwrite=False)
    assert done.error == ""
    assert done.target == out / "tief – 深い" / name
    (looked,) = detect_folder(MARK, out, 1)
    assert looked.found.payload == 7


def test_pictures_that_differ_in_their_ending_alone_stay_apart(tmp_path):
    root = tmp_path / "in"
    root.mkdir()
    for i, suffix in enumerate((".png", ".jpg", ".tif")):
        Image.fromarray(scene(80, 80, i)).save(root / f"a{suffix}")
    done = list(embed_folder(MARK, root, tmp_path / "out", 7, None, jobs=2, overwrite=False))
    assert sorted(one.target.name for one in done) == ["a.jpg", "a.png", "a.tif"]
    assert not any(one.error for one in done)


def test_the_listing_goes_folder_by_folder_by_name(tmp_path):
    for name in ("b/z.png", "b/c/a.png", "a.png", "z.jpg", "a/y.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [path.relative_to(tmp_path).as_posix() for path in pictures_in(tmp_path)] == [
        "a.png", "z.jpg", "a/y.webp", "b/z.png", "b/c/a.png",
    ]  # fmt: skip


def test_links_that_lead_round_are_not_followed(tmp_path):
    root = folder(tmp_path, 1)
    (root / "round").symlink_to(root)
    (root / "itself.png").symlink_to(root / "itself.png")
    (root / "nowhere.png").symlink_to(root / "gone.png")
    (root / "same.png").symlink_to(root / "0.png")
    assert [path.name for path in pictures_in(root)] == ["0.png", "same.png"]


@pytest.mark.skipif(not os.geteuid(), reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_told(tmp_path):
    root = folder(tmp_path, 1)
    (root / "locked").mkdir(mode=0)
    with pytest.raises(InputError, match="locked cannot be read"):
        count_in(root)


def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_done(tmp_path, monkeypatch):
    root = folder(tmp_path, 3)
    unreadable = root / "deep" / "1.png"
    opened = type(unreadable).read_bytes

    def read(path):
        if path == unreadable:
            raise PermissionError(13, "Permission denied")
        return opened(path)

    monkeypatch.setattr(type(unreadable), "read_bytes", read)
    looked = list(detect_folder(MARK, root, 2))
    assert {one.path.name: one.error for one in looked if one.error} == {
        "1.png": f"{unreadable}: cannot be read: Permission denied"
    }
    assert len(looked) == 3


def test_no_more_are_begun_than_are_asked_for(tmp_path, monkeypatch):
    """What is begun, and what is kept, is bounded; so is the number at work at one time."""
    root = tmp_path / "in"
    root.mkdir()
    for i in range(200):
        (root / f"{i:03}.png").touch()
    begun, lock, at_work, most = [], threading.Lock(), [0], [0]

    def look(mark, path, **_):
        with lock:
            begun.append(path)
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
        time.sleep(0.001)
        with lock:
            at_work[0] -= 1

    monkeypatch.setattr(folders_module, "detect_file", look)
    for taken, _ in enumerate(detect_folder(MARK, root, 3), 1):
        assert len(begun) <= taken + 2 * 3
    assert len(begun) == 200
    assert most[0] <= 3


def test_who_stops_early_does_not_wait_for_the_rest(tmp_path, monkeypatch):
    root = tmp_path / "in"
    root.mkdir()
    for i in range(200):
        (root / f"{i:03}.png").touch()
    begun = []
    monkeypatch.setattr(folders_module, "detect_file", lambda mark, path, **_: begun.append(path))
    results = detect_folder(MARK, root, 2)
    next(results)
    results.close()
    assert len(begun) <= 4


COMMAND = "import sys; from octarine.cli.main import main; sys.argv[0] = 'octarine'; main()"


def test_a_run_that_was_killed_is_continued_and_every_result_is_whole(tmp_path):
    root, out, key = tmp_path / "in", tmp_path / "out", tmp_path / "KEY"
    root.mkdir()
    write_key(key, KEY)
    for i in range(12):
        Image.fromarray(scene(256, 256, i)).save(root / f"{i:02}.png")
    args = [sys.executable, "-c", COMMAND, "watermark", "embed", str(root), str(out), "--key-file", str(key)]
    args += ["--payload", "7", "--jobs", "2"]
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        # Killed in the middle: as soon as something is there.
        while process.poll() is None and not (out.exists() and count_in(out)):
            time.sleep(0.005)
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    before = {path: path.stat().st_mtime_ns for path in pictures_in(out)}
    assert before
    for path in before:
        assert read_picture(path).pixels.shape == (256, 256, 3)
    done = list(embed_folder(MARK, root, out, 7, None, jobs=2, overwrite=False))
    assert sum(one.skipped for one in done) == len(before)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert count_in(out) == 12
    for path in pictures_in(out):
        original = read_picture(root / path.name).pixels
        assert (read_picture(path).pixels == MARK.embed(original, 7)).all()
