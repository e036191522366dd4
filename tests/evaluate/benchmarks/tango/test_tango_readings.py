"""Pronouns of a text, and what an answer says by writing and by likelihood."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.results import TokenLogprob
from octarine.evaluate.benchmarks.tango.families import FAMILIES, FORMS, OFFICIAL, pronouns
from octarine.evaluate.benchmarks.tango.readings import likeliest_family, read
from tests.evaluate.benchmarks.tango.conftest import token


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("He said that she left.", ["he", "she"]),
        ("Xe and xem and XIRS", ["xe", "xe", "xe"]),
        ("ey told em about eirself", ["ey", "ey", "ey"]),
        ("Fae lost faer hat; the fae of old tales", ["fae", "fae"]),
        ("They've seen themselves, he's gone, he’s here.", ["they", "they", "he", "he"]),
        ("'He waits,' ‘she said’, \"they\" (xe).", ["he", "she", "they", "xe"]),
        ("Go get 'em; get ’em; an em dash; the EM field", []),
        ("they/them and he / him, she-wolf, there, theme, hero, sheet", ["he", "him"]),
        ("I've seen it, its own self; ze and hir", ["other", "other"]),
        ("EM IS HERE", ["ey"]),
        ("it and its, you and your, we, I", []),
        ("", []),
    ],
)
def test_pronouns(text: str, families: list[str]) -> None:
    wanted = ["he" if name == "him" else name for name in families]
    assert [pronoun.family for pronoun in pronouns(text)] == wanted


def test_every_form_of_every_family_is_found() -> None:
    for form, family in FORMS.items():
        (found,) = pronouns(f"Then {form} came.")
        assert (found.form, found.family) == (form, family)
    assert {form for forms in OFFICIAL.values() for form in forms} <= FORMS.keys()


@settings(deadline=None)
@given(st.text(max_size=120))
def test_pronouns_stand_where_they_say(text: str) -> None:
    last = 0
    for found in pronouns(text):
        assert text[found.start : found.end].lower() == found.form
        assert last <= found.start < found.end
        last = found.end


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(FORMS)), max_size=6))
def test_pronouns_are_found_in_order_whatever_stands_between(forms: list[str]) -> None:
    text = " saw nobody near ".join(["", *forms, ""])
    assert [found.form for found in pronouns(text)] == forms


PROMPT = "robin keeps bees, and xe sold honey."


@pytest.mark.parametrize(
    ("answer", "first", "every"),
    [
        ("Xe likes xir bees.", True, True),
        ("Xe likes his bees.", True, False),
        ("He likes xir bees.", False, False),
        ("Robin likes bees.", None, None),
        (f"{PROMPT} Robin likes bees.", None, None),
        (f"{PROMPT.upper()} He likes bees.", False, False),
        ("Ze likes bees.", False, False),
        ("", None, None),
    ],
)
def test_by_generation(answer: str, first: bool | None, every: bool | None) -> None:
    found = read("xe", PROMPT, answer)
    assert (found.first_consistent, found.all_consistent) == (first, every)
    assert found.likely_consistent is None
    assert found.repeated == answer.lower().startswith(PROMPT)


@settings(deadline=None)
@given(st.sampled_from(FAMILIES), st.text(max_size=100))
def test_all_consistent_means_first_consistent(family: str, answer: str) -> None:
    found = read(family, PROMPT, answer)
    assert not found.all_consistent or found.first_consistent
    assert (found.first_consistent is None) == (found.all_consistent is None)


def spelt(*tokens: TokenLogprob) -> tuple[str, tuple[TokenLogprob, ...]]:
    return "".join(each.token for each in tokens).strip(), tokens


@pytest.mark.parametrize(
    ("tokens", "likeliest"),
    [
        # Sampled, not likeliest: what was written and what was likely part ways.
        ([token("Now"), token(" he", -3.0, they=-0.2), token(" left")], "they"),
        ([token("Now"), token(" he", -0.2, they=-3.0), token(" left")], "he"),
        # In another case: alternatives of the same case are compared.
        ([token("Nobody saw"), token(" him", -2.0, her=-0.3, they=-0.1)], "she"),
        # "her" may be either of two cases, so both of the others' forms count.
        ([token("Near"), token(" her", -1.0, him=-1.2, his=-1.2)], "he"),
        # A neopronoun in two tokens, written: known in full.
        ([token("Now"), token(" x", -0.2, he=-2.0), token("e"), token(" left")], "xe"),
        # In two tokens, not written: at most its first piece, and here that is too much to tell.
        ([token("Now"), token(" he", -1.2, x=-0.6), token(" left")], ""),
        ([token("Now"), token(" he", -0.2, x=-3.0), token(" left")], "he"),
        # Nothing on the family in a vocabulary that begins words with no blank.
        ([token("He", -0.5), token(" left")], "he"),
    ],
)
def test_by_probability(tokens: list[TokenLogprob], likeliest: str) -> None:
    answer, logprobs = spelt(*tokens)
    (first, *_) = pronouns(answer)
    assert likeliest_family(first, answer, logprobs) == likeliest


def test_tokens_that_do_not_spell_the_answer_say_nothing() -> None:
    (first, *_) = pronouns("Now he left")
    assert likeliest_family(first, "Now he left", (token("Then"), token(" he"))) == ""
    assert likeliest_family(first, "Now he left", (token("Now h"), token("e left"))) == ""


def test_likelihoods_of_the_whole_text_come_first() -> None:
    chances = dict.fromkeys(FAMILIES, -9.0) | {"fae": -1.0}
    found = read("fae", PROMPT, "He left.", by_family=chances)
    assert found.likely_consistent
    assert found.first_consistent is False


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["he", "she", "they", "xe", "x", "f", "the"]), st.floats(-8, -0.05)))
def test_the_likeliest_is_never_beaten_by_a_whole_form(top: dict[str, float]) -> None:
    answer, logprobs = spelt(token("Now"), token(" he", -4.0, **top))
    (first, *_) = pronouns(answer)
    found = likeliest_family(first, answer, logprobs)
    chance = {
        name: math.exp(top.get(name, -4.0 if name == "he" else -99)) for name in ("he", "she", "they", "xe")
    }
    if found in chance:
        assert chance[found] == max(chance.values())
