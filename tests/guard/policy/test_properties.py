"""What holds for every policy and every text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import DataError
from octarine.core.results import Action, Span
from octarine.guard.policy import (
    CategoryRule,
    Layer,
    Pattern,
    Policy,
    Position,
    Strength,
    Topic,
    Unscannable,
    WordList,
    compare,
    compose,
    decide,
    policy_from_text,
    read_layer,
    read_policy,
    write_policy,
)
from octarine.guard.policy.ask import Ask, Price
from octarine.guard.policy.categories import LANGUAGES, prefixes
from tests.guard.policy.examples import THRESHOLDS, Brackets

CATEGORIES = (
    "harmful_request", "harmful_request.fraud", "harmful_request.self_harm", "harmful_content",
    "harmful_content.hate", "jailbreak", "corrupted", "corrupted.bidi", "personal_data", "secret",
)  # fmt: skip
TOP = tuple(name for name in CATEGORIES if "." not in name)

# What YAML allows, but for lone line ends of other kinds, which it folds into line feeds.
characters = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff\u2028\u2029"
)
texts = st.text(characters, min_size=1, max_size=30).filter(str.strip)
lines = st.lists(texts, min_size=1, max_size=3).map("\n".join)
terms = texts.map(str.strip)
ids = st.sampled_from(["a", "b", "c-1", "d_2", "0"])
actions = st.none() | st.sampled_from(Action)
shadows = st.none() | st.booleans()
thresholds = st.floats(0, 1)


def listed(values: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(values, min_size=least, max_size=3, unique=True).map(tuple)


def some_positions() -> st.SearchStrategy[Any]:
    return st.none() | listed(st.sampled_from(Position), 1).map(
        lambda chosen: tuple(position for position in Position if position in chosen)
    )


category_rules = st.builds(
    CategoryRule,
    action=actions,
    sensitivity=st.none() | st.sampled_from(Strength) | thresholds,
    shadow=shadows,
    positions=some_positions(),
    fresh=st.booleans(),
).filter(lambda rule: rule != CategoryRule())


def items(build: Any, family: str, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mapping[str, Any]]:
    def one(name: str) -> st.SearchStrategy[Any]:
        category = st.just(f"{family}.{name}")
        made = st.builds(build, id=st.just(name), category=category, action=actions, shadow=shadows, **values)
        return st.none() | made

    return st.sets(ids, max_size=3).flatmap(
        lambda names: st.fixed_dictionaries({name: one(name) for name in names})
    )


prices = st.builds(Price, *[st.floats(0, 1e6)] * 3)
asks = st.builds(
    Ask,
    adapter=st.sampled_from(["llm-judge:openai:m", "wildguard:hf:o/n"]),
    band=st.none() | st.tuples(thresholds, thresholds).filter(lambda band: band[0] < band[1]),
    sides=st.sampled_from([("input", "output"), ("input",), ("output",)]),
    price=prices,
) | st.just(Ask(""))

layers = st.builds(
    Layer,
    name=st.sampled_from(["one", "two", "three"]),
    version=st.sampled_from(["1.0.0", "0.2.10", "1.0.0-beta.2"]),
    description=st.just("") | lines,
    extends=listed(st.sampled_from(["default", "./x.yaml"])),
    shadow=shadows,
    positions=some_positions(),
    categories=st.dictionaries(st.sampled_from(CATEGORIES), category_rules, max_size=4),
    words=items(
        WordList,
        "denied_word",
        terms=listed(terms, 1),
        languages=listed(st.sampled_from(LANGUAGES)),
        whole_word=st.booleans(),
    ),
    patterns=items(Pattern, "pattern", pattern=st.sampled_from([r"\d+", "a b", "[:x]#", "no", "'\""])),
    topics=items(
        Topic,
        "topic",
        description=lines,
        examples=listed(lines),
        counterexamples=listed(lines),
        threshold=thresholds,
    ),
    unscannable=st.dictionaries(
        st.sampled_from(Unscannable), st.sampled_from([Action.ALLOW, Action.FLAG, Action.BLOCK])
    ),
    messages=st.dictionaries(
        st.tuples(st.sampled_from(LANGUAGES), st.sampled_from(["", "unscannable", *CATEGORIES])),
        lines,
        max_size=4,
    ),
    limits=st.dictionaries(st.sampled_from(["max_characters", "depth", "views"]), st.integers(1, 16)),
    ask=st.none() | asks,
)


@settings(max_examples=50, deadline=None)
@given(layers)
def test_what_is_written_reads_as_the_same_layer(layer: Layer) -> None:
    text = write_policy(layer, comment="What it is for.\n\nTwo lines.")
    assert read_layer(text, "mine.yaml") == layer, text


@settings(max_examples=50, deadline=None)
@given(layers, layers, layers)
def test_composing_is_associative(first: Layer, second: Layer, third: Layer) -> None:
    left = compose(compose(first, second), third)
    right = compose(first, compose(second, third))
    # ``extends`` and ``fresh`` of what lies below are kept until the whole is finished.
    assert left == right
    assert left.finished() == compose(first, second, third).finished()


@settings(max_examples=50, deadline=None)
@given(layers)
def test_laying_a_layer_over_itself_changes_nothing(layer: Layer) -> None:
    assert compose(layer, layer) == layer


@settings(max_examples=50, deadline=None)
@given(layers)
def test_the_longest_name_that_says_a_setting_gives_it(layer: Layer) -> None:
    rooted = {name: CategoryRule(Action.FLAG) for name in TOP}
    layer = compose(Layer("base", "1.0.0", categories=rooted), layer)
    policy = Policy(compose(layer, Layer("top", "1.0.0")).finished())
    for name in CATEGORIES:
        said = [policy.layer.categories[one] for one in prefixes(name) if one in policy.layer.categories]
        rule = policy.rule(name)
        expected = next((one.action for one in said if one.action is not None), None)
        assert (rule.action if rule else None) == expected
        if rule is not None:
            shadow = next((one.shadow for one in said if one.shadow is not None), False)
            assert rule.shadow == (bool(policy.layer.shadow) or shadow)


def whole(layer: Layer) -> Policy:
    """A policy with the layer's categories, each of them with an action, in every position."""
    rules = {
        name: CategoryRule(rule.action, rule.sensitivity, rule.shadow)
        for name, rule in layer.categories.items()
    }
    below = Layer("base", "1.0.0", categories={name: CategoryRule(Action.FLAG) for name in TOP})
    top = Layer("top", "1.0.0", shadow=layer.shadow, categories=rules, unscannable=layer.unscannable)
    return Policy.of(below, top)


