"""The counted part of the suite's cards: ``python benchmarks/suite_cards.py [--write | --check]``.

``--write`` renews it in each file's card (what is written by hand above it stays), ``--check`` fails where
one is out of date. ``octarine data audit`` prints the same counts.
"""

from __future__ import annotations

import argparse
import sys
from importlib import resources
from pathlib import Path

from octarine.evaluate.suite import SuiteFile, suite_files
from octarine.evaluate.suite.card import MARK, counted, difficulties, reviews

SUITE = Path(str(resources.files("octarine.evaluate") / "suite"))


def card_of(file: SuiteFile) -> tuple[Path, str, str]:
    """A card's path, its text as it is, and as it should be."""
    path = SUITE / file.name.replace(".jsonl", ".md")
    there = path.read_text("utf-8") if path.exists() else ""
    written = there.partition(MARK)[0].rstrip()
    read = {review.id: review for review in reviews()}
    here = {sample.id: sample.conversation.key for sample in file.samples}
    hard = {entry.id: entry for entry in difficulties() if here.get(entry.id) == entry.key}
    return path, there, f"{written}\n\n{counted(file.header, file.samples, read, hard)}"


def main() -> None:
    """Write, check, or say which cards are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="renew the cards")
    parser.add_argument("--check", action="store_true", help="fail where a card is out of date")
    options = parser.parse_args()
    stale = []
    for file in suite_files():
        path, there, wanted = card_of(file)
        if there == wanted:
            continue
        stale.append(file.name)
        if options.write:
            path.write_text(wanted, "utf-8")
    print(f"{'renewed' if options.write else 'out of date'}: {', '.join(stale) or 'none'}")
    if options.check and stale:
        sys.exit(1)


if __name__ == "__main__":
    main()
