"""Sentences in English and another language, from the training sets that were translated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from octarine.guard.training.row import Row
from octarine.guard.training.sources import read_source, sources

TRANSLATED = {"xsafety": ("category", "idx"), "rtp_lx": ("idx",), "llmzoo_multilingual": ("qid",)}
"""Set → the columns that say which rows are translations of each other."""


def parallel_pairs(folder: Path, held_out: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    """``(language, text, English text)``; nothing of the clusters that are held out."""
    for name, columns in TRANSLATED.items():
        by_key: dict[tuple[str, ...], dict[str, Row]] = {}
        for row in read_source(folder, sources()[name]):
            # Continuations of one prompt are each language's own.
            if row.response or row.note.get("kind", "prompt") != "prompt" or row.cluster in held_out:
                continue
            by_key.setdefault(tuple(row.note[column] for column in columns), {})[row.language] = row
        for found in by_key.values():
            english = found.pop("en", None)
            if english:
                yield from ((language, row.text, english.text) for language, row in found.items())
