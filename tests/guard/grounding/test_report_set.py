"""The report set of the grounding check stays out of its fit."""

from __future__ import annotations

import hashlib
import runpy
import subprocess
import sys
import tomllib
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from octarine.guard.grounding.words import sentences

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "guard" / "grounding.py"
TWINS, REPORT = (SCRIPT.with_name(f"grounding_{name}.toml") for name in ("twins", "report"))
# Every file that the process opens, by whatever call, goes through this event.
TRACED = """
import os, runpy, sys
log, script, *rest = sys.argv[1:]
opened = []
def note(event, given):
    if event == "open" and isinstance(given[0], (str, bytes)):
        opened.append(os.path.realpath(os.fsdecode(given[0])))
sys.addaudithook(note)
sys.argv = [script, *rest]
runpy.run_path(script, run_name="__main__")
found = list(opened)
with open(log, "w", encoding="utf-8") as file:
    file.write("\\n".join(found))
"""


def opened(log: Path, *arguments: str) -> set[str]:
    subprocess.run(
        [sys.executable, "-c", TRACED, str(log), str(SCRIPT), *arguments], check=True, capture_output=True
    )
    return set(log.read_text("utf-8").splitlines())


@pytest.fixture(scope="module")
def benchmark() -> dict:
    return runpy.run_path(str(SCRIPT))


def plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def test_the_fit_never_opens_the_report_set(tmp_path):
    files = opened(tmp_path / "log", "--fit", str(tmp_path / "weights.toml"))
    assert str(TWINS.resolve()) in files
    assert str(REPORT.resolve()) not in files
    source = resources.files("octarine.guard.grounding") / "data" / "weights.toml"
    shipped = tomllib.loads(source.read_text("utf-8"))
    fitted = tomllib.loads((tmp_path / "weights.toml").read_text("utf-8"))
    # So the weights that ship come from this fit and no other.
    assert fitted["weights"] == pytest.approx(shipped["weights"], abs=2e-3)
    assert fitted["bias"] == pytest.approx(shipped["bias"], abs=2e-3)
    assert shipped["card"]["data_sha256"] == hashlib.sha256(TWINS.read_bytes()).hexdigest()


def test_the_report_opens_the_report_set_alone(tmp_path):
    files = opened(tmp_path / "log", "--report")
    assert str(REPORT.resolve()) in files
    assert str(TWINS.resolve()) not in files


def test_the_sets_share_no_passage_sentence_or_claim(benchmark):
    built = [*benchmark["twins"](0), *benchmark["twins"](1)]
    kept = list(benchmark["reported"]())

    def texts(rows):
        passages = {(row.language, row.cluster) for row in rows}
        return (
            {plain(passage) for _, passage in passages}
            | {plain(one.text) for language, passage in passages for one in sentences(passage, language)}
            | {plain(row.claim) for row in rows}
        )

    assert not texts(built) & texts(kept)


def test_each_passage_has_as_many_claims_of_either_class(benchmark):
    rows = list(benchmark["reported"]())
    kinds = Counter((row.cluster, row.unsupported) for row in rows)
    assert set(kinds.values()) == {4}
    assert Counter(row.language for row in rows) == dict.fromkeys(
        ("en", "de", "fr", "es", "it", "pt", "ja", "hi", "ar"), 24
    )
    # Claims of a kind that the benchmark does not know would be left out in silence.
    groups = [group for own in tomllib.loads(REPORT.read_text("utf-8")).values() for group in own]
    assert {name for group in groups for name in group} == {
        "register",
        "document",
        *benchmark["REPORT_KINDS"],
    }


def test_the_card_tells_of_the_report_set_that_is_here():
    source = resources.files("octarine.guard.grounding") / "data" / "weights.toml"
    card = tomllib.loads(source.read_text("utf-8"))["card"]
    assert card["measured"].startswith("benchmarks/guard/grounding_report.toml")
    assert card["measured_sha256"] == hashlib.sha256(REPORT.read_bytes()).hexdigest()
