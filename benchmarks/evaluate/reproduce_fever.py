"""FEVER: the expected values of the official scorer's own tests, on all rows and on the first 100."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from checks import Check

from octarine.evaluate.benchmarks.fever import Fever
from octarine.evaluate.benchmarks.files import found

METRICS = ("FEVER score", "label accuracy", "evidence precision", "evidence recall", "evidence F1")
EXPECTED = {
    "all rows": (0.32573257, 0.52085209, 0.10438044, 0.44224422, 0.16889705),
    "first 100": (0.26, 0.48, 0.09189189, 0.37837838, 0.14787201),
}


def reproduce(folder: Path) -> list[Check]:
    """Ten figures, exact to eight places; model runs need the claims, which the fixtures redact."""
    gold, predictions = found(folder, "tests/actual.jsonl"), found(folder, "tests/predictions.jsonl")
    checks = list(_checks("all rows", gold, predictions))
    with TemporaryDirectory() as place:
        first = [_head(path, Path(place) / path.name, 100) for path in (gold, predictions)]
        checks += _checks("first 100", *first)
    if not (folder / "shared_task_dev.jsonl").exists():
        checks.append(Check("fever", "claim verification by a model", None, note="the claims are not here"))
    return checks


def _checks(rows: str, gold: Path, predictions: Path) -> Iterator[Check]:
    table = Fever().score_files(gold, predictions)
    for metric, published in zip(METRICS, EXPECTED[rows], strict=True):
        yield Check("fever", f"{metric}, {rows}", table.estimate(metric).value, published, places=8)


def _head(path: Path, to: Path, rows: int) -> Path:
    lines = path.read_text("utf-8").split("\n")[:rows]
    to.write_text("\n".join(lines), "utf-8")
    return to
