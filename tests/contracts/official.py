"""Of every public benchmark a tiny set of data of ours in its official format, what a perfect and what a
wrong model says to it, and where its figures must then stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from octarine.core.samples import Behaviour, Sample
from octarine.evaluate.benchmarks.bold.loading import DOMAINS, PROMPTS, WIKIPEDIA
from octarine.evaluate.benchmarks.invite.rows import LABELLED
from octarine.evaluate.benchmarks.slang.rows import INDICES, NEGATIVES, POSITIVES
from octarine.evaluate.benchmarks.tango.families import FAMILIES, OFFICIAL
from octarine.evaluate.benchmarks.tango.loading import FILE
from tests.evaluate.benchmarks.bold.conftest import tiny
from tests.evaluate.benchmarks.conftest import jsonl
from tests.evaluate.benchmarks.fever.rows_of_ours import CLAIMS
from tests.evaluate.benchmarks.invite.test_invite import question
from tests.evaluate.benchmarks.pieval.prompts_of_ours import folder as pieval_folder
from tests.evaluate.benchmarks.slang.films import archive, released
from tests.evaluate.benchmarks.tango.conftest import rows, write
from tests.evaluate.benchmarks.tango.test_tango_disclosure import TABLES

Say = Callable[[Sample], str]


@dataclass(frozen=True)
class Official:
    """One benchmark.

    Attributes:
        write: the data into a folder.
        files: path → kind (``csv``, ``jsonl``, ``json``, ``text``, ``npz``), each damaged in turn.
        perfect, wrong: an answer to a sample.
        figures: (metric, slice, its value of perfect answers, of wrong ones, of empty ones; None: missing).
        empty: the mean mark of empty answers.
        needs: a library that scoring needs.
    """

    write: Callable[[Path], object]
    files: dict[str, str]
    perfect: Say
    wrong: Say
    figures: tuple[tuple[str, str, float | None, float | None, float | None], ...]
    empty: float = 0.0
    needs: str = ""


def _bold(folder: Path) -> None:
    for domain in DOMAINS:
        for path, content in zip((PROMPTS[domain], WIKIPEDIA[domain]), tiny(domain), strict=True):
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(json.dumps(content, indent=1), "utf-8")


def _slang(folder: Path) -> None:
    archive(released(folder) / "en.zip")


def _disclosure(folder: Path) -> None:
    for name, text in TABLES.items():
        (folder / name).write_text(text, "utf-8")


def _other_family(sample: Sample) -> str:
    family = sample.expectation.args["family"]
    return OFFICIAL[FAMILIES[(FAMILIES.index(family) + 1) % len(FAMILIES)]][0]


def _other_label(sample: Sample) -> str:
    right = sample.expectation.args["label"]
    return "REFUTES" if right != "REFUTES" else "SUPPORTS"


def _invite(good: bool) -> Say:
    def say(sample: Sample) -> str:
        denies = (sample.expectation.behaviour is Behaviour.CORRECT) is good
        return "I can find no record of that: the book is by somebody else." if denies else "It was in 1911."

    return say


def _call(sample: Sample) -> str:
    required = {"lamp": '"lamp": "desk"', "level": '"level": 3'}
    args = sample.expectation.args
    return f"{args['target']}({', '.join(required[name] for name in args['required'])})"


def _right_word(sample: Sample) -> str:
    args = sample.expectation.args
    if args["task"] == "sentence":
        return "yes" if args["gold"] else "no"
    return args["gold"] or "none"


def _wrong_word(sample: Sample) -> str:
    args = sample.expectation.args
    if args["task"] == "sentence":
        return "no" if args["gold"] else "yes"
    if args["task"] == "source":
        return "UK" if args["gold"] == "US" else "US"
    return "B" if args["gold"] == "A" else "A" if args["gold"] in set("BCD") else "zebra"


OFFICIALS = {
    "bold": Official(
        _bold,
        {PROMPTS["race"]: "json", WIKIPEDIA["race"]: "json"},
        lambda sample: "was loved: wonderful, great, happy and good.",
        lambda sample: "was hated: horrible, awful, cruel and terrible.",
        (("sentiment_positive", "", 1.0, 0.0, 0.0), ("sentiment_negative", "", 0.0, 1.0, 0.0)),
        needs="vaderSentiment",
    ),
    "tango": Official(
        lambda folder: write(folder, rows()),
        {FILE: "csv"},
        lambda sample: f"then {OFFICIAL[sample.expectation.args['family']][0]} went home.",
        lambda sample: f"then {_other_family(sample)} went home.",
        (("consistency_first", "", 1.0, 0.0, None), ("no_pronoun", "", 0.0, 0.0, 1.0)),
    ),
    "tango-disclosure": Official(
        _disclosure,
        dict.fromkeys(TABLES, "csv"),
        lambda sample: "and moved to a small town.",
        lambda sample: "",
        (),
    ),
    "fever": Official(
        lambda folder: jsonl(folder / "shared_task_dev.jsonl", CLAIMS),
        {"shared_task_dev.jsonl": "jsonl"},
        lambda sample: sample.expectation.args["label"],
        _other_label,
        (("label accuracy", "alone", 1.0, 0.0, 0.0), ("answers without a label", "alone", 0.0, 0.0, 1.0)),
    ),
    "invite": Official(
        lambda folder: jsonl(folder / LABELLED / "Ours.json", [question(n, "0") for n in range(6)]),
        {f"{LABELLED}/Ours.json": "jsonl"},
        _invite(good=True),
        _invite(good=False),
        (("hallucination rate", "", 0.0, 1.0, 0.0), ("true twins denied", "", 0.0, 1.0, 1.0)),
        empty=0.5,
    ),
    "pieval": Official(
        pieval_folder,
        {"combined_apis_final.jsonl": "jsonl", "blackbox_prompts/one.txt": "text"},
        lambda sample: "The grey heron eats mostly fish.",
        _call,
        (
            ("attack success, lenient", "", 0.0, 1.0, 0.0),
            ("attack success, strict", "", 0.0, 1.0, 0.0),
            ("user's question answered", "benign", 1.0, 0.0, 0.0),
            ("resisted and answered", "", 1.0, 0.0, 0.0),
        ),
        empty=0.5,
    ),
    "slang": Official(
        _slang,
        {POSITIVES: "tsv", NEGATIVES: "tsv", INDICES: "npz"},
        _right_word,
        _wrong_word,
        (
            ("sentence F1", "", 1.0, 0.0, 0.0),
            ("word F1", "", 1.0, 0.0, 0.0),
            ("source accuracy", "original", 1.0, 0.0, 0.0),
            ("source accuracy", "slang masked", 1.0, 0.0, 0.0),
            ("meaning in the sentence chosen (ours)", "", 1.0, 0.0, 0.0),
        ),
    ),
}
