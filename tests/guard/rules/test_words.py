"""Lists of words and phrases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("two words", "Two  words two words", ["Two  words", "two words"]),
        ("two  words", "a two\nwords, two\t\r\n words", ["two\nwords", "two\t\r\n words"]),
        ("two words", f"two{' ' * 16}words two{' ' * 17}words", [f"two{' ' * 16}words"]),
        ("two words", "two \u2003\u2028words  \n", ["two \u2003\u2028words"]),
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
    both = found("un\n cafe\u0301  noir\u0301 \n", "cafe noir", ignore_accents=True)
    assert both == ["cafe\u0301  noir\u0301"]


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


WHITE = st.text(" \n\t\u00a0\u2028", min_size=1, max_size=16)


@given(st.lists(st.sampled_from(["a", "é", "e\u0301"]), min_size=2, max_size=4), st.data())
def test_a_phrase_is_found_whatever_blanks_stand_in_it(parts: list[str], data: st.DataObject) -> None:
    phrase = parts[0] + "".join(data.draw(WHITE) + part for part in parts[1:])
    around = data.draw(WHITE), data.draw(WHITE)
    assert found(f"x,{around[0]}{phrase}{around[1]},x", " ".join(parts), ignore_accents=True) == [phrase]
