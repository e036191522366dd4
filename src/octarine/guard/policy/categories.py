"""The categories that a policy may name: ``data/categories.toml``, and what the rule tier finds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources

from octarine.guard.policy.file.nodes import Cursor, did_you_mean

LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "it", "ja", "pt")
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

DENIED_WORD, PATTERN, TOPIC = "denied_word", "pattern", "topic"
OWN = (DENIED_WORD, PATTERN, TOPIC)
"""Families whose kinds the policy itself makes: one for each word list, pattern and topic."""
_FROM_RULES = ("personal_data", "secret")


@cache
def families() -> Mapping[str, tuple[str, ...]]:
    """Family → its kinds, as far as they are known without a policy. Those of the rule tier are not in it."""
    source = resources.files("octarine.guard.policy") / "data" / "categories.toml"
    return {name: tuple(kinds) for name, kinds in tomllib.loads(source.read_text("utf-8"))["family"].items()}


@cache
def rule_categories() -> frozenset[str]:
    """What the built-in rules find, ``personal_data.email`` …, and every beginning of it."""
    from octarine.guard.rules.catalogue import builtin_rules

    return frozenset(name for rule in builtin_rules() for name in prefixes(rule.category))


def prefixes(category: str) -> tuple[str, ...]:
    """``a.b.c`` → ``a.b.c``, ``a.b``, ``a``."""
    parts = category.split(".")
    return tuple(".".join(parts[:length]) for length in range(len(parts), 0, -1))


def read_category(cursor: Cursor, name: str) -> str:
    """``name`` after a look at its form and its family; kinds that the policy makes are looked at later."""
    family, _, kind = name.partition(".")
    known = families()
    if family not in known:
        raise cursor.error(f"unknown category '{name}'", did_you_mean(family, known))
    if kind and family not in (*OWN, *_FROM_RULES) and kind not in known[family]:
        kinds = known[family]
        hint = did_you_mean(kind, kinds, label=f"Kinds of {family}") or f"'{family}' has no kinds."
        raise cursor.error(f"unknown category '{name}'", hint)
    if kind and not all(ID.fullmatch(part) for part in kind.split(".")):
        raise cursor.error(f"'{name}' is no category", "Lower-case letters, digits and _, parted by dots.")
    return name


def unknown_kind(category: str, made: Collection[str]) -> str | None:
    """Why nothing ever finds ``category`` in a policy that makes the categories ``made``; None if it may."""
    family, _, kind = category.partition(".")
    if not kind or any(category in prefixes(one) for one in made):
        return None
    if family in _FROM_RULES:
        known = {one.partition(".")[2] for one in rule_categories() if one.startswith(family + ".")}
    elif family in OWN:
        known = {one.partition(".")[2] for one in made if one.startswith(family + ".")}
    else:
        return None
    if kind in known:
        return None
    return did_you_mean(kind, known, label=f"Kinds of {family}") or f"The policy has no {_NOUNS[family]}."


_NOUNS = {DENIED_WORD: "word list", PATTERN: "pattern", TOPIC: "topic"}
