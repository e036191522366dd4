"""The readers of the benchmark, on a few pictures: OCR where tesseract is installed."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from octarine.core.protocols import NotApplicable
from tests.redteam.carriers.pictures.made import TEXT, run

FOLDER = Path(__file__).parents[4] / "benchmarks" / "redteam"
OCR = ("typographic-image", "mirrored-picture", "text-on-a-sign", "visual-secret-shares", "combed-pictures")


@pytest.fixture
def read_back(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("read_back")
    for name in ("read_back", "reading_pictures", "undoing"):
        sys.modules.pop(name, None)


def test_shares_of_words(read_back: Any) -> None:
    assert read_back.share_read("a red house", "A RED, house") == 1
    assert read_back.share_read("a red house", "red") == pytest.approx(1 / 3)
    assert read_back.share_read("bicycle", "bicy cle") == 1
    assert read_back.share_read("red red", "red") == 0.5
    assert read_back.share_read("東京都", "東 京 都") == 1


@pytest.mark.parametrize(
    "name", ["braille-dots-image", "morse-marks-image", "lowest-bit-picture", "behind-the-end"]
)
def test_own_readers_read(read_back: Any, name: str) -> None:
    made = run(name)
    assert not isinstance(made, NotApplicable)
    reader = read_back.readers()[name]
    assert read_back.share_read(TEXT, reader.read(made.messages[-1].parts, made.prompt)) > 0.9


@pytest.mark.heavy
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract-ocr is not installed")
@pytest.mark.parametrize("name", OCR)
def test_tesseract_reads(read_back: Any, name: str) -> None:
    made = run(name)
    reader = read_back.readers()[name]
    assert read_back.share_read(TEXT, reader.read(made.messages[-1].parts, made.prompt)) > 0.8


@pytest.mark.heavy
@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize(
    "name", ["png-text-chunk", "exif-comment", "xmp-description", "icc-description", "jpeg-comment"]
)
def test_exiftool_reads(read_back: Any, name: str) -> None:
    made = run(name)
    assert read_back.readers()[name].read(made.messages[-1].parts, made.prompt) == TEXT
