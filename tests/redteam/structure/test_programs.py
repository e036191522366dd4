"""Programs, patterns and changes: run, matched and applied by what they are written for."""

from __future__ import annotations

import ast
import contextlib
import io
import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.redteam import techniques
from octarine.redteam.structure import techniques as own
from tests.redteam.structure.reading import TEXT, bare, made, squashed

PYTHON = (
    "code-list",
    "code-stack",
    "code-linked-list",
    "code-lookup-function",
    "code-true-branches",
    "code-slices",
    "code-format-string",
)
TEXTS = (
    TEXT,
    "a",
    " \n two\twords ",
    "明日は雨が降りますか",
    "{0} \\N{BULLET} '''\"\"\" $(x) `y` %s \\101 ??=",
)
REVERSIBLE = [technique.id for technique in own() if technique.reversible]


@pytest.mark.parametrize("name", PYTHON)
@pytest.mark.parametrize("text", TEXTS)
def test_python_prints_the_text(name: str, text: str) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(bare(name, text), name, "exec"), {})
    assert out.getvalue() == text + "\n"


def test_a_program_does_not_show_the_text_as_it_was() -> None:
    assert all(TEXT not in bare(name) for name in PYTHON)


@pytest.mark.heavy
@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
@pytest.mark.parametrize("text", TEXTS)
def test_c_prints_the_text(text: str, tmp_path: Path) -> None:
    source = tmp_path / "request.c"
    source.write_text(bare("macro-definitions", text, of="C"))
    subprocess.run(["gcc", "-Wall", "-Werror", "-o", tmp_path / "request", source], check=True)
    assert subprocess.run([tmp_path / "request"], check=True, capture_output=True).stdout.decode() == text


@pytest.mark.parametrize("text", TEXTS)
def test_macros_of_either_kind_are_read_back(text: str) -> None:
    for kind in ("LaTeX", "C"):
        assert techniques["macro-definitions"].decode(bare("macro-definitions", text, of=kind)) == text


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
@pytest.mark.parametrize("text", TEXTS)
def test_a_shell_prints_the_text(text: str) -> None:
    done = subprocess.run(["sh", "-c", bare("shell-expansion", text)], check=True, capture_output=True)
    assert done.stdout.decode() == text


@pytest.mark.parametrize("seed", range(6))
def test_one_text_alone_matches_the_pattern(seed: int) -> None:
    groups = bare("regex-single-match", seed=seed).split("\n")
    pattern = re.compile("".join(groups))
    assert pattern.fullmatch(TEXT)
    choices = [
        [
            re.sub(r"\\(.)", r"\1", choice)
            for choice in re.findall(r"(?:[^\\|]|\\.)+", group.split("(?:")[1][:-1])
        ]
        for group in groups
    ]
    matched = {text for text in map("".join, itertools.product(*choices)) if pattern.fullmatch(text)}
    assert matched == {TEXT}


@pytest.mark.parametrize("text", TEXTS[:4])
def test_the_grammar_derives_one_sentence(text: str) -> None:
    rules = dict(line.split(" ::= ", 1) for line in bare("bnf-grammar", text).split("\n"))
    sentence = ["<request>"]
    while any(symbol in rules for symbol in sentence):
        bodies = [rules.get(symbol, symbol) for symbol in sentence]
        sentence = [part for body in bodies for part in ([body] if body[0] == '"' else body.split(" "))]
    assert "".join(json.loads(terminal) for terminal in sentence) == text


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_git_applies_the_diff(tmp_path: Path) -> None:
    diff = bare("unified-diff")
    old = [line[1:] for line in diff.split("\n")[4:] if line[:1] in (" ", "-")]
    (tmp_path / "question.txt").write_text("\n".join(old) + "\n")
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=tmp_path, check=True)
    assert (tmp_path / "question.txt").read_text().split("\n", 1)[1].split() == TEXT.split()
    assert squashed(TEXT) not in squashed("".join(old))


def test_the_incoming_side_of_a_merge_is_the_text() -> None:
    merged = re.sub(
        r"<<<<<<< HEAD\n.*?=======\n(.*?)>>>>>>> question\n", r"\1", bare("merge-conflict"), flags=re.S
    )
    assert merged.split() == TEXT.split()


def test_accepting_all_changes_leaves_the_text() -> None:
    written = bare("tracked-changes", "plain words without any of its signs")
    accepted = re.sub(r"\{\+\+(.*?)\+\+\}", r"\1", re.sub(r"\{--.*?--\}", "", written))
    assert accepted == "plain words without any of its signs"


@pytest.mark.parametrize(("name", "end"), [("docstring-stub", '"""'), ("unit-test-oracle", "'''")])
@pytest.mark.parametrize("text", [TEXT, 'ends in a quote "', 'back\\slash """', "1st"])
def test_an_unfinished_module_is_python_once_closed(name: str, end: str, text: str) -> None:
    assert ast.parse(bare(name, text) + end)


def test_the_docstring_says_the_text() -> None:
    function = ast.parse(bare("docstring-stub") + '"""').body[0]
    assert isinstance(function, ast.FunctionDef)
    assert squashed(TEXT) in squashed(ast.get_docstring(function) or "")


def test_the_last_row_of_the_dataset_is_open() -> None:
    rows = [json.loads(row) for row in (bare("instruction-dataset-row") + '"}').split("\n")]
    assert all(row["output"] for row in rows[:-1])
    assert rows[-1]["output"] == ""
    assert f"{rows[-1]['instruction']} {rows[-1]['input']}" == TEXT


def test_the_log_holds_the_deltas_in_order_of_time() -> None:
    lines = bare("log-continuation").split("\n")
    assert sorted(lines, key=lambda line: line[:20]) == lines
    deltas = [json.loads(line.split("delta=")[1]) for line in lines if "role=user delta=" in line]
    assert "".join(deltas) == TEXT


def test_the_cloze_can_be_filled_again() -> None:
    gapped, bank = bare("cloze-word-bank", "Where can mussels be gathered safely?").split("\n\n")
    assert gapped == "____ can ____ be ____ ____?"
    assert sorted(bank.split(" · ")) == sorted(["Where", "mussels", "gathered", "safely"])


@pytest.mark.parametrize("name", REVERSIBLE)
@settings(max_examples=25, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80).filter(str.strip))
def test_a_reader_gets_the_text_back(name: str, text: str) -> None:
    technique = techniques[name].set(explained=False)
    try:
        written = made(name, text, explained=False).prompt
    except AssertionError:
        assert name == "swapped-words", "too few words"
        return
    assert technique.decode(written) == technique.survives(text)
