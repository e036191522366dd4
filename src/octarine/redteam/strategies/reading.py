"""What is made of an attacker model's answer: JSON however it is wrapped, or nothing. Never raises."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from warnings import catch_warnings, simplefilter

LONGEST = 4_000
"""Characters of a message."""
_THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.S | re.I)
_TRAILING = re.compile(r",(\s*[}\]])")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "″": '"'})
_STRING = r'"((?:[^"\\]|\\.)*)'
"""From its quote to the next one, or to where the answer was cut off."""
_BLANKS = re.compile(r"\A\W*(?:your |the )?(?:next )?(?:message|text|string|prompt|…|\.\.\.)?\W*\Z", re.I)
"""What is left of the form that was shown: ``<message>``, ``...``"""


def read_object(answer: str, keys: Sequence[str]) -> dict[str, Any]:
    """The first object in ``answer`` that has one of ``keys``; of broken JSON, the pairs that can be told;
    empty where there are none. Keys are compared without regard to case."""
    text = _THOUGHTS.sub("", answer)
    for found in _candidates(text):
        if isinstance(found, Mapping):
            lowered = {str(key).strip().casefold(): value for key, value in found.items()}
            if any(lowered.get(key) for key in keys):
                return lowered
    return _pairs(text, keys) or _labelled(text, keys)


def _candidates(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    for match in re.finditer(r"\{", text):
        try:
            yield decoder.raw_decode(text, match.start())[0]
        except (ValueError, RecursionError):
            continue
    first, last = text.find("{"), text.rfind("}")
    if first < 0:
        return
    body = text[first : last + 1] if last > first else text[first:] + "}"
    for mended in (_TRAILING.sub(r"\1", body), _TRAILING.sub(r"\1", body.translate(_QUOTES))):
        yield _json(mended)
        yield _python(mended)


def _json(text: str) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(text, strict=False)
    return None


def _python(text: str) -> Any:
    """A dict as Python writes it: single quotes, True, None. Literals only: nothing is run."""
    with suppress(ValueError, SyntaxError, RecursionError, MemoryError, TypeError), catch_warnings():
        simplefilter("ignore")  # of escapes that Python does not know
        return ast.literal_eval(text)
    return None


def _pairs(text: str, keys: Sequence[str]) -> dict[str, Any]:
    plain = text.translate(_QUOTES)
    found = {}
    for key in keys:
        match = re.search(rf'["\']?\b{re.escape(key)}["\']?\s*[:=]\s*{_STRING}', plain, re.I | re.S)
        if match and match[1].strip():
            found[key] = _unescaped(match[1])
    return found


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _labelled(text: str, keys: Sequence[str]) -> dict[str, Any]:
    found = {}
    for key in keys:
        match = re.search(rf"^[\s*_#>-]*{re.escape(key)}\s*[*_]*\s*:[*_]*\s*(\S.*)$", text, re.I | re.M)
        if match and not match[1].startswith(("{", "[")):
            found[key] = match[1].strip().strip('"')
    return found


def message_of(found: Mapping[str, Any], keys: Sequence[str]) -> str:
    """The first of ``keys`` that holds a text to send; "" where none does."""
    for key in keys:
        value = found.get(key)
        if isinstance(value, str) and (text := _sendable(value)):
            return text
    return ""


def list_of(found: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    """The first of ``keys`` that holds a list of texts: those of them that can be sent."""
    for key in keys:
        value = found.get(key)
        if isinstance(value, str):
            value = [re.sub(r"^\W*\d*\W*", "", line) for line in value.splitlines()]
        if isinstance(value, list) and (texts := [t for item in value if (t := _sendable(_text(item)))]):
            return texts
    return []


def _text(item: Any) -> str:
    if isinstance(item, Mapping):
        item = next((value for value in item.values() if isinstance(value, str)), "")
    return item if isinstance(item, str) else ""


def _sendable(text: str) -> str:
    # Lone surrogates have no form in UTF-8: no endpoint would take them.
    text = text.encode("utf-8", "replace").decode("utf-8").strip()
    if not any(map(str.isalnum, text)) or len(text) > LONGEST or _BLANKS.match(text):
        return ""
    return text
