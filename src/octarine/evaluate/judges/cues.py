"""Lists of regular expressions out of a rule file, with macros put in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from octarine.evaluate.judges.base import data_text, data_texts

FIRST_PERSON = r"\b(?:I|we)"
"""A subject that many cues begin with."""


def cue_file(name: str) -> Mapping[str, Any]:
    """A TOML rule file of ``octarine.evaluate.data``."""
    return tomllib.loads(data_text(name))


def cue_files(folder: str) -> Mapping[str, Mapping[str, Any]]:
    """Language → its TOML rule file, of a folder with one file for each."""
    return {language: tomllib.loads(text) for language, text in data_texts(folder)}


def any_of(sources: Iterable[str], macros: Mapping[str, str] | None = None) -> re.Pattern[str] | None:
    """One expression that matches where any of ``sources`` does, or None for none; ``{name}`` is a macro."""
    alone, shared = [], []
    for source in sources:
        text = source
        for name, value in (macros or {}).items():
            text = text.replace(f"{{{name}}}", value)
        if text.startswith(FIRST_PERSON):
            shared.append(f"(?:{text.removeprefix(FIRST_PERSON)})")
        else:
            alone.append(f"(?:{text})")
    if shared:
        # One look at the subject for all: an alternation tries every branch at every position.
        alone.append(f"{FIRST_PERSON}(?:{'|'.join(shared)})")
    return re.compile("|".join(alone), re.IGNORECASE) if alone else None
