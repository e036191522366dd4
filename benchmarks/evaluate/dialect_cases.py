"""The published unit cases of Multi-VALUE, run through our features: accepted of 190, by group.

    python benchmarks/evaluate/dialect_cases.py --data FOLDER [--json] [--failures]

FOLDER holds ``unittests.json`` (Multi-VALUE's ``resources``). A case is accepted where one of its dialect
strings is exactly what its feature, alone and firing at every site, makes of the gloss; blanks are squeezed.
Beside it stands the count that looks past capitals and the closing mark: some published strings lost theirs.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from octarine.evaluate.dialects import Weighted, spacy_parser, write
from octarine.evaluate.dialects.features import groups

_GROUPS = (
    (47, "pronouns"),
    (87, "noun phrase"),
    (120, "tense and aspect"),
    (127, "modal verbs"),
    (153, "verb morphology"),
    (169, "negation"),
    (184, "agreement"),
    (199, "relativisation"),
    (210, "complementation"),
    (215, "adverbial subordination"),
    (222, "adverbs and prepositions"),
    (235, "discourse and word order"),
)


@dataclass(frozen=True)
class Case:
    """One published case and what we made of it."""

    feature: int
    group: str
    gloss: str
    wanted: tuple[str, ...]
    made: str

    @property
    def accepted(self) -> bool:
        return any(_squeezed(text) == _squeezed(self.made) for text in self.wanted)

    @property
    def nearly(self) -> bool:
        return any(_plain(text) == _plain(self.made) for text in self.wanted)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip())


def _plain(text: str) -> str:
    return _squeezed(text).lower().rstrip(".!?")


def cases(folder: Path) -> list[Case]:
    """Every case of ``unittests.json``."""
    features = {feature.number: feature for group in groups().values() for feature in group}
    parse = spacy_parser()
    found = []
    for number, rows in json.loads((folder / "unittests.json").read_text("utf-8")).items():
        group = next(name for last, name in _GROUPS if int(number) <= last)
        for row in rows:
            made = row["gloss"]
            if int(number) in features:
                alone = [Weighted(features[int(number)], 1.0)]
                made = write(row["gloss"], alone, parse, np.random.default_rng(0)).text
            found.append(Case(int(number), group, row["gloss"], tuple(row["dialect"]), made))
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True, help="Multi-VALUE's folder 'resources'")
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--failures", action="store_true", help="show what was made and what was wanted")
    asked = arguments.parse_args()
    found = cases(asked.data)
    of, strict, loose = Counter[str](), Counter[str](), Counter[str]()
    for case in found:
        of[case.group] += 1
        strict[case.group] += case.accepted
        loose[case.group] += case.nearly
    if asked.json:
        table = {
            name: {"cases": of[name], "exact": strict[name], "loose": loose[name]} for _, name in _GROUPS
        }
        print(
            json.dumps(
                {"cases": len(found), "exact": strict.total(), "loose": loose.total(), "groups": table}
            )
        )
        return 0
    for _, name in _GROUPS:
        print(f"{name:28} {strict[name]:4} of {of[name]:3}   (loosely: {loose[name]})")
    print(f"{'all':28} {strict.total():4} of {len(found):3}   (loosely: {loose.total()})")
    for case in found:
        if asked.failures and not case.accepted:
            print(
                f"{case.feature:4} {case.gloss!r}\n     made   {case.made!r}\n     wanted {case.wanted[0]!r}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
