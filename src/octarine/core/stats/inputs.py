"""Reading and refusing arguments: every refusal names the argument."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

from octarine.core.errors import InputError

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[numpy.float64]
    IntArray = NDArray[numpy.int64]
    BoolArray = NDArray[numpy.bool_]
    Labels = Sequence[Any] | NDArray[Any]
    """One hashable label for each observation."""

Bounds = tuple[float, float]
"""The least and the greatest value that an observation can take; either may be infinite."""


def whole(number: SupportsIndex, name: str, least: int = 0) -> int:
    """``number`` as an ``int`` of at least ``least``."""
    try:
        result = operator.index(number)
    except TypeError as error:
        raise InputError(f"{name} must be a whole number, not {number!r}") from error
    if result < least:
        raise InputError(f"{name} must be at least {least}, not {result}")
    return result


def within(number: float, name: str, low: float, high: float, *, open_ends: bool = False) -> float:
    """``number`` as a ``float`` from ``low`` to ``high``, both taken in unless ``open_ends``."""
    result = float(number)
    inside = low < result < high if open_ends else low <= result <= high
    if not inside:
        raise InputError(
            f"{name} must lie {'strictly ' if open_ends else ''}between {low:g} and {high:g}, not {result:g}"
        )
    return result


def confidence_level(confidence: float) -> float:
    """``confidence`` as a share strictly between 0 and 1."""
    if confidence >= 1.0:
        raise InputError(f"confidence must be a share below 1, not {confidence:g}", hint="Say 0.95 for 95%.")
    return within(confidence, "confidence", 0.0, 1.0, open_ends=True)


def numbers(values: ArrayLike, name: str, bounds: Bounds | None = None) -> FloatArray:
    """``values`` as a one-dimensional array of finite numbers, at least one, inside ``bounds``."""
    import numpy as np

    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be a sequence of numbers") from error
    if array.ndim != 1:
        raise InputError(f"{name} must have one dimension, not {array.ndim}")
    if array.size == 0:
        raise InputError(f"{name} is empty: nothing was observed, so there is no rate")
    if not np.isfinite(array).all():
        raise InputError(f"{name} holds NaN or an infinity", hint="Leave out what was not measured.")
    if bounds is not None and not (bounds[0] <= array.min() and array.max() <= bounds[1]):
        raise InputError(
            f"{name} must lie in [{bounds[0]:g}, {bounds[1]:g}]",
            hint="Pass the bounds that these values have, or bounds=None where there are none.",
        )
    return array


def declared_bounds(bounds: Bounds | None) -> Bounds | None:
    """``bounds`` after a look at their order."""
    if bounds is not None and not bounds[0] < bounds[1]:
        raise InputError(f"bounds must be (low, high) with low < high, not {bounds!r}")
    return bounds


def same_length(first: Sequence[Any] | FloatArray, second: Labels, names: tuple[str, str]) -> None:
    """Refuse two arguments that do not pair up."""
    if len(first) != len(second):
        raise InputError(
            f"{names[0]} and {names[1]} must have the same length, not {len(first)} and {len(second)}"
        )


def label_codes(labels: Labels, name: str) -> tuple[IntArray, int]:
    """Number the labels 0, 1, … in the order in which they first appear; returns the codes and how many."""
    import numpy as np

    plain = labels.tolist() if isinstance(labels, np.ndarray) else labels
    seen: dict[Any, int] = {}
    try:
        codes = [seen.setdefault(label, len(seen)) for label in plain]
    except TypeError as error:
        raise InputError(f"{name} must hold hashable labels") from error
    if any(label is None or (isinstance(label, float) and math.isnan(label)) for label in seen):
        raise InputError(
            f"{name} holds a missing label", hint="Give an observation that stands alone a label of its own."
        )
    return np.asarray(codes, dtype=np.int64), len(seen)
