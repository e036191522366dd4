from __future__ import annotations

import math

import pytest

from octarine.core.errors import DataError, InputError
from octarine.core.results import Action, Span
from octarine.guard.policy import Policy as GuardPolicy
from octarine.guard.policy import (
    Position,
    Strength,
    Thresholds,
    Unscannable,
    Unscanned,
    check_thresholds,
    decide,
    read_policy,
)
from tests.guard.policy.examples import THRESHOLDS, Brackets, policy, span

TEXT = "mail a@b.c or d@e.f, key k1"
FIRST, SECOND, KEY = (5, 10), (14, 19), (25, 27)


def verdict(
    rules: str | GuardPolicy, *found: Span, text: str = TEXT, position: str = "user", **others: object
):  # type: ignore[no-untyped-def]
    asked = policy(rules) if isinstance(rules, str) else rules
    others.setdefault("cover", Brackets())
    return decide(asked, found, text=text, position=position, thresholds=THRESHOLDS, **others)  # type: ignore[arg-type]


def test_nothing_found_passes_untouched() -> None:
    result = verdict("")
    assert (result.action, result.text, result.message, result.shadow) == (Action.ALLOW, TEXT, "", None)
    assert result.policy == "mine@1.0.0"


def test_the_threshold_itself_fires_and_a_little_less_does_not() -> None:
    rules = "categories: {jailbreak: {action: block, strength: medium}}"
    assert verdict(rules, span("jailbreak", score=0.7)).action is Action.BLOCK
    below = verdict(rules, span("jailbreak", score=math.nextafter(0.7, 0)))
    assert below.action is Action.ALLOW
    assert below.categories == {"jailbreak": math.nextafter(0.7, 0)}
    assert below.spans == ()


def test_a_number_stands_in_place_of_a_strength() -> None:
    rules = "categories: {jailbreak: {action: block, threshold: 0.95}}"
    assert verdict(rules, span("jailbreak", score=0.94)).action is Action.ALLOW
    assert verdict(rules, span("jailbreak", score=0.95)).action is Action.BLOCK


def test_strength_none_never_acts() -> None:
    rules = "categories: {jailbreak: {action: block, strength: none}}"
    assert verdict(rules, span("jailbreak", score=1.0)).action is Action.ALLOW
    assert verdict(rules, span("jailbreak", score=math.nan)).action is Action.ALLOW


def test_a_score_that_is_no_number_fires() -> None:
    rules = "categories: {jailbreak: {action: block}}"
    found = [span("jailbreak", score=score) for score in (0.1, math.nan, 0.9)]
    for order in (found, found[::-1], found[1:2]):
        result = verdict(rules, *order)
        assert (result.action, result.categories) == (Action.BLOCK, {"jailbreak": 1.0})


def test_thresholds_of_the_language() -> None:
    rules = "categories: {harmful_request: {action: block, strength: medium}}"
    found = span("harmful_request.fraud", score=0.65)
    assert verdict(rules, found, language="de").action is Action.BLOCK
    assert verdict(rules, found, language="en").action is Action.ALLOW


def test_the_hardest_action_counts_and_rules_come_hardest_first() -> None:
    rules = "categories: {jailbreak: {action: block}, personal_data: {action: flag}, secret: {action: mask}}"
    found = (span("personal_data.email", *FIRST), span("jailbreak", 0, 27, 0.8), span("secret", *KEY))
    result = verdict(rules, *found)
    assert result.action is Action.BLOCK
    assert result.rules == ("rule:jailbreak", "rule:secret", "rule:personal_data.email")
    assert result.text == ""
    assert result.placeholders == {}
    assert result.message


def test_the_order_of_the_findings_does_not_matter() -> None:
    rules = "categories: {personal_data: {action: replace}, secret: {action: mask}}"
    found = [span("personal_data.email", *FIRST), span("personal_data.email", *SECOND), span("secret", *KEY)]
    assert verdict(rules, *found) == verdict(rules, *found[::-1])


def test_positions_of_the_policy_and_of_a_category() -> None:
    rules = "categories: {jailbreak: {action: block, positions: [user]}, secret: {action: block}}"
    assert verdict(rules, span("jailbreak"), position="user").action is Action.BLOCK
    assert verdict(rules, span("jailbreak"), position="output").action is Action.ALLOW
    assert verdict(rules, span("secret"), position="output").action is Action.BLOCK
    assert verdict(rules, span("secret"), position="system").action is Action.ALLOW
    with pytest.raises(ValueError, match="outputs"):
        verdict(rules, position="outputs")


