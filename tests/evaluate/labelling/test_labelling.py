"""What is shown to whom, what stands, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelled_runs import labelled_run
from octarine.cli.main import run as octarine
from octarine.core.content import Conversation, Message, Part, Role, Tool
from octarine.core.errors import InputError
from octarine.core.labels import Choice, Label
from octarine.core.results import Outcome, Run
from octarine.evaluate.calibration import read_labelled
from octarine.evaluate.labelling import (
    LabelQueue,
    PairQueue,
    Selected,
    findings,
    labelled_lines,
    pair_agreements,
    preference_lines,
)
from octarine.evaluate.labelling.exports import in_words
from octarine.evaluate.pictures import picture_part
from octarine.evaluate.scoring import MIN_LABELS
from octarine.evaluate.session import score_run
from octarine.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"{tmp_path}/s.sqlite") as opened:
        yield opened


@pytest.fixture
def run(store: Store) -> Run:
    return labelled_run(store)


def test_everyone_sees_the_same_random_order_and_another_seed_another(store: Store, run: Run) -> None:
    first, again = LabelQueue(store, run, Selected()), LabelQueue(store, run, Selected())
    other = LabelQueue(store, run, Selected(seed=1))
    assert [item.key for item in first.items] == [item.key for item in again.items]
    assert [item.key for item in first.items] != [item.key for item in other.items]
    assert [item.result.sample.id for item in first.items] != [f"s{n}" for n in range(12)]
    some = LabelQueue(store, run, Selected(limit=4))
    assert [item.key for item in some.items] == [item.key for item in first.items[:4]]


def test_two_people_label_each_answer_and_no_third(store: Store, run: Run) -> None:
    queue = LabelQueue(store, run, Selected())
    for name in ("ana", "bo"):
        seen = []
        while (item := queue.next_for(name)) is not None:
            seen.append(item.place)
            queue.record(item, name, 0)
        assert seen == list(range(12))
    assert queue.next_for("cy") is None
    assert len(queue.complete()) == 12
    assert queue.next_disagreement("cy") is None
    assert len(LabelQueue(store, run, Selected()).settled()) == 12


def test_a_disagreement_is_settled_by_somebody_else(store: Store, run: Run) -> None:
    queue = LabelQueue(store, run, Selected())
    item = queue.items[0]
    queue.record(item, "ana", 0)
    queue.record(item, "bo", 2)
    assert [waiting.place for waiting in queue.disagreements()] == [0]
    assert queue.settled() == []
    assert queue.next_disagreement("ana") is None
    with pytest.raises(InputError, match="cannot settle"):
        queue.record(item, "ana", 0, adjudicates=True)
    waiting = queue.next_disagreement("cy")
    assert waiting == item
    final = queue.record(item, "cy", 2, adjudicates=True)
    assert queue.settled() == [(item, final)]
    assert queue.disagreements() == []


def test_a_later_word_of_the_same_person_stands(store: Store, run: Run) -> None:
    queue = LabelQueue(store, run, Selected(wanted=1))
    item = queue.items[0]
    queue.record(item, "ana", 0)
    queue.record(item, "ana", 3, note="garbled")
    assert [label.outcome for _, label in LabelQueue(store, run, Selected()).settled()] == [
        Outcome.INCOHERENT
    ]


@pytest.mark.parametrize(
    ("name", "choice", "complaint"), [(" ", 0, "name"), ("ana", 4, "no choice 5"), ("ana", -1, "no choice 0")]
)
def test_what_is_no_label_is_not_kept(store: Store, run: Run, name: str, choice: int, complaint: str) -> None:
    queue = LabelQueue(store, run, Selected())
    with pytest.raises(InputError, match=complaint):
        queue.record(queue.items[0], name, choice)
    assert store.labels() == []


def test_a_selection_with_nothing_in_it_is_an_error(store: Store, run: Run) -> None:
    with pytest.raises(InputError, match="no answer to label"):
        LabelQueue(store, run, Selected(languages=("ja",)))


def test_exports_give_back_what_people_said(store: Store, run: Run, tmp_path: Path) -> None:
    queue = LabelQueue(store, run, Selected(wanted=1))
    for item in queue.items[:5]:
        queue.record(item, "ana", item.place % 4)
    path = tmp_path / "labelled.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in labelled_lines(queue)), "utf-8")
    lines = read_labelled(path)
    assert len(lines) == 5
    for line, (item, label) in zip(lines, queue.settled(), strict=True):
        assert (line.outcome, line.truth) == (label.outcome, label.score)
        assert line.sample.conversation == item.result.sample.conversation
        assert line.answer == item.result.completion.text
        assert line.model == "test:model"
    assert {finding.judgement.outcome for finding in findings(queue)} == {
        label.outcome for _, label in queue.settled() if label.score < 1
    }


def test_pairs_hide_which_run_answered_and_give_preferences(store: Store, run: Run) -> None:
    other = labelled_run(store, "test:other", answer="Reply")
    queue = PairQueue(store, run, other, Selected())
    mine = {result.completion_key for result in store.results(run.id)}
    shown_first = [pair.first.completion_key in mine for pair in queue.pairs]
    assert 0 < sum(shown_first) < len(shown_first)
    for pair in queue.pairs:
        better = Choice.FIRST if pair.first.completion_key in mine else Choice.SECOND
        queue.record(pair, "ana", better)
    queue.record(queue.pairs[0], "bo", Choice.TIE)
    assert queue.wins() == (12, 0, 1)
    assert queue.next_for("ana") is None
    assert queue.next_for("cy") == queue.pairs[0]
    lines = list(preference_lines(PairQueue(store, run, other, Selected())))
    assert len(lines) == 12
    assert all(line["chosen"][0]["content"].startswith("Answer") for line in lines)
    assert all(line["rejected"][0]["content"].startswith("Reply") for line in lines)


def test_people_who_cancel_each_other_out_prefer_nothing(store: Store, run: Run) -> None:
    other = labelled_run(store, "test:other", answer="Reply")
    queue = PairQueue(store, run, other, Selected(limit=1))
    queue.record(queue.pairs[0], "ana", Choice.FIRST)
    queue.record(queue.pairs[0], "bo", Choice.SECOND)
    assert list(preference_lines(queue)) == []
    with pytest.raises(InputError, match="share no sample"):
        PairQueue(store, run, run, Selected())


@given(
    st.lists(
        st.tuples(st.sampled_from(["complied", "deflected"]), st.sampled_from(["complied", "deflected"])),
        max_size=30,
    )
)
def test_agreement_counts_what_both_labelled(pairs: list[tuple[str, str]]) -> None:
    def said(name: str, outcome: str) -> Label:
        return Label("s", "c", name, Outcome(outcome), 1.0, "2031")

    found = pair_agreements([[said("b", two), said("a", one)] for one, two in pairs])
    if not pairs:
        assert found == []
        return
    (agreement,) = found
    assert (agreement.first, agreement.second, agreement.n) == ("a", "b", len(pairs))
    assert agreement.same == sum(one == two for one, two in pairs)
    if agreement.kappa:
        assert (agreement.kappa.value == 1.0) == (agreement.same == agreement.n)


def test_labels_of_a_run_make_its_estimates_prediction_powered(store: Store) -> None:
    run = labelled_run(store, n=200)
    raw = score_run(store, run).objective("safety.deflects_harm")
    assert raw is not None
    assert (raw.estimate.value, raw.powered, raw.labelled) == (1.0, None, 0)
    queue = LabelQueue(store, run, Selected(wanted=1))
    labelled = [item for item in queue.items if item.result.sample.objectives == ("safety.deflects_harm",)][
        :40
    ]
    for place, item in enumerate(labelled):
        choice = next(n for n, option in enumerate(item.options) if option.score == float(place % 2))
        queue.record(item, "ana", choice)
    powered = score_run(store, run).objective("safety.deflects_harm")
    assert powered is not None
    assert powered.labelled == 40 > MIN_LABELS
    assert powered.powered is not None
    assert powered.powered.value == pytest.approx(0.5, abs=0.02)
    assert powered.powered.low > 0.3
    assert powered.estimate.value == 1.0


def test_the_command_exports_and_keeps_findings(
    store: Store, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = LabelQueue(store, run, Selected(wanted=1))
    for item in queue.items:
        queue.record(item, "ana", 2)
    url = f"{tmp_path}/s.sqlite"
    out = tmp_path / "l.jsonl"
    assert (
        octarine(["label", run.id, "--store", url, "--labels", "1", "--export", str(out), "--findings"]) == 0
    )
    assert "12 labels" in capsys.readouterr().out
    assert len(read_labelled(out)) == 12
    assert len(list(store.findings())) == sum(label.score < 1 for _, label in queue.settled())
    assert octarine(["evaluate", "calibrate-judge", str(out), "--store", url]) == 0
    assert octarine(["label", run.id, "--store", url, "--export-preferences", str(out)]) == 2


def test_what_a_line_of_text_cannot_carry_is_not_exported() -> None:
    text = Conversation.user("What time is it?")
    clock = picture_part({"kind": "clock", "time": "10:10"})
    pictured = Conversation((Message(Role.USER, (Part.of_text("What time is it?"), clock)),))
    tooled = Conversation(text.messages, (Tool("clock"),))
    assert [in_words(conversation) for conversation in (text, pictured, tooled)] == [True, False, False]
