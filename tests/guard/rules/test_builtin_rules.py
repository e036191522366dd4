"""Every rule that comes with the package: its examples, its form, and silence on ordinary prompts."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources

import pytest

from octarine.core.errors import InputError
from octarine.guard.rules import Matcher, Rule, builtin_rules

ENGINES = ("hyperscan", "re2")
COUNTRIES = re.findall(
    "..", "US GB IE CA AU IN DE AT CH FR BE ES MX AR CO CL IT PT BR JP SA AE EG MA".replace(" ", "")
)
pytest.importorskip("re2", reason="the extra guard is not installed")


@cache
def matcher(engine: str) -> Matcher:
    if engine == "hyperscan":
        pytest.importorskip("hyperscan", reason="hyperscan is not installed")
    return Matcher(builtin_rules(), engine)


@pytest.mark.parametrize("rule", builtin_rules(), ids=lambda rule: rule.id)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_rule_keeps_its_word(rule: Rule, engine: str) -> None:
    if engine == "hyperscan":
        pytest.importorskip("hyperscan", reason="hyperscan is not installed")
    alone = Matcher([rule], engine)
    assert all((rule.examples, rule.counterexamples, rule.source))
    assert 0 < rule.score <= 1
    for text in rule.examples:
        assert alone.find(text), text
    for text in rule.counterexamples:
        assert not alone.find(text), text


@pytest.mark.parametrize("engine", ENGINES)
def test_together_they_find_the_same_kind(engine: str) -> None:
    for rule in builtin_rules():
        for text in rule.examples:
            assert rule.category in {match.category for match in matcher(engine).find(text)}, (rule.id, text)


def test_ids_are_unique_and_categories_known() -> None:
    rules = builtin_rules()
    assert len({rule.id for rule in rules}) == len(rules)
    assert {rule.category.partition(".")[0] for rule in rules} == {"personal_data", "secret"}


def test_each_country_has_a_national_number_a_phone_and_more() -> None:
    for country in COUNTRIES:
        kinds = {rule.category for rule in builtin_rules() if country in rule.country}
        assert kinds & {"personal_data.national_id", "personal_data.tax_id"}, country
        assert "personal_data.phone" in kinds, country


def test_kinds_select() -> None:
    assert {rule.category for rule in builtin_rules("personal_data.email", "secret.github")} == {
        "personal_data.email",
        "secret.github",
    }
    with pytest.raises(InputError, match="emails"):
        builtin_rules("personal_data.emails")


def test_no_example_of_a_secret_stands_whole_in_the_data() -> None:
    folder = resources.files("octarine.guard.rules") / "data"
    source = "".join(file.read_text("utf-8") for file in folder.iterdir() if file.name.startswith("secrets_"))
    for rule in builtin_rules("secret"):
        for text in rule.examples:
            assert text not in source, rule.id


def test_ordinary_prompts_are_left_alone() -> None:
    """At most one prompt in a thousand of those that people ask in nine languages."""
    suite = resources.files("octarine.evaluate") / "suite"
    prompts = []
    for folder in suite.iterdir():
        file = folder / "ordinary.jsonl"
        if folder.is_dir() and file.is_file():
            lines = file.read_text("utf-8").splitlines()[1:]
            prompts += [json.loads(line).get("prompt", "") for line in lines if line]
    hits = {prompt: found for prompt in prompts if (found := matcher("re2").find(prompt))}
    assert len(prompts) > 4000
    assert len(hits) <= len(prompts) / 1000, hits
