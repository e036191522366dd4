"""Sentences and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.guard.grounding.words import sentences


def stems(text, language):
    return [word.stem for one in sentences(text, language) for word in one.words]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dr. Miller came. He left.", ["Dr. Miller came.", "He left."]),
        ("It is 3.5 metres. “Why?” she said.", ["It is 3.5 metres.", "“Why?”", "she said."]),
        ("- one birch\n- two birches", ["- one birch", "- two birches"]),
        ("橋は長い。設計者は森田だ。", ["橋は長い。", "設計者は森田だ。"]),
        ("पुल लंबा है। यह नया है।", ["पुल लंबा है।", "यह नया है।"]),
        ("هل هذا جسر؟ نعم هو جسر.", ["هل هذا جسر؟", "نعم هو جسر."]),
        ("…", []),
        ("", []),
    ],
)
def test_sentences(text, found):
    assert [one.text for one in sentences(text)] == found


@given(st.text(max_size=300))
def test_spans_are_of_the_text(text):
    here = 0
    for one in sentences(text):
        assert here <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.text
        here = one.end


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Zs"]), max_size=200))
def test_no_letter_or_digit_is_lost_between_sentences(text):
    kept = "".join(one.text for one in sentences(text))
    assert [char for char in text if char.isalnum()] == [char for char in kept if char.isalnum()]


@pytest.mark.parametrize(
    ("one", "other"), [("1,200", "1200"), ("1.200", "1200"), ("٦٢٠", "620"), ("07", "7"), ("３５", "35")]
)
def test_numbers_are_written_in_several_ways(one, other):
    assert stems(one, "en") == stems(other, "en")


@pytest.mark.parametrize(("one", "other"), [("7:42", "742"), ("3.5", "35"), ("412", "421")])
def test_other_numbers_are_other_numbers(one, other):
    assert stems(one, "en") != stems(other, "en")


def test_inflected_words_are_one():
    assert stems("Brücken brücke", "de")[0] == stems("Brücken brücke", "de")[1]
    assert stems("الجسر جسر", "ar")[0] == stems("الجسر جسر", "ar")[1]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It doesn't open.", "en"),
        ("Es ist nicht offen.", "de"),
        ("Ce n'est pas ouvert.", "fr"),
        ("No abre.", "es"),
        ("Non apre.", "it"),
        ("Não abre.", "pt"),
        ("यह नहीं खुलता।", "hi"),
        ("لا يفتح الجسر.", "ar"),
        ("開かない。", "ja"),
    ],
)
def test_denials(text, language):
    (one,) = sentences(text, language)
    assert one.denials > 0


def test_names_are_capitals_within_a_sentence():
    (one,) = sentences("The Harrow bridge", "en")
    assert [word.name for word in one.words] == [False, True, False]
