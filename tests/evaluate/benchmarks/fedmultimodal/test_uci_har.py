"""UCI-HAR's official folder, with files of our own in its layout, whole and broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.fedmultimodal.uci_har import load_uci_har
from tests.evaluate.benchmarks.fedmultimodal.folders import AXES, uci_har

SIGNAL = "train/Inertial Signals/body_gyro_y_train.txt"


@pytest.mark.parametrize("inside", ["", "UCI HAR Dataset"])
def test_the_folder_is_read(tmp_path, inside):
    written = uci_har(tmp_path / inside)
    corpus = load_uci_har(tmp_path)
    assert (len(corpus.train), len(corpus.test)) == (120, 24)
    assert corpus.train.first.shape == (120, 128, 3)
    assert corpus.train.labels[:7].tolist() == [0, 1, 2, 3, 4, 5, 0]
    assert set(corpus.test.subjects) == {30}
    for axis, name in enumerate(AXES[3:]):
        raw = written["train", name][4]
        expected = (raw - raw.mean()) / (raw.std() + 1e-5)
        assert np.allclose(corpus.train.second[4, :, axis], expected, atol=1e-4)


def test_what_is_not_the_published_size_is_said(tmp_path):
    uci_har(tmp_path)
    assert "7352" in load_uci_har(tmp_path).notes[0]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-400])


def without_last_line(path: Path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def with_line(number: int, text: str):
    def change(path: Path) -> None:
        lines = path.read_text().splitlines()
        lines[number - 1] = text
        path.write_text("\n".join(lines) + "\n")

    return change


@pytest.mark.parametrize(
    ("name", "change", "line", "says"),
    [
        (SIGNAL, cut, 120, "numbers where a window has 128"),
        (SIGNAL, without_last_line, 120, "119 lines where y_train.txt has 120"),
        (SIGNAL, lambda path: path.rename(path.with_name("gyro_y.txt")), None, "is not there"),
        (SIGNAL, lambda path: path.write_text(""), None, "is empty"),
        (SIGNAL, lambda path: path.write_bytes(b"\xff\xfe" + path.read_bytes()), None, "UTF-8"),
        (SIGNAL, lambda path: path.write_text("\ufeff" + path.read_text(), "utf-8"), 1, "byte order mark"),
        (SIGNAL, with_line(3, " ".join(["0.1"] * 127 + ["x"])), 3, "not only numbers"),
        (SIGNAL, with_line(3, " ".join(["0.1"] * 127 + ["nan"])), 3, "not finite"),
        (
            "train/y_train.txt",
            with_line(9, "12"),
            9,
            "from 1 to 6",
        ),  # the later version has twelve activities
        ("train/y_train.txt", with_line(9, "2.0"), 9, "whole number"),
        ("train/subject_train.txt", without_last_line, 120, "119 lines"),
        ("test/subject_test.txt", with_line(2, "1"), 2, "training part"),
    ],
)
def test_one_error_names_file_and_line(tmp_path, name, change, line, says):
    uci_har(tmp_path)
    change(tmp_path / name)
    with pytest.raises(DataError, match=says) as caught:
        load_uci_har(tmp_path)
    assert caught.value.path == str(tmp_path / name)
    if line is not None:
        assert caught.value.line == line


def test_a_folder_without_the_data_says_what_it_takes(tmp_path):
    with pytest.raises(DataError, match="Inertial Signals"):
        load_uci_har(tmp_path)
