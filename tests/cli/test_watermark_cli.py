"""``octarine watermark`` as a user types it."""

from __future__ import annotations

import gc
import json
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from octarine.cli import watermark_pictures
from octarine.cli.main import run
from octarine.cli.output import json_array, print_json
from octarine.cli.watermark_pictures import tell_marked
from octarine.core.errors import InputError
from octarine.watermark import Confidence, Found
from octarine.watermark.files.folders import Looked, Marked
from tests.watermark.pictures import scene


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(scene()).save("in.png")
    assert run(["watermark", "keygen", "KEY"]) == 0
    return tmp_path


def octarine(capsys, *args):
    capsys.readouterr()
    code = run(["watermark", *args])
    out, err = capsys.readouterr()
    return code, out, err


def test_mark_and_find(capsys):
    code, out, _ = octarine(capsys, "embed", "in.png", "out.png", "--key-file", "KEY", "--payload", "0x5EED")
    assert code == 0
    assert "PSNR" in out
    code, out, _ = octarine(
        capsys, "detect", "out.png", "--key-file", "KEY", "--json", "--edit-map", "map.png"
    )
    (row,) = json.loads(out)
    assert code == 0
    assert (row["payload"], row["confidence"], row["edited"]) == ("0x5eed", "high", False)
    assert row["geometry"]["mirrored"] is False
    assert row["edited_regions"] == []
    assert row["told_area"] > 0.2
    assert np.asarray(Image.open("map.png")).shape == scene().shape
    code, out, _ = octarine(capsys, "detect", "out.png", "--key-file", "KEY")
    assert "0x5eed" in out
    assert "upright" in out


def test_nothing_is_found_where_nothing_is(capsys):
    code, out, _ = octarine(capsys, "detect", "in.png", "--key-file", "KEY")
    assert code == 0
    assert "none" in out
    _, out, err = octarine(capsys, "detect", "in.png", "--key-file", "KEY", "--edit-map", "map.png", "--json")
    assert json.loads(out)[0]["payload"] is None
    assert "No edit map" in err


def test_an_edited_place_is_told(capsys):
    octarine(capsys, "embed", "in.png", "out.png", "--key-file", "KEY", "--psnr", "42")
    edited = np.asarray(Image.open("out.png")).copy()
    edited[150:260, 200:330] = scene(seed=5)[150:260, 200:330]
    Image.fromarray(edited).save("edited.png")
    args = ("detect", "edited.png", "--key-file", "KEY", "--edits")
    (row,) = json.loads(octarine(capsys, *args, "--json")[1])
    region = row["edited_regions"][0]
    assert row["edited"] is True
    assert region["x"] == pytest.approx(200, abs=16)
    assert region["y"] == pytest.approx(150, abs=16)
    assert region["share"] == pytest.approx(110 * 130 / (320 * 384), rel=0.35)
    assert f" % at {region['x']},{region['y']}" in octarine(capsys, *args)[1]


def test_a_strength_is_kept(capsys):
    args = ("embed", "in.png", "out.png", "--key-file", "KEY", "--psnr", "45", "--json")
    (row,) = json.loads(octarine(capsys, *args)[1])
    assert row["psnr"] == pytest.approx(45, abs=0.2)


def test_a_mark_without_a_payload(capsys):
    args = ("embed", "in.png", "out.png", "--key-file", "KEY", "--zero-bit")
    assert octarine(capsys, *args)[0] == 0
    (row,) = json.loads(octarine(capsys, "detect", "out.png", "--key-file", "KEY", "--json")[1])
    assert (row["payload"], row["zero_bit"], row["confidence"]) == (None, True, "high")
    _, out, _ = octarine(capsys, "detect", "out.png", "--key-file", "KEY", "--edit-map", "map.png")
    assert "none" in out
    assert "high" in out
    assert np.asarray(Image.open("map.png")).shape == scene().shape


def test_what_cannot_be_looked_at_ends_with_2_and_the_rest_is_told(capsys, place):
    (place / "many").mkdir()
    Image.fromarray(scene()).save(place / "many" / "a.png")
    (place / "many" / "b.png").write_bytes(b"broken")
    Image.fromarray(scene()).save(place / "many" / "c.png")
    code, out, _ = octarine(capsys, "detect", "many", "--key-file", "KEY", "--json")
    assert code == 2
    assert [("error" in row, row["path"]) for row in json.loads(out)] == [
        (False, "many/a.png"),
        (True, "many/b.png"),
        (False, "many/c.png"),
    ]
    code, out, _ = octarine(capsys, "detect", "many", "--key-file", "KEY")
    assert code == 2
    assert "no kind that is known" in " ".join(out.split())


def test_a_name_that_is_no_text_is_told_all_the_same(capsys, place):
    (place / "many").mkdir()
    Image.fromarray(scene()).save(b"many/\xff[red].png".decode("utf-8", "surrogateescape"))
    code, out, err = octarine(capsys, "embed", "many", "marked", "--key-file", "KEY")
    assert (code, err) == (0, "")
    assert "[red].png: marked" in out
    code, out, err = octarine(capsys, "detect", "marked", "--key-file", "KEY")
    assert (code, err) == (0, "")
    assert "high" in out


