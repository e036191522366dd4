"""Every format, from files that we wrote as its tool writes them."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octarine.core.errors import DataError
from octarine.core.results import Finish
from octarine.redteam.experts import read_all, read_source
from octarine.redteam.experts.rows import Row
from redteam.experts.outside import SETUP, attempt, hit, lines, message, piece, result

EXAMPLE = Path(__file__).parents[3] / "src/octarine/redteam/experts/example.jsonl"


def rows(path: Path, name: str = "auto") -> list[Row]:
    source = read_source(path, name)
    assert not source.bad
    return [one for one in source.found if isinstance(one, Row)]


def said(row: Row) -> list[tuple[str, str]]:
    return [(one.role.value, one.text) for one in row.conversation.messages]


def test_the_example_reads() -> None:
    first, second = rows(EXAMPLE)
    assert (first.risk, first.techniques, first.severity) == ("fraud", ("story-scene",), "high")
    assert [role for role, _ in said(second)] == ["system", "user"]
    assert second.args == {"secrets": ["4711"]}


def test_a_source_knows_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"prompt": "a", "answer": "b"}\r\n')
    source = read_source(path)
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (source.format, len(source.found), source.bad) == ("octarine", 1, ())


def test_a_hit_log_of_garak(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "x.hitlog.jsonl", [hit("Do it.", "Done."), hit("And it?", "Yes.", "lmrc.Bullying")]
    )
    first, second = rows(path)
    assert said(first) == [("user", "Do it.")]
    assert (first.answer.text, first.model, first.language) == ("Done.", "openai:gpt-4o-mini", "en")
    assert first.categories == ("dan.Dan_11_0",)
    assert "mitigation.MitigationBypass scores 1.0" in first.verdict
    assert (first.line, second.line) == (1, 2)


def test_a_hit_log_of_garak_before_messages(tmp_path: Path) -> None:
    old = hit("", "") | {"prompt": "Do it.", "output": "Done.", "generator": "huggingface gpt2"}
    (row,) = rows(lines(tmp_path / "old.jsonl", [old]))
    assert (said(row), row.answer.text, row.model) == ([("user", "Do it.")], "Done.", "huggingface:gpt2")


def test_a_report_of_garak_gives_the_hits_at_the_runs_threshold(tmp_path: Path) -> None:
    values = [
        SETUP,
        {"entry_type": "init", "garak_version": "0.17.1"},
        attempt("aGk=", ["no", "hit", "near", "none"], [0.0, 0.7, 0.69, None]),
        attempt("aGk=", ["not scored yet"], [1.0]) | {"status": 1},
        {"entry_type": "eval", "probe": "x", "passed": 1},
    ]
    (row,) = rows(lines(tmp_path / "x.report.jsonl", values))
    assert (row.answer.text, row.model, row.line) == ("hit", "openai:gpt-4o-mini", 3)
    assert (row.seed, row.made_by) == ("whittle a spoon", ("encoding.InjectBase64",))


def test_an_attempt_over_turns_keeps_its_turns(tmp_path: Path) -> None:
    turns = [("user", "one"), ("assistant", "two"), ("user", "three"), ("assistant", "four")]
    whole = {"turns": [{"role": role, "content": message(text)} for role, text in turns]}
    value = attempt("one", ["four"], [1.0], conversations=[whole], probe_classname="fitd.FITD")
    (row,) = rows(lines(tmp_path / "x.report.jsonl", [SETUP, value]))
    assert said(row) == turns[:3]
    assert row.answer.text == "four"


PIECES = [
    piece("system", "Be kind.", 0),
    piece("user", "aGk=", 1, original_value="hi", converter_identifiers=[{"class_name": "Base64Converter"}]),
    piece("assistant", "hello", 2, prompt_target_identifier={"__type__": "T", "model_name": "gpt-4o"}),
]
SCORE = {
    "score_value": "True", "score_type": "true_false", "score_category": ["Malware"],
    "score_rationale": "it did", "scorer_class_identifier": {"class_name": "SelfAskScorer"},
}  # fmt: skip


def checked(row: Row) -> None:
    assert said(row) == [("system", "Be kind."), ("user", "aGk=")]
    assert (row.answer.text, row.seed, row.made_by) == ("hello", "hi", ("Base64Converter",))
    assert row.model == "gpt-4o"


def test_pieces_of_pyrit_in_any_shape(tmp_path: Path) -> None:
    scored = [*PIECES[:2], PIECES[2] | {"scores": [SCORE]}]
    for name, text in {
        "list.json": json.dumps(scored),
        "object.json": json.dumps({"message_pieces": scored}),
        "messages.json": json.dumps([{"message_pieces": [one]} for one in scored]),
        "lines.jsonl": "\n".join(map(json.dumps, reversed(scored))),
    }.items():
        path = tmp_path / name
        path.write_text(text, "utf-8")
        assert read_source(path).format == "pyrit"
        (row,) = rows(path)
        checked(row)
        assert row.categories == ("Malware",)
        assert row.verdict == "SelfAskScorer says True: it did"


def test_a_table_of_pyrit(tmp_path: Path) -> None:
    path = tmp_path / "memory.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, sorted({key for one in PIECES for key in one}))
        table.writeheader()
        for one in PIECES:
            table.writerow({k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in one.items()})
    (row,) = rows(path)
    checked(row)
    assert type(row.seed) is str


def test_what_a_scorer_calls_a_failed_attack_is_no_finding(tmp_path: Path) -> None:
    failed = PIECES[2] | {"scores": [SCORE | {"score_value": "False"}]}
    assert rows(lines(tmp_path / "x.jsonl", [*PIECES[:2], failed])) == []
    either = PIECES[2] | {"scores": [SCORE | {"score_value": "False"}, SCORE]}
    assert len(rows(lines(tmp_path / "y.jsonl", [*PIECES[:2], either]))) == 1


def test_scores_and_results_of_attacks_may_stand_beside_the_pieces(tmp_path: Path) -> None:
    score = SCORE | {"message_piece_id": "assistant2"}
    attack = {
        "conversation_id": "c1", "objective": "the aim", "outcome": "success", "outcome_reason": "it did",
        "targeted_harm_categories": ["Scams"],
    }  # fmt: skip
    attackers = [one | {"conversation_id": "c2"} for one in PIECES]
    (row,) = rows(lines(tmp_path / "x.jsonl", [attack, score, *PIECES, *attackers]))
    assert (row.seed, row.categories) == ("the aim", ("Scams", "Malware"))
    assert row.verdict == "SelfAskScorer says True: it did; outcome success: it did"
    assert rows(lines(tmp_path / "y.jsonl", [*PIECES, attack | {"outcome": "failure"}])) == []
    assert rows(lines(tmp_path / "z.jsonl", [*PIECES, score | {"score_value": "False"}])) == []
    other = score | {"score_value": "False", "message_piece_id": "another"}
    assert len(rows(lines(tmp_path / "w.jsonl", [*PIECES, other]))) == 1


@pytest.mark.parametrize(("value", "kept"), [("True", 0), ("False", 1)])
def test_what_a_scorer_of_refusals_calls_true_is_a_failed_attack(
    tmp_path: Path, value: str, kept: int
) -> None:
    who = {"scorer_class_identifier": {"__type__": "SelfAskRefusalScorer"}, "score_value": value}
    scored = PIECES[2] | {"scores": [SCORE | who]}
    assert len(rows(lines(tmp_path / "x.jsonl", [*PIECES[:2], scored]))) == kept


def test_conversations_are_told_apart_and_a_blocked_answer_is_filtered(tmp_path: Path) -> None:
    other = [one | {"conversation_id": "c2"} for one in PIECES[:2]]
    blocked = piece("assistant", "no", 2, conversation_id="c2", response_error="blocked")
    first, second = rows(lines(tmp_path / "x.jsonl", [*PIECES, *other, blocked]))
    assert (first.answer.finish, second.answer.finish) == (Finish.STOP, Finish.FILTERED)


def test_results_of_promptfoo_in_any_shape(tmp_path: Path) -> None:
    values = [
        result("Qb vg.", "Done."),
        result("passed", "no") | {"success": True, "failureReason": 0},
        result("broke", None) | {"failureReason": 2},
    ]
    summary = {"version": 3, "timestamp": "t", "prompts": [], "results": values, "stats": {}}
    whole = {"evalId": "e", "results": summary, "config": {}, "shareableUrl": None}
    for name, text in {
        "results.json": json.dumps(whole, indent=2),
        "summary.json": json.dumps(summary),
        "output.jsonl": "\n".join(map(json.dumps, values)),
    }.items():
        path = tmp_path / name
        path.write_text(text, "utf-8")
        assert read_source(path).format == "promptfoo"
        (row,) = rows(path)
        assert (said(row), row.answer.text) == ([("user", "Qb vg.")], "Done.")
        assert (row.categories, row.made_by, row.seed) == (("harmful:hate",), ("rot13",), "the plain one")
        assert (row.model, row.severity) == ("openai:gpt-4o-mini", "high")
        assert "it went along" in row.verdict


def test_chats_histories_and_structured_outputs_of_promptfoo(tmp_path: Path) -> None:
    chat = json.dumps([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Do it."}])
    history = [{"prompt": "one", "output": "two"}, {"prompt": "three", "output": "four"}]
    first, second, third = rows(
        lines(
            tmp_path / "x.jsonl",
            [
                result(chat, {"said": "é"}),
                result("goal", "four", metadata={"pluginId": "x", "redteamHistory": history}),
                result("[1, 2]", "a prompt that happens to be a list"),
            ],
        )
    )
    assert said(first) == [("system", "Be kind."), ("user", "Do it.")]
    assert first.answer.text == '{"said": "é"}'
    assert said(second) == [("user", "one"), ("assistant", "two"), ("user", "three")]
    assert said(third) == [("user", "[1, 2]")]


PICTURE = piece("user", "p.png", 0, converted_value_data_type="image_path")
FAILED = piece("assistant", "a", 1, response_error="unknown")


@pytest.mark.parametrize(
    ("name", "values", "line", "why"),
    [
        ("octarine", [{"prompt": "a", "answer": "b"}, {"prompt": "a"}], 2, "'answer' is missing"),
        ("octarine", [{"answer": "b"}], 1, "'prompt' or 'messages' is missing"),
        ("octarine", [{"prompt": "a", "answer": "b", "risk": "x"}], 1, "no risk 'x'"),
        ("octarine", [{"prompt": "a", "answer": "b", "judge": "nobody"}], 1, "no judge named 'nobody'"),
        ("octarine", [{"prompt": "a", "answer": "b", "judge": "canary"}], 1, "secrets"),
        ("octarine", [{"prompt": "a", "answer": "b", "access": "x"}], 1, "no access label 'x'"),
        ("octarine", [{"prompt": "a", "answer": "b", "answr": "c"}], 1, "unknown key 'answr'"),
        ("octarine", [{"messages": [{"role": "assistant", "content": "x"}], "answer": "b"}], 1, "'answer'"),
        ("octarine", [{"version": 2, "finding": {}}], 1, "version 2"),
        ("octarine", [{"version": 1, "finding": {"id": "x"}}], 1, "'sample' is missing"),
        ("octarine", [{"version": 1, "packed": "§"}], 1, "not base64"),
        ("octarine", [[1]], 1, "expected an object"),
        ("garak", [{"probe": "x", "detector": "y", "prompt": "z"}], 1, "'output' is missing"),
        ("garak", [hit("a", "b") | {"output": message("x", data_path="/etc/passwd")}], 1, "does not hold"),
        ("garak", [hit("a", "b") | {"output": {"text": None}}], 1, "without text"),
        ("garak", [7], 1, "expected an object"),
        ("pyrit", [piece("user", "a", 0)], 1, "without an answer"),
        ("pyrit", [piece("assistant", "a", 0)], 1, "nobody asked"),
        ("pyrit", [piece("wizard", "a", 0)], 1, "no role 'wizard'"),
        ("pyrit", [{"role": "user", "conversation_id": ""}], 1, "'conversation_id' is missing"),
        ("pyrit", [PICTURE, piece("assistant", "a", 1)], 1, "image_path"),
        ("pyrit", [piece("user", "a", 0), FAILED], 2, "unknown"),
        ("promptfoo", [{"prompt": "x"}], 1, "'success' is missing"),
        ("promptfoo", [result("a", None)], 1, "without an answer"),
        ("promptfoo", [result("", "b", vars={})], 1, "without a prompt"),
    ],
)  # fmt: skip
def test_a_bad_line_is_one_error_with_its_place(
    tmp_path: Path, name: str, values: list[Any], line: int, why: str
) -> None:
    path = lines(tmp_path / "x.jsonl", values)
    with pytest.raises(DataError) as caught:
        read_all([path], name)
    assert why in str(caught.value)
    assert f"{path}:{line}:" in str(caught.value)
    assert "othing was kept" in str(caught.value)
    (source,) = read_all([path], name, skip_bad=True)
    assert len(source.bad) == 1


def test_what_is_no_json_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"prompt": "a", "answer": "b"}\n{"prompt": \n\n{"prompt": NaN, "answer": ""}\n', "utf-8")
    source = read_source(path)
    assert [error.line for error in source.bad] == [2, 4]
    assert len(source.found) == 3


@pytest.mark.parametrize("text", ["", "\n", "{}", "[]", '"x"', "7", '[{"a": 1}]'])
def test_what_is_not_recognised_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"nothing in it|not recognised"):
        read_source(path)


def test_a_broken_document_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"results": {"results": [result("a", "b")]}}, indent=2)[:-3], "utf-8")
    (error,) = read_source(path, "promptfoo").bad
    assert "not JSON" in str(error)


def test_a_table_that_does_not_hold_together(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("role,conversation_id,converted_value\nuser,c,a\nassistant,c\n", "utf-8")
    (error, *_) = read_source(path, "pyrit").bad
    assert "not as many columns" in str(error)
    assert error.line == 3


LOOSE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
SHAPES = [hit("a", "b"), SETUP, attempt("a", ["b"], [1.0]), PIECES[1], PIECES[2], result("a", "b")]
SHAPES += [{"prompt": "a", "answer": "b"}, {"message_pieces": PIECES}]


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["octarine", "garak", "pyrit", "promptfoo"]),
    st.lists(
        st.builds(lambda shape, key, value: {**shape, key: value}, st.sampled_from(SHAPES),
                  st.sampled_from(sorted({key for shape in SHAPES for key in shape})), LOOSE) | LOOSE,
        min_size=1, max_size=4,
    ),
)  # fmt: skip
def test_whatever_stands_in_a_line_it_is_read_or_an_error(
    tmp_path: Path, name: str, values: list[Any]
) -> None:
    # A first line that is an object: what begins with a list would be one document.
    source = read_source(lines(tmp_path / "any.jsonl", [SHAPES[0], *values]), name)
    assert all(str(tmp_path) in str(error) for error in source.bad)
