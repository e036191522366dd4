"""The shared format: every mistake names the file and the line."""

from __future__ import annotations

import json

import pytest

from octarine.core.content import Role
from octarine.core.errors import DataError
from octarine.core.samples import Behaviour
from octarine.evaluate.benchmark_file import read_benchmark_file

HEADER = {"benchmark": "mine", "version": "1", "dimension": "safety", "language": "en", "canary": "c"}
GOOD = {
    "id": "a",
    "prompt": "Hello?",
    "expect": "comply",
    "judge": "refusal",
    "objectives": ["safety.answers_benign"],
}


def write(path, *lines):
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def test_a_good_file(tmp_path):
    conversation = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"},
                    {"role": "user", "content": "And now?"}]  # fmt: skip
    many = {**GOOD, "id": "b", "messages": conversation}
    del many["prompt"]
    path = write(tmp_path / "mine.jsonl", HEADER, GOOD, "", many)
    header, samples = read_benchmark_file(path)
    assert header.benchmark == "mine"
    assert samples[0].expectation.behaviour is Behaviour.COMPLY
    assert [message.role for message in samples[1].conversation.messages] == [
        Role.USER,
        Role.ASSISTANT,
        Role.USER,
    ]
    assert samples[1].provenance.version == "1"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{not json", "not JSON"),
        ([1], "expected an object, found a list"),
        ({**GOOD, "expect": "obey"}, "expect: 'obey' is none of: comply, deflect, correct"),
        ({**GOOD, "judge": "refusl"}, "no judge named 'refusl'"),
        ({**GOOD, "args": {"what": 1}}, "args of the judge 'refusal'"),
        ({**GOOD, "objectives": ["safety.nothing"]}, "no objective 'safety.nothing'"),
        ({**GOOD, "objectives": []}, "'objectives' is empty"),
        ({**GOOD, "risk": "boredom"}, "no risk 'boredom'"),
        ({**GOOD, "promt": "?"}, "unknown key 'promt'"),
        ({key: value for key, value in GOOD.items() if key != "prompt"}, "'prompt' or 'messages' is missing"),
        ({key: value for key, value in GOOD.items() if key != "id"}, "the key 'id' is missing"),
        ({**GOOD, "prompt": 3}, "prompt: expected a string, found a number"),
        ({**GOOD, "messages": [{"role": "user", "content": "x"}]}, "'messages' stands alone"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, message):
    path = write(tmp_path / "mine.jsonl", HEADER, {**GOOD, "id": "first"}, line)
    with pytest.raises(DataError) as error:
        read_benchmark_file(path)
    assert error.value.line == 3
    assert str(path) in str(error.value)
    assert message in str(error.value)


def test_a_header_alone_is_no_benchmark(tmp_path):
    with pytest.raises(DataError, match="no sample after the header"):
        read_benchmark_file(write(tmp_path / "mine.jsonl", HEADER))


@pytest.mark.parametrize("character", ["\u2028", "\u0085", "\x1c"])
def test_only_a_line_feed_ends_a_line(tmp_path, character):
    line = json.dumps({**GOOD, "prompt": "one|two"}, ensure_ascii=False).replace("|", character)
    expected = f"one{character}two" if character > "\x1f" else None
    path = write(tmp_path / "mine.jsonl", HEADER, line)
    if expected is None:
        # A control character has to be escaped in JSON: the line that holds it is the one named.
        with pytest.raises(DataError, match=r":2: not JSON"):
            read_benchmark_file(path)
    else:
        assert read_benchmark_file(path)[1][0].conversation.prompt == expected


def test_a_repeated_id_names_both_lines(tmp_path):
    with pytest.raises(DataError, match="stands on line 2 too"):
        read_benchmark_file(write(tmp_path / "mine.jsonl", HEADER, GOOD, GOOD))


def test_unreadable_files(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        read_benchmark_file(tmp_path / "missing.jsonl")
    with pytest.raises(DataError, match="Is a directory"):
        read_benchmark_file(tmp_path)
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes(json.dumps(HEADER).encode() + b"\n" + '{"id": "é"}'.encode("latin-1"))
    with pytest.raises(DataError, match=r"latin.jsonl:2: not UTF-8"):
        read_benchmark_file(latin)
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", "utf-8")
    with pytest.raises(DataError, match="empty"):
        read_benchmark_file(empty)
