"""Many tests at once: p-values adjusted so that a table of cells does not shout by chance."""

from __future__ import annotations

from collections.abc import Iterable

from octarine.core.stats.inputs import within


def holm(p_values: Iterable[float]) -> list[float]:
    """Adjusted p-values, in the order given, that control the chance of any false rejection.

    Source: Holm 1979, Scand. J. Statistics 6:65.
    """
    values, order = _ranked(p_values)
    adjusted, running = [0.0] * len(values), 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(values) - rank) * values[index]))
        adjusted[index] = running
    return adjusted


def benjamini_hochberg(p_values: Iterable[float]) -> list[float]:
    """Adjusted p-values, in the order given, that control the expected share of false rejections.

    Source: Benjamini & Hochberg 1995, J. R. Statist. Soc. B 57:289.
    """
    values, order = _ranked(p_values)
    adjusted, running = [0.0] * len(values), 1.0
    for rank in range(len(values), 0, -1):
        index = order[rank - 1]
        running = min(running, len(values) / rank * values[index])
        adjusted[index] = running
    return adjusted


def _ranked(p_values: Iterable[float]) -> tuple[list[float], list[int]]:
    values = [within(p, "p_values", 0.0, 1.0) for p in p_values]
    return values, sorted(range(len(values)), key=values.__getitem__)
