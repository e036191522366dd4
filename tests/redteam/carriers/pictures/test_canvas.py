"""Letters and layout: no boxes, nothing outside its room, nothing lost."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from octarine.redteam import NotAvailable
from octarine.redteam.carriers.pictures.canvas import fonts
from octarine.redteam.carriers.pictures.canvas.fonts import BUILT_IN, Face, clean, face_for
from octarine.redteam.carriers.pictures.canvas.layout import LEADING, fitted, pages, put, width, wrapped
from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw
from tests.redteam.carriers.pictures.made import pixels, run

WORDS = st.text("abcdefgh Ünoqß\n.", min_size=1, max_size=200).filter(str.strip)


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with the built-in font alone."""
    monkeypatch.setattr(fonts, "_faces", list)
    monkeypatch.setattr(fonts, "_named", lambda name: [])


def test_the_built_in_font_is_taken_where_it_has_the_letters() -> None:
    assert face_for("Plain letters, 123?") == BUILT_IN


def test_a_missing_letter_is_not_drawn_as_a_box() -> None:
    assert not BUILT_IN.has("日")
    assert BUILT_IN.has("Az 09?!")


@pytest.mark.usefixtures("no_fonts")
@pytest.mark.parametrize(
    ("language", "text"), [("ja", "自転車の直し方"), ("hi", "पहिया कैसे"), ("ar", "كيف أصلح")]
)
def test_without_a_font_it_is_not_available(language: str, text: str) -> None:
    made = run("typographic-image", text, language)
    assert isinstance(made, NotAvailable)
    assert "has all of these letters" in made.reason or "raqm" in made.reason


def test_a_font_that_lacks_letters_is_named() -> None:
    with pytest.raises(CannotDraw, match="'no-such-font'"):
        face_for("abc", "no-such-font")


def test_a_spare_face_draws_what_the_first_one_lacks() -> None:
    face = Face(spare=Face())
    assert "".join(run for run, _ in face.runs("ab cd")) == "ab cd"
    image = Image.new("L", (200, 60), 255)
    from PIL import ImageDraw

    put(ImageDraw.Draw(image), (5, 5), "ab cd", face, 30, 0)
    assert np.asarray(image).min() < 60


@given(WORDS, st.integers(4, 30))
@settings(max_examples=60, deadline=None)
def test_wrapping_loses_nothing_and_keeps_to_its_room(text: str, room: int) -> None:
    face = face_for(text)
    lines = wrapped(text, face, room)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert all(width(line, face) <= room + 0.01 or len(line) <= 1 for line in lines)


@given(WORDS)
@settings(max_examples=40, deadline=None)
def test_the_largest_letters_that_fit_are_taken(text: str) -> None:
    face = face_for(text)
    laid = fitted(text, face, (300, 200), (8, 60))
    if laid is None:
        return
    assert laid.height <= 200
    bigger = laid.size + 1
    tall = len(wrapped(text, face, 300 / bigger)) * bigger * LEADING
    area = (300 * 200 / (sum(width(word, face) for word in re.findall(r"\S+\s*", text)) * LEADING)) ** 0.5
    assert tall > 200 or laid.size >= min(60, int(area) - 4)


def test_a_text_that_fits_on_no_page_says_so() -> None:
    with pytest.raises(CannotDraw, match="legible"):
        pages("word " * 20_000, BUILT_IN)


def test_longer_texts_take_smaller_letters_then_more_pages() -> None:
    short, long, longest = (len(pages("word " * count, BUILT_IN)) for count in (10, 800, 4000))
    assert (short, long) == (1, 1)
    assert longest > 1


@given(st.text(max_size=60))
@settings(max_examples=80, deadline=None)
def test_cleaned_text_has_no_controls(text: str) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", clean(text))


def test_arabic_begins_at_the_right() -> None:
    made = run("typographic-image", "كيف أصلح العجلة؟", "ar")
    if isinstance(made, NotAvailable):
        pytest.skip(made.reason)
    columns = np.flatnonzero((pixels(made) < 100).any(0))
    assert columns[0] > 640 - columns[-1]
