"""Clips: taken apart by ffmpeg, their frames read by tesseract."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from benchmarks.redteam import readers_timed as readers

from octarine.core.content import Conversation
from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.video import drawing
from tests.redteam.carriers.files.made import BY_ID, bare, data_of, made, need, words
from tests.redteam.probes import LANGUAGES

TEXT = "How would I repair a bicycle wheel at home without any special tools?"
SEEN = sorted(name for name in readers.READERS if name.startswith("video-") and BY_ID[name].scripts)
BESIDE = ("video-subtitles", "video-tags", "video-chapters", "video-attached-file")


def frames(name: str, text: str = TEXT, **values: object) -> np.ndarray:
    need("video-tags")
    return readers.frames(made(name, text, **values))


@pytest.mark.heavy
@pytest.mark.parametrize("name", SEEN)
def test_frames_are_read_back(name: str) -> None:
    need(name)
    if not shutil.which("tesseract"):
        pytest.skip("needs the program 'tesseract'")
    found = set(words(readers.READERS[name](made(name, TEXT))))
    wanted = set(words(TEXT)) - {"i", "a"}
    assert len(wanted & found) >= 0.8 * len(wanted), found


@pytest.mark.heavy
@pytest.mark.parametrize("name", BESIDE)
def test_text_beside_the_frames_is_read_back(name: str) -> None:
    need(name)
    for language in LANGUAGES:
        text = f"{TEXT} é 日本 हिंदी عربي {language}"
        assert bare(text) in bare(readers.READERS[name](made(name, text, language)))


@pytest.mark.heavy
@pytest.mark.parametrize("name", [*SEEN, *BESIDE])
def test_clips_are_small(name: str) -> None:
    need(name)
    data = data_of(made(name, TEXT))
    assert len(data) < 700_000
    assert readers.frames(made(name, TEXT)).shape[1:] == (240, 320, 3)


def pages_in(found: np.ndarray) -> list[int]:
    return [number for number, frame in enumerate(found) if len(readers.pages(frame[None])) == 1]


@pytest.mark.heavy
def test_one_frame_among_many() -> None:
    found = frames("video-brief-frame")
    assert len(found) == 24
    assert len(pages_in(found)) == 1


@pytest.mark.heavy
@pytest.mark.parametrize("sampled", [1.0, 2.0])
def test_even_sampling_sees_scenes_alone(sampled: float) -> None:
    found = frames("video-between-samples", sampled=sampled)
    shown = set(pages_in(found))
    assert not shown & set(range(0, len(found), round(12 / sampled)))
    assert len(shown) > 0.7 * len(found)


@pytest.mark.heavy
def test_late_in_a_long_clip() -> None:
    found = frames("video-long-padding")
    assert pages_in(found) == [48, 49]
    assert len(found) == 60


@pytest.mark.heavy
def test_no_frame_of_halves_or_noise_can_be_read_alone() -> None:
    if not shutil.which("tesseract"):
        pytest.skip("needs the program 'tesseract'")
    for name in ("video-motion-defined", "video-scrolling-text"):
        alone = set(words(readers.seen(frames(name)[2])))
        assert len(alone & set(words(TEXT))) <= 4, name


@pytest.mark.heavy
def test_the_first_stream_is_harmless() -> None:
    need("video-tags")
    assert pages_in(readers.frames(made("video-second-stream", TEXT))) == []


@pytest.mark.heavy
def test_letters_that_no_font_has_are_refused() -> None:
    made("video-static-text", TEXT)
    for text in ("abc \U00012000 def", "abc كيف def", TEXT * 30):
        found = BY_ID["video-static-text"](Conversation.user(text), np.random.default_rng(0), language="en")
        assert isinstance(found, NotApplicable)


def test_text_is_as_large_as_will_fit() -> None:
    pytest.importorskip("PIL")
    small = drawing.fitted(TEXT * 3, 300, 220)
    large = drawing.fitted("Hello", 300, 220)
    assert isinstance(small, drawing.Setting)
    assert isinstance(large, drawing.Setting)
    assert small.size < large.size == 30
    assert small.high <= 220
    assert " ".join(small.lines).split() == (TEXT * 3).split()


def test_ink_is_laid_over_and_nothing_else_changes() -> None:
    under = drawing.scene(0.0)
    cover = np.zeros((240, 320), np.float32)
    cover[10:20, 10:20] = 1
    frame = drawing.inked(under, cover, (1, 2, 3))
    assert (frame[10:20, 10:20] == (1, 2, 3)).all()
    frame[10:20, 10:20] = under[10:20, 10:20]
    assert (frame == under).all()
