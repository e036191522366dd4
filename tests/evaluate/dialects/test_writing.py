"""Firing, crowding out and logging, on parses made by hand: no parser is needed."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from octarine.core.errors import MissingExtra
from octarine.evaluate.dialects import Weighted, spacy_parser, write
from octarine.evaluate.dialects.edits import Edit, Feature, drop, words
from octarine.evaluate.dialects.features import all_features
from octarine.evaluate.dialects.parse import Parse, build

TEXT = "She isn't late."
ROWS = (
    ("She", "she", "PRP", "nsubj", 1, 0),
    ("is", "be", "VBZ", "ROOT", 1, 4),
    ("n't", "not", "RB", "neg", 1, 6),
    ("late", "late", "JJ", "acomp", 1, 10),
    (".", ".", ".", "punct", 1, 14),
)
FEATURES = {feature.number: feature for feature in all_features()}


def parse(text: str) -> Parse:
    assert text == TEXT
    return build(text, ROWS)


def made(*features: Weighted, seed: int = 0) -> str:
    return write(TEXT, features, parse, np.random.default_rng(seed)).text


@pytest.mark.parametrize(
    ("number", "wanted"), [(155, "She ain't late."), (10, "He isn't late."), (30, TEXT), (158, TEXT)]
)
def test_a_feature_alone(number: int, wanted: str) -> None:
    assert made(Weighted(FEATURES[number], 1.0)) == wanted


def test_a_probability_of_zero_never_fires() -> None:
    assert made(Weighted(FEATURES[155], 0.0)) == TEXT


def test_a_probability_is_kept() -> None:
    fired = sum(made(Weighted(FEATURES[155], 0.3), seed=seed) != TEXT for seed in range(1000))
    assert 250 < fired < 350


def test_features_stack_where_they_do_not_meet() -> None:
    assert made(Weighted(FEATURES[155], 1.0), Weighted(FEATURES[10], 1.0)) == "He ain't late."


def test_a_taken_place_stays_with_the_first_and_is_counted() -> None:
    shout = Feature(999, "shout", words({"is": "IS"}))
    both = write(TEXT, [Weighted(FEATURES[155], 1.0), Weighted(shout, 1.0)], parse, np.random.default_rng(0))
    assert (both.text, both.crowded_out, len(both.applications)) == ("She ain't late.", 1, 1)
    other = write(TEXT, [Weighted(shout, 1.0), Weighted(FEATURES[155], 1.0)], parse, np.random.default_rng(0))
    assert (other.text, other.crowded_out) == ("She ISn't late.", 1)


def test_the_log_names_feature_span_before_and_after() -> None:
    (application,) = write(TEXT, [Weighted(FEATURES[155], 1.0)], parse, np.random.default_rng(0)).applications
    assert (application.feature, application.start, application.end) == (155, 4, 9)
    assert (application.before, application.after) == ("isn't", "ain't")


def test_dropping_the_first_word_hands_on_its_capital() -> None:
    doc = parse(TEXT)
    assert drop(doc.tokens[0]) == Edit(0, 5, "I")
    assert drop(doc.tokens[2]) == Edit(6, 9, "")


def test_without_the_parser_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingExtra, match="'dialects'"):
        spacy_parser()
