"""A fixed stratified sample: equally much of every stratum, by whole units, from a seed alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from octarine.core.samples import Sample
from octarine.evaluate.benchmark import Benchmark

Key = Callable[[Sample], str]


def stratified(samples: Sequence[Sample], stratum: Key, unit: Key, each: int, seed: int) -> list[Sample]:
    """``each`` units of every stratum, or all that it has; in the order of ``samples``.

    Units of a stratum are taken in the order of SHA-256 of ``seed:unit``, so that the same seed gives the
    same sample on every machine and a larger ``each`` contains the smaller.
    """
    units: dict[str, dict[str, None]] = {}
    for sample in samples:
        units.setdefault(stratum(sample), {})[unit(sample)] = None
    chosen = {
        (name, one)
        for name, found in units.items()
        for one in sorted(found, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).hexdigest())[:each]
    }
    return [sample for sample in samples if (stratum(sample), unit(sample)) in chosen]


def sampled(benchmark: Benchmark, stratum: Key, unit: Key, each: int, seed: int) -> Benchmark:
    """The benchmark with nothing but that sample."""
    chosen = stratified(benchmark.load(), stratum, unit, each, seed)
    return replace(benchmark, load=lambda _languages=(): chosen, languages=())
