"""The rules that come with the package: personal data of the nine languages' countries, and secrets."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from octarine.core.errors import InputError
from octarine.guard.rules.rule import Rule

EXAMPLE_MARK = "{+}"
"""Breaks examples of secrets in the data files, so that no scanner takes them for leaks; the loader
takes it out."""


def builtin_rules(*kinds: str) -> tuple[Rule, ...]:
    """The rules of the given kinds: dotted categories or their beginnings (``personal_data``,
    ``secret.github``); all of them for none.

    Raises:
        InputError: no rule is of a kind.
    """
    rules = _all_rules()
    for kind in kinds:
        if not any(_within(rule.category, kind) for rule in rules):
            known = ", ".join(sorted({rule.category for rule in rules}))
            raise InputError(f"no rule is of kind {kind!r}", hint=f"There are: {known}")
    return tuple(rule for rule in rules if not kinds or any(_within(rule.category, kind) for kind in kinds))


def _within(category: str, kind: str) -> bool:
    return category == kind or category.startswith(kind + ".")


@cache
def _all_rules() -> tuple[Rule, ...]:
    folder = resources.files("octarine.guard.rules") / "data"
    contexts = tomllib.loads((folder / "contexts.toml").read_text("utf-8"))
    rules: list[Rule] = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.startswith(("personal_", "secrets_")) and file.name.endswith(".toml"):
            rules += [_rule(fields, contexts) for fields in tomllib.loads(file.read_text("utf-8"))["rule"]]
    return tuple(rules)


def _rule(fields: Mapping[str, Any], contexts: Mapping[str, Mapping[str, Sequence[str]]]) -> Rule:
    context = {
        word for name in fields.get("context", ()) for words in contexts[name].values() for word in words
    }
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    examples: dict[str, Any] = {
        name: _unbroken(fields[name]) for name in ("examples", "counterexamples") if name in fields
    }
    return Rule(**(plain | examples | {"context": tuple(sorted(context))}))


def _unbroken(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text.replace(EXAMPLE_MARK, "") for text in texts)
