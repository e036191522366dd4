"""What people say of answers: labels and preferences, and answers that belong to no run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stored_records import record, records, run

from octarine.core.errors import InputError
from octarine.core.labels import Choice, Label, Preference
from octarine.core.results import Completion, Finish, Outcome
from octarine.store import open_store

RUN = run()
AT = "2031-01-01T00:00:00+00:00"


def label(number: int, annotator: str = "ana", outcome: Outcome = Outcome.COMPLIED) -> Label:
    source = record(number)
    return Label(source.sample.key, source.completion_key, annotator, outcome, 1.0, AT, note="\x00 ok")


def test_the_last_label_of_an_annotator_stands(url: str) -> None:
    with open_store(url) as store:
        assert store.labels() == []
        store.add_label(label(1))
        store.add_label(label(1, "bo"))
        store.add_label(label(1, outcome=Outcome.DEFLECTED))
        store.add_label(label(2))
        found = store.labels()
    assert found == [label(1, "bo"), label(1, outcome=Outcome.DEFLECTED), label(2)]


def test_labels_of_a_run_are_those_of_its_results(url: str) -> None:
    with open_store(url) as store:
        store.begin_run(RUN)
        store.add(RUN.id, records([1]))
        store.add_label(label(1))
        store.add_label(label(2))
        assert store.labels_of_run(RUN.id) == {(record(1).sample.key, 0): [label(1)]}
        assert store.labels_of_run("unknown") == {}


def test_a_label_is_what_a_person_can_see() -> None:
    with pytest.raises(ValueError, match="outcome"):
        label(1, outcome=Outcome.ERROR)
    with pytest.raises(ValueError, match="score"):
        replace(label(1), score=1.5)


def test_the_last_preference_on_a_pair_stands_whichever_was_shown_first(url: str) -> None:
    first = Preference("ab" * 32, "cd" * 32, "ef" * 32, Choice.FIRST, "ana", AT)
    again = replace(first, first=first.second, second=first.first, choice=Choice.TIE)
    other = replace(first, annotator="bo")
    with open_store(url) as store:
        for preference in (first, other, again):
            store.add_preference(preference)
        assert store.preferences() == [again, other]


def test_an_answer_is_kept_outside_of_any_run(url: str) -> None:
    key = "12" * 32
    with open_store(url) as store:
        store.keep_completion(key, Completion.of_text("A"))
        store.keep_completion(key, Completion.of_text("B"))
        assert store.completions([key])[key].text == "A"
        with pytest.raises(InputError, match="error is not kept"):
            store.keep_completion("34" * 32, Completion(finish=Finish.ERROR, error="down"))


def test_results_reuse_an_answer_that_was_kept(url: str) -> None:
    source = record(1)
    assert source.completion is not None
    with open_store(url) as store:
        store.keep_completion(source.completion_key, source.completion)
        store.begin_run(RUN)
        store.add(RUN.id, [replace(source, completion=None)])
        assert [result.completion for result in store.results(RUN.id)] == [source.completion]