def test_a_folder(capsys, place):
    (place / "many").mkdir()
    for seed in range(2):
        Image.fromarray(scene(seed=seed)).save(place / "many" / f"{seed}.jpg", quality=95)
    args = ("embed", "many", "marked", "--key-file", "KEY", "--payload", "77", "--jobs", "1")
    assert octarine(capsys, *args)[0] == 0
    assert "2 were there already" in octarine(capsys, *args)[1]
    _, out, _ = octarine(capsys, "detect", "marked", "--key-file", "KEY", "--json", "--jobs", "1")
    assert [row["payload"] for row in json.loads(out)] == ["0x4d", "0x4d"]
    (place / "many" / "broken.png").write_bytes(b"broken")
    code, _, err = octarine(capsys, *args)
    assert code == 2
    assert "broken.png" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("embed", "in.png", "in.png", "--key-file", "KEY"), "exists"),
        (("embed", "in.png", "out.png", "--key-file", "KEY", "--payload", "cat"), "no number"),
        (("embed", "in.png", "out.png", "--key-file", "KEY", "--payload", "0x1000000000000"), "does not fit"),
        (("embed", "in.png", "out.png", "--key-file", "KEY", "--psnr", "10"), "--psnr"),
        (("embed", "in.png", "out.gif", "--key-file", "KEY"), "format"),
        (
            ("embed", "in.png", "out.png", "--key-file", "KEY", "--zero-bit", "--payload", "0"),
            "without a payload",
        ),
        (("embed", "empty", "out", "--key-file", "KEY"), "no picture"),
        (("embed", "in.png", "out.png", "--key-file", "in.png"), "in.png"),
        (("detect", "in.png", "--key-file", "nowhere"), "nowhere"),
        (("detect", "empty", "--key-file", "KEY", "--edit-map", "map.png"), "one picture"),
        (("detect", "in.png", "--key-file", "KEY", "--edit-map", "map.jpg"), "PNG"),
        (("keygen", "KEY"), "never overwritten"),
    ],
)
def test_a_mistake_is_told_and_ends_with_2(capsys, place, args, message):
    (place / "empty").mkdir()
    code, _, err = octarine(capsys, *args)
    assert code == 2
    assert message in err
    assert (np.asarray(Image.open("in.png")) == scene()).all()


def test_the_secret_is_shown_nowhere(capsys, place):
    secret = (place / "KEY").read_text().splitlines()[1]
    for args in (("embed", "in.png", "out.png"), ("detect", "in.png")):
        _, out, err = octarine(capsys, *args, "--key-file", "KEY", "--json")
        assert secret not in out + err


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_an_array_that_is_written_row_by_row_reads_as_one_that_is_written_whole(rows, capsys):
    values = [{"n": n, "of": ["é", {"a": None}]} for n in range(rows)]
    print_json(values)
    whole = capsys.readouterr().out
    with json_array() as put:
        for value in values:
            put(value)
    assert capsys.readouterr().out == whole


def test_an_array_that_breaks_off_ends_where_it_broke_off(capsys):
    def broken(rows):
        yield from rows
        raise InputError("broken")

    row = Marked(Path("a.png"), Path("b.png"), 42.0)
    with pytest.raises(InputError):
        tell_marked(broken([row]), True)
    assert [one["source"] for one in json.loads(capsys.readouterr().out)] == ["a.png"]
    with pytest.raises(InputError):
        tell_marked(broken([]), True)
    assert capsys.readouterr().out == ""


def test_a_table_that_breaks_off_is_told_as_far_as_it_came(capsys):
    def broken():
        yield Looked(Path("a.png"), None, "is broken")
        raise InputError("broken")

    with pytest.raises(InputError):
        watermark_pictures.tell_looked(broken(), False)
    assert "a.png" in capsys.readouterr().out


@pytest.mark.parametrize("json_out", [False, True])
def test_each_result_is_told_as_it_comes_and_none_is_kept(json_out, capsys):
    """So that memory does not grow with the folder."""
    kept = weakref.WeakSet()

    def results():
        for n in range(50):
            # All but the one that the teller may still have in hand.
            gc.collect()
            assert len(kept) <= 1
            marked = Marked(Path(f"{n}.png"), Path("out", f"{n}.png"), 42.0)
            kept.add(marked)
            yield marked
            told = capsys.readouterr().out
            assert f"{n}.png" in told
            del marked

    assert tell_marked(results(), json_out) is False


def test_tables_of_a_large_folder_come_in_parts(capsys, monkeypatch):
    monkeypatch.setattr(watermark_pictures, "ROWS", 2)
    found = Found(12.0, 1e-12, Confidence.HIGH, 7)
    looked = [Looked(Path(f"{n}.png"), found) for n in range(4)] + [Looked(Path("4.png"), None, "is broken")]
    assert watermark_pictures.tell_looked(iter(looked), False) is True
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(" picture") for line in lines) == 3
    assert len(lines) == 3 + 5
