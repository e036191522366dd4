"""Counters, gauges and histograms in Prometheus' text format (exposition format 0.0.4), over all workers.

No client library: its several-process mode is set up by an environment variable before the import, and keeps
one registry for the whole process. Here every worker writes its numbers to a file beside those of the others
about once a second, and whoever is asked adds them up. The file of a worker that has ended stays, so that no
counter goes back; its gauges do not count any more.
"""

from __future__ import annotations

import json
import os
import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KIND = b"text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"
Labels = tuple[tuple[str, str], ...]
_MOST_SERIES = 2_000
"""Of one family; what comes beyond is counted together, so that no client can fill the memory."""
_OTHER: Labels = (("other", "true"),)


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: its name, what it is, and for a histogram the upper bounds of its buckets."""

    name: str
    kind: str
    help: str
    buckets: tuple[float, ...] = SECONDS


class Metrics:
    """The numbers of one worker. Safe to use from several threads.

    Args:
        families: all that will ever be counted.
        folder: where workers meet; None where there is one worker alone.
    """

    def __init__(self, families: Iterable[Family], folder: Path | None = None) -> None:
        self._families = {family.name: family for family in families}
        self._values: dict[str, dict[Labels, list[float]]] = {name: {} for name in self._families}
        self._lock = threading.Lock()
        self._folder = folder
        self._changed = False

    def count(self, name: str, amount: float = 1.0, /, **labels: str) -> None:
        """Add to a counter."""
        with self._lock:
            self._series(name, labels)[0] += amount

    def set(self, name: str, value: float, /, **labels: str) -> None:
        """Set a gauge."""
        with self._lock:
            self._series(name, labels)[0] = value

    def clear(self, name: str) -> None:
        """Forget every series of a gauge, before one with other labels stands in its place."""
        with self._lock:
            self._values[name].clear()
            self._changed = True

    def observe(self, name: str, value: float, /, **labels: str) -> None:
        """Add an observation to a histogram."""
        with self._lock:
            series = self._series(name, labels)
            # Counts of each bucket and of what lies above all of them; then the sum.
            series[bisect_left(self._families[name].buckets, value)] += 1
            series[-1] += value

    def text(self) -> bytes:
        """All workers' numbers, as Prometheus reads them."""
        total = _Sum(self._families)
        total.add(self._snapshot(), gauges=True)
        for other, alive in self._others():
            total.add(other, gauges=alive)
        return total.text()

    def publish(self) -> None:
        """Write the numbers where the other workers look, if any changed."""
        if self._folder is None or not self._changed:
            return
        self._changed = False
        mine = self._folder / f"{os.getpid()}.json"
        unfinished = mine.with_suffix(".new")
        unfinished.write_text(json.dumps(self._snapshot()), "utf-8")
        unfinished.replace(mine)

    def _series(self, name: str, labels: Mapping[str, str]) -> list[float]:
        self._changed = True
        family, series = self._families[name], self._values[name]
        key = tuple(sorted(labels.items()))
        if key not in series and len(series) >= _MOST_SERIES:
            key = _OTHER
        width = len(family.buckets) + 2 if family.kind == HISTOGRAM else 1
        return series.setdefault(key, [0.0] * width)

    def _snapshot(self) -> dict[str, list[Any]]:
        with self._lock:
            return {
                name: [[list(key), list(values)] for key, values in series.items()]
                for name, series in self._values.items()
            }

    def _others(self) -> Iterable[tuple[dict[str, list[Any]], bool]]:
        for path in sorted(self._folder.glob("*.json")) if self._folder else ():
            pid = int(path.stem)
            if pid == os.getpid():
                continue
            try:
                yield json.loads(path.read_text("utf-8")), _alive(pid)
            except (OSError, ValueError):
                continue  # Taken away or written anew while it was read: the next scrape sees it.


class _Sum:
    """Numbers of several workers, added up."""

    def __init__(self, families: Mapping[str, Family]) -> None:
        self._families = families
        self._values: dict[str, dict[Labels, list[float]]] = {name: {} for name in families}

    def add(self, snapshot: Mapping[str, list[Any]], *, gauges: bool) -> None:
        for name, series in snapshot.items():
            family = self._families.get(name)
            if family is None or (family.kind == GAUGE and not gauges):
                continue
            for pairs, values in series:
                key = tuple((str(label), str(value)) for label, value in pairs)
                held = self._values[name].setdefault(key, [0.0] * len(values))
                for index, value in enumerate(values[: len(held)]):
                    held[index] += value

    def text(self) -> bytes:
        lines: list[str] = []
        for name, family in self._families.items():
            lines += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]
            for key, values in sorted(self._values[name].items()):
                if family.kind == HISTOGRAM:
                    lines += _histogram(family, key, values)
                else:
                    lines.append(f"{name}{_labels(key)} {_number(values[0])}")
        return ("\n".join(lines) + "\n").encode()


def _histogram(family: Family, key: Labels, values: list[float]) -> Iterable[str]:
    *counts, total = values
    seen = 0.0
    for bound, count in zip((*map(_number, family.buckets), "+Inf"), counts, strict=True):
        seen += count
        yield f"{family.name}_bucket{_labels((*key, ('le', bound)))} {_number(seen)}"
    yield f"{family.name}_sum{_labels(key)} {total!r}"
    yield f"{family.name}_count{_labels(key)} {_number(seen)}"


def _labels(key: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in key) + "}" if key else ""


def _escaped(value: str) -> str:
    value = value.encode("utf-8", "replace").decode()
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
