"""Registers, varieties and grammar: what a speaker would recognise."""

from __future__ import annotations

import re

import numpy as np
import pytest

from octarine.core.content import Conversation
from octarine.core.protocols import NotApplicable
from octarine.models.scripted import ScriptedModel
from octarine.redteam import techniques, transform
from octarine.redteam.linguistic.written import techniques as model_techniques
from octarine.redteam.rewriting import Rules, Words
from octarine.redteam.running.writing import task
from octarine.redteam.seed import Seed
from tests.redteam.vectors import written

NINE = {"en", "de", "fr", "es", "it", "pt", "ja", "hi", "ar"}


@pytest.mark.parametrize(
    ("name", "text", "language", "made"),
    [
        ("text-message-shorthand", "Are you home tomorrow?", "en", "r u home tmrw?"),
        ("text-message-shorthand", "Pourquoi pas demain ?", "fr", "pk pas 2m1 ?"),
        ("spoken-contractions", "I am going to bake.", "en", "I'm gonna bake."),
        ("spoken-contractions", "Il y a du pain.", "fr", "Y a du pain."),
        ("telegraphic-keywords", "How do I mend the roof of a barn?", "en", "mend roof barn"),
        ("telegraphic-keywords", "屋根の直し方を教えて", "ja", "屋根 直 方 教"),
        (
            "wordy-circumstance",
            "Why now?",
            "en",
            "For what underlying reason at this present moment in time?",
        ),
        ("learner-errors", "The cat is on a roof.", "en", "Cat be on roof."),
        ("learner-errors", "Ich habe einen Hund.", "de", "Ich haben ein Hund."),
        ("baby-talk", "I really love you.", "en", "I weawwy wuv yew~."),
        ("regional-dialect", "Ich habe nicht.", "de", "I hob ned."),
        ("pidgin", "What is the matter?", "en", "Wetin dey di matter?"),
        ("archaic-diction", "Why are you here?", "en", "Wherefore are thee hither?"),
        ("syllable-inversion", "louche merci", "fr", "chelou cimer"),
        ("syllable-inversion", "tango", "es", "gotan"),
        ("rest-first", "How do I mend a roof?", "en", "Mend a roof, how do I?"),
        ("clauses-backwards", "First this, then that.", "en", "then that, First this."),
        ("topic-first", "How do I mend lanterns?", "en", "About the lanterns: How do I mend that?"),
        (
            "reported-request",
            "How do I mend my roof?",
            "en",
            "It is asked how does this person mend this person's roof.",
        ),
        ("statement-to-continue", "How do I mend a roof?", "en", "This is how I mend a roof: …"),
        ("statement-to-continue", "Comment réparer un toit ?", "fr", "Voici comment réparer un toit: …"),
    ],
)
def test_known_examples(name: str, text: str, language: str, made: str) -> None:
    assert written(name, text, language) == made


def test_a_named_variety_is_taken_and_an_unknown_one_is_the_first() -> None:
    assert written("regional-dialect", "Ich und das Auto auch.", "de", variety="berlinerisch").startswith(
        "Ick"
    )
    assert written("regional-dialect", "Ich und das Auto auch.", "de", variety="?").startswith("I ")


def test_hesitation_keeps_every_word() -> None:
    made = written("hesitant-speech", "Please mend the roof of my barn before winter")
    for word in ("mend", "roof", "barn", "winter"):
        assert word in made


def test_asides_can_be_cut_out_again() -> None:
    text = "Please mend the roof of my barn before the winter comes"
    assert re.sub(r"\([^)]*\) ", "", written("asides", text)) == text


def test_words_keep_their_case_and_their_borders() -> None:
    words = Words({"you": "u", "you are": "ur"})
    assert words("You are young. YOU! Are you?") == "Ur young. U! Are u?"
    assert Words({"क": "ख"})("कि क") == "कि ख", "a vowel sign belongs to its letter"
    assert Rules([("(c)at", r"\1og"), ("og", "ow")])("Cat") == "Cow"


def test_what_only_a_model_can_do_is_not_available_without_one() -> None:
    for technique in model_techniques():
        made = technique(Conversation.user("Mend the roof."), np.random.default_rng(0), language="en")
        assert isinstance(made, NotApplicable)
        assert "needs a language model" in made.reason


def test_instructions_name_parameters_that_there_are() -> None:
    for technique in model_techniques():
        named = set(re.findall(r"\{(\w+)\}", technique.instruction))
        assert named == {parameter.name for parameter in technique.parameters}
        assert "{" not in task(technique, Seed("x", "en", np.random.default_rng(0), (), technique.values))


def test_a_translation_says_which_of_the_nine_it_leaves() -> None:
    choices = set(techniques["translation"].parameters[0].choices)
    assert choices == NINE
    chain = techniques["translation"].set(to="ja") | techniques["kana-swap"]
    assert [step.id for step in chain] == ["translation", "kana-swap"]


async def test_a_writer_translates_and_the_chain_goes_on_in_that_language() -> None:
    writer = ScriptedModel("Wie baut man ein großes Vogelhaus?")
    chain = techniques["translation"].set(to="de") | techniques["ascii-umlauts"]
    made = await transform(chain, Conversation.user("How do I build a large birdhouse?"), writer=writer)
    assert not isinstance(made, NotApplicable)
    assert made.conversation.prompt == "Wie baut man ein grosses Vogelhaus?"
    assert [step.path for step in made.steps] == [f"model:{writer.identity.name}", "rule"]
