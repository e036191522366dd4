"""What stands in the files of texts is declared."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from octarine.redteam.texts import LANGUAGES


@pytest.mark.parametrize("category", ["framing", "persuasion", "dialogue"])
def test_no_text_belongs_to_nothing(category: str) -> None:
    folder = files(f"octarine.redteam.{category}") / "data"
    entries = tomllib.loads((folder / "techniques.toml").read_text("utf-8"))["technique"]
    known = {entry["id"] for entry in entries}
    for language in LANGUAGES:
        path = folder / f"{language}.toml"
        if path.is_file():
            assert set(tomllib.loads(path.read_text("utf-8"))) == known, language
