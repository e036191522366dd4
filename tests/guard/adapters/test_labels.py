"""The table of labels: every word in it is one that policies and the risk taxonomy know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.risks import risks
from octarine.guard.adapters.labels import Label, Meaning, Table, categories, tables
from octarine.guard.policy.categories import families, rule_categories

EVERY = [
    (family, name, meaning) for family, table in tables().items() for name, meaning in table.label.items()
]
LLAMA_GUARD = {
    "S1": "vcr",
    "S2": "ncr",
    "S3": "src",
    "S4": "cse",
    "S5": "dfm",
    "S7": "prv",
    "S8": "ipv",
    "S9": "iwp",
    "S10": "hte",
    "S11": "ssh",
    "S12": "sxc",
}
"""Llama Guard's codes and AILuminate's: both are the MLCommons taxonomy."""


def known(category: str) -> bool:
    family, _, kind = category.partition(".")
    return category in rule_categories() or (
        family in families() and (not kind or kind in families()[family])
    )


@pytest.mark.parametrize(("family", "name", "meaning"), EVERY, ids=[f"{a}-{b}" for a, b, _ in EVERY])
def test_categories_and_hazards_exist(family: str, name: str, meaning: Meaning) -> None:
    assert meaning.title
    assert set(meaning.hazards) <= set(risks())
    for side in ("input", "output"):
        for category in meaning.categories(side):
            assert known(category)
            # What a policy finds on one side only is found there only.
            assert not category.startswith("harmful_response" if side == "input" else "harmful_request")


@pytest.mark.parametrize("family", tables())
def test_a_family_says_where_its_labels_come_from_and_covers_what_it_can_find(family: str) -> None:
    table = tables()[family]
    assert "http" in table.source or family == "llm-judge"
    assert set(table.covers) == {"input", "output"}
    for side, covered in table.covers.items():
        assert all(known(category) for category in covered)
        found = {category for meaning in table.label.values() for category in meaning.categories(side)}
        for category in covered:
            assert any(f"{one}.".startswith(f"{category}.") for one in found), (side, category)


@pytest.mark.parametrize(("code", "ailuminate"), LLAMA_GUARD.items())
def test_llama_guards_hazards_are_those_of_the_same_code_in_the_taxonomy(code: str, ailuminate: str) -> None:
    hazards = tables()["llama-guard"].label[code].hazards
    assert hazards
    assert all(ailuminate in risks()[hazard].ailuminate for hazard in hazards)


def test_the_highest_probability_counts_and_none_is_no_probability() -> None:
    table = Table("x", {}, {"a": Meaning("A", ("jailbreak",)), "b": Meaning("B", ("jailbreak", "topic"))})
    labels = [Label("a", False, 0.3), Label("b", True)]
    assert categories(table, labels, "input") == (
        {"jailbreak": 0.3, "topic": None},
        frozenset({"jailbreak", "topic"}),
    )
    assert categories(table, [Label("a", False)], "input") == ({}, frozenset())
    assert categories(table, labels, "output") == ({}, frozenset())


@given(st.lists(st.tuples(st.booleans(), st.none() | st.floats(0, 1)), max_size=6))
def test_more_labels_never_lower_a_probability_or_take_away_what_is_found(
    said: list[tuple[bool, float | None]],
) -> None:
    table = Table("x", {}, {"a": Meaning("A", ("jailbreak",))})
    chance, found = -1.0, False
    for count in range(len(said) + 1):
        labels = [Label("a", *one) for one in said[:count]]
        chances, names = categories(table, labels, "input")
        now = chances.get("jailbreak")
        assert (now if now is not None else -1.0) >= chance
        assert ("jailbreak" in names) >= found
        assert names <= set(chances)
        chance, found = (-1.0 if now is None else now), "jailbreak" in names
