"""The fast engines against the slow one."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.guard.rules import Matcher, Rule, builtin_rules, pattern, words
from octarine.guard.rules.folding import fold_form

pytest.importorskip("re2", reason="the extra guard is not installed")
from tests.guard.rules.slow_matcher import slow_find

EXAMPLES = sorted({text for rule in builtin_rules() for text in (*rule.examples, *rule.counterexamples)})
PIECES = st.one_of(
    st.sampled_from(EXAMPLES),
    st.text("0123456789 -./:+()ABab@\n", max_size=24),
    st.sampled_from(
        [" ", "é", "है", "１２", "٣", "\u0301", "😀", "\ud800", "ー", "\u00a0", " card ", "00", "_"]
    ),
    st.text(max_size=6),
)
RULES: tuple[Rule, ...] = (
    *builtin_rules(),
    *words("plain", ["call", "お電話", "passé", "straße", "ID", "id"]),
    *words("loose", ["pass", "é", "number 1"], whole=False, ignore_accents=True),
    pattern("dates", r"\d{4}-\d\d-\d\d"),
    pattern("choice", r"(?P<value>[ab]\d)|(?P<other>\d[A-C])"),
    pattern("quoted", r"\Qa.b\E"),
    pattern("letters", r"\p{Lu}\p{Ll}{1,9}\s\p{Lu}"),
    pattern("near", r"\d+", context=["number"]),
)


@cache
def fast(engine: str) -> Matcher:
    if engine == "hyperscan":
        pytest.importorskip("hyperscan", reason="hyperscan is not installed")
    return Matcher(RULES, engine)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["hyperscan", "re2"])
@settings(max_examples=15, deadline=None)
@given(st.lists(PIECES, max_size=6).map("".join))
def test_the_fast_engines_find_what_the_definition_says(engine: str, text: str) -> None:
    assert fast(engine).find(text) == slow_find(RULES, text)


@pytest.mark.parametrize("engine", ["hyperscan", "re2"])
def test_in_a_long_text_too(engine: str) -> None:
    """Long enough for offsets that are counted by blocks, and for forms that are translated by arrays."""
    text = " — コーヒー１２ ".join(EXAMPLES[::16])
    assert fast(engine).find(text) == slow_find(RULES, text)


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("aé１٣ー\u00a0\u3000\ud800😀𝟙🇩 -"), max_size=400))
def test_long_texts_are_folded_like_short_ones(text: str) -> None:
    assert fold_form(text * 3) == "".join(map(fold_form, text)) * 3
