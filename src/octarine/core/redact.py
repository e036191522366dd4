"""Secrets out of text that a person or a file will see: errors, logs, notes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "***"
_SHORTEST = 4
"""A shorter secret is not replaced: it would blot out ordinary words and protects nothing."""

_HEADERS = (
    r"proxy-authorization|authorization|x-api-key|api-key|x-goog-api-key|x-amz-security-token|"
    r"set-cookie|cookie"
)
_FIELDS = (
    r"api[-_]?key|access[-_]?token|refresh[-_]?token|client[-_]?secret|password|"
    r"aws_secret_access_key|secret_?access_?key|aws_session_token|session_?token"
)
_LETTER = r"[a-z0-9._~+/=-]"
_QUERY = r"api[-_]?key|key|access_token|auth|token|sig|signature|x-amz-[a-z-]+|password|secret"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(?i)\b({_HEADERS})(['\"]?\s*[:=]\s*['\"]?|['\"]\s*,\s*['\"])[^\r\n'\"]+"), rf"\1\2{MASK}"),
    (re.compile(rf"(?i)\b({_FIELDS})(['\"]?\s*[:=]\s*['\"]?)[^\s,;&'\"}}]+"), rf"\1\2{MASK}"),
    (re.compile(rf"(?i)([?&](?:{_QUERY})=)[^&\s#'\"]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^\s/?#'\"]+@"), rf"\1{MASK}@"),
    (
        re.compile(rf"(?i)\b(bearer|basic)\s+(?:(?=[a-z._~+/=-]*\d){_LETTER}{{8,}}|{_LETTER}{{20,}})"),
        rf"\1 {MASK}",
    ),
    (re.compile(r"\b(?:sk|pk|rk|gsk|xai|hf|ghp|gho|github_pat|xox[abpr])[-_][A-Za-z0-9_*-]{8,}"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{16}\b"), MASK),
    (re.compile(r"\bAIza[A-Za-z0-9_-]{30,}"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), MASK),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` with everything that looks like a credential replaced by ``***``.

    Known by their form: authorisation and cookie headers, bearer and basic tokens, keys of the common
    services (``sk-…``, AWS, Google, GitHub), JSON Web Tokens, user information and signed parameters in URLs.

    Args:
        secrets: values known to be secret; each is replaced wherever it stands, also percent-encoded and as
            it looks inside a JSON string. Values under four characters are left alone.
    """
    for secret in sorted(_spellings(secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _spellings(secrets: Iterable[str]) -> set[str]:
    found = set()
    for secret in secrets:
        if len(secret) < _SHORTEST:
            continue
        as_json = json.dumps(secret)[1:-1]
        found |= {secret, as_json, json.dumps(secret, ensure_ascii=False)[1:-1]}
        found.add(quote(secret, safe="", errors="replace"))
    return found
