"""Against Python's own codecs and character database."""

import base64
import html
import quopri
import unicodedata
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from octarine.guard.normalise import normalise
from octarine.guard.normalise.characters.lookalikes import confusable_table
from octarine.guard.normalise.likeness import classes, densest
from octarine.guard.normalise.malformed import read

WORDS = st.lists(
    st.sampled_from(
        [
            "the",
            "door",
            "lock",
            "key",
            "open",
            "please",
            "tell",
            "me",
            "how",
            "water",
            "green",
            "house",
            "über",
            "café",
            "straße",
            "mañana",
            "鍵",
            "ключ",
            "مفتاح",
        ]
    ),
    min_size=5,
    max_size=12,
    unique=True,
).map(" ".join)


def texts(text: str) -> list[str]:
    return [view.text for view in normalise(text).views]


@pytest.mark.parametrize(
    "encode",
    [
        base64.b64encode,
        base64.urlsafe_b64encode,
        base64.b32encode,
        base64.b16encode,
        base64.b85encode,
        base64.a85encode,
    ],
)
@given(text=WORDS)
@settings(max_examples=25, deadline=None)
def test_bases_agree_with_the_library(encode: object, text: str) -> None:
    assert text in texts(encode(text.encode()).decode())  # type: ignore[operator]


@given(WORDS)
@settings(max_examples=30, deadline=None)
def test_urls_agree_with_the_library(text: str) -> None:
    assume(not text.isascii())
    assert unquote(quote(text)) in texts(quote(text))


@given(WORDS)
@settings(max_examples=30, deadline=None)
def test_entities_agree_with_the_library(text: str) -> None:
    coded = "".join(f"&#{ord(c)};" if i % 2 else html.escape(c) for i, c in enumerate(text))
    assert html.unescape(coded) in texts(coded)


@given(WORDS)
@settings(max_examples=30, deadline=None)
def test_quoted_printable_agrees_with_the_library(text: str) -> None:
    assume(not text.isascii())
    coded = quopri.encodestring(text.encode()).decode()
    assert quopri.decodestring(coded).decode() in texts(coded)


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_bytes_agree_with_the_library(data: bytes) -> None:
    assume(not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")))
    given_ = read(data)
    assert given_.text == data.decode("utf-8", "replace")
    try:
        data.decode()
    except UnicodeDecodeError:
        assert given_.malformed
        assert all("\ufffd" in given_.text[start:end] for start, end in given_.malformed)
    else:
        assert given_.malformed == ()


@pytest.mark.parametrize(
    ("data", "meaning"),
    [
        (b"\xc1\xab\xc1\xa9\xc1\xacl", "kill"),
        (b"a\xe0\x81\xa2c", "abc"),
        (b"\xed\xa0\xbd\xed\xb8\x80", "😀"),
        (b"\xf0\x80\x81\xa1b", "ab"),
    ],
)
def test_overlong_forms_are_read_leniently(data: bytes, meaning: str) -> None:
    result = normalise(data)
    assert ("overlong",) in [view.chain for view in result.views if view.text == meaning]
    assert {oddity.kind for oddity in result.oddities} == {"malformed"}


def test_mathematical_letters_agree_with_the_character_database() -> None:
    for point in range(0x1D400, 0x1D6A4):
        plain = unicodedata.normalize("NFKC", chr(point))
        if unicodedata.category(chr(point)) != "Cn" and plain.isascii():
            assert texts(f"see {chr(point) * 4} now")[1:] == [f"see {plain * 4} now"]


def test_confusables_lead_from_other_letters_to_ascii() -> None:
    table = confusable_table()
    assert len(table) > 300
    for source, target in table.items():
        assert target.isascii()
        assert target.isalnum()
        assert unicodedata.normalize("NFKC", source) == source
    assert {table[c] for c in "асеорху"} == set("aceopxy")


def test_classes_fold_accents_as_the_character_database_does() -> None:
    for point in (*range(0x41, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(point).lower())[:1]
        if "a" <= base <= "z":
            assert classes(chr(point))[0] == ord(base) - 96


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=30))
def test_densest_run_agrees_with_trying_all(values: list[int]) -> None:
    import numpy as np

    start, end, total = densest(np.array(values, np.float32))
    best = max(sum(values[i:j]) for i in range(len(values) + 1) for j in range(i, len(values) + 1))
    assert total == best == sum(values[start:end])
