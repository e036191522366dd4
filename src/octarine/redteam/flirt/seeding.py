"""Where the first exemplars come from: a file, or requests of a suite that must be deflected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from octarine.core.access import access_of
from octarine.core.errors import DataError
from octarine.core.files import json_lines, read_text
from octarine.core.samples import Sample
from octarine.redteam.running.deriving import plain_seeds

SeedSets = Mapping[str, tuple[str, ...]]
"""Name → its seeds; a run for each."""


def by_dimension(samples: Iterable[Sample], size: int = 4, seed: int = 0) -> dict[str, tuple[str, ...]]:
    """``size`` requests of each dimension that must be deflected, drawn by ``seed``, one of a group; single
    turns of text without a system message. A dimension with fewer is left out.

    None has an access label: what an attacker makes of a seed says of itself no risk, so that no label could
    follow it.
    """
    found: dict[str, dict[str, str]] = {}
    for sample in plain_seeds(samples):
        if access_of(sample):
            continue
        groups = found.setdefault(sample.dimension.value, {})
        groups.setdefault(sample.cluster, sample.conversation.prompt)
    sets = {}
    for place, (dimension, groups) in enumerate(sorted(found.items())):
        texts = list(dict.fromkeys(groups.values()))
        if len(texts) >= size:
            order = np.random.default_rng([seed, place]).permutation(len(texts))[:size]
            sets[dimension] = tuple(texts[int(i)] for i in order)
    return sets


def read_seeds(path: Path) -> dict[str, tuple[str, ...]]:
    """Seed sets of a file: JSON Lines, ``{"text": "…", "set": "…"}`` with ``set`` left out where there is one
    alone; or, in any file that does not end with ``.jsonl``, a seed a line.

    Raises:
        DataError: it is none, or a set has fewer than two seeds.
    """
    lines = read_text(path).split("\n")
    sets: dict[str, list[str]] = {}
    if path.suffix != ".jsonl":
        sets[path.stem] = [line.strip() for line in lines if line.strip()]
    else:
        for number, value in json_lines(lines, path):
            text, name = _seed(value, path, number)
            sets.setdefault(name or path.stem, []).append(text)
    for name, texts in sets.items():
        if len(texts) < 2:
            raise DataError(f"the seed set '{name}' has fewer than two seeds", path=path)
    if not sets:
        raise DataError("no seeds", path=path)
    return {name: tuple(texts) for name, texts in sets.items()}


def _seed(value: object, path: Path, number: int) -> tuple[str, str]:
    text = value.get("text") if isinstance(value, dict) else None
    name = value.get("set", "") if isinstance(value, dict) else None
    if not isinstance(text, str) or not isinstance(name, str) or not text.strip():
        raise DataError('expected {"text": "…", "set": "…"}', path=path, line=number)
    return text.strip(), name
