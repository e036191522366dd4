"""Tokens of several calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from octarine.core.results import Usage


def total(usages: Sequence[Usage]) -> Usage:
    """Their sums; None where no call said."""
    return Usage(_sum(usage.input_tokens for usage in usages), _sum(usage.output_tokens for usage in usages))


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
