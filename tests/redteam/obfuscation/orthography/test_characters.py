"""Characters against Unicode's own tables, a terminal and published examples."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.content import Conversation
from octarine.redteam import techniques
from octarine.redteam.applying import readable
from octarine.redteam.obfuscation.orthography import TECHNIQUES
from octarine.redteam.obfuscation.orthography.characters.tables import COMPATIBLE, HOMOGLYPHS
from tests.redteam.vectors import written

TEXT = "Where do fifty sparrows sleep in June?"
REVERSIBLE = [technique for technique in TECHNIQUES if technique.reversible]
CHARACTERS = st.one_of(
    st.text(max_size=40),
    st.text("aAbeEé ıİſßﬁ①ａ𝐚K'\u0301\u0336\u200b\ufe0f👍🏽\U000e0041\x08\x1b[0;1mH\r\n", max_size=40),
)


@pytest.mark.parametrize("technique", REVERSIBLE, ids=lambda technique: technique.id)
@settings(max_examples=40, deadline=None)
@given(text=CHARACTERS, seed=st.integers(0, 9))
def test_any_text_comes_back_as_declared(technique: object, text: str, seed: int) -> None:
    bare = techniques[technique.id]  # type: ignore[attr-defined]
    if any(parameter.name == "explained" for parameter in bare.parameters):
        bare = bare.set(explained=False)
    made = bare(Conversation.user(text), np.random.default_rng(seed), language="de")
    if isinstance(made, Conversation):
        assert bare.decode(made.prompt) == bare.survives(readable(text))


@pytest.mark.parametrize("name", ["fullwidth", "mathematical-letters", "compatibility-ligatures"])
def test_nfkc_reads_compatibility_characters(name: str) -> None:
    assert unicodedata.normalize("NFKC", written(name, TEXT)) == TEXT


@pytest.mark.parametrize(
    ("name", "values"), [("superscript", {}), ("enclosed-letters", {"frame": "circled"})]
)
def test_nfkc_reads_the_rest_in_small_letters(name: str, values: dict[str, str]) -> None:
    made = written(name, TEXT, **values)
    assert not set(made) & set("abcdefghijklmnopqrstuvwxyz")
    assert unicodedata.normalize("NFKC", made) == TEXT.lower()


@pytest.mark.parametrize("style", ["bold", "script", "fraktur", "double-struck", "italic", "monospace"])
def test_every_style_has_every_letter(style: str) -> None:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    made = written("mathematical-letters", letters, style=style)
    assert unicodedata.normalize("NFKC", made) == letters
    assert not made.isascii()
    assert len(set(made)) == 52


def test_every_ligature_is_a_compatibility_character_for_its_letters() -> None:
    for letters, sign in COMPATIBLE.items():
        assert unicodedata.normalize("NFKC", sign) == letters


def test_homoglyphs_are_other_characters_of_the_same_case() -> None:
    assert len(set(HOMOGLYPHS.values())) == len(HOMOGLYPHS)
    for here, there in HOMOGLYPHS.items():
        assert unicodedata.normalize("NFKC", there) != here, "not only a form of the same letter"
        if here.isascii():
            assert unicodedata.category(there)[0] == "L"
            assert "LATIN" not in unicodedata.name(there) or here in "gz"
    assert written("homoglyph", "cap", share=1.0) == "\u0441\u0430\u0440"


def test_a_byte_is_a_variation_selector() -> None:
    """h is 0x68: the selector VS121, U+E0158; 0x0A is VS11, U+FE0A."""
    assert written("variation-selectors", "h\n.", carrier="😀") == "😀\U000e0158\ufe0a\U000e011e"


def test_ascii_is_tag_characters() -> None:
    assert written("tag-characters", "Hi ü") == "\U000e0048\U000e0069\U000e0020ü"


def test_bits_are_two_signs() -> None:
    assert written("invisible-bits", "A") == "\u2064\u2062" + "\u2064" * 5 + "\u2062"


def test_what_hides_a_text_says_so_in_its_language() -> None:
    for language, word in (("en", "invisible"), ("de", "unsichtbare"), ("ja", "目に見えない"), ("ar", "غير")):
        assert word in written("invisible-bits", "Ada", language, explained=True)


def test_a_terminal_shows_words_in_their_places() -> None:
    text = "one two  three\nfour\n\nfive six"
    screen: dict[tuple[int, int], str] = {}
    for piece in written("cursor-moves", text).split("\x1b[")[1:]:
        place, _, shown = piece.partition("H")
        row, column = map(int, place.split(";"))
        for offset, letter in enumerate(shown):
            screen[row, column + offset] = letter
    rows = range(1, max(row for row, _ in screen) + 1)
    lines = ["".join(screen.get((row, column), "") for column in range(1, 40)) for row in rows]
    assert "\n".join(lines) == text


def test_an_editor_that_obeys_backspaces_shows_the_text() -> None:
    shown: list[str] = []
    made = written("backspaces", TEXT, share=0.5)
    for letter in made:
        if letter == "\b":
            shown.pop()
        else:
            shown.append(letter)
    assert "\b" in made
    assert "".join(shown) == TEXT


def test_a_bidi_override_is_closed_on_every_line() -> None:
    made = written("bidi-override", "abc\nde")
    assert made == "\u202ecba\u202c\n\u202eed\u202c"
    assert written("bidi-override", "سلام", "ar").startswith("\u202d")


def test_upside_down_turns_and_reverses() -> None:
    assert written("upside-down", "hello (you)") == "(noʎ) oꞁꞁǝɥ"


def test_the_last_s_of_a_word_is_round() -> None:
    assert written("long-s", "Success is his.") == "Succeſs is his."


def test_mojibake_is_what_browsers_showed() -> None:
    assert written("mojibake", "é", "fr") == "Ã©"


def test_decomposed_letters_are_nfd() -> None:
    assert written("decomposed-letters", "déjà", "fr") == "de\u0301ja\u0300"


def test_marks_stand_behind_the_whole_character() -> None:
    assert written("strikethrough", "क्षि a", "hi") == "क्षि".replace("क्", "क्\u0336") + "\u0336 a\u0336"


def test_cursor_moves_count_the_columns_of_a_terminal() -> None:
    made = written("cursor-moves", "隣の猫に出て行っても庭から", "ja")
    places = {word: int(column) for column, word in re.findall(r"\x1b\[1;(\d+)H([^\x1b]+)", made)}
    assert places == {"隣の": 1, "猫に": 5, "出て": 9, "行っても": 13, "庭から": 21}
