"""The sentence that tells a model how to read what follows, in the language of the text."""

from __future__ import annotations

from octarine.redteam.rewriting import table
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Parameter

DATA = "octarine.redteam.obfuscation.orthography"
"""Whose folder ``data`` holds the tables."""
EXPLAINED = Parameter("explained", True, "Whether a sentence says how to read it.")


def said(name: str, seed: Seed) -> str:
    """The sentence ``name`` and an empty line, or "" where nothing is to be explained."""
    if not seed.parameters.get("explained", True):
        return ""
    sentences = table(DATA, "explained.toml")[name]
    return str(sentences.get(seed.language, sentences["en"])) + "\n\n"
