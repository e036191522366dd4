from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from octarine.guard.policy.categories import LANGUAGES
from octarine.guard.policy.messages import built_in, message
from tests.guard.policy.examples import policy

SCRIPTS = {"ar": "ا", "hi": "ह", "ja": "の"}


def test_every_language_has_every_text_and_none_twice() -> None:
    texts = built_in().texts
    assert set(texts) == set(LANGUAGES)
    keys = {"default", *built_in().keys.values()}
    assert all(set(table) == keys for table in texts.values())
    everything = [text for table in texts.values() for text in table.values()]
    assert len(set(everything)) == len(everything)
    for language, letter in SCRIPTS.items():
        assert all(letter in text for text in texts[language].values())


def test_the_data_file_is_in_the_package() -> None:
    source = resources.files("octarine.guard.policy") / "data" / "messages.toml"
    assert "keys" in tomllib.loads(source.read_text("utf-8"))


@pytest.mark.parametrize(
    ("language", "known"), [("de-AT", "de"), ("pt_BR", "pt"), ("JA", "ja"), ("nl", "en"), ("", "en")]
)
def test_the_language_and_what_stands_in_for_it(language: str, known: str) -> None:
    assert message(policy(""), language, ["jailbreak"]) == built_in().texts[known]["default"]


def test_self_harm_points_to_help_even_beside_a_harder_category() -> None:
    said = message(policy(""), "fr", ["harmful_request", "harmful_request.self_harm"])
    assert said == built_in().texts["fr"]["self_harm"]


def test_the_operators_words_by_the_longest_name() -> None:
    ours = policy(
        "messages:\n"
        "  en:\n"
        "    default: General.\n"
        "    harmful_request: A request.\n"
        "    harmful_request.self_harm: Call us.\n"
        "    unscannable: Send text.\n"
        "  de: Allgemein.\n"
    )
    assert message(ours, "en", ["jailbreak"]) == "General."
    assert message(ours, "en", ["harmful_request.fraud"]) == "A request."
    assert message(ours, "en", ["harmful_request.self_harm"]) == "Call us."
    assert message(ours, "en", ["unscannable"]) == "Send text."
    assert message(ours, "de", ["harmful_request.fraud"]) == "Allgemein."
    assert message(ours, "de", ["harmful_content.self_harm"]) == built_in().texts["de"]["self_harm"]
    assert message(ours, "it", ["jailbreak"]) == built_in().texts["it"]["default"]


def test_what_could_not_be_looked_at_by_its_kind() -> None:
    built, ours = (
        built_in().texts,
        policy("messages: {en: {unscannable: Send text., unscannable.script: Write Latin.}}"),
    )
    assert message(policy(""), "de", ["unscannable.script"]) == built["de"]["script"]
    assert message(policy(""), "de", ["unscannable.picture"]) == built["de"]["unscannable"]
    assert message(ours, "en", ["unscannable.script"]) == "Write Latin."
    assert message(ours, "en", ["unscannable.sound"]) == "Send text."
    both = ["unscannable.script", "harmful_content.self_harm"]
    assert message(policy(""), "en", both) == built["en"]["self_harm"]
