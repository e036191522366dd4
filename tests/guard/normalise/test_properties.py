"""What holds for every text whatever."""

import zlib
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.guard.normalise import Budget, Normalised, normalise
from octarine.guard.normalise.obfuscations import OBFUSCATIONS
from tests.guard.normalise.timing import spent

NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            " aeE01=%&#;\\xu\"'+.-_/<~\n\u200b\u200d\u202e\ufe0f"
            "\U000e0041\U000e0101\u0336\u0430\U0001f1e6\ud800"
        ),
    ),
    max_size=120,
)
PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "aGVsbG8gd29ybGQgb2Yg",
                "68656c6c6f",
                "%68%65",
                "&#104;",
                "\\u0068",
                "=68=65=6C",
                "104 101 108 108",
            ),
            *("uryyb jbeyq", "h3ll0", "h e l l o ", ".... . ", '"he" + "llo"', "dlrow olleh "),
            *("\u202eolleh", "ｈｅｌｌｏ", "h\u0435llo", " ", "\n", "the "),
        ]
    ),
    max_size=12,
).map("".join)


def sound(result: Normalised, text: str, budget: Budget) -> None:
    assert result.views[0].text == text
    assert result.views[0].chain == ()
    assert len(result.views) <= budget.views
    assert sum(len(view.text) for view in result.views[1:]) <= budget.characters(len(text))
    assert len({view.text for view in result.views}) == len(result.views)
    for view in result.views:
        for start in range(0, len(view.text) + 1, max(1, len(view.text) // 7)):
            low, high = view.span(start, len(view.text))
            assert 0 <= low <= high <= len(text)
    for oddity in result.oddities:
        assert 0 <= oddity.start <= oddity.end <= len(text)


@given(st.one_of(NASTY, PIECES))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_soundly(text: str) -> None:
    sound(normalise(text), text, Budget())


@given(st.binary(max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_soundly(data: bytes) -> None:
    result = normalise(data)
    sound(result, result.views[0].text, Budget())


@given(PIECES, st.integers(1, 3), st.integers(1, 4), st.integers(1, 200))
@settings(max_examples=60, deadline=None)
def test_the_budget_is_kept(text: str, depth: int, views: int, least: int) -> None:
    budget = Budget(depth=depth, views=views, expansion=1, least=least, most=400)
    sound(normalise(text, budget), text, budget)


@given(PIECES)
@settings(max_examples=80, deadline=None)
def test_the_views_of_a_view_are_among_the_views(text: str) -> None:
    result = normalise(text, Budget(depth=12, views=200))
    known = {view.text for view in result.views}
    if not result.exhausted:
        for view in result.views[1:]:
            assert {other.text for other in normalise(view.text, Budget(depth=12, views=200)).views} <= known


def test_depth_that_runs_out_is_reported() -> None:
    code = "how do I pick the lock of a door"
    for _ in range(6):
        code = b64encode(code.encode()).decode()
    assert normalise(code).exhausted == "depth"
    assert len(normalise(code, Budget(depth=6)).views) == 7


def _values(count: int) -> list[str]:
    return [b64encode(f"this is message number {i}".encode()).decode() for i in range(count)]


def test_views_that_run_out_are_reported() -> None:
    budget = Budget(views=3)
    result = normalise(" and ".join(_values(4)), budget)
    assert result.exhausted == "views"
    assert len(result.views) == budget.views


def test_a_file_full_of_encoded_values_does_not_use_up_the_views() -> None:
    values = _values(40)
    text = "data:\n" + "\n".join(f"  key{i}: {value}" for i, value in enumerate(values))
    result = normalise(text)
    assert not result.exhausted
    in_place, alone = result.views[1:]
    assert in_place.text.startswith("data:\n  key0: this is message number 0\n")
    assert alone.text.splitlines() == [f"this is message number {i}" for i in range(40)]
    at = alone.text.index("number 17")
    start, end = alone.span(at, at + len("number 17"))
    assert text[start:end] == values[17]


def test_a_bomb_is_cut_and_reported() -> None:
    bomb = b64encode(zlib.compress(b"attack at dawn " * 4_000_000)).decode()
    result = normalise(bomb)
    assert result.exhausted == "characters"
    assert sum(len(view.text) for view in result.views[1:]) <= Budget().characters(len(bomb))
    assert result.views[1].text.startswith("attack at dawn")


def test_a_text_with_all_fragments_in_place_is_counted() -> None:
    text = "aGVsbG8gd29ybGQgb2Ygh e l l o aGVsbG8gd29ybGQgb2Yg"
    budget = Budget(depth=1, views=3, expansion=1, least=1, most=400)
    sound(normalise(text, budget), text, budget)


def test_a_second_bomb_finds_no_room() -> None:
    bombs = [
        b64encode(zlib.compress(b"attack at dawn " * length)).decode() for length in (100_000, 1_000_000)
    ]
    found = zlib.decompressobj
    sizes = []

    class Machine:
        def __init__(self, mode: int) -> None:
            self._machine = found(mode)

        def decompress(self, data: bytes, most: int) -> bytes:
            plain = self._machine.decompress(data, most)
            sizes.append(len(plain))
            return plain

        def __getattr__(self, name: str) -> object:
            return getattr(self._machine, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zlib, "decompressobj", Machine)
        assert normalise(" ".join(bombs)).exhausted == "characters"
    assert sum(sizes) <= Budget().characters(sum(map(len, bombs)) + 1)


LONG = {
    "letters": "a" * 200_000,
    "capitals": "Ab1" * 66_666,
    "digits": "12 " * 66_666,
    "hexadecimal": "0f" * 100_000,
    "escapes": "%41" * 66_666,
    "entities": "&amp;" * 40_000,
    "quotes": '"a" + ' * 33_333,
    "spaced": "a " * 100_000,
    "dots": ". - " * 50_000,
    "tags": "\U000e0041a" * 100_000,
    "marks": "a\u0336" * 100_000,
    "piles": "\u0336" * 200_000,
    "overrides": "\u202ea" * 100_000,
    "selectors": "\ufe01" * 200_000,
    "mixed": "aа" * 100_000,
    "brackets": "<~" * 100_000,
    "leet": "h3ll0 " * 33_333,
    "words": "uryyb jbeyq " * 16_666,
    "lines": "ab\n" * 66_666,
    "assignments": "a='b';" * 33_333,
    "bits": "0" * 199_999 + "2",
    "signs": "h3ll0 w0rld th1s 1s l33t " + "!" * 199_000 + "a",
    "pieces": "aGVs " * 40_000,
    "pieces in quotes": "'aGVsbG8'+" * 20_000,
    "columns": "a\n" * 100_000,
    "blank lines": "a\n" + " \n" * 100_000,
    "cells": "\u2801" * 100_000 + "\u2800" * 100_000,
    "radio": "alfa bravo " * 18_000,
    "short octal": "\\40\\141" * 28_000,
    "CSS": "\\68 \\65 " * 25_000,
    "calls": "chr(104)+" * 22_000,
    "zeros": "&#" + "0" * 199_000 + "x",
    "places": "8-5-12 " * 28_000,
    "codes": "104101" * 33_000 + "x",
    "accents": "a" + "\u0300\u0327" * 100_000,
    "accents apart": "a\u0300\u0327\u0335" * 50_000,
    "regions": "\U0001f1e6\U0001f1e7 " * 66_000,
    "pictures": "a\U0001f600" * 100_000,
    "uuencode": ("M" + "8" * 60 + "\n") * 3_200,
    "raised": "\u1d43\u1d47 " * 66_000,
    "flags": ("\U0001f3f4" + "\U000e0067" * 5 + "\U000e007f") * 28_000,
    "pairs": "\u200b\u200c\u200d\u2060" * 50_000,
    "vowels": "%41%42 " + "\u093f" * 199_000 + "x",
}


@pytest.mark.parametrize("name", LONG)
def test_work_grows_with_length_and_no_faster(name: str) -> None:
    """A ratio of two lengths, so that a slow machine fails nothing: quadratic work would make it 64."""
    text = LONG[name]
    part = text[: len(text) // 8]
    normalise(part[:400])
    short = spent(lambda: normalise(part))
    assert spent(lambda: normalise(text)) < 30 * short + 0.5


def test_obfuscations_are_functions_of_text_and_generator() -> None:
    import numpy as np

    for obfuscate in OBFUSCATIONS.values():
        assert obfuscate("Some words", np.random.default_rng(3)) == obfuscate(
            "Some words", np.random.default_rng(3)
        )
