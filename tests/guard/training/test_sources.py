import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from octarine.core.errors import DataError
from octarine.guard.classifier.heads import Head
from octarine.guard.training.mixing import held_out, training_rows
from octarine.guard.training.row import Row, half
from octarine.guard.training.sources import Source, TextKind, capped, labels_of, read_source, sources

REQUEST = Source("set", TextKind.REQUEST, "MIT")
STATEMENT = Source("set", TextKind.STATEMENT, "MIT")
DOCUMENT = Source("set", TextKind.DOCUMENT, "MIT")


@pytest.mark.parametrize(
    ("source", "record", "labels"),
    [
        (
            REQUEST,
            {"prompt_harmful": 1},
            {
                Head.HARMFUL_REQUEST: True,
                Head.JAILBREAK: False,
                Head.PROMPT_INJECTION: False,
                Head.INDIRECT_INJECTION: False,
            },
        ),
        (STATEMENT, {"offensive": 1}, {}),
        (DOCUMENT, {"injection": 1}, {Head.INDIRECT_INJECTION: True}),
        (Source("set", TextKind.ATTACK, "MIT"), {"injection": 1}, {Head.PROMPT_INJECTION: True}),
    ],
)
def test_a_label_says_what_it_says_and_no_more(source: Source, record: dict, labels: dict) -> None:
    assert labels_of(source, record) == (labels, 1.0)


def test_what_is_fine_fires_no_head() -> None:
    labels, _ = labels_of(REQUEST, {"prompt_harmful": 0})
    assert len(labels) == 5
    assert not any(labels.values())


def test_a_statement_asks_for_nothing() -> None:
    labels, _ = labels_of(STATEMENT, {"hate": 1, "toxic": 1, "violence": 0})
    assert labels[Head.HARMFUL_CONTENT]
    assert labels[Head.HATE]
    assert labels[Head.HARMFUL_REQUEST] is False
    assert labels[Head.VIOLENCE] is False
    assert Head.SEXUAL not in labels


def write(folder: Path, name: str, records: list[dict]) -> None:
    (folder / name).mkdir()
    with gzip.open(folder / name / "train.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)


def test_an_answer_is_a_row_of_its_own(tmp_path: Path) -> None:
    record = {"text": "q", "response": "no", "prompt_harmful": 0, "response_refusal": 1}
    write(tmp_path, "coconot", [record, record])
    asked, answered = read_source(tmp_path, sources()["coconot"])
    assert (asked.text, asked.response) == ("q", "")
    assert (answered.response, answered.labels) == ("no", {Head.REFUSAL: True})


def test_a_translation_is_held_out_in_every_language(tmp_path: Path) -> None:
    records = [
        {"text": f"{lang}{idx}", "prompt_harmful": 1, "lang": lang, "idx": idx, "category": "Insult"}
        for lang in ("de", "ja")
        for idx in range(10)
    ]
    write(tmp_path, "xsafety", records)
    rows = read_source(tmp_path, sources()["xsafety"])
    assert {row.text for row in rows if held_out(row)} == {"de4", "de9", "ja4", "ja9"}
    trained = {row.text for row in training_rows(tmp_path, without=("octarine",))}
    assert trained == {row.text for row in rows if not held_out(row)}
    assert len({half(row) for row in rows if row.text[2:] == "4"}) == 1


def test_a_cap_keeps_what_fires_and_what_does_not() -> None:
    rows = [Row(str(n), {Head.JAILBREAK: n < 5}, "en", "set") for n in range(100)]
    found = capped(rows, 20, np.random.default_rng(0))
    assert len(found) == 20
    assert sum(row.labels[Head.JAILBREAK] for row in found) == 5


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "advbench").mkdir()
    (tmp_path / "advbench" / "train.jsonl.gz").write_bytes(b"plain")
    with pytest.raises(DataError, match="advbench"):
        read_source(tmp_path, sources()["advbench"])


def test_only_licences_that_allow_the_weights_to_be_passed_on() -> None:
    allowed = ("MIT", "Apache-2.0", "CC-BY-", "CC0-", "ODC-BY")
    for source in sources().values():
        assert source.licence.startswith(allowed), source.id
        assert not {"NC", "ND"} & set(source.licence.split("-")), source.id
