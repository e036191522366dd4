"""JSON with ``{{placeholders}}``.

A string that is nothing but a placeholder becomes the value itself, whatever its type; a placeholder inside a
longer string becomes text. What was put in is never looked at again: a prompt that says ``{{system}}`` stays
as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from octarine.core.codec import Json, canonical

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""A value that there is not yet: what is nothing but its placeholder is left out, elsewhere it is ''."""


def placeholders(template: Json) -> frozenset[str]:
    """Every name that stands in double braces in a string of ``template``. Keys of objects are left alone."""
    if isinstance(template, str):
        return frozenset(_PLACEHOLDER.findall(template))
    if isinstance(template, Mapping):
        return frozenset().union(*map(placeholders, template.values()))
    if isinstance(template, list | tuple):
        return frozenset().union(*map(placeholders, template))
    return frozenset()


def fill(template: Json, values: Mapping[str, Any]) -> Json:
    """``template`` with its placeholders replaced.

    Args:
        values: a JSON value, or ``ABSENT``, for every name that ``placeholders`` gives.
    """
    if isinstance(template, str):
        alone = _PLACEHOLDER.fullmatch(template)
        if alone:
            return values[alone[1]]
        return _PLACEHOLDER.sub(lambda found: _text(values[found[1]]), template)
    if isinstance(template, Mapping):
        filled = {key: fill(item, values) for key, item in template.items()}
        return {key: item for key, item in filled.items() if item is not ABSENT}
    if isinstance(template, list | tuple):
        return [item for item in (fill(item, values) for item in template) if item is not ABSENT]
    return template


def fill_text(template: str, values: Mapping[str, Any]) -> str:
    """``template`` as text, also where it is nothing but a placeholder."""
    return _PLACEHOLDER.sub(lambda found: _text(values[found[1]]), template)


def fill_url(template: str, values: Mapping[str, Any]) -> str:
    """``template`` with every value percent-encoded, so that none can change the host or add a path."""
    return _PLACEHOLDER.sub(lambda found: quote(_text(values[found[1]]), safe="", errors="replace"), template)


def _text(value: Any) -> str:
    if value is ABSENT or value is None:
        return ""
    return value if isinstance(value, str) else canonical(value)
