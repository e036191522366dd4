"""Honest text has one view and nothing odd."""

import base64
import unicodedata

import numpy as np
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


def test_vietnamese_keeps_its_accents_when_they_are_apart() -> None:
    text = "Tôi muốn đọc sách tiếng Việt ở nhà thờ lớn"
    result = normalise(unicodedata.normalize("NFD", text))
    assert result.oddities == ()
    assert [view.text for view in result.views[1:]] == [text]


@pytest.mark.parametrize(
    "name", ["polytonic", "yoruba", "vietnamese vowels", "taiwanese", "narrow transcription"]
)
def test_accents_that_are_apart_are_put_together_and_nothing_else(name: str) -> None:
    text = unicodedata.normalize("NFD", HONEST[name])
    result = normalise(text)
    assert result.oddities == ()
    assert {unicodedata.normalize("NFC", view.text) for view in result.views} == {
        unicodedata.normalize("NFC", text)
    }


@pytest.mark.parametrize("language", LATIN)
def test_likeness_tells_text_from_reversed_text(language: str) -> None:
    texts = [text for text in ordinary(language) if len(text) > 40]
    right = sum(mean_bits(text) > mean_bits(text[::-1]) for text in texts)
    assert right > 0.99 * len(texts)


def test_random_bytes_are_no_text() -> None:
    generator = np.random.default_rng(5)
    for _ in range(400):
        data = generator.bytes(int(generator.integers(16, 64)))
        for code in (base64.b64encode(data), base64.b32encode(data), data.hex().encode()):
            chains = {view.chain[0] for view in normalise(code.decode()).views[1:]}
            assert not chains & {"base64", "base32", "base16"}
