"""``benchmarks/evaluate/run_all.py`` as a person starts it: a sample, a table, a record, a second start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.evaluate.benchmarks.fever.rows import Label, read_claims
from tests.evaluate.benchmarks.tango.conftest import rows, write

SCRIPTS = Path(__file__).parents[3] / "benchmarks" / "evaluate"


def start(data: Path, out: Path, *more: str) -> tuple[str, list[dict[str, Any]]]:
    """What it printed, and its records."""
    command = [sys.executable, str(SCRIPTS / "run_all.py"), "--data", str(data), "--out", str(out)]
    done = subprocess.run(
        [*command, "--model", "scripted:random", "--only", "bold,tango", *more],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout, json.loads((out / "all.json").read_text("utf-8"))


def test_a_run_is_sampled_recorded_and_continued(tmp_path: Path) -> None:
    write(tmp_path / "tango", rows())
    out = tmp_path / "out"
    printed, (record,) = start(tmp_path, out, "--sample", "2")
    assert "bold: skipped: the data of 'bold' is not on this machine" in printed
    # Two cells of each of four kinds, all six families of each.
    assert record["samples"] == record["planned"] == 4 * 2 * 6
    assert [one["generated"] for one in record["starts"]] == [48]
    assert any(each["metric"] == "no_pronoun" and each["estimate"]["n"] == 48 for each in record["figures"])
    _, (again,) = start(tmp_path, out, "--sample", "2")
    assert (again["starts"], again["figures"]) == (record["starts"], record["figures"])
    _, (larger,) = start(tmp_path, out, "--sample", "3")
    assert larger["samples"] == 4 * 3 * 6
    # The larger sample holds the smaller one, whose answers are in the store.
    assert [(one["generated"], one["reused"]) for one in larger["starts"]] == [(24, 48)]


@pytest.fixture
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))


def sample(name: str, stratum: str) -> Sample:
    expected = Expectation(Behaviour.COMPLY, "none")
    return Sample(name, Conversation.user(name), expected, Dimension.SAFETY, (), tags=(stratum,))


@pytest.mark.usefixtures("_scripts")
def test_every_stratum_gives_equally_much_and_a_larger_sample_holds_the_smaller() -> None:
    from samples import stratified

    every = [sample(f"{stratum}{n}", stratum) for stratum, size in (("a", 50), ("b", 9)) for n in range(size)]

    def drawn(each: int, seed: int = 0) -> list[str]:
        found = stratified(every, lambda one: one.tags[0], lambda one: one.id, each, seed)
        return [one.id for one in found]

    for each in (1, 4, 9, 20):
        assert [sum(name[0] == stratum for name in drawn(each)) for stratum in "ab"] == [each, min(each, 9)]
    assert set(drawn(4)) < set(drawn(9))
    assert drawn(4) != drawn(4, seed=1)


@pytest.mark.usefixtures("_scripts")
def test_claims_of_ours_are_fevers_format_and_refuted_ones_are_false(tmp_path: Path) -> None:
    from own_claims import STATEMENTS, write_claims

    from octarine.evaluate.benchmarks.invite.knowledge import own_knowledge

    claims = read_claims(write_claims(tmp_path) / "shared_task_dev.jsonl")
    triples = own_knowledge().triples
    counts = [sum(claim.label is label for claim in claims) for label in Label]
    assert counts == [len(triples)] * 3
    true = {claim.text for claim in claims if claim.label is Label.SUPPORTS}
    assert not true & {claim.text for claim in claims if claim.label is Label.REFUTES}
    assert {triple.predicate for triple in triples} == set(STATEMENTS)


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(SCRIPTS / "run_all.py"),
        "--data",
        str(tmp_path),
        "--out",
        str(tmp_path / "out"),
    ]
    done = subprocess.run([*command, "--only", "bold,tnago"], capture_output=True, text=True, check=False)
    assert (done.returncode, "no benchmark tnago" in done.stderr) == (2, True)
    assert not (tmp_path / "out").exists()
