"""Masks, and placeholders that come back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.results import Span
from octarine.guard.rules import Match, Placeholders, Style, label, mask

CATEGORIES = st.sampled_from(["personal_data.email", "secret.github", "denied_word.x", "pattern.a.1", "text"])
PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            "<EMAIL_1>",
            "< email_1 >",
            "EMAIL_1",
            "TEXT_1",
            "<TEXT_1>",
            "[EMAIL 2]",
            "&lt;EMAIL_1&gt;",
            "<",
            ">",
            "EMAIL\\_1",
            *("_1", "GITHUB_SECRET_1", "{ Github secret-1 }", "<DENIED_WORD_1>", "EMAIL", " "),
        ]
    ),
)


def spans(text: str, cuts: list[tuple[int, int, str]]) -> list[Match]:
    size = len(text) + 1
    return [Match("r", c, min(a % size, b % size), max(a % size, b % size)) for a, b, c in cuts]


CONVERSATION = st.lists(
    st.tuples(
        st.lists(PIECES, max_size=6).map("".join),
        st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), CATEGORIES), max_size=4),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=400, deadline=None)
@given(CONVERSATION)
def test_what_was_replaced_comes_back(turns: list[tuple[str, list[tuple[int, int, str]]]]) -> None:
    kept = Placeholders()
    replaced = [kept.replace(text, spans(text, cuts)) for text, cuts in turns]
    for (text, _), cover in zip(turns, replaced, strict=True):
        assert kept.restore(cover) == text
        assert Placeholders(kept.values()).restore(cover) == text


def test_the_same_value_has_the_same_placeholder() -> None:
    kept = Placeholders()
    first = kept.replace(
        "ana@x.org, bob@x.org",
        [Match("r", "personal_data.email", 0, 9), Match("r", "personal_data.email", 11, 20)],
    )
    second = kept.replace("to ana@x.org", [Span(3, 12, "personal_data.email", "email")])
    assert (first, second) == ("<EMAIL_1>, <EMAIL_2>", "to <EMAIL_1>")
    assert "ana" not in repr(kept)
    assert len(kept) == 2


@pytest.mark.parametrize(
    "written",
    [
        "<EMAIL_1>",
        "< email_1 >",
        "EMAIL_1",
        "**<EMAIL_1>**",
        "`EMAIL_1`",
        "<EMAIL\\_1>",
        "EMAIL\\_1",
        "[EMAIL_1]",
        "&lt;EMAIL_1&gt;",
        "<Email 1>",
        "<EMAIL-1>",
        "＜EMAIL_1＞",
    ],
)
def test_a_model_may_rewrite_it(written: str) -> None:
    kept = Placeholders()
    kept.replace("ana@x.org", [Match("r", "personal_data.email", 0, 9)])
    assert "ana@x.org" in kept.restore(f"Dear {written}, hello")


def test_what_was_never_given_out_stays() -> None:
    kept = Placeholders()
    kept.replace("ana@x.org", [Match("r", "personal_data.email", 0, 9)])
    assert kept.restore("<EMAIL_2> email_1 MY_EMAIL_1x EMAIL_11") == "<EMAIL_2> email_1 MY_EMAIL_1x EMAIL_11"


def test_a_placeholder_does_not_collide_with_the_text() -> None:
    kept = Placeholders()
    cover = kept.replace("<EMAIL_1> ana@x.org", [Match("r", "personal_data.email", 10, 19)])
    assert cover == "<EMAIL_1> <EMAIL_2>"


def test_numbers_may_begin_behind_those_of_an_earlier_text() -> None:
    kept = Placeholders(behind=41_000_000)
    replaced = kept.replace("ab", [Match("r", "personal_data.email", 0, 1), Match("r", "secret", 1, 2)])
    assert replaced == "<EMAIL_41000001><SECRET_41000001>"
    assert kept.restore(f"{replaced}<EMAIL_1>") == "ab<EMAIL_1>"


def test_masks() -> None:
    text = "card 4973 7039 5027 9681, pin 4821"
    card, pin = Match("r", "personal_data.payment_card", 5, 24), Match("r", "pattern.pin", 30, 34)
    assert mask(text, [card, pin]) == "card [PAYMENT_CARD], pin [PIN]"
    assert mask(text, [card, pin], Style.LAST_FOUR) == "card **** **** **** 9681, pin ****"
    assert mask(text, [card], Style.STARS) == "card **** **** **** ****, pin 4821"
    assert mask(text, [Match("r", "a", 0, 10), Match("r", "b", 5, 12)]) == "[A]39 5027 9681, pin 4821"


def test_labels() -> None:
    assert label("secret.github") == "GITHUB_SECRET"
    assert label("denied_word.rivals") == "DENIED_WORD"
    assert label("personal_data.email") == "EMAIL"
    assert label("pattern.2024") == "TEXT"
