"""What is learned from: windows of two sensors, each with a label and the subject who wore them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """``n`` windows in the order of their file.

    Attributes:
        first, second: the two modalities, each of shape (n, steps, channels).
        labels: shape (n,), from 0.
        subjects: shape (n,), a number for each person.
    """

    first: FloatArray
    second: FloatArray
    labels: IntArray
    subjects: IntArray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: IntArray) -> Windows:
        """The windows of these rows, in this order."""
        return Windows(self.first[rows], self.second[rows], self.labels[rows], self.subjects[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """A data set, its test subjects apart from those who are trained on."""

    name: str
    modalities: tuple[str, str]
    classes: tuple[str, ...]
    train: Windows
    test: Windows
    notes: tuple[str, ...] = ()
