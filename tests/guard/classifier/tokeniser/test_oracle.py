"""The library that wrote ``tokenizer.json`` gives the same ids and positions.

Its tables are of Unicode 8 to 12, those of Python newer: the property is one of the characters of Unicode
3.2, for which the standard library has tables too, and of the emoji of Unicode 6. U+166D was classed anew
since.
"""

import json
import random
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from octarine.guard.classifier.classifier import packaged_weights
from octarine.guard.classifier.tokeniser import Tokeniser

OLD = unicodedata.ucd_3_2_0
EMOJI = [chr(point) for point in (*range(0x1F300, 0x1F600), *range(0x1F601, 0x1F640))]
CHARACTERS = [
    character
    for character in (chr(point) for point in range(0x110000) if point != 0x166D)
    if OLD.category(character) not in ("Cn", "Co", "Cs")
]
MARKS = [character for character in CHARACTERS if unicodedata.combining(character)]
MADE_OF_SEVERAL = [character for character in CHARACTERS if unicodedata.decomposition(character)]
JAMO = [chr(point) for point in (*range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A8, 0x11C3))]
TRICKY = [
    *"eEi<=>ıİßſﬁｶﾊ",
    "\uff9e",
    "\u3099",
    "\u0338",
    "\u0344",
    "\u0591",
    "\u200d",
    "\u0301",
    "\u0345",
    "\u0f73",
]
SENTENCES = {
    "en": "The locksmith's “naïve” résumé wasn't in the drawer, was it? (No: see p. 12…)",
    "de": "Die Straßenbahn fährt um 7:30 Uhr über die Größe-Brücke – ÄRGERLICH!",
    "fr": "L’été dernier, où êtes-vous allés ? À l’île d’Oléron : c’était ÉNORME.",
    "es": "¿Cuántos años tenía el niño? ¡Ojalá lloviera mañana en Logroño!",
    "it": "Perché la città è così bella? Non c’è più tempo, però va bene.",
    "pt": "Não há pão à venda; amanhã os irmãos virão de São João.",
    "ja": "東京の地下鉄は、ラッシュ時にとても混雑します。「ｶﾞｲﾄﾞ」を㍍で、髙﨑さん！",
    "hi": "क्या आप मुझे बता सकते हैं कि ज़मीन की क़ीमत कितनी है। श्री ऋषि ने कहा—हाँ।",
    "ar": "كَيْفَ أُصَلِّي؟ ذهبتُ إلى السوق، ثم عدتُ إلى البيت؛ ﷺ لا إله",
    "others": "한국어 문장입니다 ไทยภาษา שָׁלוֹם Ελληνικά ΣΊΣΥΦΟΣ Русский ёж மொழி 中文字符 👩‍👩‍👧 ǆ ℌ𝔢𝔩𝔩𝔬",
}


@pytest.fixture(scope="module")
def packaged() -> tuple[Tokeniser, Any]:
    return _both(packaged_weights() / "tokenizer.json")


@pytest.fixture(scope="module")
def spelling(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tokeniser, Any]:
    """Both with a vocabulary of all characters, so that no word hides where its characters came from."""
    data = json.loads((packaged_weights() / "tokenizer.json").read_text("utf-8"))
    vocabulary = data["model"]["vocab"]
    for character in (*CHARACTERS, *EMOJI):
        if not "\u3400" <= character <= "\u9fff":
            vocabulary.setdefault(character, len(vocabulary))
            vocabulary.setdefault(f"##{character}", len(vocabulary))
    path = tmp_path_factory.mktemp("spelling") / "tokenizer.json"
    path.write_text(json.dumps(data), "utf-8")
    return _both(path)


def _both(path: Path) -> tuple[Tokeniser, Any]:
    return Tokeniser.read(path), Tokenizer.from_file(str(path))


def _agree(both: tuple[Tokeniser, Any], text: str) -> None:
    ours, theirs = both[0].encode(text), both[1].encode(text, add_special_tokens=False)
    assert (ours.ids, ours.offsets) == (theirs.ids, theirs.offsets), ascii(text)


def test_the_vocabulary_is_the_same(packaged: tuple[Tokeniser, Any]) -> None:
    assert packaged[0].vocabulary == packaged[1].get_vocab()
    assert packaged[0]["[CLS]"] == packaged[1].token_to_id("[CLS]")


@pytest.mark.parametrize("language", SENTENCES)
def test_sentences(packaged: tuple[Tokeniser, Any], spelling: tuple[Tokeniser, Any], language: str) -> None:
    for form in ("NFC", "NFD", "NFKD"):
        text = unicodedata.normalize(form, SENTENCES[language])
        for both in (packaged, spelling):
            _agree(both, text)
            _agree(both, text.upper())
            _agree(both, text.replace(" ", ""))
            _agree(both, " \n" + text.replace(" ", "\u00a0\t") * 8)


def test_every_character_of_unicode_3_2(spelling: tuple[Tokeniser, Any]) -> None:
    for first in range(0, len(CHARACTERS), 32):
        some = CHARACTERS[first : first + 32]
        # One by one and glued to letters: the library takes quadratic time on a long word.
        _agree(spelling, " ".join((*some, f"a{'a'.join(some)}a")))


TEXTS = st.lists(
    st.sampled_from(CHARACTERS)
    | st.sampled_from(MARKS)
    | st.sampled_from(MADE_OF_SEVERAL)
    | st.sampled_from([*JAMO, *TRICKY, *EMOJI])
    | st.characters(max_codepoint=0x17F)
    | st.sampled_from([" ", "[SEP]", "[UNK]", "[MASK]", "the", "Straße", "किताब", "日本", "##ing"]),
    max_size=40,
).map("".join)


@settings(max_examples=500, deadline=None)
@given(TEXTS)
@example("")
@example("ﬁ\u0301")
@example("á\u200d\u0591")
@example("\u0591\u0344 \u0344\u0591")
@example("각\u11a8 \u1100\u1161\u11a8")
@example("[SEP][CLS]x[MASK]")
def test_any_text(packaged: tuple[Tokeniser, Any], spelling: tuple[Tokeniser, Any], text: str) -> None:
    _agree(packaged, text)
    _agree(spelling, text)


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.sampled_from([*MARKS[:40], *TRICKY, *JAMO[:8], "漢", "ç"]), min_size=1, max_size=30),
    st.integers(8, 24),
)
def test_long_words(
    packaged: tuple[Tokeniser, Any], spelling: tuple[Tokeniser, Any], text: str, times: int
) -> None:
    _agree(spelling, text * times)
    _agree(packaged, text * times)


@pytest.mark.parametrize("length", [255, 256, 257, 1999, 2001])
@pytest.mark.parametrize("piece", ["a", "é", "ｆ"])
def test_the_longest_word(packaged: tuple[Tokeniser, Any], piece: str, length: int) -> None:
    _agree(packaged, f"so {piece * length} so")
    _agree(packaged, f"so {piece * (length // 4)}日\u0316\u0315 so")


def test_what_was_cut_before_changes_nothing(packaged: tuple[Tokeniser, Any]) -> None:
    """More chunks than are remembered, each seen twice."""
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdefgé日", k=5)) for _ in range(20_000)]
    _agree(packaged, " ".join(words + words[:2_000] + words[-2_000:]))
