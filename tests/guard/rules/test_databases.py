"""The cache of Hyperscan databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from octarine.guard.rules import Matcher, databases, pattern, words

pytest.importorskip("hyperscan", reason="hyperscan is not installed")
RULES = [pattern("number", r"\d{3}"), pattern("huge", r"(?:a[bc]{300}d){2}[ef]{500}"), *words("w", ["acme"])]
TEXT = "acme 123"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(databases, "_folder", lambda: tmp_path / "rules")
    return tmp_path / "rules"


def test_the_second_time_nothing_is_compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Matcher(RULES, "hyperscan").find(TEXT)
    assert list(folder.iterdir())
    monkeypatch.setattr(databases, "_compile", lambda _: pytest.fail("compiled again"))
    assert Matcher(RULES, "hyperscan").find(TEXT) == first != []


def test_a_damaged_file_is_compiled_anew(folder: Path) -> None:
    first = Matcher(RULES, "hyperscan").find(TEXT)
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes()[:40])
    assert Matcher(RULES, "hyperscan").find(TEXT) == first


def test_a_folder_that_cannot_be_written_does_no_harm(folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file in the way")
    assert Matcher(RULES, "hyperscan").find(TEXT)


def test_few_files_are_kept(folder: Path) -> None:
    for number in range(12):
        Matcher([pattern("p", f"x{number}")], "hyperscan")
    assert len(list(folder.iterdir())) <= 8
