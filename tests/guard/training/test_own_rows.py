from pathlib import Path

import pytest

from octarine.core.errors import DataError
from octarine.guard.classifier.heads import Head
from octarine.guard.training.own_rows import read_rows


def test_a_line_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(
        '{"text": "t", "labels": {"jailbreak": true}, "language": "de"}\n\n'
        '{"text": "q", "response": "no", "labels": {"refusal": true}}\n',
        "utf-8",
    )
    first, second = read_rows(path)
    assert (first.text, first.labels, first.language) == ("t", {Head.JAILBREAK: True}, "de")
    assert (second.response, second.labels, second.source) == ("no", {Head.REFUSAL: True}, "mine")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ('{"text": "t"}', "'labels' is missing"),
        ('{"text": "t", "labels": {}}', "names no head"),
        ('{"text": " ", "labels": {"jailbreak": true}}', "text: is empty"),
        ('{"text": "t", "labels": {"refusal": true}}', "'refusal' is no head of a text without a response"),
        ('{"text": "t", "labels": {"jailbrake": true}}', "known: harmful_request"),
        ('{"text": "t", "labels": {"jailbreak": 1}}', "expected a boolean"),
        ('{"text": "t", "labels": {"jailbreak": true}, "hazard": "x"}', "hazard: 'x' is none of"),
        ('{"text": "t", "labels": {"jailbreak": true}, "weight": 0}', "weight: must be above 0"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(f'{{"text": "t", "labels": {{"jailbreak": true}}}}\n{line}\n', "utf-8")
    with pytest.raises(DataError, match=said) as error:
        read_rows(path)
    assert error.value.line == 2


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("\n", "utf-8")
    with pytest.raises(DataError, match="holds no rows"):
        read_rows(path)
