"""Measure the judges on labelled data: ``python benchmarks/judges.py --data FOLDER [--write]``.

FOLDER holds one folder for each data set with gzipped JSON Lines files; what is absent is skipped,
and said so.
``--write`` puts the confusion counts into ``evaluate/data/judge_counts.toml``, which every scorecard reads;
entries of judges that were not measured stay. ``--check`` needs no data: it fails where a judge that has
counts was changed since, as a release must not.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import octarine.evaluate
from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.estimate import Estimate
from octarine.core.protocols import Judge
from octarine.core.registry import registry
from octarine.core.results import Completion, Judgement, Outcome
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.core.stats import cluster_bootstrap, proportion
from octarine.evaluate.judges.language_id import LANGUAGES
from octarine.evaluate.validation import (
    COUNTS,
    DEFLECTED,
    MET,
    VARIOUS,
    JudgeValidation,
    validations,
    write_counts,
)

Row = Mapping[str, Any]
MADE_BY = "python benchmarks/judges.py --data FOLDER --write"


@dataclass(frozen=True)
class Labelled:
    """An answer that people, or the way it was made, have labelled. Rows of one cluster belong together."""

    prompt: str
    answer: str
    positive: bool
    cluster: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """A labelled data set, as its entry names it; ``class_name`` is the positive class."""

    judge: str
    name: str
    file: str
    licence: str
    label: str
    class_name: str = DEFLECTED
    model: str = VARIOUS
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Answers(Source):
    """A set of answers: ``rows`` gives those that are used, of the data folder and this source."""

    rows: Callable[[Path, Answers], Iterator[Labelled]]
    commit: bool = True


def labelled_by(positive: Callable[[Row], bool | None]) -> Callable[[Path, Answers], Iterator[Labelled]]:
    """Rows as the file has them; ``positive`` gives a row's label, or None for one that is not used."""

    def rows(folder: Path, source: Answers) -> Iterator[Labelled]:
        for row in read(folder / source.file):
            label = positive(row)
            if label is not None:
                yield Labelled(row["text"], row["response"], label, row["text"])

    return rows


def report_half(folder: Path, source: Answers) -> Iterator[Labelled]:
    """The half of a development set of the guard that calibrated nothing."""
    from octarine.guard.classifier.heads import Head
    from octarine.guard.training.row import half
    from octarine.guard.training.sources import read_source, sources

    development = sources("development")[source.name]
    head = Head.REFUSAL if source.class_name == DEFLECTED else Head.HARMFUL_RESPONSE
    for row in read_source(folder, development, development.split or "dev"):
        if half(row) == "report" and head in row.labels:
            positive = row.labels[head] if head is Head.REFUSAL else not row.labels[head]
            yield Labelled(row.text, row.response, positive, row.cluster)


def _labelled_refusal(row: Row) -> bool | None:
    return bool(row["response_refusal"]) if "response_refusal" in row else None


def _chosen(row: Row) -> bool | None:
    held_out = int(hashlib.sha256(row["text"].encode()).hexdigest(), 16) % 2 == 1
    return False if row["response_refusal"] == 0 and held_out else None


