"""What the tests of this folder share: running a technique, and comparing texts without their blanks."""

from __future__ import annotations

import re

import numpy as np

from octarine.core.content import Conversation
from octarine.redteam import techniques

TEXT = 'How do I cut "ripe" tomatoes & don\'t cry while 2 < 3 people watch; all of it, please?'
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ja", "hi", "ar")


def made(name: str, text: str = TEXT, language: str = "en", seed: int = 5, **values: object) -> Conversation:
    """The conversation that a technique makes."""
    technique = techniques[name].set(**values) if values else techniques[name]
    result = technique(Conversation.user(text), np.random.default_rng(seed), language=language)
    assert isinstance(result, Conversation), result
    return result


def bare(name: str, text: str = TEXT, seed: int = 5, **values: object) -> str:
    """What a container makes, without the line above it."""
    return made(name, text, seed=seed, explained=False, **values).prompt


def document(name: str, text: str = TEXT, language: str = "en", seed: int = 5, **values: object) -> str:
    """What the user asks about."""
    return made(name, text, language, seed, **values).prompt.partition("\n\n")[2]


def squashed(text: str) -> str:
    """``text`` without blanks."""
    return re.sub(r"\s+", "", text)
