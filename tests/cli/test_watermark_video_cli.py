"""``octarine watermark`` on video, as a user types it."""

from __future__ import annotations

import json

import pytest

from octarine.cli.main import run
from tests.watermark.video.clips import frames, write


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.mp4", frames(12), sound=True)
    assert run(["watermark", "keygen", "KEY"]) == 0
    return tmp_path


def octarine(capsys, *args):
    capsys.readouterr()
    code = run(["watermark", *args, "--key-file", "KEY"])
    out, err = capsys.readouterr()
    return code, out, err


def test_mark_and_find(capsys):
    code, out, _ = octarine(capsys, "embed", "in.mp4", "out.mp4", "--payload", "0x5EED")
    assert code == 0
    assert "12 frames marked" in out
    code, out, _ = octarine(capsys, "detect", "out.mp4", "--json")
    row = json.loads(out)
    assert code == 0
    assert (row["payload"], row["confidence"], row["share"]) == ("0x5eed", "high", 1.0)
    assert [(span["start"], span["end"], span["payload"]) for span in row["spans"]] == [(0.0, 1.2, "0x5eed")]
    assert len(row["frames"]) == row["frames_read"] == 12
    _, out, _ = octarine(capsys, "detect", "out.mp4")
    assert "0x5eed" in out
    assert "100 %" in out
    _, out, _ = octarine(capsys, "detect", "in.mp4")
    assert "none" in out


def test_what_is_ours_is_told_by_times(capsys, place):
    octarine(capsys, "embed", "in.mp4", "out.mp4", "--payload", "7", "--crf", "12")
    import av

    with av.open("out.mp4") as container:
        own = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    write(place / "mixed.mkv", frames(10, seed=9) + own)
    _, out, _ = octarine(capsys, "detect", "mixed.mkv")
    assert "0:00:01.00 to 0:00:02.20  0x7  upright" in out


def test_json_of_embedding(capsys):
    _, out, _ = octarine(capsys, "embed", "in.mp4", "out.mkv", "--psnr", "45", "--json")
    row = json.loads(out)
    assert row["psnr"] == pytest.approx(45, abs=0.3)
    assert (row["frames"], row["target"], row["notes"]) == (12, "out.mkv", [])


def test_notes_go_to_standard_error(capsys, place):
    write(place / "long.mkv", frames(30), options={"crf": "18", "g": "5"})
    data = (place / "long.mkv").read_bytes()
    (place / "cut.mkv").write_bytes(data[: len(data) // 2])
    code, out, err = octarine(capsys, "detect", "cut.mkv", "--json")
    assert code == 0
    assert "ends early" in json.loads(out)["notes"][0]
    code, out, err = octarine(capsys, "detect", "cut.mkv")
    assert "cut.mkv: ends early" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("embed", "in.mp4", "in.mp4"), "original"),
        (("embed", "in.mp4", "out.png"), "format"),
        (("embed", "nowhere.mp4", "out.mp4"), "nowhere.mp4"),
        (("detect", "KEY.mp4"), "KEY.mp4"),
        (("detect", "in.mp4", "--edit-map", "map.png"), "one picture"),
        (("embed", "in.mp4", "out.mp4", "--crf", "64"), "--crf"),
    ],
)
def test_a_mistake_is_told_and_ends_with_2(capsys, args, message):
    code, _, err = octarine(capsys, *args)
    assert code == 2
    assert message in err
