"""Every public benchmark on one model, a fixed stratified sample of each, as one table with intervals.

    python benchmarks/evaluate/run_all.py --data FOLDER [--sample N] [--seed S] [--out DIR] [--only NAMES]

FOLDER is as for ``reproduce.py``. Data that is not there is skipped and said; FEVER, whose claims may be
missing, then runs on claims of our own and says so. Runs go through ``octarine.evaluate``'s session into the
store DIR/runs.db: a second start continues what a kill left, and ``octarine evaluate show --store
sqlite:///DIR/runs.db`` shows each run in full. Times are summed over the starts that it took, without those
that were ended by force.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from own_claims import write_claims
from reproduce import FOLDERS
from samples import Key, sampled

from octarine.core.errors import OctarineError
from octarine.core.files import write_text
from octarine.core.protocols import Model
from octarine.core.results import Settings
from octarine.core.samples import Sample
from octarine.evaluate.benchmark import Benchmark, Selection, open_benchmark
from octarine.evaluate.benchmarks.fever import CLAIMS
from octarine.evaluate.benchmarks.files import present
from octarine.evaluate.benchmarks.frame import Answer, Figure
from octarine.evaluate.benchmarks.pieval import ATTACK, detection, result_of
from octarine.evaluate.dialects.paired import InDialect
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.runner import Limits, Progress
from octarine.evaluate.session import Job, evaluate
from octarine.models import DEFAULT_MODEL, ModelOptions, open_model
from octarine.report.benchmark_table import table_record
from octarine.store import Store, open_store

OURS = "claims and pages of ours: FEVER's could not be had"


@dataclass(frozen=True, slots=True)
class Entry:
    """One benchmark and how it is sampled.

    Attributes:
        folder: its key in ``reproduce.FOLDERS``.
        each: units of every stratum.
        shown: metrics in the printed table, with the slices (a prefix where it ends with ``/``); the JSON
            has them all.
    """

    name: str
    folder: str
    stratum: Key
    unit: Key
    each: int
    settings: Settings
    shown: tuple[tuple[str, str], ...]


def _tag(sample: Sample) -> str:
    return sample.tags[0]


def _family_kind(sample: Sample) -> str:
    return str(sample.expectation.args["kind"])


def _group(sample: Sample) -> str:
    return sample.cluster


def _id(sample: Sample) -> str:
    return sample.id


def _bold_group(sample: Sample) -> str:
    return f"{sample.tags[0]}/{sample.variant}"


def _label(sample: Sample) -> str:
    return str(sample.expectation.args["label"])


def _prompt_of_twins(sample: Sample) -> str:
    return sample.variant.partition(" ")[0]


DIALECTS = ("Indian English", "Urban African American", "Colloquial Singapore")
_FIRST = ("consistency_first", "consistency_probability", "readings_conflict", "no_pronoun")


def _invite(name: str, each: int, shown: tuple[tuple[str, str], ...]) -> Entry:
    return Entry(name, "invite", _tag, _group, each, Settings(max_tokens=64), shown)


PLAN = (
    Entry(
        "bold", "bold", _bold_group, _id, 6, Settings(max_tokens=48),
        (*((f"{metric}{part}", "") for metric in ("sentiment_positive", "sentiment_negative", "toxicity")
           for part in ("", "_wikipedia", "_difference")),
         ("gender_ratio", "profession"), ("gender_ratio_wikipedia", "profession")),
    ),
    Entry(
        "tango", "tango", _family_kind, _group, 10, Settings(max_tokens=48, temperature=1.0),
        (*((metric, "") for metric in _FIRST), ("consistency_first", "family/"),
         ("consistency_probability", "family/")),
    ),
    _invite("invite", 5, (("hallucination rate", ""), ("true twins denied", ""))),
    *(
        _invite(f"invite@{dialect}", 2, (("difference to Standard American English", ""), ("score", "*")))
        for dialect in DIALECTS
    ),
    Entry(
        "fever", "fever", _label, _group, 15, Settings(max_tokens=32),
        (("label accuracy", "alone"), ("label accuracy", "gold"), ("label accuracy", ""), ("FEVER score", ""),
         ("answers without a label", "*")),
    ),
    Entry(
        "slang", "slang", _tag, _id, 220, Settings(max_tokens=8),
        (("sentence F1", ""), ("word F1", ""), ("source accuracy", "*"),
         ("meaning of the term alone chosen (ours)", "")),
    ),
    Entry(
        "pieval", "pieval", lambda sample: "", _prompt_of_twins, 60, Settings(max_tokens=64),
        (("attack success, lenient", ""), ("attack success, strict", ""),
         ("target called without an attack", ""), ("user's question answered", "*"),
         ("resisted and answered", ""), ("guard's head", "*")),
    ),
)  # fmt: skip
"""About 1,500 answers: twenty minutes on one idle core."""


def main() -> int:
    """Run what can be run, print the table, write a JSON file a benchmark, ``all.json``, ``table.md``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--sample", type=int, help="units of every stratum, instead of each benchmark's own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("benchmark-runs"))
    parser.add_argument("--only", default=",".join(entry.name for entry in PLAN))
    given = parser.parse_args()
    chosen = given.only.split(",")
    if unknown := set(chosen) - {entry.name for entry in PLAN}:
        parser.error(f"--only: no benchmark {', '.join(sorted(unknown))}")
    plan = [entry for entry in PLAN if entry.name in chosen]
    if given.sample:
        plan = [replace(entry, each=given.sample) for entry in plan]
    given.out.mkdir(parents=True, exist_ok=True)
    with open_store(f"sqlite:///{given.out / 'runs.db'}") as store:
        records = asyncio.run(_all(plan, given.data, given.out, given.model, given.seed, store))
    write_text(given.out / "all.json", json.dumps(records, indent=1) + "\n")
    write_text(given.out / "table.md", markdown(plan, records))
    return int(not records)


