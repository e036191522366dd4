"""Lists of words and phrases."""

from __future__ import annotations

import pytest

from octarine.core.errors import InputError
from octarine.guard.rules import Matcher, words

pytest.importorskip("re2", reason="the extra guard is not installed")


def found(text: str, *terms: str, engine: str = "auto", **options: bool) -> list[str]:
    return [text[m.start : m.end] for m in Matcher(words("list", terms, **options), engine).find(text)]  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["auto", "re2"])
@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("acme", "Acme and ACME, not acmes", ["Acme", "ACME"]),
        ("ÖL", "öl und Öle", ["öl"]),
        ("café", "CAFÉ, cafés", ["CAFÉ"]),
        ("été", "été étés bété", ["été"]),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ", ["ΣΊΣΥΦΟΣ"]),
        ("गधा", "वह गधा है, गधापन", ["गधा"]),
        ("حمار", "هذا حمار وحمارة", ["حمار"]),
        ("馬鹿", "この馬鹿者", ["馬鹿"]),
        ("acme", "ａｃｍｅは", ["ａｃｍｅ"]),
        ("two words", "Two  words two words", ["two words"]),
        ("a-a", "xa-a-a", ["a-a"]),
        ("straße", "STRAßE", ["STRAßE"]),
    ],
)
def test_whole_words_of_every_script(engine: str, term: str, text: str, expected: list[str]) -> None:
    assert found(text, term, engine=engine) == expected


def test_options() -> None:
    assert found("Acme", "acme", ignore_case=False) == []
    assert found("ａcme", "acme", ignore_width=False) == []
    assert found("acmes", "acme", whole=False) == ["acme"]
    assert found("cafe\u0301s, CAFÉ", "cafe", ignore_accents=True) == ["CAFÉ"]
    assert found("le cafe\u0301 noir", "café noir", ignore_accents=True) == ["cafe\u0301 noir"]
    assert found("cafe", "café") == []


def test_thousands_of_terms_and_the_longest_wins() -> None:
    terms = [f"word{number}" for number in range(5000)]
    text = "say word77 and word77 tail"
    for engine in ("auto", "re2"):
        assert found(text, *terms, "word77 tail", engine=engine) == ["word77", "word77 tail"]


def test_bad_lists_are_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        words("mine", ["", "  "])
    with pytest.raises(InputError, match="name"):
        words("no name", ["x"])
