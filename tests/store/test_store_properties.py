"""Whatever is put in comes out: through the codec, and through every engine."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_strategies import COMPLETIONS, JUDGEMENTS, SAMPLES, TEXT
from stored_records import run

from octarine.core.codec import canonical, decode, digest, encode
from octarine.core.results import Completion, Judgement, Outcome, Result
from octarine.core.samples import Sample
from octarine.store import Record, Store
from octarine.store.payload import from_column, pack, to_column, unpack

MANY = settings(deadline=None, max_examples=60)
# The store is shared by the examples: each one takes a run of its own.
SHARED = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_runs = itertools.count()


@MANY
@given(st.tuples(SAMPLES, COMPLETIONS, JUDGEMENTS))
def test_the_codec_loses_nothing(values: tuple[Any, ...]) -> None:
    for value in values:
        text = canonical(encode(value))
        assert decode(type(value), json.loads(text)) == value
        assert canonical(encode(decode(type(value), json.loads(text)))) == text
        assert unpack(type(value), pack(value), "store") == value


@MANY
@given(SAMPLES, TEXT)
def test_a_sample_has_another_key_when_any_text_in_it_is_another(sample: Sample, text: str) -> None:
    other = replace(sample, risk=text)
    assert (other.key == sample.key) == (text == sample.risk)


@given(TEXT, TEXT)
def test_texts_with_equal_digests_are_equal(first: str, second: str) -> None:
    assert (digest(first) == digest(second)) == (first == second)


@given(TEXT)
def test_columns_hold_any_text(text: str) -> None:
    column = to_column(text)
    assert from_column(column) == text
    assert "\0" not in column
    column.encode("utf-8")


@SHARED
@given(SAMPLES, COMPLETIONS, JUDGEMENTS, st.integers(0, 3))
def test_the_store_loses_nothing(
    store: Store, sample: Sample, completion: Completion, judgement: Judgement, repeat: int
) -> None:
    number = next(_runs)
    name = f"run-{number}"
    record = Record(sample, repeat, 0, f"{number:064x}", completion, f"{number:064x}", judgement)
    store.begin_run(run(name))
    store.add(name, [record])

    (result,) = store.results(name, language=sample.language, dimension=sample.dimension)
    assert result == Result(sample, completion, judgement, repeat, result.completion_key)
    (row,) = store.scores(name)
    assert (row.sample_key, row.cluster, row.group) == (sample.key, sample.cluster, sample.group)
    assert (row.variant, row.template, row.language) == (sample.variant, sample.template, sample.language)
    assert (row.objectives, row.behaviour) == (sample.objectives, sample.expectation.behaviour)
    assert (row.judge, row.judge_version, row.outcome) == (
        judgement.judge,
        judgement.version,
        judgement.outcome,
    )
    (line,) = store.summary(name)
    assert (line.language, line.outcome, line.n) == (sample.language, judgement.outcome, 1)
    failed = completion.finish == "error" or judgement.outcome is Outcome.ERROR
    assert store.done(name) == (set() if failed else {(sample.key, repeat)})