ANSWERS = (
    Answers(
        judge="refusal",
        name="pyrit_refusals",
        file="pyrit_refusals/train.jsonl.gz",
        licence="MIT",
        label="a person called the answer a refusal",
        rows=labelled_by(_labelled_refusal),
        note="its rows were never read; its rates were seen between revisions",
    ),
    Answers(
        judge="refusal",
        name="coconot, preferred replies",
        file="coconot/train.jsonl.gz",
        licence="MIT, data ODC-BY",
        label="0: the preferred reply to a benign request (written by a model, so labelled by construction)",
        rows=labelled_by(_chosen),
        note="half of the prompts, by hash; the rules were checked for false alarms on the other half",
        commit=False,
    ),
    Answers(
        judge="refusal",
        name="medquad",
        file="medquad/dev.jsonl.gz",
        licence="CC-BY-4.0",
        label="0: health answers, by construction",
        rows=labelled_by(_labelled_refusal),
        commit=False,
    ),
    Answers(
        judge="refusal",
        name="gpteacher_roleplay",
        file="gpteacher_roleplay/dev.jsonl.gz",
        licence="MIT",
        label="0: role-play replies, by construction",
        rows=labelled_by(_labelled_refusal),
        commit=False,
    ),
    Answers(
        judge="refusal",
        name="gptfuzz_responses",
        file="gptfuzz_responses/dev.jsonl.gz",
        licence="MIT",
        label="another thing than refusal: 1 where the jailbreak failed (response_harmful = 0), by people",
        rows=labelled_by(lambda row: row["response_harmful"] == 0),
        commit=False,
    ),
    Answers(
        judge="guard_refusal",
        name="pyrit_refusals",
        file="pyrit_refusals/train.jsonl.gz",
        licence="MIT",
        label="a person called the answer a refusal",
        rows=report_half,
        note="half of the prompts, by hash; the other half calibrated the head",
    ),
    Answers(
        judge="guard_harm",
        name="beavertails_test",
        file="beavertails_test/dev.jsonl.gz",
        licence="CC-BY-NC-4.0",
        label="people called the answer harmless",
        rows=report_half,
        class_name=MET,
        note="half of the prompts, by hash; the other half calibrated the head",
    ),
    Answers(
        judge="guard_harm",
        name="saferlhf_test",
        file="saferlhf_test/dev.jsonl.gz",
        licence="CC-BY-NC-4.0",
        label="people called the answer harmless",
        rows=report_half,
        class_name=MET,
        note="half of the prompts, by hash; the other half calibrated the head",
    ),
    Answers(
        judge="guard_harm",
        name="gptfuzz_responses",
        file="gptfuzz_responses/dev.jsonl.gz",
        licence="MIT",
        label="people called the jailbreak failed",
        rows=report_half,
        class_name=MET,
        note="half of the questions, by hash; other questions of the same set trained the head",
    ),
)


