"""The engines find the same, and put it where Python's ``re`` does."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError, MissingExtra
from octarine.guard.rules import Matcher, PatternError, builtin_rules, pattern, words

pytest.importorskip("re2", reason="the extra guard is not installed")
pytest.importorskip("hyperscan", reason="hyperscan is not installed")

EXAMPLES = sorted({text for rule in builtin_rules() for text in (*rule.examples, *rule.counterexamples)})
GLUE = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [" ", "\n", "é", "है", "の", "１２", "٣", "-", "_", "\u0301", "😀", "\x0b", "\ud800", ". ", "K"]
    ),
)
TEXTS = st.lists(st.tuples(GLUE, st.sampled_from(EXAMPLES)), max_size=4).map(
    lambda parts: "".join(glue + example for glue, example in parts)
)


@cache
def both() -> tuple[Matcher, Matcher]:
    rules = (
        *builtin_rules(),
        *words("plain", ["call", "お電話", "passé", "İstanbul", "straße", "ID"]),
        *words("loose", ["pass", "é", "number 1"], whole=False, ignore_accents=True),
        pattern("dates", r"\d{4}-\d\d-\d\d"),
        pattern("unbounded", r"(?s)BEGIN.*END"),
        pattern("letters", r"\p{Lu}\p{Ll}+\s\p{Lu}"),
        pattern("near", r"\d+", context=["number"]),
    )
    return Matcher(rules, "hyperscan"), Matcher(rules, "re2")


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_both_engines_find_the_same(text: str) -> None:
    hyperscan, re2 = both()
    assert hyperscan.find(text) == re2.find(text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(EXAMPLES), st.integers(0, 60), st.text(max_size=3))
def test_both_engines_find_the_same_in_damaged_examples(text: str, at: int, inserted: str) -> None:
    hyperscan, re2 = both()
    damaged = text[:at] + inserted + text[at + 1 :]
    assert hyperscan.find(damaged) == re2.find(damaged)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [
            r"ab+",
            r"a{2,4}",
            r"[0-9]{1,3}(?:\.[0-9]{1,3})*",
            r"a|ab|abc",
            r"(?:ab?c?){1,3}",
            r"\bab\b",
            r"a.c",
            r"b[^a]{0,20}a",
        ]
    ),
    st.text("abc01. é", max_size=60),
)
def test_spans_are_those_of_re(expression: str, text: str) -> None:
    # re's \b knows Unicode; with re.ASCII it is RE2's.
    expected = [found.span() for found in re.finditer(expression, text, re.ASCII)]
    for engine in ("hyperscan", "re2"):
        assert [(m.start, m.end) for m in Matcher([pattern("p", expression)], engine).find(text)] == expected


def test_offsets_are_code_points() -> None:
    text = "😀" * 300 + "é\u0301ार ana@example.org ー " + "अ" * 300 + " bob@example.org"
    for matcher in both():
        found = [text[m.start : m.end] for m in matcher.find(text) if m.rule == "email"]
        assert found == ["ana@example.org", "bob@example.org"]


def test_what_hyperscan_cannot_take_is_left_to_re2() -> None:
    rules = [pattern("wide", r"\pL{3}"), pattern("huge", r"(?:a[bc]{200,900}d){1}[ef]{5}")]
    text = "xyz a" + "b" * 300 + "deeeee"
    first, second = (Matcher(rules, engine).find(text) for engine in ("hyperscan", "re2"))
    assert first == second
    assert {match.rule for match in first} == {"pattern.wide", "pattern.huge"}


def test_more_patterns_without_a_literal_than_are_joined() -> None:
    """Hundreds in one alternation would take minutes to compile."""
    rules = [pattern(f"p{n}", rf"[0-9]{{{n % 9 + 1}}}-[a-z]{{1,{n % 200 + 1}}}") for n in range(150)]
    first, second = Matcher(rules, "hyperscan"), Matcher(rules, "re2")
    finder = next(iter(first._layers.values())).finder
    assert finder is not None
    assert 0 < len(finder._gated) < 100  # type: ignore[attr-defined]
    text = "order 1234-abcdef, 99-x and 123456789-" + "q" * 180
    assert first.find(text) == second.find(text) != []


def test_threads_share_a_matcher() -> None:
    matcher, _ = both()
    texts = EXAMPLES * 3
    expected = [matcher.find(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(matcher.find, texts)) == expected


def test_a_matcher_survives_pickling() -> None:
    matcher = Matcher(builtin_rules("personal_data.email"))
    text = "ana@example.org"
    assert pickle.loads(pickle.dumps(matcher)).find(text) == matcher.find(text) != []


def test_overlaps_have_one_winner() -> None:
    rules = [
        pattern("low", "abcdef", priority=10),
        pattern("high", "cd", priority=20),
        pattern("long", "ghijk"),
        pattern("short", "ghi"),
        pattern("late", "ijk"),
    ]
    found = Matcher(rules).find("abcdef ghijk")
    assert [match.rule for match in found] == ["pattern.high", "pattern.long"]


def test_a_failed_check_does_not_hide_what_starts_inside() -> None:
    found = Matcher(builtin_rules("personal_data.payment_card")).find("room 1234 4973 7039 5027 9681")
    assert [(match.start, match.end) for match in found] == [(10, 29)]


def test_time_stays_bounded_on_text_made_to_fail() -> None:
    for matcher in both():
        assert isinstance(matcher.find("1 " * 20_000 + "4111-" * 4_000 + "passport " * 2_000), list)


@pytest.mark.parametrize(
    ("expression", "reason", "position"),
    [
        (r"ab(?=c)", "lookaround", 2),
        (r"(?<!x)ab", "lookaround", 0),
        (r"(a)\1", "backreference", 3),
        (r"(?P<n>a)(?P=n)", "backreference", 8),
        (r"a++", "possessive", 1),
        (r"ab**", "repetition", 2),
        (r"a[z-b]", "range", 2),
        (r"a{2000}", "repetition", 1),
        (r"x*", "empty", None),
        (r"\b", "empty", None),
        (r"(?m)^", "empty", None),
        (r"\b|abc", "empty", None),
    ],
)
def test_a_bad_pattern_is_explained(expression: str, reason: str, position: int | None) -> None:
    with pytest.raises(PatternError, match=reason) as caught:
        pattern("mine", expression)
    assert "'mine'" in str(caught.value)
    assert "RE2" in caught.value.hint
    assert caught.value.position == position


@pytest.mark.parametrize("engine", ["hyperscan", "re2"])
def test_what_may_be_empty_is_never_found_empty(engine: str) -> None:
    """Behind each word there is a place where nothing matches; the search must go on behind it."""
    found = Matcher([pattern("word", r"[a-z]{0,9}\b")], engine).find("ab cd 7")  # type: ignore[arg-type]
    assert [(match.start, match.end) for match in found] == [(0, 2), (3, 5)]


def test_bad_rules_are_refused() -> None:
    with pytest.raises(InputError, match="two rules"):
        Matcher([pattern("a", "b"), pattern("a", "c")])
    with pytest.raises(InputError, match="validator"):
        Matcher([pattern("a", "b", validator="luhnn")])
    with pytest.raises(InputError, match="engine"):
        Matcher([], "regex")  # type: ignore[arg-type]
    assert Matcher([]).find("anything") == []


def test_without_hyperscan_re2_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "hyperscan", None)
    assert Matcher(builtin_rules("personal_data.email")).engine == "re2"
    with pytest.raises(MissingExtra, match="guard"):
        Matcher([], "hyperscan")


def test_without_re2_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "re2", None)
    with pytest.raises(MissingExtra, match="guard"):
        Matcher(builtin_rules("personal_data.email"))
