"""What people said of answers, made into one word for each answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from octarine.core.labels import Label

K = TypeVar("K")


def verdict(labels: Iterable[Label]) -> Label | None:
    """The label that stands: the last adjudication, or what all annotators agree on; None where they do not
    agree and nobody has settled it."""
    given = list(labels)
    settled_by = [label for label in given if label.adjudicates]
    if settled_by:
        return settled_by[-1]
    said = {(label.outcome, label.score) for label in given}
    return given[-1] if len(said) == 1 else None


def settled(labels: Mapping[K, Iterable[Label]]) -> dict[K, Label]:
    """The items whose label stands."""
    found = {key: verdict(given) for key, given in labels.items()}
    return {key: label for key, label in found.items() if label is not None}
