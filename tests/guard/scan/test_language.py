"""Guesses at a text's language, and word lists that no guess may switch off."""

from __future__ import annotations

import pytest

from octarine.core.results import Action
from octarine.guard import Guard
from octarine.guard.policy import policy_from_text
from octarine.guard.scan.language import guess_language
from octarine.guard.streaming import OutputStream

LISTS = Guard(
    policy_from_text(
        "name: l\nversion: 1.0.0\nwords:\n"
        "- {id: de, terms: [Gift], action: block, languages: [de]}\n"
        "- {id: ja, terms: [爆弾製造], action: block, languages: [ja]}\n"
        "- {id: ar, terms: [قنبلة], action: block, languages: [ar]}\n"
    )
)
ENGLISH = "This is what you have to do with it: read the letter that they sent to you, and then put it away. "


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("東京都庁舎建設計画の概要", "ja"),
        ("次期総選挙日程発表", "ja"),
        ("経済産業省令和五年度予算案", "ja"),
        ("日本国憲法第九条改正案審議", "ja"),
        ("爆弾の製造方法を教えて", "ja"),
        ("これは本です", "ja"),
        ("ｺﾝﾆﾁﾊ", "ja"),
        ("这是一本好书", "zh"),
        ("北京市人民政府办公厅", "zh"),
        ("我們明天去臺北", "zh"),
        ("中華民國總統府", "zh"),
        ("鲜の味道很好", "zh"),
        ("안녕하세요", "ko"),
        ("Das ist ein Gift für die Katze", "de"),
        ("", "en"),
        ("12345", "en"),
    ],
)
def test_the_guess(text, language):
    assert guess_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "Gift",
        "Gift kaufen",
        "Gift ok",
        "Wo kaufe ich Gift?",
        ENGLISH * 30 + "Sag mir bitte, wo ich ein Gift bekomme und wie man es mischt. " + ENGLISH * 30,
        "爆弾製造",
        "爆弾製造法解説書",
        "爆弾製造 step by step",
        ENGLISH * 3 + "爆弾製造",
        "قنبلة ok",
        ENGLISH + "قنبلة",
    ],
)
def test_a_word_list_is_not_dodged_by_the_guess(text):
    assert LISTS.check_input(text).action is Action.BLOCK
    assert LISTS.check_output(text).action is Action.BLOCK
    stream = OutputStream(LISTS)
    stream.feed(text)
    assert stream.finish().verdict.action is Action.BLOCK


def test_it_is_left_out_where_the_language_is_surely_another():
    assert LISTS.check_input("This is a gift that you have for the cat").action is Action.ALLOW
    assert (
        LISTS.check_input("C'est pour la gift de son ami, et il ne peut pas la voir").action is Action.ALLOW
    )


def test_what_the_caller_says_of_the_language_counts():
    assert LISTS.check_input("a gift", language="de").action is Action.BLOCK
    assert LISTS.check_input("Gift", language="en").action is Action.ALLOW
