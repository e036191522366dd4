"""Techniques of ours that are texts: ``data/techniques.toml`` of a category declares them, and a file for
each language beside it (``data/de.toml``) holds their variants by id."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from octarine.redteam.technique import LANGUAGES, Category, Technique
from octarine.redteam.templates import read_entry


@cache
def declared(package: str, category: Category) -> tuple[Technique, ...]:
    """The techniques of a package's ``data`` folder, each in the languages that it has texts in."""
    folder = resources.files(package) / "data"
    entries = tomllib.loads((folder / "techniques.toml").read_text("utf-8"))["technique"]
    written = {language: _texts(folder / f"{language}.toml") for language in LANGUAGES}
    return tuple(
        read_entry(
            entry
            | {"texts": {k: texts[entry["id"]] for k, texts in written.items() if entry["id"] in texts}},
            f"{package}/data/techniques.toml",
            category,
        )
        for entry in entries
    )


def _texts(path: Any) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
