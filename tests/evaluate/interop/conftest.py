"""What lm-eval 0.4.13 wrote of two tasks of ours, asked of its dummy model; and a store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from octarine.store import Store, open_store

OUTPUT = Path(__file__).parent / "lm_eval_output"
DATE = "2026-11-29T22-44-10.870807"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The folder, to be changed."""
    folder = tmp_path / "org__dummy"
    shutil.copytree(OUTPUT, folder)
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "results.sqlite")) as opened:
        yield opened


def results_of(folder: Path) -> Path:
    return folder / f"results_{DATE}.json"


def samples_of(folder: Path, task: str) -> Path:
    return folder / f"samples_{task}_{DATE}.jsonl"


def changed(path: Path, **fields: Any) -> None:
    """A JSON file with other fields; None takes one out."""
    data = json.loads(path.read_text("utf-8")) | fields
    path.write_text(json.dumps({name: value for name, value in data.items() if value is not None}), "utf-8")


def changed_row(path: Path, line: int, **fields: Any) -> None:
    """A JSON Lines file with other fields in one row."""
    rows = path.read_text("utf-8").splitlines()
    rows[line - 1] = json.dumps(json.loads(rows[line - 1]) | fields)
    path.write_text("\n".join(rows) + "\n", "utf-8")