def test_the_longest_name_says_where_to_look() -> None:
    rules = "categories: {corrupted: {action: block}, corrupted.bidi: {positions: [output]}}"
    assert verdict(rules, span("corrupted.bidi"), position="user").action is Action.ALLOW
    assert verdict(rules, span("corrupted.bidi"), position="output").action is Action.BLOCK
    assert verdict(rules, span("corrupted.tags"), position="user").action is Action.BLOCK


def test_masks_and_placeholders_in_one_text() -> None:
    rules = "categories: {personal_data: {action: replace}, secret: {action: mask}}"
    found = [
        span("personal_data.email", *FIRST),
        span("personal_data.email", *SECOND),
        span("secret.key", *KEY),
    ]
    result = verdict(rules, *found)
    assert result.action is Action.REPLACE
    assert result.text == "mail <email 1> or <email 2>, key [key]"
    assert result.placeholders == {"<email 1>": "a@b.c", "<email 2>": "d@e.f"}
    restored = result.text
    for placeholder, found_text in result.placeholders.items():
        restored = restored.replace(placeholder, found_text)
    assert restored == TEXT.replace("k1", "[key]")


def test_overlaps_are_covered_as_one_and_masked_where_one_is_masked() -> None:
    rules = "categories: {personal_data: {action: replace}, secret: {action: mask}}"
    result = verdict(rules, span("personal_data.email", 5, 12), span("secret.key", 8, 10))
    assert result.text == "mail [email] d@e.f, key k1"[:12] + TEXT[12:]
    assert result.placeholders == {}
    nested = verdict(rules, span("personal_data.url", 0, 12), span("personal_data.email", 5, 10))
    assert nested.text == "<url 1>" + TEXT[12:]


def test_an_empty_span_covers_nothing() -> None:
    assert verdict("categories: {secret: {action: mask}}", span("secret", 3, 3)).text == TEXT


def test_covering_without_a_cover_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to cover with"):
        verdict("categories: {secret: {action: mask}}", span("secret", *KEY), cover=None)


def test_a_span_outside_the_text_is_refused() -> None:
    for start, end in ((-1, 3), (3, 2), (0, len(TEXT) + 1)):
        with pytest.raises(ValueError, match="outside a text"):
            verdict("categories: {secret: {action: mask}}", span("secret", start, end))


def test_a_policy_in_shadow_changes_nothing_and_says_what_it_would_have_done() -> None:
    rules = "shadow: true\ncategories: {jailbreak: {action: block}, secret: {action: mask}}"
    result = verdict(rules, span("jailbreak"), span("secret", *KEY))
    assert (result.action, result.shadow, result.text, result.message) == (
        Action.ALLOW,
        Action.BLOCK,
        TEXT,
        "",
    )
    assert result.rules == ("rule:jailbreak", "rule:secret")
    assert verdict(rules).shadow is Action.ALLOW


def test_one_rule_in_shadow() -> None:
    rules = "categories: {jailbreak: {action: block, shadow: true}, secret: {action: mask}}"
    both = verdict(rules, span("jailbreak"), span("secret", *KEY))
    assert (both.action, both.shadow) == (Action.MASK, Action.BLOCK)
    assert both.rules == ("rule:secret", "rule:jailbreak")
    assert both.text == TEXT[:25] + "[secret]"
    assert verdict(rules, span("secret", *KEY)).shadow is None


@pytest.mark.parametrize("kind", list(Unscannable))
def test_what_cannot_be_scanned_is_blocked_unless_the_policy_says_otherwise(kind: Unscannable) -> None:
    what = [Unscanned(kind, "why not")]
    blocked = verdict("", unscanned=what)
    assert (blocked.action, blocked.text) == (Action.BLOCK, "")
    assert blocked.unscanned == (f"{kind}: why not",)
    assert blocked.rules == (f"unscannable.{kind}",)
    assert "could not be checked" in blocked.message
    flagged = verdict("unscannable: flag", unscanned=what)
    assert (flagged.action, flagged.text) == (Action.FLAG, TEXT)
    allowed = verdict(f"unscannable: {{{kind}: allow}}", unscanned=what)
    assert (allowed.action, allowed.unscanned, allowed.rules) == (Action.ALLOW, blocked.unscanned, ())
    watched = verdict("shadow: true", unscanned=what)
    assert (watched.action, watched.shadow) == (Action.ALLOW, Action.BLOCK)


