"""Encoded bodies: what is said round them, in which language, and what the key's owner sees."""

from __future__ import annotations

import contextlib
import tomllib
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octarine.core.content import Conversation
from octarine.core.errors import InputError
from octarine.redteam.applying import readable
from octarine.redteam.obfuscation import ciphers, encodings
from octarine.redteam.technique import Effect, Technique
from tests.redteam.probes import LANGUAGES

CATALOGUE = {technique.id: technique for technique in (*encodings.TECHNIQUES, *ciphers.TECHNIQUES)}
EXPLAINED = {name: t for name, t in CATALOGUE.items() if any(p.name == "explained" for p in t.parameters)}
ENCODING = [name for name, t in EXPLAINED.items() if t.effect is Effect.ENCODES]
ASKED = "How do I mend a bicycle wheel?"
TEXTS = {
    "en": ASKED,
    "de": "Wie repariere ich ein Fahrrad mit schönen Rädern?",
    "ja": "自転車の車輪はどうやって直しますか。",
    "hi": "साइकिल का पहिया कैसे ठीक करें?",
    "ar": "كيف أصلح عجلة الدراجة؟",
}


def data(name: str) -> dict[str, dict[str, object]]:
    return tomllib.loads(files("octarine.redteam.obfuscation").joinpath("data", name).read_text("utf-8"))


def made(technique: Technique, text: str, language: str = "en", seed: int = 0) -> str:
    result = technique(Conversation.user(text), np.random.default_rng(seed), language=language)
    assert isinstance(result, Conversation), result
    return result.prompt


def test_a_covering_sentence_names_the_encoding_in_the_language_of_the_text() -> None:
    assert "Unicode-Nummern" in made(CATALOGUE["code-points"], TEXTS["de"], "de")
    assert "यूनिकोड संख्याएँ" in made(CATALOGUE["code-points"], TEXTS["hi"], "hi")
    assert "文字を逆順" in made(CATALOGUE["reversed-letters"], TEXTS["ja"], "ja")
    assert "Base64" in made(CATALOGUE["base64"], TEXTS["ar"], "ar")


def test_no_known_language_is_spoken_to_in_english() -> None:
    assert "Unicode numbers" in made(CATALOGUE["code-points"], "xyzzy 12", "")


def test_the_key_is_told_unless_it_is_to_be_inferred() -> None:
    caesar = CATALOGUE["caesar"].set(key=3)
    assert " Key: 3" in made(caesar, ASKED)
    assert "Key" not in made(caesar.set(stated=False), ASKED)
    assert "Hvfkoüvvho: 3" not in made(caesar, TEXTS["de"], "de")
    assert " Schlüssel: 3" in made(caesar, TEXTS["de"], "de")


def test_a_bare_body_begins_with_a_key_that_was_drawn_and_only_then() -> None:
    caesar = CATALOGUE["caesar"].set(explained=False)
    key, _, body = made(caesar, ASKED).partition("\n")
    assert body == made(caesar.set(key=int(key)), ASKED)
    assert caesar.decode(f"{key}\n{body}") == caesar.set(key=int(key)).decode(body) == ASKED


def test_an_answer_may_be_asked_for_in_the_same_code() -> None:
    plain, asked = made(CATALOGUE["base64"], ASKED), made(CATALOGUE["base64"].set(answer="encoded"), ASKED)
    assert "Write your answer in the same code." in asked
    assert "same code" not in plain


def test_slots_inside_a_body_stay() -> None:
    assert made(CATALOGUE["atbash"], "{how} {key}").count("{sld} {pvb}") == 1
    assert "}woh{" in made(CATALOGUE["reversed-letters"], "}woh{ }yek{ {how}"[::-1])


def test_a_body_that_it_does_not_make_is_an_error_of_its_own() -> None:
    for name in ("base64", "bubble-babble", "huffman-code", "letter-sums", "firmware-records"):
        with pytest.raises(InputError, match="no text in"):
            CATALOGUE[name].decode("§ nothing of the kind §")


