from __future__ import annotations

from pathlib import Path

import pytest

from octarine.core.errors import DataError
from octarine.core.results import Action
from octarine.guard.classifier.heads import HAZARDS, HEADS
from octarine.guard.policy import Policy, Position, Strength, policy_from_text, policy_names, read_policy
from octarine.guard.policy.categories import families
from octarine.guard.policy.thresholds import MODEL_FAMILIES
from tests.guard.policy.examples import policy


def write(folder: Path, name: str, body: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(f"name: {name}\nversion: 1.2.3\n{body}\n", "utf-8")
    return path


def test_what_a_layer_leaves_out_comes_from_below() -> None:
    ours = policy(
        "extends: [default]\ncategories: {jailbreak: {strength: high}, personal_data: {action: replace}}"
    )
    default = read_policy("default")
    assert ours.rules["jailbreak"].action is Action.BLOCK
    assert ours.rules["jailbreak"].sensitivity is Strength.HIGH
    assert ours.rules["jailbreak"].positions == default.rules["jailbreak"].positions
    assert ours.rules["personal_data"].action is Action.REPLACE
    assert ours.rules["harmful_request"] == default.rules["harmful_request"]
    assert ours.id == "mine@1.0.0"


def test_a_base_that_two_extend_does_not_undo_the_first(tmp_path: Path) -> None:
    write(tmp_path, "base", "categories: {jailbreak: {action: flag}, refusal: {action: flag}}")
    write(tmp_path, "left", "extends: [base.yaml]\ncategories: {jailbreak: {action: block}}")
    write(tmp_path, "right", "extends: [./base.yaml]\ncategories: {refusal: {action: block}}")
    both = read_policy(write(tmp_path, "both", "extends: [left.yaml, right.yaml]"))
    assert both.rules["jailbreak"].action is Action.BLOCK
    assert both.rules["refusal"].action is Action.BLOCK


def test_several_sources_are_laid_over_each_other(tmp_path: Path) -> None:
    over = read_policy(
        "default", "personal-data", write(tmp_path, "own", "categories: {corrupted: {action: allow}}")
    )
    assert over.name == "own"
    assert over.rules["personal_data"].action is Action.REPLACE
    assert over.rules["corrupted"].action is Action.ALLOW
    assert over.rules["jailbreak"].action is Action.BLOCK


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (below / "terms.txt").write_text("# ours\nacme\n\n  no  \nacme\n", "utf-8")
    write(below, "base", "words: [{id: rivals, file: terms.txt, action: block}]")
    top = read_policy(write(tmp_path, "top", "extends: [below/base.yaml]"))
    assert top.words[0].terms == ("acme", "no")


def test_removing(tmp_path: Path) -> None:
    write(
        tmp_path,
        "base",
        "categories: {corrupted: {action: flag}, corrupted.bidi: {action: block}, denied_word.a: "
        "{shadow: true}}\n"
        "words: [{id: a, terms: [x], action: block}, {id: b, terms: [y], action: block}]\n"
        "topics: [{id: law, description: Law., action: block}]",
    )
    top = read_policy(
        write(
            tmp_path,
            "top",
            "extends: [base.yaml]\nremove: {words: [a], categories: [corrupted.bidi], topics: [law]}",
        )
    )
    assert [words.id for words in top.words] == ["b"]
    assert top.topics == ()
    assert "corrupted.bidi" not in top.rules
    found = top.rule("corrupted.bidi")
    assert found is not None
    assert found.action is Action.FLAG
    assert "denied_word.a" not in top.rules


def test_a_category_that_another_list_still_makes_stays(tmp_path: Path) -> None:
    write(
        tmp_path,
        "base",
        "categories: {denied_word.a: {action: mask}}\n"
        "words: [{id: a, terms: [x]}, {id: b, terms: [y], category: denied_word.a}]",
    )
    top = read_policy(write(tmp_path, "top", "extends: [base.yaml]\nremove: {words: [a]}"))
    assert top.rules["denied_word.a"].action is Action.MASK


def test_removed_and_said_anew(tmp_path: Path) -> None:
    write(tmp_path, "base", "categories: {jailbreak: {action: block, threshold: 0.9, positions: [user]}}")
    top = read_policy(
        write(
            tmp_path,
            "top",
            "extends: [base.yaml]\nremove: {categories: [jailbreak]}\n"
            "categories: {jailbreak: {action: flag}}",
        )
    )
    rule = top.rules["jailbreak"]
    assert (rule.action, rule.sensitivity, rule.positions) == (Action.FLAG, Strength.MEDIUM, top.positions)


def test_removing_what_is_not_there_names_what_is(tmp_path: Path) -> None:
    write(tmp_path, "base", "words: [{id: rivals, terms: [x], action: block}]")
    with pytest.raises(
        DataError, match=r"top\.yaml:4: column 18: remove\.words: 'rivls' is not inherited"
    ) as caught:
        read_policy(write(tmp_path, "top", "extends: [base.yaml]\nremove: {words: [rivls]}"))
    assert "'rivals'" in caught.value.hint


def test_a_mistake_in_a_lower_file_names_that_file(tmp_path: Path) -> None:
    write(tmp_path, "base", "shadow: perhaps")
    with pytest.raises(DataError, match=r"base\.yaml:3: "):
        read_policy(write(tmp_path, "top", "extends: [base.yaml]"))


def test_narrowing_what_is_scanned_needs_no_other_change() -> None:
    ours = policy("extends: [default]\npositions: [user]")
    assert ours.rules["harmful_request"].positions == {Position.USER}
    assert ours.rules["harmful_response"].positions == frozenset()


def test_a_long_chain_ends_in_an_error(tmp_path: Path) -> None:
    write(tmp_path, "p0", "")
    for number in range(1, 60):
        top = write(tmp_path, f"p{number}", f"extends: [p{number - 1}.yaml]")
    with pytest.raises(DataError, match="more than 32"):
        read_policy(top)


def test_defaults() -> None:
    bare = policy("")
    assert bare.positions == set(Position) - {Position.SYSTEM}
    assert set(bare.unscannable.values()) == {Action.BLOCK}
    assert bare.max_characters == 200_000
    assert bare.budget.depth == 4
    assert policy("limits: {normaliser: {depth: 2}}").budget.depth == 2


def test_words_that_yaml_reads_as_something_else_are_words() -> None:
    listed = policy("words: [{id: a, terms: [no, on, 1.0, 2024-01-01, 0x1F, 1:30], action: flag}]")
    assert listed.words[0].terms == ("no", "on", "1.0", "2024-01-01", "0x1F", "1:30")


def test_unscannable_in_one_word_can_be_refined_above() -> None:
    below = policy("unscannable: flag").layer
    above = policy("unscannable: {picture: allow}").layer
    both = Policy.of(below, above).unscannable
    assert both["picture"] is Action.ALLOW
    assert both["sound"] is Action.FLAG


def test_a_text_may_be_read_without_a_file() -> None:
    assert policy_from_text("name: a\nversion: 1.0.0-rc.1+build.5\n").id == "a@1.0.0-rc.1+build.5"


def test_the_shipped_policies() -> None:
    assert policy_names() == ("default", "personal-data", "strict", "watch")
    for name in policy_names():
        shipped = read_policy(name)
        assert shipped.name == name
        assert shipped.description
    assert read_policy("watch").shadow


def test_categories_are_those_of_the_classifier() -> None:
    known = families()
    for head in HEADS:
        family, _, kind = head.value.partition(".")
        assert family in known
        assert not kind or kind in known[family]
    assert set(known["harmful_request"]) == set(HAZARDS)
    assert {head.value.partition(".")[0] for head in HEADS} == MODEL_FAMILIES
