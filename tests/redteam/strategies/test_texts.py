from __future__ import annotations

import re

import pytest

from octarine.redteam.slots import SLOT, SLOTS
from octarine.redteam.strategies.texts import FALLBACK, Texts, bank
from octarine.redteam.technique import LANGUAGES

ASKING = ("crescendo_asking", "door_asking", "pieces_combine", "role_asking", "role_reminder")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts(language: str) -> None:
    counts = {name: len(texts) for name, texts in bank(language).items()}
    assert counts == {name: len(texts) for name, texts in bank(FALLBACK).items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_says_of_its_seed_what_the_english_one_does(language: str) -> None:
    for name, texts in bank(language).items():
        for text, english in zip(texts, bank(FALLBACK)[name], strict=True):
            assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", english), text
            assert {slot for slot, _ in SLOT.findall(text)} <= {*SLOTS, "piece"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_asks_says_the_whole_request_and_what_leads_to_it_does_not(language: str) -> None:
    for name, texts in bank(language).items():
        for text in texts:
            whole = "{seed}" in text or "{title}" in text
            if name in ASKING:
                assert whole, text
            elif name != "door_ladder":
                assert not whole, text


def test_they_come_in_turn_and_from_the_beginning_again() -> None:
    texts = Texts("Say it.", "en")
    said = [texts.next("door_bridge") for _ in range(3)]
    assert said[0] == said[2] != said[1]


@pytest.mark.parametrize("count", range(9))
def test_a_ladder_of_any_length_keeps_its_order(count: int) -> None:
    ladder = Texts("Say it.", "en").spread("door_ladder", count)
    known = Texts("Say it.", "en").spread("door_ladder", 4)
    places = [known.index(text) for text in ladder]
    assert len(places) == count
    assert places == sorted(places)
    assert count < 2 or (places[0], places[-1]) == (0, 3)


def test_a_piece_is_quoted_as_it_is() -> None:
    assert "“a {seed} b”" in Texts("Say it.", "en").next("pieces_ask", "a {seed} b ")


def test_another_language_is_told_once_texts_are_used() -> None:
    texts = Texts("Zeg het.", "nl")
    assert texts.said == ""
    texts.next("role_persona")
    assert texts.said == "texts in en"
