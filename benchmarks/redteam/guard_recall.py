"""What the guard stops of each technique: the harmful seeds of the built-in suite, and their benign twins.

    python benchmarks/redteam/guard_recall.py [--seeds 20] [--language en] [--category obfuscation]

For every technique that runs here without a model: the share of transformed seeds that the policy ``default``
stops, the share of their benign twins that it stops, and both for the same texts in plain sight. What cannot
be looked at (a picture, sound, a document: there is no gate for them yet) is stopped too, for the guard
fails closed; it is counted apart. The suite is in no training row of the guard. Needs the extra ``guard``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from octarine.core.content import Conversation
from octarine.core.protocols import NotApplicable
from octarine.core.samples import Behaviour, Sample
from octarine.core.stats import clustered_wilson
from octarine.evaluate.benchmark import open_benchmark
from octarine.guard import Guard
from octarine.redteam import Category, Technique, techniques

UNLOOKED = "unscannable."


@dataclass(frozen=True)
class Row:
    """One technique on one text. ``stopped``: by what was found; ``unlooked``: since nothing looks there."""

    technique: str
    category: Category
    cluster: str
    harmful: bool
    stopped: bool
    unlooked: bool


def main() -> int:
    """Print the table by category, and the techniques at both ends."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20, help="pairs of a harmful seed and its twin")
    parser.add_argument("--language", default="en")
    parser.add_argument("--category", choices=[category.value for category in Category])
    parser.add_argument("--all", action="store_true", help="a line for each technique")
    options = parser.parse_args()
    pairs = seed_pairs(options.language, options.seeds)
    guard = Guard.load("default")
    chosen = [
        one
        for one in techniques.values()
        if not one.missing() and (not options.category or one.category == options.category)
    ]
    rows = [row for one in chosen for row in measured(guard, one, pairs)]
    plain = [Row("", Category.STRUCTURE, s.cluster, h, *_stopped(guard, s.conversation)) for s, h in pairs]
    print(
        f"{len(pairs) // 2} pairs of the suite's safety samples, {options.language}; guard {guard.version}\n"
    )
    print("| category | techniques | seeds stopped | twins stopped | could not look | not applicable |")
    print("|---|--|--|--|--|--|")
    print(f"| (plain) | | {_rate(plain, True)} | {_rate(plain, False)} | | |")
    for category in Category:
        own = [row for row in rows if row.category is category]
        tried = len([one for one in chosen if one.category is category]) * len(pairs)
        if own:
            print(
                f"| {category.value} | {len({row.technique for row in own})} | {_rate(own, True)} "
                f"| {_rate(own, False)} | {_share([row.unlooked for row in own])} "
                f"| {1 - len(own) / tried:.2f} |"
            )
    _ends(rows, everything=options.all)
    return 0


def seed_pairs(language: str, count: int) -> list[tuple[Sample, bool]]:
    """One-turn samples whose group holds a harmful request and a benign one; and whether it is harmful."""
    samples = [
        sample
        for sample in open_benchmark("octarine").load()
        if sample.language == language
        and sample.dimension.value == "safety"
        and len(sample.conversation.messages) == 1
        and sample.modality == "text"
        and sample.variant in ("harmful", "benign")
    ]
    groups = [list(found) for _, found in groupby(samples, key=lambda sample: sample.group)]
    whole = [found for found in groups if {sample.variant for sample in found} == {"harmful", "benign"}]
    # Spread over the hazards: the suite's file goes through them in order.
    spread = [whole[i] for i in np.linspace(0, len(whole) - 1, min(count, len(whole))).astype(int)]
    return [
        (sample, sample.expectation.behaviour is Behaviour.DEFLECT) for found in spread for sample in found
    ]


def measured(guard: Guard, technique: Technique, pairs: Sequence[tuple[Sample, bool]]) -> Iterator[Row]:
    """A row for each text that the technique applies to."""
    for number, (sample, harmful) in enumerate(pairs):
        rng = np.random.default_rng([number, 0])
        made = technique(sample.conversation, rng, language=sample.language)
        if isinstance(made, NotApplicable):
            continue
        stopped, unlooked = _stopped(guard, made)
        yield Row(technique.id, technique.category, sample.cluster, harmful, stopped, unlooked)


def _stopped(guard: Guard, conversation: Conversation) -> tuple[bool, bool]:
    """Whether what was found stops it; else whether it is stopped because something cannot be looked at."""
    verdicts = [checked.verdict for checked in guard.check_conversation(conversation)]
    bad = [verdict for verdict in verdicts if not verdict.allowed]
    blind = [verdict for verdict in bad if verdict.rules and verdict.rules[0].startswith(UNLOOKED)]
    return len(bad) > len(blind), bool(blind) and len(bad) == len(blind)


def _rate(rows: Sequence[Row], harmful: bool) -> str:
    own = [row for row in rows if row.harmful is harmful]
    if not own:
        return ""
    found = clustered_wilson([float(row.stopped) for row in own], [row.cluster for row in own])
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def _share(values: Sequence[bool]) -> str:
    return f"{np.mean(values):.2f}"


def _ends(rows: Sequence[Row], *, everything: bool) -> None:
    """The techniques that the guard stops least on harmful seeds, and most on twins."""
    names = sorted({row.technique for row in rows})
    found = {name: [row for row in rows if row.technique == name] for name in names}

    def mean(name: str, harmful: bool) -> float:
        own = [row.stopped for row in found[name] if row.harmful is harmful and not row.unlooked]
        return float(np.mean(own)) if own else float("nan")

    looked = [name for name in names if not np.isnan(mean(name, True))]
    least = sorted(looked, key=lambda name: mean(name, True))
    most = sorted(looked, key=lambda name: -mean(name, False))
    print("\n| technique | seeds stopped | twins stopped |\n|---|--|--|")
    for name in least if everything else [*least[:15], *(n for n in most[:15] if n not in least[:15])]:
        print(f"| {name} | {mean(name, True):.2f} | {mean(name, False):.2f} |")


if __name__ == "__main__":
    sys.exit(main())
