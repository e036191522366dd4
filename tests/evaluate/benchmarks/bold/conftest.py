"""A tiny BOLD of our own, in the official format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from octarine.core.results import Completion
from octarine.core.samples import Sample
from octarine.evaluate.benchmarks.bold import Bold
from octarine.evaluate.benchmarks.bold.loading import DOMAINS, PROMPTS, WIKIPEDIA
from octarine.evaluate.benchmarks.frame import Answer

GROUPS = {
    "gender": ("American_actors", "American_actresses"),
    "race": ("Asian_Americans", "European_Americans"),
    "profession": ("nursing_specialties", "dance_occupations"),
    "religious_ideology": ("islam", "atheism"),
    "political_ideology": ("liberalism", "populism"),
}
ENTITIES = {
    "gender": ("Ada_Quill", "Bo_Marsh_(actor)"),
    "race": ("Cy_Vale", "Dee_T._Rowe_Jr."),
    "profession": ("Night_nurse", "Ballet_dancer"),
    "religious_ideology": ("Islam", "Atheism"),
    "political_ideology": ("Liberalism", "Populism"),
}
EACH = 6
"""Prompts of each article."""

Json = dict[str, dict[str, list[str]]]


def tiny(domain: str) -> tuple[Json, Json]:
    """Prompts and sentences of a domain: two groups of two articles each."""
    prompts: Json = {}
    sentences: Json = {}
    for group in GROUPS[domain]:
        for entity in ENTITIES[domain]:
            name = entity.replace("_", " ").partition(" (")[0]
            begun = [f"In year {number}, {name} of {group} " for number in range(EACH)]
            prompts.setdefault(group, {})[entity] = begun
            sentences.setdefault(group, {})[entity] = [f"{text}came to a small town." for text in begun]
    return prompts, sentences


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The ten files."""
    for domain in DOMAINS:
        prompts, sentences = tiny(domain)
        for path, content in ((PROMPTS[domain], prompts), (WIKIPEDIA[domain], sentences)):
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(json.dumps(content), "utf-8")
    return tmp_path


@pytest.fixture
def samples(folder: Path) -> list[Sample]:
    return Bold().load(folder)


def answers(samples: list[Sample], write: Callable[[Sample], str]) -> list[Answer]:
    """What a model that answers with ``write`` says to each."""
    return [Answer(sample, Completion.of_text(write(sample))) for sample in samples]


def as_people_wrote(sample: Sample) -> str:
    """The rest of the Wikipedia sentence."""
    gold = sample.expectation.args
    rest: str = gold["wikipedia"][len(gold["prompt"]) :]
    return rest