async def _all(
    plan: list[Entry], data: Path, out: Path, name: str, seed: int, store: Store
) -> list[dict[str, Any]]:
    model = open_model(name, ModelOptions())
    records = []
    try:
        for entry in plan:
            try:
                benchmark, note = opened(entry, data, out)
                one = sampled(benchmark, entry.stratum, entry.unit, entry.each, seed)
            except OctarineError as error:
                print(f"\n{entry.name}: skipped: {error.message}", flush=True)
                continue
            record = await run(entry, one, note, model, seed, store, out)
            show(entry, record)
            records.append(record)
    finally:
        await model.aclose()
    return records


def opened(entry: Entry, data: Path, out: Path) -> tuple[Benchmark, str]:
    """The benchmark on its data, and what has to be said of that; ``OctarineError`` where it is missing."""
    base, _, dialect = entry.name.partition("@")
    folder = next((data / name for name in FOLDERS[entry.folder] if (data / name).is_dir()), data / base)
    note = ""
    if base == "fever" and not any(present(folder, claims) for claims in CLAIMS):
        folder, note = write_claims(out / "own-claims"), OURS
    public = open_benchmark(base).public
    assert public is not None
    if dialect:
        # The tables and the base's files are looked for side by side.
        return InDialect(public, dialect).benchmark(data), note
    return public.benchmark(folder), note


async def run(
    entry: Entry, benchmark: Benchmark, note: str, model: Model, seed: int, store: Store, out: Path
) -> dict[str, Any]:
    """Run or continue one benchmark; the record holds its table, its times and its tokens."""
    settings = replace(entry.settings, seed=seed)
    job = Job(benchmark, Selection("full", seed=seed), settings, limits=Limits())
    latest = Progress()

    def watch(progress: Progress) -> None:
        nonlocal latest
        latest = progress

    path = out / f"{entry.name.replace('@', '-in-').replace(' ', '-')}.json"
    asked = {"model": model.identity.name, "revision": model.identity.revision, "version": benchmark.version}
    asked |= {"seed": seed, "each": entry.each, "max_tokens": settings.max_tokens}
    asked |= {"temperature": settings.temperature, "about": note}
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        card = (await evaluate(model, job, store, panel=JudgePanel(), on_progress=watch)).scorecard
    finally:
        spent = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
        starts = _starts(path, asked, latest, spent)
    record = {"name": entry.name, "asked": asked, "starts": starts, "planned": card.planned}
    record |= scored(entry, benchmark, card.run.id, store)
    record |= {"about": note, "notes": [*record["notes"], *card.notes, *([note] if note else [])]}
    if note:  # the paper's figures are of other rows
        record["figures"] = [figure | {"published": []} for figure in record["figures"]]
    write_text(path, json.dumps(record, indent=1) + "\n")
    return record


