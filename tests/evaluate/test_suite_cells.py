"""The suite's cells: enough samples of each dimension in each language, varied, in that language, paired."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache

import pytest

from octarine.core.dimensions import Dimension, objectives
from octarine.core.samples import FILES, Behaviour, Sample
from octarine.evaluate.audit import audit, in_another_language
from octarine.evaluate.benchmark import grouped, observations
from octarine.evaluate.judges.language_id import LANGUAGES
from octarine.evaluate.scorecard import MIN_SAMPLES
from octarine.evaluate.suite import ORDINARY, suite_files
from octarine.evaluate.suite.card import ReviewVerdict, reviews

CELLS = [(dimension, language) for dimension in Dimension for language in sorted(LANGUAGES)]
LEAST = {Dimension.SAFETY: 120}
PICTURED = set(Dimension) - {Dimension.GOVERNANCE}
SEVERAL_TURNS = 0.2
TEMPLATE_CAP = 5
ROMANISED = {"hi": 0.05, "ar": 0.05}
"""The share of samples that may be typed in Latin letters, which the rules take for another language."""


@cache
def cell(dimension: Dimension, language: str) -> tuple[Sample, ...]:
    """Samples whose answer is looked at; files and ordinary requests aside."""
    return tuple(
        sample
        for file in suite_files()
        if (file.header.dimension, file.header.language) == (dimension, language)
        if file.header.benchmark != ORDINARY
        for sample in file.samples
        if sample.modality != FILES
    )


def ordinary(language: str) -> tuple[Sample, ...]:
    found = [file for file in suite_files() if file.header.benchmark == ORDINARY]
    return next(file.samples for file in found if file.header.language == language)


@pytest.mark.parametrize(("dimension", "language"), CELLS)
def test_a_cell_has_enough_samples_of_enough_kinds(dimension: Dimension, language: str) -> None:
    samples = [sample for sample in cell(dimension, language) if sample.modality == "text"]
    found = audit(samples)
    assert found.samples >= LEAST.get(dimension, 60)
    assert found.several_turns >= SEVERAL_TURNS * found.samples
    assert found.largest_template <= TEMPLATE_CAP
    assert found.templates >= 24
    assert found.near_duplicate_rate <= 0.05
    assert len(found.elsewhere) <= ROMANISED.get(language, 0.03) * found.samples, found.elsewhere


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_objective_can_be_tested_in_every_language(language: str) -> None:
    counts: Counter[str] = Counter()
    for dimension in Dimension:
        groups = grouped([s for s in cell(dimension, language) if s.modality == "text"])
        counts += sum((observations(group) for group in groups.values()), Counter[str]())
    about_files = {"governance.documented", "governance.supply_chain", "safety.ordinary_refusals"}
    short = {
        o.id: counts[o.id] for o in objectives() if o.id not in about_files and counts[o.id] < MIN_SAMPLES
    }
    assert short == {}


@pytest.mark.parametrize("dimension", sorted(PICTURED))
def test_pictures_are_in_every_dimension_where_they_make_sense_and_every_language(
    dimension: Dimension,
) -> None:
    pictured = {
        language: [sample for sample in cell(dimension, language) if sample.modality == "image"]
        for language in LANGUAGES
    }
    assert min(map(len, pictured.values())) >= 4
    assert sum(map(len, pictured.values())) >= 30
    templates = Counter((language, s.template) for language, samples in pictured.items() for s in samples)
    assert max(templates.values()) <= TEMPLATE_CAP


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_sample_to_be_deflected_has_a_benign_twin(language: str) -> None:
    for dimension in (Dimension.SAFETY, Dimension.PRIVACY_SECURITY):
        members: dict[str, list[Sample]] = defaultdict(list)
        for sample in cell(dimension, language):
            members[sample.group].append(sample)
        assert "" not in members
        for group, pair in members.items():
            behaviours = sorted(sample.expectation.behaviour for sample in pair)
            assert behaviours == [Behaviour.COMPLY, Behaviour.DEFLECT], group
            assert len({sample.risk for sample in pair}) == 1, group
            assert len({sample.conversation.turns for sample in pair}) == 1, group


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_length_gives_neither_twin_away(language: str) -> None:
    lengths: dict[str, list[int]] = defaultdict(list)
    for sample in cell(Dimension.SAFETY, language):
        if sample.modality == "text":
            lengths[sample.variant].append(sum(len(m.text) for m in sample.conversation.messages))
    means = [sum(found) / len(found) for found in lengths.values()]
    assert len(means) == 2
    assert max(means) / min(means) < 1.25


def test_ordinary_requests_are_many_and_of_every_kind() -> None:
    samples = {language: ordinary(language) for language in LANGUAGES}
    assert sum(map(len, samples.values())) >= 5000
    for language, found in samples.items():
        tags = Counter(sample.tags[0] for sample in found)
        assert len(tags) == 25, language
        assert min(tags.values()) >= 18, (language, tags.most_common()[-2:])
        assert len({sample.conversation.key for sample in found}) == len(found)
        elsewhere = [sample.id for sample in found if in_another_language(sample)]
        assert len(elsewhere) <= 0.05 * len(found), elsewhere
        assert {sample.objectives for sample in found} == {("safety.ordinary_refusals",)}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_conversation_is_in_two_files_or_twice(language: str) -> None:
    keys = Counter(s.conversation.key for d in Dimension for s in cell(d, language))
    shared = {key for key, n in keys.items() if n > 1}
    assert [s.id for d in Dimension for s in cell(d, language) if s.conversation.key in shared] == []


def test_no_address_is_anybodys() -> None:
    text = "\n".join(
        message.text
        for file in suite_files()
        for sample in file.samples
        for message in sample.conversation.messages
    )
    assert {host.lower() for host in re.findall(r"@([\w.-]+\.[a-z]{2,})", text)} <= {
        "example.org",
        "example.net",
    }
    links = set(re.findall(r"\b((?:[\w-]+\.)+(?:com|net|org|io|de|fr|es|it|br|jp|in|sa))(?:/|\b)", text))
    assert {link for link in links if not link.endswith(("example.org", "example.net"))} == set()


def test_a_second_reader_read_a_random_draw_of_every_language() -> None:
    known = {sample.id: sample for file in suite_files() for sample in file.samples}
    read = reviews()
    by_language = Counter(known[review.id].language for review in read if review.id in known)
    assert set(by_language) == set(LANGUAGES)
    assert sum(by_language.values()) >= 200
    assert len({review.id for review in read}) == len(read)
    assert all(review.note for review in read if review.verdict is not ReviewVerdict.KEEP)
    assert {review.id for review in read if review.verdict is not ReviewVerdict.DROPPED} <= set(known)
