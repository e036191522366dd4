from __future__ import annotations

from octarine.guard.policy import Change, compare, policy_names, read_policy
from octarine.guard.policy.difference import Subject
from tests.guard.policy.examples import policy

OLD = """
categories:
  {jailbreak: {action: flag, strength: low}, corrupted: {action: flag}, corrupted.bidi: {action: block}}
words: [{id: rivals, terms: [acme, globex], action: flag}, {id: gone, terms: [x], action: flag}]
patterns: [{id: ticket, pattern: 'T-\\d+', action: flag}]
topics: [{id: law, description: Law., action: block}]
messages: {en: Old., de: Alt.}
"""
NEW = """
shadow: true
positions: [user, output]
categories: {jailbreak: {action: block, threshold: 0.8}, corrupted: {action: flag}}
words: [{id: rivals, terms: [globex, initech], action: block, whole_word: false}]
patterns: [{id: ticket, pattern: 'T-\\d{4}', action: flag}]
topics:
  - {id: law, description: Law., action: block, threshold: 0.9}
  - {id: medicine, description: M., action: flag}
unscannable: {picture: allow}
messages: {en: {default: New., jailbreak: No.}}
limits: {max_characters: 10}
"""


def test_nothing_changed() -> None:
    for name in policy_names():
        assert compare(read_policy(name), read_policy(name)) == ()
    assert compare(policy("description: a"), policy("description: b")) == ()


LEFT_OUT = ("tool_descriptions", "history", "tool_arguments", "tool_results")


def test_everything_changed() -> None:
    changes = set(compare(policy(OLD), policy(NEW)))
    for expected in (
        Change(Subject.POLICY, "", "shadow", False, True),
        Change(
            Subject.POLICY,
            "",
            "positions",
            ("tool_descriptions", "history", "tool_arguments", "tool_results"),
            (),
        ),
        Change(Subject.CATEGORY, "jailbreak", "action", "flag", "block"),
        Change(Subject.CATEGORY, "jailbreak", "sensitivity", "low", 0.8),
        Change(Subject.CATEGORY, "corrupted.bidi", "action", "block", "flag"),
        Change(Subject.WORDS, "rivals", "terms", ("acme",), ("initech",)),
        Change(Subject.WORDS, "rivals", "action", "flag", "block"),
        Change(Subject.WORDS, "rivals", "whole_word", True, False),
        Change(Subject.WORDS, "gone", "", "present", None),
        Change(Subject.PATTERN, "ticket", "pattern", "T-\\d+", "T-\\d{4}"),
        Change(Subject.TOPIC, "law", "threshold", 0.5, 0.9),
        Change(Subject.TOPIC, "medicine", "", None, "present"),
        Change(Subject.UNSCANNABLE, "picture", "", "block", "allow"),
        Change(Subject.MESSAGE, "en", "", "Old.", "New."),
        Change(Subject.MESSAGE, "de", "", "Alt.", None),
        Change(Subject.MESSAGE, "en/jailbreak", "", None, "No."),
        Change(Subject.LIMIT, "max_characters", "", 200_000, 10),
    ):
        assert expected in changes, expected


def test_both_ways_are_mirrored() -> None:
    there, back = compare(policy(OLD), policy(NEW)), compare(policy(NEW), policy(OLD))
    assert [(c.subject, c.id, c.setting, c.new, c.old) for c in there] == [
        (c.subject, c.id, c.setting, c.old, c.new) for c in back
    ]


def test_naming_a_category_as_its_broader_one_already_has_it_changes_nothing() -> None:
    broad = "categories: {corrupted: {action: flag}"
    assert compare(policy(broad + "}"), policy(broad + ", corrupted.bidi: {action: flag}}")) == ()


def test_a_change_reads_well() -> None:
    lines = [str(change) for change in compare(policy(OLD), policy(NEW))]
    assert "category jailbreak action: flag → block" in lines
    assert "words rivals terms: −'acme', +'initech'" in lines
    assert "words gone: present → nothing" in lines
    assert "policy shadow: false → true" in lines
