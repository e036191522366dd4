"""How near the techniques of the catalogue are to each other.

    python benchmarks/redteam/distinctness.py [--seeds 50] [--closest 30]

Every technique that runs here without a model, on seeds of the built-in suite (English, or the first language
that it works on): the Jaccard index of what two techniques add to the same seeds, in shingles of five
characters. The contract test holds that no two give the same output; this lists the nearest pairs.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import numpy as np

from octarine.core.content import Conversation, Modality
from octarine.core.protocols import NotApplicable
from octarine.evaluate.benchmark import open_benchmark
from octarine.redteam import Technique, plain_seeds, techniques
from octarine.redteam.growth.similarity import closest, sketch

FILES = 5
"""Seeds of a technique that makes files."""


def main() -> int:
    """Print the counts and the nearest pairs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--closest", type=int, default=30)
    options = parser.parse_args()
    seeds = [one.conversation.prompt for one in plain_seeds(open_benchmark("octarine").load(("en",)))]
    seeds = seeds[: options.seeds]
    ready = [one for one in techniques.values() if not one.missing()]
    print("| category | techniques | need a model | wrap the seed | reversible | make files |")
    print("|---|--|--|--|--|--|")
    for category, count in Counter(one.category for one in techniques.values()).items():
        own = [one for one in techniques.values() if one.category is category]
        flags = [
            sum(one.apply is None for one in own),
            sum(one.wraps for one in own),
            sum(one.reversible for one in own),
            sum(one.outputs != {Modality.TEXT} for one in own),
        ]
        print(f"| {category.value} | {count} | {' | '.join(map(str, flags))} |")
    wrapping = sum(one.wraps for one in techniques.values())
    print(f"| all | {len(techniques)} | | {wrapping} ({wrapping / len(techniques):.1%}) | | |\n")
    sketches = {
        one.id: sketch(_run(one), seeds[: FILES if one.outputs != {Modality.TEXT} else None]) for one in ready
    }
    print("| likeness | | |\n|--|---|---|")
    for pair in closest(sketches, options.closest):
        print(f"| {pair.likeness:.2f} | {pair.first} | {pair.second} |")
    return 0


def _run(technique: Technique):  # type: ignore[no-untyped-def]
    def run(text: str) -> Conversation | NotApplicable:
        return technique(Conversation.user(text), np.random.default_rng(0), language="en")

    return run


if __name__ == "__main__":
    sys.exit(main())