def read(path: Path) -> Iterator[Row]:
    """The rows of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def judged(judge: Judge, prompt: str, text: str, args: Mapping[str, Any]) -> Judgement:
    """What the judge makes of an answer."""
    sample = Sample(
        id="row",
        conversation=Conversation.user(prompt),
        expectation=Expectation(Behaviour.COMPLY, judge.name, args),
        dimension=Dimension.SAFETY,
        objectives=("safety.answers_benign",),
    )
    return asyncio.run(judge.judge(sample, Completion.of_text(text)))


@dataclass
class Tally:
    """Counts of one source, and the decisions with their clusters for the intervals."""

    cells: Counter[tuple[bool, bool]]
    right: dict[bool, list[tuple[str, bool]]]
    outcomes: Counter[str]

    def rate(self, label: bool, clustered: bool) -> Estimate | None:
        """The share of rows with this label on which the judge is right."""
        decided = self.right[label]
        if not decided:
            return None
        if not clustered:
            return proportion(sum(right for _, right in decided), len(decided))
        values = [float(right) for _, right in decided]
        clusters = [name for name, _ in decided]
        return cluster_bootstrap(values, clusters, rng=np.random.default_rng(0), bounds=(0.0, 1.0))


def measure(judge: Judge, source: Answers, folder: Path) -> Tally:
    """Judge every labelled row of a source."""
    tally = Tally(Counter(), {True: [], False: []}, Counter())
    for row in source.rows(folder, source):
        found = judged(judge, row.prompt, row.answer, {})
        said = found.score == 1.0 if source.class_name == MET else found.outcome is Outcome.DEFLECTED
        tally.cells[row.positive, said] += 1
        tally.outcomes[f"{'positive' if row.positive else 'negative'} → {found.outcome}"] += 1
        tally.right[row.positive].append((row.cluster, said == row.positive))
    return tally


def entry(
    judge: Judge, source: Source, path: Path, language: str, cells: Counter[tuple[bool, bool]], clusters: int
) -> JudgeValidation:
    """The record that is committed."""
    return JudgeValidation(
        judge=judge.name,
        version=judge.version,
        language=language,
        model=source.model,
        positive=source.class_name,
        source=source.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        rows=sum(cells.values()),
        licence=source.licence,
        label=source.label,
        true_positive=cells[True, True],
        false_negative=cells[True, False],
        true_negative=cells[False, False],
        false_positive=cells[False, True],
        clusters=clusters,
        note=source.note,
    )


def measure_answers(folder: Path) -> list[JudgeValidation]:
    """The judges that look at answers, each on its sources."""
    kept = []
    for source in ANSWERS:
        path = folder / source.file
        print(f"\n{source.judge} on {source.name} — {source.label}")
        if not path.is_file():
            print("  skipped: not in the data folder")
            continue
        judge: Judge = registry.get("judge", source.judge)()
        tally = measure(judge, source, folder)
        clusters = {name for rows in tally.right.values() for name, _ in rows}
        clustered = len(clusters) < 0.9 * sum(tally.cells.values())
        for label, title in ((True, "sensitivity"), (False, "specificity")):
            rate = tally.rate(label, clustered)
            print(f"  {title}: {rate if rate is not None else 'no such row'}")
        print(f"  {dict(sorted(tally.outcomes.items()))}; {len(clusters)} distinct prompts")
        if source.commit:
            kept.append(entry(judge, source, path, "en", tally.cells, len(clusters)))
    return kept


def measure_languages(folder: Path) -> list[JudgeValidation]:
    """Sentences in the nine languages and in forty others."""
    judge: Judge = registry.get("judge", "language")()
    source = Source(
        judge="language",
        name="tatoeba_laser",
        file="tatoeba_laser/dev.jsonl.gz",
        licence="CC-BY-2.0-FR",
        label="the language that the sentence is filed under",
        class_name="in the language",
        model="people",
        note="word lists revised on the training half; single sentences, shorter than answers; "
        "negatives are all other languages, near ones too",
    )
    path = folder / source.file
    print(f"\nlanguage on {source.name} — {source.label}")
    if not path.is_file():
        print("  skipped: not in the data folder")
        return []
    rows = [(row["text"], row["lang"]) for row in read(path)]
    kept = []
    for language in LANGUAGES:
        cells: Counter[tuple[bool, bool]] = Counter()
        confused: Counter[str] = Counter()
        for text, actual in rows:
            said = judged(judge, "", text, {"language": language}).outcome is Outcome.COMPLIED
            cells[actual == language, said] += 1
            confused[actual] += said and actual != language
        sensitivity = proportion(cells[True, True], cells[True, True] + cells[True, False])
        specificity = proportion(cells[False, False], cells[False, False] + cells[False, True])
        taken = ", ".join(f"{name} {count}" for name, count in confused.most_common(4) if count)
        print(f"  {language}: sensitivity {sensitivity}, specificity {specificity}; wrongly taken: {taken}")
        kept.append(entry(judge, source, path, language, cells, sum(cells.values())))
    return kept


def check() -> int:
    """1 where committed counts are of another version than the judge, else 0."""
    versions = {name: registry.get("judge", name)().version for name in {e.judge for e in validations()}}
    stale = sorted({(e.judge, e.version) for e in validations() if e.version != versions[e.judge]})
    for name, version in stale:
        print(f"{name}: counts are of {version}, the judge is {versions[name]}; renew them with --write")
    return int(bool(stale))


def main() -> None:
    """Measure, print, and write where asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the labelled data")
    parser.add_argument("--write", action="store_true", help=f"update evaluate/data/{COUNTS}")
    parser.add_argument("--check", action="store_true", help="only say which counts are out of date")
    options = parser.parse_args()
    if options.check:
        sys.exit(check())
    entries = [
        *measure_answers(options.data),
        *measure_languages(options.data),
    ]
    if options.write and entries:
        path = Path(octarine.evaluate.__file__).parent / "data" / COUNTS
        measured = {entry.judge for entry in entries}
        kept = [entry for entry in validations() if entry.judge not in measured]
        write_counts([*entries, *kept], path, MADE_BY)
        print(f"\nwrote {len(entries)} entries to {path}")
    elif options.write:
        print("\nnothing was measured, so nothing was written")


if __name__ == "__main__":
    main()
