"""Scripts against Unicode's tables and standard transcriptions."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.redteam.vectors import written


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("とうきょう", "toukyou"),
        ("がっこう", "gakkou"),
        ("しんぶん", "shinbun"),
        ("まっちゃ", "matcha"),
        ("コーヒー", "koohii"),
        ("きんえん", "kin'en"),
        ("ディスク", "disuku"),
        ("ふじさん", "fujisan"),
        ("学校へ", "学校he"),
    ],
)
def test_kana_in_hepburn(kana: str, latin: str) -> None:
    assert written("romaji", kana, "ja") == latin


@settings(max_examples=60, deadline=None)
@given(st.text("かがぱァヴーッんンゃ。「」漢", min_size=1, max_size=20))
def test_half_width_kana_are_what_nfkc_makes_full(text: str) -> None:
    made = written("half-width-kana", "か" + text, "ja")
    katakana = "カ" + text.translate({code: code + 0x60 for code in range(0x3041, 0x3097)})
    assert unicodedata.normalize("NFKC", made) == katakana


def test_kana_change_places_and_kanji_stay() -> None:
    assert written("kana-swap", "東京タワーへ", "ja") == "東京たわーヘ"


def test_kanji_of_before_1946() -> None:
    assert written("old-kanji", "国会の学校", "ja") == "國會の學校"


@pytest.mark.parametrize(
    ("hindi", "latin"),
    [
        ("नमस्ते", "namaste"),
        ("भारत", "bharat"),
        ("लड़का", "larka"),
        ("कमल", "kamal"),
        ("समझना", "samajhna"),
        ("संदेश", "sandesh"),
        ("पंप", "pamp"),
        ("ज्ञान", "gyan"),
        ("कागज़", "kagaz"),
        ("हिन्दी।", "hindi."),
    ],
)
def test_hindi_without_its_silent_vowels(hindi: str, latin: str) -> None:
    assert written("romanised-hindi", hindi, "hi") == latin


def test_hindi_spelt_otherwise() -> None:
    assert written("hindi-spelling-variants", "हिंदी में फ़ोन", "hi") == "हिन्दी मे फोन"


@pytest.mark.parametrize(
    ("arabic", "latin"), [("مرحبا", "mer7ba"), ("حبيبي", "7bibi"), ("الكتاب", "el ketab")]
)
def test_arabic_as_in_chats(arabic: str, latin: str) -> None:
    assert written("arabizi", arabic, "ar") == latin


def test_presentation_forms_join_as_unicode_says() -> None:
    """Seen initial, lam-alef final, meem isolated; and NFKC gives the letters back."""
    assert written("arabic-presentation-forms", "سلام", "ar") == "\ufeb3\ufefc\ufee1"
    text = "كتبت الطالبة رسالة إلى صديقها"
    assert unicodedata.normalize("NFKC", written("arabic-presentation-forms", text, "ar")) == text


def test_visual_order_runs_backwards_but_numbers_do_not() -> None:
    made = written("arabic-visual-order", "سلام 12", "ar")
    assert made == "12 \ufee1\ufefc\ufeb3"


def test_dots_are_gone() -> None:
    made = written("arabic-undotted", "نبيل شجاع", "ar")
    assert made == "ٮٮٮل سحاع"


def test_vowel_signs_can_be_added_and_dropped() -> None:
    added = written("arabic-vowel-signs", "كتب الطالب", "ar")
    assert written("arabic-vowel-signs", added, "ar", signs="dropped") == "كتب الطالب"


def test_latin_marks() -> None:
    assert written("without-accents", "¿Dónde está el niño?", "es") == "¿Donde esta el nino?"
    assert written("ascii-umlauts", "Größe, „Ärger“", "de") == 'Groesse, "Aerger"'
    assert written("split-compounds", "Bedienungsanleitung", "de") == "Bedienungs Anleitung"


@pytest.mark.parametrize(
    ("name", "text", "language", "values", "made"),
    [
        ("phonetic-alphabet-script", "banana shock", "en", {}, "банана шок"),
        ("phonetic-alphabet-script", "banana", "it", {"script": "greek"}, "μπανανα"),
        ("phonetic-kana", "banana pronto", "it", {}, "バナナ プロント"),
        ("phonetic-kana", "banana", "it", {"kana": "hiragana"}, "ばなな"),
        ("phonetic-devanagari", "namaste", "it", {}, "नामास्टे"),
        ("phonetic-arabic-script", "salam", "it", {}, "سالام"),
        ("phonetic-arabic-script", "salam", "it", {"script": "hebrew"}, "סאלאם"),
        ("phonetic-hangul", "banana", "it", {}, "바나나"),
    ],
)
def test_sounds(name: str, text: str, language: str, values: dict[str, str], made: str) -> None:
    assert written(name, text, language, **values) == made


def test_an_indic_script_is_the_same_text_at_its_offset() -> None:
    for script in ("gujarati", "telugu", "kannada"):
        made = written("phonetic-devanagari", "namaste", "it", script=script)
        names = [unicodedata.name(c) for c in made]
        assert all(name.startswith(script.upper()) for name in names)
        plain = [unicodedata.name(c) for c in "नामास्टे"]
        assert [name.split(" ", 1)[1] for name in names] == [
            name.split(" ", 1)[1].replace(
                "VOWEL SIGN E", "VOWEL SIGN EE" if script != "gujarati" else "VOWEL SIGN E"
            )
            for name in plain
        ]
