"""What hiding a text does to the guard: recall on attacks, false alarms on harmless texts.

    python benchmarks/guard/obfuscation.py --data FOLDER [--rows 300]

For every obfuscation, on rows of the report half of the development sets in FOLDER: the rate on the hidden
texts, and its difference to that on the same texts in plain sight. Needs the extra ``guard``. Where FOLDER
holds none of the sets, nothing is run, and that is said.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from octarine.core.stats import clustered_wilson, paired_difference
from octarine.guard import Guard
from octarine.guard.classifier.heads import Head
from octarine.guard.normalise.obfuscations import OBFUSCATIONS
from octarine.guard.training.mixing import development_rows
from octarine.guard.training.row import Row, half

LATIN = ("en", "de", "fr", "es", "it", "pt")


def main() -> int:
    """Print one line an obfuscation."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=300, help="of each class")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows = [row for row in development_rows(options.data) if half(row) == "report" and _asks(row)]
    if not rows:
        print(f"skipped: {options.data} holds none of the development sets")
        return 0
    rng = np.random.default_rng(options.seed)
    harmful, fine = (_some(rows, fires, options.rows, rng) for fires in (True, False))
    guard = Guard.load("default")
    plain = [_stopped(guard, [row.text for row in chosen]) for chosen in (harmful, fine)]
    print("| obfuscation | recall | difference to plain | false alarms | difference to plain |")
    print("|---|--|--|--|--|")
    print(f"| (plain) | {_rate(plain[0], harmful)} | | {_rate(plain[1], fine)} | |", flush=True)
    for name, hide in OBFUSCATIONS.items():
        cells = []
        for chosen, before in zip((harmful, fine), plain, strict=True):
            found = _stopped(guard, [hide(row.text, rng) for row in chosen])
            clusters = [row.cluster for row in chosen]
            change = paired_difference(found.astype(float), before.astype(float), clusters, rng=rng)
            cells += [_rate(found, chosen), f"{change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    return 0


def _asks(row: Row) -> bool:
    """A short request in Latin letters: what every obfuscation can hide."""
    short = 15 <= len(row.text) <= 200 and not row.response and row.language in LATIN
    return short and Head.HARMFUL_REQUEST in row.labels and Head.HATE not in row.labels


def _some(rows: Sequence[Row], fires: bool, count: int, rng: np.random.Generator) -> list[Row]:
    chosen = [row for row in rows if row.labels[Head.HARMFUL_REQUEST] is fires]
    return [chosen[index] for index in rng.permutation(len(chosen))[:count]]


def _stopped(guard: Guard, texts: Sequence[str]) -> np.ndarray:
    return np.array([not guard.check_input(text).allowed for text in texts])


def _rate(found: np.ndarray, rows: Sequence[Row]) -> str:
    rate = clustered_wilson(found.astype(float), [row.cluster for row in rows])
    return f"{rate.value:.3f} [{rate.low:.2f}, {rate.high:.2f}]"


if __name__ == "__main__":
    sys.exit(main())
