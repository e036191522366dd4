"""What answers are worth: right ones, planted wrong ones, and no answer at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from octarine.core.content import Part
from octarine.core.errors import DataError, InputError
from octarine.core.results import Completion, TokenLogprob
from octarine.core.samples import Sample
from octarine.evaluate.benchmarks.frame import Answer
from octarine.evaluate.benchmarks.slang import Slang, scoring

from .films import FILMS, archive, indices, released


def samples(folder: Path) -> list[Sample]:
    archive(released(folder) / "en.zip")
    indices(folder, detect=[4, 5, 6, 0, 1, 2, 7, 3], region=[[0, 1], [0, 1]])
    return Slang().load(folder)


def answered(found: list[Sample], say: Callable[[Sample], str]) -> list[Answer]:
    return [Answer(one, Completion(parts=(Part.of_text(say(one)),))) for one in found]


def right(sample: Sample) -> str:
    args = sample.expectation.args
    if args["task"] == "sentence":
        return "Yes." if args["gold"] else "No."
    return str(args["gold"]) or "none"


def wrong(sample: Sample) -> str:
    args = sample.expectation.args
    other = {"sentence": "No." if args["gold"] else "Yes.", "source": "UK" if args["gold"] == "US" else "US"}
    other |= {"meaning": "A" if args["gold"] != "A" else "B", "word": "car"}
    return other.get(args["task"], "zebra")


def test_the_tasks_and_their_prompts(tmp_path: Path) -> None:
    found = samples(tmp_path)
    tasks = [one.expectation.args["task"] for one in found]
    assert {task: tasks.count(task) for task in tasks} == {
        "sentence": 2,
        "word": 2,
        "source": 6,
        "usage": 4,
        "meaning": 4,
    }
    assert len({one.id for one in found}) == len(found)
    assert {one.cluster for one in found} == {f"slang-film-{film}" for film in FILMS}
    source = [one for one in found if one.expectation.args["task"] == "source"]
    assert all(
        ("[MASK]" in one.conversation.prompt) == ("masked" in one.expectation.args["variant"])
        for one in source
    )
    masked = [one for one in source if one.expectation.args["variant"] == "slang masked"]
    assert not any(word in one.conversation.prompt for one in masked for word in ("broke", "quid"))
    usage = next(one for one in found if one.expectation.args["task"] == "usage")
    assert usage.conversation.prompt.endswith("That car is")


def test_all_right_and_all_wrong(tmp_path: Path) -> None:
    found, slang = samples(tmp_path), Slang()
    best, worst = (slang.score(answered(found, say)) for say in (right, wrong))
    for metric, slice in (
        ("sentence F1", ""),
        ("word F1", ""),
        ("source accuracy", "original"),
        ("source accuracy", "slang masked"),
        ("meaning in the sentence chosen (ours)", ""),
    ):
        assert best.estimate(metric, slice).value == 1.0
        assert worst.estimate(metric, slice).value == 0.0
    assert all(slang.mark(one.sample, one.completion).score == 1.0 for one in answered(found, right))
    assert all(slang.mark(one.sample, one.completion).score == 0.0 for one in answered(found, wrong))


def test_silence_is_never_right(tmp_path: Path) -> None:
    found, slang = samples(tmp_path), Slang()
    silent = slang.score(answered(found, lambda sample: "I cannot tell."))
    for metric in ("sentence F1", "meaning in the sentence chosen (ours)"):
        assert silent.estimate(metric).value == 0.0


def test_errors_are_counted_apart(tmp_path: Path) -> None:
    found = samples(tmp_path)
    answers = [*answered(found, right)[:-1], Answer(found[-1], Completion(error="timed out"))]
    assert "1 answers are errors" in Slang().score(answers).notes[0]


def test_no_log_probabilities_is_a_missing_cell(tmp_path: Path) -> None:
    table = Slang().score(answered(samples(tmp_path), right))
    with pytest.raises(InputError):
        table.estimate("slang likelier than its paraphrase")


def test_the_ratio_of_slang_and_paraphrase(tmp_path: Path) -> None:
    answers = []
    for one in samples(tmp_path):
        args = one.expectation.args
        if args["task"] == "usage":
            top = {f" {args['gold'][:3]}": math.log(0.1), f" {args['literal'][:3]}": math.log(0.4)}
            logprobs = (TokenLogprob("the", math.log(0.5), top),)
            answers.append(Answer(one, Completion(parts=(Part.of_text("the"),), logprobs=logprobs)))
    table = Slang().score(answers)
    assert table.estimate("slang likelier than its paraphrase").value == 0.0
    figure = next(figure for figure in table.figures if figure.metric.startswith("slang likelier"))
    assert "ratio of means 0.250, median ratio 0.250; 4 of 4 items" in figure.note


def test_an_archive_of_another_version_is_refused(tmp_path: Path) -> None:
    released(tmp_path)
    films = {film: tuple(f"Other words {n} ." for n in range(4)) for film in FILMS}
    archive(tmp_path / "en.zip", films)
    with pytest.raises(DataError, match="gives 0 usable sentences with slang, and the paper used 4"):
        Slang().load(tmp_path)


def test_without_sentences_the_meaning_of_terms_is_left(tmp_path: Path) -> None:
    found = Slang().load(released(tmp_path))
    assert {one.expectation.args["task"] for one in found} == {"term alone"}
    table = Slang().score(answered(found, right))
    assert table.estimate("meaning of the term alone chosen (ours)").value == 1.0
    with pytest.raises(InputError):
        table.estimate("sentence F1")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("Yes, it does.", True), ("no", False), ("There is none. No.", False), ("I know", None)],
)
def test_yes_and_no(text: str, wanted: bool | None) -> None:
    assert scoring.yes_or_no(text) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("US", "US"),
        ("It is British.", "UK"),
        ("the U.K.", "UK"),
        ("US or UK", ""),
        ("Give us time", "US"),
        ("", ""),
    ],
)
def test_regions(text: str, wanted: str) -> None:
    assert scoring.region(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("B", "B"), ("(C) pound", "C"), ("Answer: D.", "D"), ("Dogs", ""), ("I'd say it", "")],
)
def test_letters(text: str, wanted: str) -> None:
    assert scoring.letter(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("dope", "dope"), ('The slang is "Dope".', "dope"), ("None.", ""), ("Slang: quid", "quid"), ("", "")],
)
def test_words(text: str, wanted: str) -> None:
    assert scoring.word(text) == wanted


def test_measures_are_those_of_the_definition() -> None:
    rng = np.random.default_rng(5)
    gold, said = rng.random(400) < 0.5, rng.random(400) < 0.4
    found = [
        scoring.decided(f"film {n % 20}", bool(g), bool(s))
        for n, (g, s) in enumerate(zip(gold, said, strict=True))
    ]
    measured = scoring.measures(found)
    sklearn = pytest.importorskip("sklearn.metrics")
    precision, recall, f1, _ = sklearn.precision_recall_fscore_support(gold, said, average="binary")
    for name, wanted in (("precision", precision), ("recall", recall), ("F1", f1)):
        estimate = measured[name]
        assert estimate is not None
        assert estimate.value == pytest.approx(wanted)
        assert estimate.low < wanted < estimate.high
        assert (estimate.n, estimate.clusters) == (400, 20)


def test_nothing_found_and_nothing_there_is_no_figure() -> None:
    assert scoring.measures([scoring.decided("a", False, False)])["F1"] is None
    assert scoring.measures([])["recall"] is None
