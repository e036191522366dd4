"""The study, with clients that learn alone (no engine needed) and with a trainer that is planted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from octarine.core.errors import InputError, MissingExtra
from octarine.evaluate.benchmarks.fedmultimodal import engine, study
from octarine.evaluate.benchmarks.fedmultimodal.corruption import Corruption, Draws
from octarine.evaluate.benchmarks.fedmultimodal.engine import Strategy
from octarine.evaluate.benchmarks.fedmultimodal.metrics import METRICS
from octarine.evaluate.benchmarks.fedmultimodal.study import Plan, run_study
from octarine.evaluate.benchmarks.fedmultimodal.synthetic import synthesise
from octarine.evaluate.benchmarks.fedmultimodal.training import Settings
from octarine.report.federated import study_page, study_record
from octarine.report.svg import rate_curves

NOISE = (Corruption.LABEL_NOISE,)
SMALL = synthesise(subjects=2, test_subjects=4, windows=60)


def alone(**more) -> Plan:
    given = {
        "strategies": (Strategy.LOCAL,),
        "corruptions": (Corruption.LABEL_NOISE, Corruption.MISSING_MODALITY),
        "rates": (0.0, 0.5),
        "repeats": 2,
        "settings": Settings(rounds=10),
    }
    return Plan(**(given | more))


def test_every_cell_is_an_estimate_with_its_n():
    found = run_study(SMALL, alone())
    assert [(cell.corruption, cell.rate) for cell in found.cells] == [
        (None, 0.0),
        (Corruption.LABEL_NOISE, 0.5),
        (Corruption.MISSING_MODALITY, 0.5),
    ]
    clean = found.cell(Strategy.LOCAL, Corruption.LABEL_NOISE, 0.0)
    assert clean.figures["macro_f1"].n == 20
    assert clean.figures["macro_f1"].clusters == 2
    assert not clean.drop
    lacking = found.cell(Strategy.LOCAL, Corruption.MISSING_MODALITY, 0.5)
    assert lacking.able < lacking.clients == 10
    assert lacking.figures["uar"].n == 2 * lacking.able
    assert set(lacking.drop) == set(METRICS)


def test_the_same_plan_gives_the_same_figures():
    assert study_record(run_study(SMALL, alone())) == study_record(run_study(SMALL, alone()))


def test_nobody_learns_from_labels_that_are_all_wrong():
    def accuracy(rate: float) -> float:
        found = run_study(SMALL, alone(rates=(rate,), corruptions=NOISE, settings=Settings(rounds=200)))
        return found.cell(Strategy.LOCAL, Corruption.LABEL_NOISE, rate).figures["accuracy"].value

    assert accuracy(0.0) > 0.22
    assert accuracy(0.95) < 1 / 6


def test_what_is_learned_decides_the_figures(monkeypatch):
    """A trainer that is planted: it learns nothing at all from corrupted clients."""

    def plant(value: float):
        def tested(self, parameters):
            return dict.fromkeys(METRICS, value if float(parameters[0][0, 0]) else 0.25)

        return tested

    monkeypatch.setattr(study._Bench, "_tested", plant(0.75))
    whole = {len(lesson.labels) for lesson in study._Bench(SMALL, alone())._lessons(None, 0, 0).values()}

    def spoiled(start, lesson, settings, random, epochs=1):
        clean = len(lesson.labels) in whole and not any(lesson.seen.missing)
        return [np.full_like(array, float(clean)) for array in start]

    monkeypatch.setattr(study, "train", spoiled)
    found = run_study(SMALL, alone(rates=(0.9,), corruptions=(Corruption.MISSING_MODALITY,)))
    cell = found.cell(Strategy.LOCAL, Corruption.MISSING_MODALITY, 0.9)
    assert found.cell(Strategy.LOCAL, None, 0.0).figures["uar"].value == 0.75
    assert cell.figures["uar"].value < 0.75
    assert cell.drop["uar"].value == pytest.approx(1 - cell.figures["uar"].value / 0.75, abs=0.05)


def test_official_rounds_are_shared_by_the_repeats_and_fixed_ones_are_not():
    for draws in Draws:
        bench = study._Bench(SMALL, alone(draws=draws))
        assert (bench._rounds(0) == bench._rounds(1)) == (draws is Draws.OFFICIAL)
    official = study._Bench(SMALL, alone(draws=Draws.OFFICIAL))._rounds(0)
    np.random.seed(3)
    assert official[3] == np.random.choice(range(10), 1, replace=False).tolist()


@pytest.mark.parametrize("wrong", [{"repeats": 1}, {"rates": (1.0,)}, {"rates": (-0.1,)}])
def test_a_plan_that_cannot_be_measured_is_refused(wrong):
    with pytest.raises(InputError):
        alone(**wrong)


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "flwr", None)
    monkeypatch.setenv("FLWR_TELEMETRY_ENABLED", "1")
    with pytest.raises(MissingExtra, match="federated"):
        engine.federate(Strategy.FEDAVG, [], {}, [[0]], Settings(), 0, lambda _: None)


def test_the_page_and_the_record_tell_the_papers_figures_apart():
    found = run_study(SMALL, alone())
    record = json.loads(json.dumps(study_record(found)))
    assert {item["value"] for item in record["published"]} == {0.7774, 0.8517, 0.7666, 0.798}
    assert all("Feng" in item["where"] for item in record["published"])
    assert record["plan"]["draws"] == "fixed"
    assert record["cells"][1]["figures"]["macro_f1"]["clusters"] == 2
    page = study_page(found)
    assert page.count('<svg class="curve"') == 2
    assert "the paper&#39;s, not measured here" in page
    assert "<script" not in page


def test_curves_hold_the_values():
    cell = run_study(SMALL, alone()).cells[0].figures["uar"]
    drawn = rate_curves([[(0.0, cell), (0.5, cell)]], 0.5)
    assert f'points="0.00,{100 - 100 * cell.value:.2f} 100.00,{100 - 100 * cell.value:.2f}"' in drawn