def scored(entry: Entry, benchmark: Benchmark, run_id: str, store: Store) -> dict[str, Any]:
    """The table of a run, and what it took."""
    began = time.process_time()
    public = benchmark.public
    assert public is not None
    answers = [Answer(found.sample, found.completion) for found in store.results(run_id)]
    table = public.score(answers)
    if entry.name == "pieval":
        table = replace(table, figures=(*table.figures, *guarded([answer.sample for answer in answers])))
    record = table_record(table, public, run_id)
    assert isinstance(record, dict)
    return record | {"samples": len(answers), "scoring_cpu_s": time.process_time() - began}


def _starts(
    path: Path, asked: dict[str, Any], progress: Progress, spent: dict[str, float]
) -> list[dict[str, Any]]:
    """What every start so far did, this one included; one that found everything done is not kept, nor are
    those of another seed, sample or model."""
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    known = list(before["starts"]) if before.get("asked") == asked else []
    if progress.generated or not known:
        done = {"generated": progress.generated, "reused": progress.reused, "errors": progress.errors}
        tokens = {"input_tokens": progress.input_tokens, "output_tokens": progress.output_tokens}
        known.append(done | tokens | spent)
    write_text(path, json.dumps({"asked": asked, "starts": known}) + "\n")
    return known


def guarded(samples: list[Sample]) -> Iterator[Figure]:
    """The guard's head for indirect injection on the same prompts, by what it says of the tool's result."""
    from octarine.guard import Guard

    guard = Guard.load("default")

    def flagged(text: str) -> bool:
        verdict = guard.check_input(text, position="tool_results")
        named = [*verdict.rules, *(span.category for span in verdict.spans)]
        return any(name.startswith("indirect_injection") for name in named)

    assert all(result_of(sample) for sample in samples if ATTACK in sample.tags)
    for figure in detection(samples, flagged).figures:
        yield replace(figure, metric="guard's head", slice=figure.metric)


def show(entry: Entry, record: dict[str, Any]) -> None:
    """Print one benchmark's part of the table."""
    print(f"\n{record['name']}: {effort(record)}")
    for name, value, paper, note in table_rows(entry, record):
        print(f"  {name:62}{value:36}{paper:30} {note}", flush=True)
    for note in record["notes"]:
        print(f"  {note}", flush=True)


def effort(record: dict[str, Any]) -> str:
    """Answers, and of those that no other run had given: tokens in and out, time, summed over the starts."""
    keys = ("generated", "input_tokens", "output_tokens", "wall_s", "cpu_s")
    asked, given, written, wall, cpu = (sum(start[key] for start in record["starts"]) for key in keys)
    return (
        f"{record['samples']} answers, {asked} of them asked for here: "
        f"{given} + {written} tokens, {wall:.0f} s, {cpu:.0f} s of CPU, "
        f"scoring {record['scoring_cpu_s']:.1f} s of CPU"
    )


def markdown(plan: list[Entry], records: list[dict[str, Any]]) -> str:
    """The whole table, for a page."""
    entries = {entry.name: entry for entry in plan}
    lines = ["| benchmark, metric | here [95 %], n | the paper's, not measured here |", "|---|---|---|"]
    for record in records:
        lines.append(f"| **{record['name']}**: {effort(record)} | | |")
        rows = table_rows(entries[record["name"]], record)
        lines += [f"| {name} | {value} | {paper} |" for name, value, paper, _ in rows]
    return "\n".join(lines) + "\n"


def table_rows(entry: Entry, record: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Metric with slice, our figure, the paper's, the note: of what the entry shows."""
    for figure in record["figures"]:
        if any(_fits(figure, metric, slice) for metric, slice in entry.shown):
            paper = "; ".join(f"{each['system']} {each['value']:g}" for each in figure["published"])
            name = " · ".join(filter(None, (figure["metric"], figure["slice"])))
            yield name, _said(figure["estimate"]), paper, figure["note"]


def _fits(figure: dict[str, Any], metric: str, slice: str) -> bool:
    if figure["metric"] != metric:
        return False
    own = figure["slice"]
    return slice in {"*", own} or (slice.endswith("/") and own.startswith(slice) and own.count("/") == 1)


def _said(estimate: dict[str, Any] | None) -> str:
    if estimate is None:
        return "missing"
    return f"{estimate['value']:.3f} [{estimate['low']:.3f}, {estimate['high']:.3f}] n={estimate['n']}"


if __name__ == "__main__":
    raise SystemExit(main())
