"""What a user is told where something was blocked: the operator's words, or the built-in ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from octarine.guard.policy.categories import LANGUAGES
from octarine.guard.policy.file.reading import UNSCANNED
from octarine.guard.policy.policy import Policy

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """``data/messages.toml``: category → key of its text; language → key → text."""

    keys: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]


@cache
def built_in() -> BuiltIn:
    """The texts that come with the package."""
    source = resources.files("octarine.guard.policy") / "data" / "messages.toml"
    data = tomllib.loads(source.read_text("utf-8"))
    return BuiltIn(keys=data.pop("keys"), texts=data)


def message(policy: Policy, language: str, categories: Sequence[str]) -> str:
    """The text for a user.

    Args:
        policy: whose operator may have words of their own.
        language: ISO 639-1, with or without a region; English for one that is not among the nine.
        categories: what was blocked for, the hardest first; ``unscannable.KIND`` for what could not be looked
            at.

    The longest beginning of a category that has a text counts, the operator's before the built-in one; where
    self-harm is among the categories, its text goes first. Only texts of the one language are looked at.
    """
    known = _language(language)
    built, own = built_in(), policy.layer.messages
    texts = built.texts[known]
    for category in sorted(categories, key=lambda name: name not in built.keys or name.startswith(UNSCANNED)):
        name = category
        while name:
            found = own.get((known, name)) or (texts[built.keys[name]] if name in built.keys else "")
            if found:
                return found
            name = name.rpartition(".")[0]
    return own.get((known, "")) or texts["default"]


def _language(language: str) -> str:
    code = language.replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else FALLBACK
