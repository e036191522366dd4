"""Spacing, slips and games: examples that a reader would write by hand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.redteam.obfuscation.orthography.drawing.font import GLYPHS, HEIGHT, WIDTH, rows
from octarine.redteam.obfuscation.orthography.letters.keyboards import neighbours
from tests.redteam.vectors import written

TEXT = "The quick brown fox jumps over the lazy dog, twice."


@pytest.mark.parametrize(
    ("name", "text", "made"),
    [
        ("leetspeak", "leet test", "1337 7357"),
        ("one-case", "Ada", "ADA"),
        ("identifier-case", "fix my old bike", "fixMyOldBike"),
        ("title-case", "how to bake good bread", "how to Bake Good Bread"),
        ("spaced-letters", "ab cd", "a b   c d"),
        ("no-blanks", "ab cd\nef", "abcdef"),
        ("narrow-column", "a lantern", "a lan-\ntern"),
        ("staircase", "a b c", "a\n  b\n    c"),
        ("pig-latin", "quick string apple", "ickquay ingstray appleway"),
        ("ubbi-dubbi", "speak", "spubeak"),
        ("vowel-echo", "casa", "capasapa"),
        ("spoonerism", "crushing blow", "blushing crow"),
        ("no-vowels", "reading is fun", "rdng is fn"),
        ("starred-keywords", "mend the lamp", "m**d the l**p"),
        ("letter-names", "ok", "oh, kay"),
        ("numeral-rebus", "see you before eight", "c u b4 8"),
        ("doubled-words", "so it is", "so so it it is is"),
    ],
)
def test_known_examples(name: str, text: str, made: str) -> None:
    assert written(name, text) == made


def test_a_parameter_is_no_technique() -> None:
    """What a strict reader would count once is one technique."""
    assert written("leetspeak", "he", style="strokes") == "|-|[-"
    assert written("leetspeak", "すに", "ja") == "£ﾚこ"
    assert written("spaced-letters", "ab c", mark="new line") == "a\nb\n\n\nc"
    assert written("strikethrough", "ab", mark="square") == "a\u20deb\u20de"


def test_columns_are_read_downwards_from_the_right() -> None:
    sheet = written("vertical-columns", "abcdefgh", height=3).split("\n")
    assert sheet == ["gda", "heb", "\u3000fc"]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000))
def test_scrambling_keeps_letters_and_ends(seed: int) -> None:
    for old, new in zip(TEXT.split(), written("scrambled-middle", TEXT, seed=seed).split(), strict=True):
        assert sorted(old) == sorted(new)
        letters, made = (re.sub(r"\W", "", word) for word in (old, new))
        assert (letters[0], letters[-1]) == (made[0], made[-1])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000))
def test_moved_blanks_keep_every_letter(seed: int) -> None:
    made = written("moved-blanks", TEXT, seed=seed)
    assert made.replace(" ", "") == TEXT.replace(" ", "")
    assert made.count(" ") == TEXT.count(" ")


def test_a_slip_hits_a_key_beside_the_right_one() -> None:
    made = written("keyboard-slips", TEXT, share=1.0)
    for old, new in zip(TEXT, made, strict=True):
        assert new == old if not old.isalpha() else new.lower() in neighbours("en")[old.lower()]
    assert "z" in neighbours("de")["t"], "QWERTZ"
    assert "z" in neighbours("fr")["a"], "AZERTY"


def test_one_vowel_is_left() -> None:
    made = written("one-vowel", TEXT, vowel="i")
    assert not set("aeouAEOUy") & set(made)


def test_glyphs_are_five_by_five_and_all_different() -> None:
    assert len(GLYPHS) == 36
    assert len(set(GLYPHS.values())) == 36
    assert all(len(glyph) == HEIGHT and all(len(row) == WIDTH for row in glyph) for glyph in GLYPHS.values())


def test_a_banner_shows_the_word_that_its_number_replaces() -> None:
    made = written("ascii-art-keywords", "Mend the lantern", words=1, ink="#")
    assert made == "Mend the [1]\n\n[1]\n" + "\n".join(rows("lantern"))


def test_a_picture_of_dots_has_the_dots_of_the_letter() -> None:
    """T: a row of five dots and a stem below its third."""
    upper, lower = written("dot-picture", "T").split("\n")
    assert upper == "⠉⡏⠁"
    assert lower == "⠀⠁⠀"


def test_the_list_gives_every_word_back() -> None:
    made = written("list-lookup", "Mend the broken lantern")
    entries = dict(re.findall(r"(?m)^(\d+)\. (.+)$", made))
    text = made.rsplit("\n\n", 1)[1]
    assert re.sub(r"\[(\d+)\]", lambda m: entries[m[1]], text) == "Mend the broken lantern"
    assert len(entries) > 10
