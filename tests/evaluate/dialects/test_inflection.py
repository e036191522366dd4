"""Forms of words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.evaluate.dialects import inflection
from octarine.evaluate.dialects.inflection.verbs import IRREGULAR


@pytest.mark.parametrize(
    ("base", "past", "participle", "gerund", "third"),
    [
        ("stop", "stopped", "stopped", "stopping", "stops"),
        ("admit", "admitted", "admitted", "admitting", "admits"),
        ("visit", "visited", "visited", "visiting", "visits"),
        ("lie", "lay", "lain", "lying", "lies"),
        ("carry", "carried", "carried", "carrying", "carries"),
        ("play", "played", "played", "playing", "plays"),
        ("bake", "baked", "baked", "baking", "bakes"),
        ("see", "saw", "seen", "seeing", "sees"),
        ("go", "went", "gone", "going", "goes"),
        ("watch", "watched", "watched", "watching", "watches"),
        ("be", "was", "been", "being", "is"),
        ("show", "showed", "shown", "showing", "shows"),
    ],
)
def test_verbs(base: str, past: str, participle: str, gerund: str, third: str) -> None:
    assert inflection.past(base) == past
    assert inflection.participle(base) == participle
    assert inflection.gerund(base) == gerund
    assert inflection.third_person(base) == third


def test_the_table_is_whole() -> None:
    assert all(len(forms) == 2 for forms in IRREGULAR.values())
    assert inflection.irregular("catch")
    assert not inflection.irregular("bake")
    assert inflection.regular_past("catch") == "catched"


@pytest.mark.parametrize(
    ("one", "many"),
    [("dog", "dogs"), ("wife", "wives"), ("child", "children"), ("box", "boxes"), ("city", "cities")],
)
def test_nouns(one: str, many: str) -> None:
    assert inflection.plural(one) == many
    assert inflection.singular(many) == one


@given(st.text("bcdfgklmnprt", min_size=2, max_size=6))
def test_a_regular_plural_goes_back(noun: str) -> None:
    assert inflection.singular(inflection.plural(noun)) == noun


@pytest.mark.parametrize(
    ("plain", "more", "most"),
    [
        ("big", "bigger", "biggest"),
        ("large", "larger", "largest"),
        ("happy", "happier", "happiest"),
        ("good", "better", "best"),
        ("tall", "taller", "tallest"),
        ("strong", "stronger", "strongest"),
    ],
)
def test_adjectives(plain: str, more: str, most: str) -> None:
    assert inflection.comparative(plain) == more
    assert inflection.superlative(plain) == most
    assert inflection.positive(more) == inflection.positive(most) == plain


@pytest.mark.parametrize(
    ("subject", "plural", "wanted"),
    [("i", False, "am"), ("she", False, "is"), ("we", False, "are"), ("dogs", True, "are")],
)
def test_be_agrees(subject: str, plural: bool, wanted: str) -> None:
    assert inflection.present("be", subject, plural=plural) == wanted
