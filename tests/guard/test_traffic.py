"""Traffic files: texts, and the labelled rows that the training takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from octarine.cli.guard_texts import findings_of
from octarine.core.errors import DataError
from octarine.guard.traffic import Row, read_traffic

LINES = (
    "just a text",
    {"text": "unlabelled"},
    {"prompt": "said to be one", "attack": True},
    {
        "text": "fires",
        "labels": {"jailbreak": True, "harmful_request": False},
        "language": "de",
        "group": "g",
    },
    {"text": "does not", "labels": {"jailbreak": False}, "note": {"finding": "3f9a"}},
    {"text": "fires", "response": "an answer", "labels": {"harmful_response": True}},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES), "utf-8")
    return path


def test_labels_say_what_is_an_attack_and_answers_are_no_traffic(path: Path) -> None:
    assert read_traffic(path) == [
        Row("just a text"),
        Row("unlabelled"),
        Row("said to be one", attack=True),
        Row("fires", attack=True, labelled=True),
        Row("does not", attack=False, labelled=True),
    ]


def test_a_patch_is_made_of_all_but_what_a_label_clears(path: Path) -> None:
    assert findings_of([str(path)], None) == ["just a text", "unlabelled", "said to be one", "fires"]


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "t", "label": true}\n', "utf-8")
    with pytest.raises(DataError, match="unknown key 'label'"):
        read_traffic(path)
