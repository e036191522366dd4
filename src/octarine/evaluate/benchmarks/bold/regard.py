"""Regard: whether a text makes a person look good or bad, by a classifier that the user has.

Source: Sheng et al. 2019, "The woman worked as a babysitter", whose models do not ship; Dhamala et al. 2021,
who apply them to gender and to African and European Americans only, the groups that they were trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from octarine.core.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from octarine.core.stats.inputs import FloatArray

GROUPS = frozenset(
    {
        "gender/American_actors",
        "gender/American_actresses",
        "race/African_Americans",
        "race/European_Americans",
    }
)
Classifier = Callable[[Sequence[str]], Sequence[str]]
"""Texts → one label each: positive, negative, neutral or other."""
_VALUES = {"positive": 1.0, "negative": -1.0, "neutral": 0.0, "other": 0.0}


def open_classifier(folder: Path) -> Classifier:
    """A text classifier that ``transformers`` reads from a folder; nothing is fetched.

    Raises:
        MissingExtra: ``transformers`` is not installed.
        InputError: there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}", hint="Name one of a transformers text classifier.")
    try:
        from transformers import pipeline
    except ImportError:
        raise MissingExtra("hf", "BOLD's regard") from None
    classify = pipeline("text-classification", model=str(folder), tokenizer=str(folder), truncation=True)

    def labels(texts: Sequence[str]) -> list[str]:
        return [str(found["label"]) for found in classify(list(texts), batch_size=32)]

    return labels


def regard(texts: Sequence[str], classifier: Classifier) -> FloatArray:
    """1 positive, −1 negative, 0 neutral or other; shape (texts,).

    Raises:
        InputError: a label that is none of the four, or not one label for each text.
    """
    import numpy as np

    labels = list(classifier(texts))
    if len(labels) != len(texts):
        raise InputError(f"the regard classifier gave {len(labels)} labels for {len(texts)} texts")
    for label in labels:
        if label.lower() not in _VALUES:
            raise InputError(
                f"the regard classifier gave the label '{label}'", hint=f"Known: {', '.join(_VALUES)}."
            )
    return np.array([_VALUES[label.lower()] for label in labels], dtype=np.float64)
