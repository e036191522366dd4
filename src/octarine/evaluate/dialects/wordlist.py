"""Word lists, written as running text."""

from __future__ import annotations


def listed(text: str) -> frozenset[str]:
    """The words of a text, whatever blanks stand between them."""
    return frozenset(text.split())
