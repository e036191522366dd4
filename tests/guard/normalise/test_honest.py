"""Honest text has one view and nothing odd."""

import pytest

from octarine.guard.normalise import normalise
from octarine.guard.normalise.likeness import mean_bits
from tests.guard.normalise.cases import CODE, HONEST, LANGUAGES, LATIN, SENTENCES, ordinary


def untouched(text: str) -> bool:
    result = normalise(text)
    return len(result.views) == 1 and not result.oddities and not result.exhausted


@pytest.mark.parametrize("name", HONEST)
def test_honest_text_has_one_view(name: str) -> None:
    result = normalise(HONEST[name])
    assert result.views[1:] == ()
    assert result.oddities == ()


@pytest.mark.parametrize("name", CODE)
def test_source_code_has_one_view(name: str) -> None:
    result = normalise(CODE[name])
    assert result.views[1:] == ()
    assert result.oddities == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_have_one_view(language: str) -> None:
    assert all(map(untouched, SENTENCES[language]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinary_requests_have_one_view(language: str) -> None:
    touched = [text for text in ordinary(language) if not untouched(text)]
    assert touched == []


@pytest.mark.parametrize("language", LATIN)
def test_likeness_tells_text_from_reversed_text(language: str) -> None:
    texts = [text for text in ordinary(language) if len(text) > 40]
    right = sum(mean_bits(text) > mean_bits(text[::-1]) for text in texts)
    assert right > 0.99 * len(texts)