def test_decodings_and_timings_are_handed_on() -> None:
    rules = "categories: {jailbreak: {action: flag}}"
    found = span("jailbreak", decoded=("base64", "rot13"))
    result = verdict(rules, found, decoded=[("hex",), ("base64", "rot13")], timings={"rules": 0.1})
    assert result.decoded == (("hex",), ("base64", "rot13"))
    assert result.timings == {"rules": 0.1}


def test_words_patterns_and_topics_bring_their_own_rules() -> None:
    rules = (
        "words: [{id: rivals, terms: [acme], action: flag}]\n"
        "patterns: [{id: ticket, pattern: 'T-\\d+', action: mask}]\n"
        "topics: [{id: law, description: Legal advice., action: block, threshold: 0.6}]\n"
    )
    assert verdict(rules, span("denied_word.rivals")).action is Action.FLAG
    assert verdict(rules, span("pattern.ticket", 0, 4)).action is Action.MASK
    assert verdict(rules, span("topic.law", score=0.59)).action is Action.ALLOW
    assert verdict(rules, span("topic.law", score=0.6)).action is Action.BLOCK
    over = rules + "categories: {denied_word.rivals: {shadow: true}, topic.law: {threshold: 0.9}}"
    assert verdict(over, span("denied_word.rivals")).shadow is Action.FLAG
    assert verdict(over, span("topic.law", score=0.6)).action is Action.ALLOW


def test_categories_may_say_what_a_list_leaves_open() -> None:
    rules = "words: [{id: a, terms: [x], category: personal_data.project}]\n"
    rules += "categories: {personal_data: {action: mask}}"
    assert verdict(rules, span("personal_data.project", 0, 4)).action is Action.MASK


def test_a_strength_that_the_card_does_not_know_is_found_before_any_text() -> None:
    asked = policy("categories:\n  refusal: {action: flag, strength: low}\n")
    check_thresholds(asked, THRESHOLDS)
    with pytest.raises(DataError, match=r"mine\.yaml:4: .*no threshold for 'refusal' at strength 'low'"):
        check_thresholds(asked, Thresholds(heads={"refusal": {"high": 0.5}}))
    check_thresholds(policy("categories: {refusal: {action: flag, threshold: 0.4}}"), Thresholds(heads={}))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"low": 0.5, "high": 0.6}, "higher strength"),
        ({"low": 1.5}, r"in \[0, 1\]"),
        ({"lo": 0.5}, "no strength"),
    ],
)
def test_thresholds_that_make_no_sense(table: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Thresholds(heads={"jailbreak": table})
    with pytest.raises(InputError, match=message):
        Thresholds(heads={}, languages={"de": {"jailbreak": table}})


def test_what_is_looked_for_where() -> None:
    default = read_policy("default")
    assert "harmful_response" in default.looks_for(Position.OUTPUT)
    assert "harmful_request" not in default.looks_for(Position.OUTPUT)
    assert default.looks_for(Position.SYSTEM) == frozenset()
    quiet = policy("categories: {jailbreak: {action: allow}, refusal: {action: flag, strength: none}}")
    assert quiet.looks_for(Position.USER) == frozenset()
    assert quiet.rules["refusal"].sensitivity is Strength.NONE


@pytest.mark.parametrize(
    ("name", "category", "position", "action"),
    [
        ("default", "harmful_request.weapons", "user", "block"),
        ("default", "jailbreak", "user", "block"),
        ("default", "prompt_injection", "user", "block"),
        ("default", "indirect_injection", "tool_results", "block"),
        ("default", "harmful_response", "output", "block"),
        ("default", "harmful_content.hate", "output", "block"),
        ("default", "personal_data.email", "user", "flag"),
        ("default", "personal_data.email", "output", "allow"),
        ("default", "secret.key", "output", "mask"),
        ("default", "corrupted.bidi", "user", "flag"),
        ("strict", "corrupted.bidi", "system", "block"),
        ("strict", "personal_data.email", "output", "mask"),
        ("personal-data", "personal_data.email", "user", "replace"),
        ("personal-data", "personal_data.email", "tool_arguments", "replace"),
        ("personal-data", "secret.key", "output", "mask"),
        ("watch", "jailbreak", "user", "allow"),
    ],
)
def test_what_the_shipped_policies_do(name: str, category: str, position: str, action: str) -> None:
    assert verdict(read_policy(name), span(category, 5, 10), position=position).action == action


def test_the_shipped_policies_need_nothing_that_a_card_lacks() -> None:
    for name in ("default", "strict", "personal-data", "watch"):
        check_thresholds(read_policy(name), THRESHOLDS)
