"""What tells a secret from a word that stands where one could."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from functools import cache, lru_cache

from octarine.guard.rules.patterns import locator

VALIDATORS = (
    "random_value", "strong_random", "json_web_token", "not_a_variable", "mixed_token", "varied_token",
    "strong_mixed_case", "password_like",
)  # fmt: skip

_PLACEHOLDERS = (
    r"(?i)example|changeme|change_me|placeholder|your[-_ ]?|xxxx|\*{3}|\.\.\.|dummy|redacted|insert|todo"
    r"|<|>|\$\{|\{\{|process\.env|getenv|environ|null|none|undefined|true|false"
)
_STANDS_FOR = r"(?i)x{8}|your[-_]|\*{3}|placeholder|redacted"
# A name of a program's own, with its parts: ``settings.db_password``, ``get-password``.
_CODE = re.compile(r"[A-Za-z_]+(?:[._-][A-Za-z_]+)*[.=]*")


_locators = cache(locator)


def _stands_for_a_value(text: str, words: str = _PLACEHOLDERS) -> bool:
    data = text.encode()
    return _locators(words)(data, 0, len(data)) is not None


def entropy(text: str) -> float:
    """Shannon entropy of the characters of ``text``, in bits a character."""
    size = len(text)
    repeated = [count for count in map(text.count, set(text)) if count > 1]
    return math.log2(size) - sum(map(_weight, repeated)) / size


@lru_cache(maxsize=1024)
def _weight(count: int) -> float:
    return count * math.log2(count)


def random_value(text: str) -> bool:
    """Over three bits a character, of at least two kinds, and nothing that stands for a value."""
    if _stands_for_a_value(text) or entropy(text) < 3.0:
        return False
    return _kinds(text) >= 2


def strong_random(text: str) -> bool:
    """Over three and a half bits a character, with letters and digits."""
    return entropy(text) >= 3.5 and mixed_token(text) and not _stands_for_a_value(text)


def mixed_token(text: str) -> bool:
    """Letters and digits, and more than a few different ones."""
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text)) and len(set(text)) > 7


def varied_token(text: str) -> bool:
    """More than a few different characters, and no word that stands for a value."""
    return len(set(text)) > 7 and not _stands_for_a_value(text, _STANDS_FOR)


def strong_mixed_case(text: str) -> bool:
    """Upper case, lower case and digits, over three and a half bits a character: no hash in hexadecimal."""
    return entropy(text) >= 3.5 and all(
        any(map(test, text)) for test in (str.islower, str.isupper, str.isdigit)
    )


def password_like(text: str) -> bool:
    """What people choose: two kinds of characters, one of them no letter, and nothing that code holds."""
    text = text.rstrip(".")
    if len(text) < 6 or _stands_for_a_value(text) or entropy(text) < 2.5:
        return False
    return not text.isalpha() and not text.isdigit() and _kinds(text) >= 2 and not _CODE.fullmatch(text)


def not_a_variable(text: str) -> bool:
    """A value, not the name or the template of one, and no row of one character."""
    return not _stands_for_a_value(text) and len(set(text)) > 3 and not text.startswith(("$", "%", "{"))


def json_web_token(text: str) -> bool:
    """RFC 7519: the head is a JSON object that names an algorithm."""
    head = text.partition(".")[0]
    try:
        value = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError):
        return False
    return isinstance(value, dict) and "alg" in value


def _kinds(text: str) -> int:
    tests = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
    return sum(any(map(test, text)) for test in tests)