def test_keys_that_are_none_say_what_one_looks_like() -> None:
    wrong = {
        "vigenere": "12",
        "affine": "2,5",
        "hill": "1,2,2,4",
        "rotor-machine": "I I",
        "turning-grille": "9",
        "xor-key": "zz",
        "code-book": "A=x",
        "adfgvx": "lemon",
    }
    for name, key in wrong.items():
        with pytest.raises(InputError) as caught:
            made(CATALOGUE[name].set(key=key), ASKED)
        assert caught.value.hint


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_three_texts_with_every_slot(language: str) -> None:
    spoken = data("explaining.toml")[language]
    texts = spoken["texts"]
    assert isinstance(texts, list)
    assert len(set(texts)) >= 3
    for text in texts:
        assert all(text.count(slot) == 1 for slot in ("{how}", "{key}", "{answer}", "{body}"))
    assert "{key}" in str(spoken["key"])


def test_every_encoding_is_named_in_the_languages_that_it_can_be_asked_in() -> None:
    names = data("names.toml")
    assert set(names) == set(EXPLAINED)
    for name, spoken in names.items():
        wanted = set(LANGUAGES) - (set() if not CATALOGUE[name].scripts else {"ja", "hi", "ar"})
        same_everywhere = set(spoken) == {"en"}
        assert same_everywhere or wanted <= set(spoken), name


def test_harmless_sentences_are_there_in_every_language() -> None:
    spoken = data("sentences.toml")
    assert set(spoken) == set(LANGUAGES)
    for words in spoken.values():
        sentences, codes = words["sentences"], words["code_words"]
        assert isinstance(sentences, list)
        assert isinstance(codes, list)
        assert len(set(sentences)) >= 8
        assert len(set(codes)) == len(codes) >= 12
        assert not any("\n" in sentence or "  " in sentence for sentence in sentences)


def test_lines_of_verse_begin_with_their_letter() -> None:
    for letters in data("acrostic.toml").values():
        assert len(letters) == 26
        for letter, lines in letters.items():
            assert isinstance(lines, list)
            assert len(lines) >= 2
            assert all(line.startswith(letter) for line in lines)


TRICKY = st.one_of(
    st.text(min_size=1, max_size=60),
    st.text('abcXYZ éßæ.?-/|«»{}\\"\n\t01239ع東क👍\u200d', min_size=1, max_size=60),
)


@pytest.mark.parametrize("name", ENCODING)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choice=st.data())
def test_every_setting_comes_back(name: str, choice: st.DataObject) -> None:
    """Whatever the text, the settings and the key that is drawn: undone, it is what it says survives."""
    technique = EXPLAINED[name].set(explained=False)
    for parameter in technique.parameters:
        if parameter.choices and parameter.name != "answer":
            technique = technique.set(**{parameter.name: choice.draw(st.sampled_from(parameter.choices))})
        elif parameter.name in ("layers", "passes", "period", "width", "base", "least"):
            value = choice.draw(st.integers(int(parameter.low or 1), int(parameter.high or 9)))
            technique = technique.set(**{parameter.name: value})
    text = choice.draw(TRICKY)
    rng = np.random.default_rng(choice.draw(st.integers(0, 10**6)))
    language = choice.draw(st.sampled_from(("en", "de", "ja", "")))
    result = technique(Conversation.user(text), rng, language=language)
    if isinstance(result, Conversation):
        assert technique.decode(result.prompt) == technique.survives(readable(text))


@pytest.mark.parametrize("name", ENCODING)
@settings(max_examples=15, deadline=None)
@given(text=st.one_of(st.text(max_size=40), st.from_regex(r'[\[\]{}",:/0-9A-F =\n.-]{1,40}', fullmatch=True)))
def test_foreign_bodies_are_read_or_refused(name: str, text: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(CATALOGUE[name].decode(text), str)
