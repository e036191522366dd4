"""Numbers of one worker and of several."""

from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.server import metrics as module
from octarine.server.metrics import COUNTER, GAUGE, HISTOGRAM, SECONDS, Family, Metrics

FAMILIES = (
    Family("c_total", COUNTER, "Counted."),
    Family("g", GAUGE, "Set."),
    Family("h_seconds", HISTOGRAM, "Observed."),
)


def value(text: bytes, name: str) -> float:
    (line,) = [line for line in text.decode().splitlines() if line.rpartition(" ")[0] == name]
    return float(line.rpartition(" ")[2])


@given(st.lists(st.floats(0, 100), max_size=30))
def test_buckets_count_what_is_not_above_them(observed):
    metrics = Metrics(FAMILIES)
    metrics.observe("h_seconds", 0.5)
    for one in observed:
        metrics.observe("h_seconds", one)
    text = metrics.text()
    for bound in SECONDS:
        shown = str(int(bound)) if bound == int(bound) else repr(bound)
        expected = sum(one <= bound for one in [0.5, *observed])
        assert value(text, f'h_seconds_bucket{{le="{shown}"}}') == expected
    assert value(text, 'h_seconds_bucket{le="+Inf"}') == value(text, "h_seconds_count") == len(observed) + 1
    assert value(text, "h_seconds_sum") == pytest.approx(0.5 + sum(observed))


def test_labels_are_escaped():
    metrics = Metrics(FAMILIES)
    metrics.count("c_total", name='a"b\\c\nd')
    assert b'c_total{name="a\\"b\\\\c\\nd"} 1' in metrics.text()


def test_no_client_fills_the_memory(monkeypatch):
    monkeypatch.setattr(module, "_MOST_SERIES", 3)
    metrics = Metrics(FAMILIES)
    for number in range(10):
        metrics.count("c_total", n=str(number))
    assert value(metrics.text(), 'c_total{other="true"}') == 7


def test_workers_add_up_and_those_that_ended_keep_their_counts(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    living = subprocess.Popen(["sleep", "60"])
    try:
        mine = Metrics(FAMILIES, tmp_path)
        mine.count("c_total", 1)
        mine.set("g", 1)
        for pid in (ended.pid, living.pid):
            theirs = {"c_total": [[[], [10.0]]], "g": [[[], [10.0]]], "h_seconds": []}
            (tmp_path / f"{pid}.json").write_text(json.dumps(theirs))
        mine.publish()
        text = mine.text()
        assert value(text, "c_total") == 21
        assert value(text, "g") == 11
    finally:
        living.kill()
        living.wait()


def test_only_what_changed_is_written(tmp_path):
    metrics = Metrics(FAMILIES, tmp_path)
    metrics.publish()
    assert not list(tmp_path.iterdir())
    metrics.count("c_total")
    metrics.publish()
    (written,) = tmp_path.iterdir()
    written.unlink()
    metrics.publish()
    assert not list(tmp_path.iterdir())