whole_policies = layers.map(whole)

findings = st.lists(
    st.builds(
        lambda start, length, category, score: Span(
            start, min(start + length, 20), category, category, score
        ),
        st.integers(0, 20),
        st.integers(0, 8),
        st.sampled_from(CATEGORIES),
        st.floats(0, 1),
    ),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(whole_policies, findings, st.randoms())
def test_verdicts(policy: Policy, found: list[Span], random: Any) -> None:
    text = "abcdefghijklmnopqrst"

    def verdict(spans: list[Span]) -> Any:
        return decide(
            policy, spans, text=text, position="user", thresholds=THRESHOLDS, cover=Brackets(), language="en"
        )

    result = verdict(found)
    shuffled = list(found)
    random.shuffle(shuffled)
    other = verdict(shuffled)
    assert (other, other.placeholders) == (result, result.placeholders)
    assert (result.text == "") == (result.action is Action.BLOCK)
    assert bool(result.message) == (result.action is Action.BLOCK)
    if result.action in (Action.ALLOW, Action.FLAG):
        assert result.text == text
    if policy.shadow:
        assert result.action is Action.ALLOW
    if result.shadow is not None:
        assert result.shadow.severity >= result.action.severity
    if found:  # More findings never make a verdict milder.
        assert verdict(found[1:]).action.severity <= result.action.severity
    if result.action is Action.REPLACE and not any(
        rule.action is Action.MASK for rule in policy.rules.values()
    ):
        restored = result.text
        for placeholder, original in result.placeholders.items():
            restored = restored.replace(placeholder, original)
        assert restored == text


@settings(max_examples=60, deadline=None)
@given(whole_policies, whole_policies)
def test_no_difference_means_equal_outcomes(one: Policy, other: Policy) -> None:
    def outcome(policy: Policy) -> list[Any]:
        rules = [policy.rule(name) for name in CATEGORIES]
        return [(rule.action, rule.sensitivity, rule.positions, rule.shadow) for rule in rules if rule]

    assert compare(one, one) == ()
    same = (
        outcome(one) == outcome(other) and one.shadow == other.shadow and one.unscannable == other.unscannable
    )
    assert (compare(one, other) == ()) == same


def loads_or_names_a_line(text: str) -> None:
    refused = None
    try:
        policy_from_text(text, "mine.yaml")
    except DataError as error:
        refused = error
    assert refused is None or refused.line, refused


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_loads_or_names_a_line(text: str) -> None:
    loads_or_names_a_line(text)


FULL = write_policy(
    policy_from_text(
        "name: a\nversion: 1.0.0\nextends: [default]\n"
        "words: [{id: a, terms: [x, y], action: flag, languages: [en]}]\n"
        "patterns: [{id: a, pattern: 'x\\d+', action: mask}]\n"
        "topics: [{id: a, description: b, examples: [c], action: block, threshold: 0.5}]\n"
        "messages: {en: {default: A., jailbreak: B.}}\nlimits: {max_characters: 9, normaliser: {depth: 2}}\n"
    )
)
pieces = st.text(st.sampled_from("abc:{}[],-#&*!|>'\"%@` \n\t01.~?\\é\0"), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(FULL)), st.integers(0, 12), pieces)
def test_any_damage_loads_or_names_a_line(start: int, length: int, piece: str) -> None:
    loads_or_names_a_line(FULL[:start] + piece + FULL[start + length :])


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(CATEGORIES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["extends", "remove", "shadow", "positions", "categories", "words", "patterns", "topics",
                     "unscannable", "messages", "limits", "description"]),
    values,
)  # fmt: skip
def test_any_value_loads_or_names_a_line(key: str, value: Any) -> None:
    import json

    loads_or_names_a_line(f"name: a\nversion: 1.0.0\n{key}: {json.dumps(value)}\n")


def test_the_shipped_policies_round_trip() -> None:
    for name in ("default", "strict", "personal-data", "watch"):
        policy = read_policy(name)
        assert policy_from_text(write_policy(policy)) == policy
