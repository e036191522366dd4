"""Secrets do not get into text that is shown."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from octarine.core.redact import MASK, redact


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def-123456", "abc.def"),
        ("{'authorization': 'Token abcdef'}", "abcdef"),
        ("[('x-api-key', 'abcdef')]", "abcdef"),
        ('{"Cookie": "sid=abcdef"}', "abcdef"),
        ("used bearer abcdef123456789", "abcdef123456789"),
        ("Incorrect API key provided: sk-proj-abc_DEF-123456.", "sk-proj-abc"),
        ("key AKIAIOSFODNN7EXAMPLE is unknown", "AKIAIOSFODNN7EXAMPLE"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "wJalrXUtnFEMI"),
        ('{"api_key": "0123456"}', "0123456"),
        ("password=hunter2hunter2", "hunter2"),
        ("GET https://user:pass-word@host/v1", "pass-word"),
        ("https://token@host.example/", "token@"),
        ("https://h/v1?x=1&api_key=abc123&y=2", "abc123"),
        ("https://s3/?X-Amz-Signature=0a1b2c&z=1", "0a1b2c"),
        ("ghp_0123456789abcdefABCDEF", "ghp_0123"),
        ("AIzaSyA0123456789abcdefghijklmnopqrstuv", "AIzaSy"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJhbGci"),
    ],
)
def test_secrets_of_known_form(text: str, secret: str) -> None:
    assert secret in text
    cleaned = redact(text)
    assert secret not in cleaned
    assert MASK in cleaned
    assert redact(cleaned) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "the model 'gpt-4o' does not exist",
        "https://host.example/v1/chat?api-version=3 answered 404 Not Found",
        "max_tokens must be at most 4096; basic questions only",
        "user@example.org asked about the key of C major",
        "",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert redact(text) == text


secrets = st.text(min_size=4, max_size=30).filter(lambda text: "*" not in text)


@settings(deadline=None)
@given(st.text(), secrets, st.text())
def test_a_given_secret_never_stays(before: str, secret: str, after: str) -> None:
    assert secret not in redact(before + secret + after, [secret])


@settings(deadline=None)
@given(secrets)
def test_nor_does_it_in_another_spelling(secret: str) -> None:
    assume(all(ord(letter) < 0xD800 for letter in secret))
    for spelling in (
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
    ):
        assert spelling not in redact(f"<{spelling}>", [secret])


@settings(deadline=None)
@given(st.text())
def test_twice_is_as_good_as_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_a_secret_inside_a_longer_one_and_a_short_one() -> None:
    assert redact("abcd-efgh abcd", ["abcd", "abcd-efgh"]) == f"{MASK} {MASK}"
    assert redact("a cat sat", ["cat", ""]) == "a cat sat"
