"""``octarine redteam outcomes``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from octarine.cli.main import cli
from octarine.evaluate.benchmark import Selection
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.runner import run_samples
from octarine.evaluate.session import Job, define_run
from octarine.models.scripted import ScriptedModel
from octarine.redteam.outcomes import adversarial_outcomes, driven
from octarine.store import open_store
from tests.redteam.outcomes.asking import JUDGES


def answer(conversation):
    """Gives away whatever stands above the request, and does nothing else."""
    return conversation.messages[0].text + " B"


@pytest.fixture
async def store_url(tmp_path):
    url = str(tmp_path / "s.db")
    benchmark = adversarial_outcomes()
    samples = [
        seed for seed in benchmark.load(("de",)) if "outcome:malicious_content_generation" not in seed.tags
    ]
    model, panel = driven(ScriptedModel(answer)), JudgePanel(JUDGES.values())
    with open_store(url) as store:
        run = define_run(Job(benchmark, Selection(languages=("de",))), model, samples, panel)
        await run_samples(run, model, samples, store, panel=panel)
    return url


def test_it_shows_each_outcome_for_each_audience(store_url) -> None:
    shown = CliRunner().invoke(cli, ["redteam", "outcomes", "--store", store_url])
    assert shown.exit_code == 0, shown.output
    assert "sensitive_data_exfiltration" in shown.output
    assert "sandbagging: " in shown.output
    found = json.loads(
        CliRunner().invoke(cli, ["redteam", "outcomes", "--store", store_url, "--json"]).output
    )
    rows = {(row["outcome"], row["audience"]): row for row in found["outcomes"]}
    assert len(rows) == 6
    assert rows["sensitive_data_exfiltration", "builder"]["worked"]["value"] > 0
    assert found["contradictions"]["n"] == 12


def test_another_run_is_an_error_with_the_way_out(tmp_path) -> None:
    url = str(tmp_path / "s.db")
    runner = CliRunner()
    made = runner.invoke(
        cli, ["evaluate", "run", "scripted:echo", "--suite", "quick", "--limit", "4", "--store", url]
    )
    assert made.exit_code == 0, made.output
    shown = runner.invoke(cli, ["redteam", "outcomes", "--store", url], standalone_mode=False)
    assert "there is no run of adversarial-outcomes" in str(shown.exception)
    with open_store(url) as store:
        other = store.run("latest").run.id
    shown = runner.invoke(cli, ["redteam", "outcomes", other, "--store", url], standalone_mode=False)
    assert "no result of an adversarial outcome" in str(shown.exception)


def test_the_latest_is_the_latest_of_its_benchmark(store_url) -> None:
    runner = CliRunner()
    line = ["evaluate", "run", "scripted:echo", "--suite", "quick", "--limit", "4", "--store", store_url]
    assert runner.invoke(cli, line).exit_code == 0
    shown = runner.invoke(cli, ["redteam", "outcomes", "--store", store_url])
    assert shown.exit_code == 0, shown.output
    assert "sensitive_data_exfiltration" in shown.output
