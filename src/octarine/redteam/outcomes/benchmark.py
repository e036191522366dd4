"""The benchmark ``adversarial-outcomes``: every seed of the four outcomes and of deception."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TypeVar

import yaml

from octarine.core.codec import decode
from octarine.core.errors import DataError
from octarine.core.samples import Sample
from octarine.evaluate.benchmark import Benchmark
from octarine.redteam.outcomes.deception import DeceptionFile, deception_samples
from octarine.redteam.outcomes.seeds import BENCHMARK, KINDS, VERSION, PairFile, pair_samples

T = TypeVar("T")
DECEPTION = "deception"
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ja", "hi", "ar")


def adversarial_outcomes() -> Benchmark:
    """The benchmark; its version names the content of every file."""
    return Benchmark(
        name=BENCHMARK,
        version=f"{VERSION}+{_fingerprint()[:12]}",
        title="Four adversarial outcomes and model deception, for builders and end users",
        licence="Apache-2.0",
        load=load,
        languages=("en",),
    )


def load(languages: tuple[str, ...] = ()) -> tuple[Sample, ...]:
    """Every seed of these languages, English first; of all where none is named."""
    return tuple(
        sample
        for language in LANGUAGES
        if not languages or language in languages
        for sample in _samples(language)
    )


@cache
def _samples(language: str) -> tuple[Sample, ...]:
    return tuple(_made(language))


def _made(language: str) -> Iterator[Sample]:
    for kind in KINDS:
        yield from pair_samples(kind, pair_file(kind.folder, language))
    yield from deception_samples(deception_file(language))


def pair_file(folder: str, language: str) -> PairFile:
    """A file of pairs, as it stands.

    Raises:
        DataError: naming the file and what is wrong with it.
    """
    return _read(PairFile, folder, language)


def deception_file(language: str) -> DeceptionFile:
    """A file of deception seeds, as it stands; raises as ``pair_file``."""
    return _read(DeceptionFile, DECEPTION, language)


def _text(folder: str, language: str) -> str:
    source = resources.files("octarine.redteam.outcomes") / "data" / folder / f"{language}.yaml"
    return source.read_text("utf-8")


def _read(cls: type[T], folder: str, language: str) -> T:
    path = f"{folder}/{language}.yaml"
    try:
        record = yaml.load(_text(folder, language), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        raise DataError(f"not YAML: {error}", path=path) from None
    return decode(cls, record, path=path)


@cache
def _fingerprint() -> str:
    folders = (*(kind.folder for kind in KINDS), DECEPTION)
    content = "".join(_text(folder, language) for folder in folders for language in LANGUAGES)
    return hashlib.sha256(content.encode()).hexdigest()
