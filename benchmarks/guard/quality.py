"""How good the guard's model tier is, head by head and language by language.

    python benchmarks/guard/quality.py --data FOLDER [--out quality.md]

FOLDER holds the development sets of ``guard/training/data/development.toml`` (``ID/dev.jsonl.gz``). Numbers
are of the report half alone: calibration and thresholds come from the other. Clusters are source prompts.
Needs the extras ``guard`` and ``align``. Nothing is run, and that is said, where FOLDER holds none of the
sets.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import LEAST, Array, auprc_table
from octarine.core.estimate import Estimate
from octarine.core.results import Action
from octarine.core.stats import (
    area_under_roc,
    average_precision,
    calibration_error,
    clustered_wilson,
    recall_at,
)
from octarine.evaluate.suite import ORDINARY, ordinary
from octarine.guard.classifier.calibration import sigmoid
from octarine.guard.classifier.card import Card, read_card
from octarine.guard.classifier.heads import HAZARDS, HEADS, INPUT_HEADS, Head
from octarine.guard.policy import Position, Strength, Thresholds, read_policy
from octarine.guard.training.calibrating import stopped
from octarine.guard.training.encoding import label_matrix
from octarine.guard.training.mixing import development_rows
from octarine.guard.training.pipeline import logits_of_rows
from octarine.guard.training.row import Row, half
from octarine.guard.training.sources import LANGUAGES, sources


def main() -> int:
    """Print the tables, or write them to ``--out``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=Path("src/octarine/guard/data/weights"))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = [row for row in development_rows(options.data) if half(row) == "report"]
    if not rows:
        print(f"skipped: {options.data} holds none of the development sets")
        return 0
    every = [*rows, *ordinary_rows()]
    encoder, ngrams = logits_of_rows(options.weights, every)
    card = read_card(options.weights / "card.json")
    blended, count = card.calibration.logits(encoder, ngrams), len(rows)
    lines = [f"Weights {card.version}; {count} rows of the report half; intervals at 95 %.", ""]
    stop = card.calibration.stopped(blended)
    lines += heads_table(rows, sigmoid(blended[:count]), stop[:count])
    models = {"blend": blended, "encoder": encoder, "n-grams": ngrams}
    lines += ["", *auprc_table(rows, {name: logits[:count] for name, logits in models.items()})]
    fires = firing(card, sigmoid(blended), card.calibration.hazards(encoder))
    lines += ["", *ordinary_table(every, stop, fires)]
    text = "\n".join(lines) + "\n"
    options.out.write_text(text, "utf-8") if options.out else sys.stdout.write(text)
    return 0


def ordinary_rows() -> Iterator[Row]:
    """The report half of the ordinary requests that ship with Octarine. Nothing was trained on them; the
    other half has a say in the thresholds."""
    for sample in ordinary().load():
        row = Row(sample.conversation.prompt, {Head.HARMFUL_REQUEST: False}, sample.language, ORDINARY)
        if half(row) == "report":
            yield row


def heads_table(rows: Sequence[Row], chances: Array, one_score: Array) -> Iterator[str]:
    """One line a head and language, and those of ``Guard.score_inputs``."""
    yield "| head | language | n | positive | AUROC | AUPRC | recall at 1 % | recall at 5 % | ECE |"
    yield "|---|---|--|--|--|--|--|--|--|"
    labels = label_matrix(rows)
    stop = np.array([-1 if (value := stopped(row)) is None else int(value) for row in rows])
    columns = [("stop: the one score", stop, one_score)]
    columns += [(head.value, labels[:, index], chances[:, index]) for index, head in enumerate(HEADS)]
    for name, truth, score in columns:
        for language in ("all", *LANGUAGES):
            chosen = _chosen(rows, truth, language)
            if min((truth[chosen] == 1).sum(), (truth[chosen] == 0).sum()) >= LEAST:
                yield _line(name, language, [rows[i] for i in chosen], truth[chosen], score[chosen])


def _chosen(rows: Sequence[Row], truth: NDArray[np.int8], language: str) -> NDArray[np.int64]:
    spoken = np.array([language in ("all", row.language) for row in rows])
    return np.flatnonzero(spoken & (truth >= 0))


def _line(name: str, language: str, rows: Sequence[Row], truth: NDArray[np.int8], score: Array) -> str:
    clusters = [row.cluster for row in rows]
    found = (
        area_under_roc(truth, score, clusters),
        average_precision(truth, score, clusters),
        recall_at(truth, score, 0.01, clusters),
        recall_at(truth, score, 0.05, clusters),
        calibration_error(truth, score, clusters),
    )
    cells = " | ".join(map(short, found))
    return f"| {name} | {language} | {len(rows)} | {int((truth == 1).sum())} | {cells} |"


def short(estimate: Estimate) -> str:
    """``.912 [.90, .93]``."""
    return f"{estimate.value:.3f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def firing(card: Card, chances: Array, hazards: Array) -> Mapping[Head, NDArray[np.bool_]]:
    """Head → (rows,) whether the default policy blocks a user's message by it."""
    limits, likeliest = Thresholds(card.thresholds), hazards.argmax(axis=1)
    found = {}
    for head, strength in strengths():
        limit = np.full(len(chances), limits.at(head.value, strength))
        if head is Head.HARMFUL_REQUEST:
            limit = np.array([limits.at(f"{head.value}.{hazard}", strength) for hazard in HAZARDS])[likeliest]
        found[head] = chances[:, HEADS.index(head)] > limit
    return found


def ordinary_table(
    rows: Sequence[Row], stop: Array, fires: Mapping[Head, NDArray[np.bool_]]
) -> Iterator[str]:
    """How often ordinary traffic, and harmful requests by set, are blocked by the default policy's heads."""
    yield "| set | language | n | blocked by `default` | by its request head | score > 0.5 |"
    yield "|---|---|--|--|--|--|"
    every = np.any(list(fires.values()), axis=0)
    groups: dict[tuple[str, str], list[int]] = {}
    for index, row in enumerate(rows):
        if not row.response and Head.HARMFUL_REQUEST in row.labels:
            sign = "harmful" if row.labels[Head.HARMFUL_REQUEST] else "fine"
            groups.setdefault((f"{row.source} ({sign})", row.language), []).append(index)
    for (name, language), chosen in sorted(groups.items()):
        if len(chosen) < LEAST:
            continue
        clusters = [rows[index].cluster for index in chosen]
        rates = (every[chosen], fires[Head.HARMFUL_REQUEST][chosen], stop[chosen] > 0.5)
        cells = [short(clustered_wilson(rate.astype(float), clusters)) for rate in rates]
        source = name.split(" ")[0]
        known = sources("development").get(source)
        mark = " *" if source == ORDINARY or (known is not None and known.ordinary) else ""
        yield f"| {name}{mark} | {language} | {len(chosen)} | {' | '.join(cells)} |"


def strengths() -> Iterator[tuple[Head, Strength]]:
    """The heads that the default policy blocks a user's message by, each with its strength."""
    policy = read_policy("default")
    for head in INPUT_HEADS:
        rule = policy.rule(head.value)
        blocks = rule is not None and rule.action is Action.BLOCK and Position.USER in rule.positions
        if rule and blocks and isinstance(rule.sensitivity, Strength):
            yield head, rule.sensitivity


if __name__ == "__main__":
    sys.exit(main())
