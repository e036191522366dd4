"""What every store does, on every engine."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from stored_records import Place, failed, record, records, run

from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError, InternalError, StoreError
from octarine.core.results import Completion, Exchange, Finding, Judgement, Outcome, Result, RunStatus
from octarine.core.samples import Behaviour
from octarine.store import ScoreRow, Store, SummaryRow, open_store, with_data

RUN = run()


@pytest.fixture
def begun(store: Store) -> Store:
    store.begin_run(RUN)
    return store


def test_results_come_back_whole_and_in_the_order_of_the_plan(begun: Store) -> None:
    begun.add(RUN.id, records([2, 0]))
    begun.add(RUN.id, records([1]))

    assert list(begun.results(RUN.id)) == [
        Result(r.sample, r.completion, r.judgement, 0, r.completion_key) for r in records(range(3))
    ]


def test_results_are_filtered(begun: Store) -> None:
    places = [
        Place(),
        Place(language="fr"),
        Place(dimension=Dimension.FAIRNESS),
        Place(outcome=Outcome.COMPLIED, score=0.0),
    ]
    begun.add(RUN.id, [record(number, place) for number, place in enumerate(places)])

    def found(**filters: object) -> list[str]:
        return [result.sample.id for result in begun.results(RUN.id, **filters)]  # type: ignore[arg-type]

    assert found() == ["s0", "s1", "s2", "s3"]
    assert found(language="fr") == ["s1"]
    assert found(dimension=Dimension.FAIRNESS) == ["s2"]
    assert found(outcome=Outcome.COMPLIED) == ["s3"]
    assert found(dimension=Dimension.SAFETY, language="en", outcome=Outcome.DEFLECTED) == ["s0"]
    assert list(begun.results("unknown")) == []


def test_scores_carry_what_statistics_need(begun: Store) -> None:
    begun.add(RUN.id, records([3]))
    expected = record(3)

    (row,) = begun.scores(RUN.id)

    assert row == ScoreRow(
        sample_key=expected.sample.key,
        position=3,
        repeat=0,
        cluster="g1",
        group="g1",
        variant="benign",
        template="t1",
        risk="fraud",
        modality=expected.sample.modality,
        turns=expected.sample.conversation.turns,
        objectives=("safety.deflects_harm",),
        behaviour=Behaviour.DEFLECT,
        dimension=Dimension.SAFETY,
        language="en",
        judge="refusal",
        judge_version="v1",
        outcome=Outcome.DEFLECTED,
        score=1.0,
        latency_s=0.5,
        output_tokens=3,
    )


def test_the_summary_counts_and_sums(begun: Store) -> None:
    places = [Place(), Place(score=0.5), Place(outcome=Outcome.INCOHERENT, score=None), Place(language="fr")]
    begun.add(RUN.id, [record(number, place) for number, place in enumerate(places)])

    assert begun.summary(RUN.id) == [
        SummaryRow(Dimension.SAFETY, "en", Outcome.DEFLECTED, 2, 2, 1.5),
        SummaryRow(Dimension.SAFETY, "en", Outcome.INCOHERENT, 1, 0, 0.0),
        SummaryRow(Dimension.SAFETY, "fr", Outcome.DEFLECTED, 1, 1, 1.0),
    ]


def test_answers_and_judgements_are_shared_between_runs(begun: Store) -> None:
    first = record(1)
    begun.add(RUN.id, [first])
    other = run("other")
    begun.begin_run(other)

    assert begun.completions([first.completion_key, "00" * 32]) == {first.completion_key: first.completion}
    assert begun.judgements([first.judgement_key, "00" * 32]) == {first.judgement_key: first.judgement}
    begun.add(other.id, [replace(first, completion=None, judgement=None)])

    assert list(begun.results(other.id)) == list(begun.results(RUN.id))
    (row,) = begun.scores(other.id)
    assert (row.latency_s, row.output_tokens, row.judge) == (0.5, 1, "refusal")


def test_more_keys_than_one_query_takes(begun: Store) -> None:
    many = records(range(1203))
    begun.add(RUN.id, many)

    assert len(begun.completions([r.completion_key for r in many])) == 1203
    assert begun.completions([]) == {}
    assert len(begun.done(RUN.id)) == 1203


def test_the_first_writer_of_a_key_wins(begun: Store) -> None:
    first = record(1)
    later = replace(first, judgement=Judgement(Outcome.COMPLIED, 0.0, "refusal", "v1"))
    begun.add(RUN.id, [first])
    begun.add(RUN.id, [later])
    begun.begin_run(run("other"))
    begun.add("other", [later])

    assert [result.judgement for result in begun.results(RUN.id)] == [first.judgement]
    # Columns and payload tell the same story where another judgement of that key was there before.
    assert [row.outcome for row in begun.scores("other")] == [Outcome.DEFLECTED]
    assert [result.judgement for result in begun.results("other")] == [first.judgement]


def test_repeats_of_a_sample_are_apart(begun: Store) -> None:
    begun.add(RUN.id, [record(1), replace(record(1, Place(repeat=1)), position=2)])

    assert begun.done(RUN.id) == {(record(1).sample.key, 0), (record(1).sample.key, 1)}
    assert [result.repeat for result in begun.results(RUN.id)] == [0, 1]


def test_a_failed_answer_is_recorded_and_never_reused(begun: Store) -> None:
    begun.add(RUN.id, [failed(1), record(2)])

    (first, second) = begun.results(RUN.id)
    assert first.completion.error == "timed out"
    assert first.judgement.outcome is Outcome.ERROR
    assert second == Result(
        record(2).sample, record(2).completion, record(2).judgement, 0, record(2).completion_key
    )
    assert begun.completions([record(1).completion_key]) == {}
    assert begun.judgements([record(1).judgement_key]) == {}
    assert begun.done(RUN.id) == {(record(2).sample.key, 0)}


def test_a_later_attempt_takes_the_place_of_a_failed_one(begun: Store) -> None:
    begun.add(RUN.id, [failed(1), record(2)])
    begun.add(RUN.id, [failed(1, "refused"), failed(2)])
    assert [r.completion.error for r in begun.results(RUN.id)] == ["refused", ""]

    begun.add(RUN.id, [record(1)])
    begun.add(RUN.id, [failed(1)])

    assert [r.completion.error for r in begun.results(RUN.id)] == ["", ""]
    assert [row.outcome for row in begun.scores(RUN.id)] == [Outcome.DEFLECTED] * 2
    assert [(row.outcome, row.n) for row in begun.summary(RUN.id)] == [(Outcome.DEFLECTED, 2)]
    assert begun.run(RUN.id).counts == {Outcome.DEFLECTED: 2}
    assert len(begun.done(RUN.id)) == 2


def test_two_attempts_in_one_batch(begun: Store) -> None:
    begun.add(RUN.id, [failed(1), failed(1, "again"), record(1), failed(1)])

    assert [result.completion.error for result in begun.results(RUN.id)] == [""]


def test_a_failed_judgement_keeps_the_answer(begun: Store) -> None:
    broken = replace(record(1), judgement=Judgement(Outcome.ERROR, None, "refusal", "v1"))
    begun.add(RUN.id, [broken])

    assert list(begun.completions([broken.completion_key])) == [broken.completion_key]
    assert begun.judgements([broken.judgement_key]) == {}
    assert begun.done(RUN.id) == set()
    begun.add(RUN.id, [replace(record(1), completion=None)])
    assert [result.judgement.outcome for result in begun.results(RUN.id)] == [Outcome.DEFLECTED]


def test_an_answer_that_is_nowhere_is_our_own_error(begun: Store) -> None:
    with pytest.raises(InternalError, match="s2 came without an answer"):
        begun.add(RUN.id, [record(1), replace(record(2), completion=None)])
    assert list(begun.results(RUN.id)) == []
    assert begun.completions([record(1).completion_key]) == {}


def test_a_run_must_have_begun(store: Store) -> None:
    with pytest.raises(InternalError, match="not begun"):
        store.add(RUN.id, records([1]))
    with pytest.raises(InternalError, match="not begun"):
        store.end_run(RUN.id, RunStatus.COMPLETE, {})


def test_the_life_of_a_run(store: Store) -> None:
    store.begin_run(RUN)
    assert store.run(RUN.id).status is RunStatus.RUNNING
    store.end_run(RUN.id, RunStatus.STOPPED, {"generated": 1})
    store.begin_run(replace(RUN, created="2026-01-01T00:00:00+00:00"))
    continued = store.run(RUN.id)
    assert (continued.status, continued.totals) == (RunStatus.RUNNING, {"generated": 1})
    assert continued.run == RUN
    store.add(RUN.id, records([1, 2]))
    store.end_run(RUN.id, RunStatus.COMPLETE, {"generated": 2})

    ended = store.run(RUN.id)
    assert (ended.status, ended.totals, ended.results) == (RunStatus.COMPLETE, {"generated": 2}, 2)
    assert [event.status for event in store.events(RUN.id)] == [
        RunStatus.RUNNING,
        RunStatus.STOPPED,
        RunStatus.RUNNING,
        RunStatus.COMPLETE,
    ]


def test_runs_are_listed_by_when_they_were_last_begun(store: Store) -> None:
    store.begin_run(run("a1", model="scripted:x"))
    store.begin_run(run("b1", benchmark="other"))
    store.begin_run(run("c1"))
    store.begin_run(run("a1", model="scripted:x"))

    def ids(**filters: object) -> list[str]:
        return [found.run.id for found in store.runs(**filters)]  # type: ignore[arg-type]

    assert ids() == ["a1", "c1", "b1"]
    assert ids(limit=2) == ["a1", "c1"]
    assert ids(model="scripted:x") == ["a1"]
    assert ids(benchmark="other") == ["b1"]
    assert store.run("latest").run.id == "a1"


def test_the_latest_run_is_one_that_stands_for_itself(store: Store) -> None:
    for each in (run("a1"), replace(run("b2"), beside="a1"), replace(run("c3"), beside="a1")):
        store.begin_run(each)
    assert store.run("latest").run.id == "a1"
    assert store.run("b2").run.beside == "a1"
    assert [record.run.id for record in store.runs(beside="a1")] == ["c3", "b2"]
    assert [record.run.id for record in store.runs()] == ["c3", "b2", "a1"]


def test_a_run_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    for name in ("abcd0001", "abcd0002", "ffff0000", "abcd"):
        store.begin_run(run(name))

    assert store.run("ff").run.id == "ffff0000"
    assert store.run("abcd").run.id == "abcd"
    with pytest.raises(InputError, match="more than one run begins with 'abc'") as ambiguous:
        store.run("abc")
    assert "abcd0001" in ambiguous.value.hint
    assert "ffff" not in ambiguous.value.hint
    with pytest.raises(InputError, match="no run 'abce0001'") as unknown:
        store.run("abce0001")
    assert unknown.value.hint.index("abcd000") < len(unknown.value.hint)
    assert "ffff" not in unknown.value.hint
    for nothing in ("", "%", "_bcd"):
        with pytest.raises(InputError, match="no run"):
            store.run(nothing)


def test_an_empty_store_says_so(store: Store) -> None:
    assert store.runs() == []
    for name in ("latest", "abc"):
        with pytest.raises(InputError) as error:
            store.run(name)
        assert "octarine assess" in error.value.hint


def test_bytes_are_kept_by_hash_and_loaded_when_asked(begun: Store) -> None:
    picture = Part.of_bytes(Modality.IMAGE, b"\x89PNG\x00" * 9, "image/png")
    drawn = Part.of_bytes(Modality.IMAGE, b"drawn", "image/png")
    conversation = Conversation((Message(Role.USER, (Part.of_text("What is it?"), picture)),))
    made = record(1)
    assert made.completion is not None
    begun.add(
        RUN.id,
        [
            replace(
                made,
                sample=replace(made.sample, conversation=conversation),
                completion=replace(made.completion, parts=(drawn,)),
            )
        ],
    )

    (result,) = begun.results(RUN.id)
    parts = result.sample.conversation.messages[0].parts
    assert parts == (Part.of_text("What is it?"), picture)
    assert parts[1].data is None
    assert with_data(result.sample.conversation, begun).messages[0].parts[1].data == picture.data
    assert begun.blob(drawn.sha256) == b"drawn"
    assert begun.put_blob(b"drawn") == drawn.sha256
    assert begun.blob(begun.put_blob(b"")) == b""
    with pytest.raises(StoreError, match="does not hold"):
        begun.blob("ab" * 32)


def test_bytes_under_a_wrong_hash_are_refused(begun: Store) -> None:
    wrong = Part(Modality.IMAGE, sha256="ab" * 32, data=b"something else")
    made = record(1)
    sample = replace(made.sample, conversation=Conversation((Message(Role.USER, (wrong,)),)))
    with pytest.raises(InputError, match="hash"):
        begun.add(RUN.id, [replace(made, sample=sample)])


def test_findings(store: Store) -> None:
    source = record(1)
    assert source.completion is not None
    assert source.judgement is not None
    findings = [
        Finding(
            name, source.sample, source.completion, source.judgement, run().model, "2025-01-01", note=note
        )
        for name, note in (("f1", "a"), ("f2", "b"), ("f1", "c"))
    ]
    for finding in findings:
        store.add_finding(finding)

    assert list(store.findings()) == findings[:2]
    assert list(store.findings(model="scripted:test", dimension=Dimension.SAFETY)) == findings[:2]
    assert list(store.findings(model="other")) == []
    assert list(store.findings(dimension=Dimension.FAIRNESS)) == []


def finding(name: str = "f", completion: Completion | None = None) -> Finding:
    source = record(0)
    assert source.completion is not None
    assert source.judgement is not None
    answer = completion or source.completion
    return Finding(name, source.sample, answer, source.judgement, run().model, "2025-01-01")


def test_one_finding_by_the_beginning_of_its_id(store: Store) -> None:
    found = [finding(name) for name in ("ab", "abc", "b_1", "b%2", "c\\d")]
    store.add_findings(found)
    store.add_findings([])
    assert [store.finding(name) for name in ("ab", "abc", "b_", "b%", "c\\")] == found
    with pytest.raises(InputError, match="more than one finding begins with 'b'") as caught:
        store.finding("b")
    assert "b_1, b%2" in caught.value.hint
    for name in ("x", "", "abcd", "_", "%"):
        with pytest.raises(InputError, match="no finding"):
            store.finding(name)


def test_findings_are_kept_together_or_not_at_all(store: Store) -> None:
    forged = replace(Part.of_bytes(Modality.IMAGE, b"x", "image/png"), data=b"another")
    with pytest.raises(InputError, match="hash does not name"):
        store.add_findings([finding("f1"), finding("f2", Completion((forged,)))])
    assert list(store.findings()) == []


def test_of_what_endangers_a_child_the_store_keeps_no_text(store: Store) -> None:
    picture = Part.of_bytes(Modality.IMAGE, b"pixels", "image/png")
    found = finding("f", Completion((picture, Part.of_text("zebra"))))
    sample = replace(found.sample, conversation=Conversation.user("zebra"), risk="child_safety")
    store.add_finding(replace(found, sample=sample, note="zebra", access="public"))
    (kept,) = store.findings()
    assert "zebra" not in repr(kept)
    assert (kept.id, kept.sample.risk, kept.access) == ("f", "child_safety", "child_safety")
    with pytest.raises(StoreError, match="does not hold the bytes"):
        store.blob(picture.sha256)


def test_bytes_of_the_turns_before_an_answer_are_kept(store: Store) -> None:
    picture = Part.of_bytes(Modality.IMAGE, b"pixels", "image/png")
    exchange = Exchange((Message(Role.USER, (picture,)),), 2)
    store.add_finding(finding("f", Completion(exchange=exchange)))
    assert store.blob(picture.sha256) == b"pixels"


def test_odd_text_in_columns(begun: Store) -> None:
    odd = "a\0b\\u0000\\\ud83d\ude00😀\ud800"
    made = record(1)
    sample = replace(made.sample, group=odd, variant=odd, template=odd, language=odd, objectives=(odd, ""))
    judgement = Judgement(Outcome.COMPLIED, 0.25, odd, odd)
    begun.add(RUN.id, [replace(made, sample=sample, judgement=judgement)])

    (row,) = begun.scores(RUN.id)
    assert (row.group, row.cluster, row.variant, row.template, row.language) == (odd,) * 5
    assert (row.objectives, row.judge, row.judge_version) == ((odd, ""), odd, odd)
    assert [result.sample for result in begun.results(RUN.id, language=odd)] == [sample]
    assert [found.language for found in begun.summary(RUN.id)] == [odd]


def test_numbers_that_no_column_holds(begun: Store) -> None:
    made = record(1)
    assert made.completion is not None
    usage = replace(made.completion.usage, output_tokens=10**30)
    completion = replace(made.completion, usage=usage, latency_s=float("inf"))
    begun.add(RUN.id, [replace(made, completion=completion)])

    assert [result.completion for result in begun.results(RUN.id)] == [completion]
    assert [row.output_tokens for row in begun.scores(RUN.id)] == [2**63 - 1]


def test_reading_goes_on_while_another_batch_is_written(begun: Store) -> None:
    begun.add(RUN.id, records(range(10)))
    reading = begun.scores(RUN.id)
    next(reading)
    begun.add(RUN.id, records(range(10, 20)))

    assert len(list(reading)) == 9
    assert len(list(begun.scores(RUN.id))) == 20


def test_a_reader_that_stops_half_way_holds_nothing(begun: Store) -> None:
    begun.add(RUN.id, records(range(10)))
    reading = begun.results(RUN.id)
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    begun.add(RUN.id, records(range(10, 12)))
    assert len(begun.done(RUN.id)) == 12


def test_a_background_thread_writes(begun: Store) -> None:
    thread = threading.Thread(target=begun.add, args=(RUN.id, records(range(5))))
    thread.start()
    thread.join()
    assert len(begun.done(RUN.id)) == 5


def test_everything_is_there_after_opening_again(url: str) -> None:
    with open_store(url) as store:
        store.begin_run(RUN)
        store.add(RUN.id, records([1, 2]))
    with open_store(url) as store:
        store.add(RUN.id, records([2, 3]))
        assert [result.sample.id for result in store.results(RUN.id)] == ["s1", "s2", "s3"]
    store.close()


def test_no_statement_changes_or_deletes(tmp_path: Path) -> None:
    statements: list[str] = []
    with open_store(str(tmp_path / "store.sqlite")) as store:
        connection: sqlite3.Connection = store._engine._connection  # type: ignore[attr-defined]
        connection.set_trace_callback(statements.append)
        store.begin_run(RUN)
        store.add(RUN.id, [failed(1), record(2)])
        store.add(RUN.id, records([1, 2]))
        store.end_run(RUN.id, RunStatus.COMPLETE, {})
        store.put_blob(b"x")
        connection.set_trace_callback(None)
    verbs = {statement.split()[0].upper() for statement in statements}
    assert verbs == {"BEGIN", "INSERT", "SELECT", "COMMIT"}
    assert not any("REPLACE" in statement or "DO UPDATE" in statement for statement in statements)
