"""What the guard costs on one core, beside what others cost.

    python benchmarks/guard/speed.py                                    Octarine alone
    python benchmarks/guard/speed.py --peers PYTHON [--peers PYTHON]    beside those that PYTHON can import
    python benchmarks/guard/speed.py --size                             and what is installed for it

PYTHON is an interpreter in whose environment `presidio-analyzer`, `nemoguardrails` or `llm-guard` is
installed (the last in one of its own: it pins versions that the others do not take); what none has is skipped
by name.

Every tool runs in its own process, all on one core with one thread; in each round all tasks run once, in a
new order, on the same texts: 400 characters of the suite's ordinary requests in nine languages. Figures are
medians over the rounds of each round's p50 and p99; a ratio is the other's figure over that of Octarine's row
named beside it. Octarine caches nothing, except where a row says so. On a noisy machine compare the ratios.

It is not the same work. Presidio looks for personal data with its English recognisers, llm-guard's rule
scanners for what a row names, NeMo's rail for one phrase; Octarine's rule tier decodes and cleans, then looks
for personal data of nine languages' countries and for secrets, with checksums and exact spans.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from speed_tools import ordinary_inputs

ROOT = Path(__file__).resolve().parents[2]
PROCESS = Path(__file__).resolve().with_name("speed_process.py")
OURS = "octarine"
RULES_ONLY = "octarine, rules only"
PEERS = {
    "presidio-analyzer": "presidio_analyzer",
    "llm-guard": "llm_guard",
    "nemoguardrails": "nemoguardrails",
}
AGAINST = {
    "presidio-analyzer": "rule tier",
    "llm-guard": "rule tier",
    "nemoguardrails": "check_input, rules only",
}
ENVIRONMENT = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "HF_HUB_OFFLINE", "DO_NOT_TRACK"), "1"
) | {"TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1"}


class Asked(NamedTuple):
    """What a row has to reach: at most so many milliseconds, at least so many megabytes a second."""

    p50: float = float("inf")
    p99: float = float("inf")
    rate: float = 0.0


ASKED = {
    "rule tier": Asked(p50=0.2, p99=1.0),
    "model tier, 64 tokens": Asked(p50=10.0),
    "engine, 1 MB": Asked(rate=50.0),
}
ASKED_START = {"import_s": 0.5, "rss_mb": 200.0}
ASKED_MB = 150.0
"""What the extra may add, weights and all."""


class Failed(Exception):
    """A measured process ended, or a task in it failed."""


class Process:
    """A tool in an interpreter of its own."""

    def __init__(self, tool: str, python: str, inputs: Path, *flags: str) -> None:
        command = [python, str(PROCESS), tool, str(inputs), *flags]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            command, cwd=inputs.parent, env=os.environ | ENVIRONMENT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
        )  # fmt: skip
        self.hello = self._answer()

    def measure(self, task: str) -> list[float]:
        """Milliseconds of each call of a task."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{task}\n")
        self._process.stdin.flush()
        found: list[float] = self._answer()["ms"]
        return found

    def close(self) -> None:
        """End it."""
        self._process.communicate()
        self._errors.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            said = self._errors.read().decode(errors="replace").strip().splitlines()
            raise Failed(said[-1][:300] if said else f"ended with {self._process.returncode}")
        answer: dict[str, Any] = json.loads(line)
        if set(answer) == {"error"}:
            raise Failed(answer["error"])
        return answer


def interpreter(module: str, pythons: Sequence[str]) -> str | None:
    """The first that can find a module."""
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"
    for python in pythons:
        if not subprocess.run([python, "-c", code, module], check=False).returncode:
            return python
    return None


def measure_rounds(
    processes: Mapping[str, Process], rounds: int, skipped: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """``tool: task`` → medians over the rounds. A task that fails is skipped from then on."""
    places = [(tool, task) for tool, process in processes.items() for task in process.hello["tasks"]]
    times: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for index in range(rounds):
        random.Random(index).shuffle(places)
        for tool, task in list(places):
            try:
                times[tool, task].append(processes[tool].measure(task))
            except (Failed, OSError) as error:
                skipped[f"{tool}: {task}"] = str(error)
                places.remove((tool, task))
                times.pop((tool, task), None)
        print(f"round {index + 1} of {rounds}", file=sys.stderr)
    ordered = [(tool, task) for tool, process in processes.items() for task in process.hello["tasks"]]
    return {
        f"{tool}: {task}": summary(times[tool, task], processes[tool].hello["tasks"][task])
        for tool, task in ordered
        if (tool, task) in times
    }


def summary(rounds: Sequence[Sequence[float]], task: Mapping[str, float]) -> dict[str, Any]:
    """p50, p99 (of at least 20 calls) and rate of each round, and the medians of these."""
    low = [statistics.median(times) for times in rounds]
    high = [
        statistics.quantiles(times, n=100, method="inclusive")[98] for times in rounds if len(times) >= 20
    ]
    rate = [task["bytes"] / 1e3 / (sum(times) * task["texts"]) for times in rounds]
    return {
        "p50_ms": statistics.median(low),
        "p99_ms": statistics.median(high) if high else None,
        "mb_per_s": statistics.median(rate),
        "calls": sum(map(len, rounds)),
        "p50_ms_of_rounds": low,
    }


def measure_starts(found: Mapping[str, str], inputs: Path, times: int) -> dict[str, dict[str, Any]]:
    """Tool → medians over fresh processes."""
    starts: dict[str, dict[str, Any]] = {}
    for tool, python in found.items():
        runs = []
        for _ in range(times):
            try:
                process = Process(tool, python, inputs, "--start")
            except Failed as error:
                runs.append({"error": str(error)})
                break
            runs.append(process.hello["start"])
            process.close()
        last = runs[-1]
        starts[tool] = {
            key: value if key == "error" else statistics.median(run[key] for run in runs)
            for key, value in last.items()
            if value is not None
        }
    return starts


def extra_size() -> dict[str, Any]:
    """What `octarine[guard]` installs beyond `octarine`; both are installed into temporary folders."""
    sizes, names = [], []
    with tempfile.TemporaryDirectory() as folder:
        for wanted in (str(ROOT), f"{ROOT}[guard]"):
            target = Path(folder) / str(len(sizes))
            command = [sys.executable, "-m", "pip", "install", "-qq", "--target", str(target), wanted]
            subprocess.run(command, check=True, stdout=sys.stderr)
            sizes.append(sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) / 1e6)
            names.append({file.name.split("-")[0] for file in target.glob("*.dist-info")})
        data = target / "octarine" / "guard" / "data"
        weights = sum(file.stat().st_size for file in data.rglob("*") if file.is_file()) / 1e6
    return {
        "libraries_mb": sizes[1] - sizes[0],
        "guard_data_mb": weights,
        "added_mb": sizes[1] - sizes[0] + weights,
        "installed_mb": sizes[1],
        "packages": sorted(names[1] - names[0]),
        "torch": "torch" in names[1],
    }


# What is shown


def cell(value: float | None, digits: int = 3) -> str:
    """A figure, or a dash."""
    return "–" if value is None else f"{value:,.{digits}f}"


def verdict(task: str, row: Mapping[str, Any]) -> str:
    """What is asked of a row, and whether it is so."""
    if task not in ASKED:
        return ""
    asked = ASKED[task]
    met = row["p50_ms"] <= asked.p50 and (row["p99_ms"] or 0) <= asked.p99 and row["mb_per_s"] >= asked.rate
    said = [f"p50 ≤ {asked.p50:g}"] if asked.p50 < float("inf") else []
    said += [f"p99 ≤ {asked.p99:g}"] if asked.p99 < float("inf") else []
    said += [f"≥ {asked.rate:g} MB/s"] if asked.rate else []
    return f"{', '.join(said)}: {'met' if met else 'MISSED'}"


def against(tool: str, task: str) -> str:
    """Octarine's task that one of another tool is set beside."""
    return "check_input" if "(model)" in task else AGAINST[tool]


def ratios(row: Mapping[str, Any], ours: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    """How many times ours each figure is, or a dash."""
    return [f"{row[key] / ours[key]:.1f}×" if row.get(key) and ours.get(key) else "–" for key in keys]


def latency_table(rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line of Markdown a task."""
    yield "| | p50 ms | p99 ms | MB/s | set beside | p50 ratio | p99 ratio | asked |"
    yield "|---|---:|---:|---:|---|---:|---:|---|"
    for name, row in rows.items():
        tool, task = name.split(": ", 1)
        figures = f"| {name} | {cell(row['p50_ms'])} | {cell(row['p99_ms'])} | {cell(row['mb_per_s'], 2)} |"
        if tool == OURS:
            yield f"{figures} | | | {verdict(task, row)} |"
        else:
            beside = against(tool, task)
            low, high = ratios(row, rows.get(f"{OURS}: {beside}", {}), ("p50_ms", "p99_ms"))
            yield f"{figures} {beside} | {low} | {high} | |"


def start_verdict(row: Mapping[str, Any]) -> str:
    """What is asked of Octarine's start, and whether it is so."""
    said = [
        f"{key} ≤ {most:g}: {'met' if row[key] <= most else 'MISSED'}"
        for key, most in ASKED_START.items()
        if row.get(key) is not None
    ]
    return ", ".join([*said, row["error"]] if "error" in row else said)


def start_table(starts: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line of Markdown a tool; ratios to Octarine with its model tier."""
    keys = ("import_s", "first_s", "rss_mb", "installed_mb")
    names = ("import s", "first check s", "RSS MB", "installed MB", *("ratio",) * len(keys), "asked")
    yield f"| fresh process | {' | '.join(names)} |"
    yield "|---|" + "---:|" * 2 * len(keys) + "---|"
    ours = starts.get(OURS, {})
    for tool, row in starts.items():
        figures = [cell(row.get(key), 2 if key.endswith("_s") else 0) for key in keys]
        beside = [""] * len(keys) if tool == OURS else ratios(row, ours, keys)
        asked = start_verdict(row) if tool == OURS else row.get("error", "")
        yield f"| {' | '.join([tool, *figures, *beside, asked])} |"


def processor() -> str:
    """Its name, as Linux has it."""
    path = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", path.read_text()) if path.exists() else None
    return found[1] if found else platform.processor()


def pin(core: int | None) -> int | None:
    """Keep this process and those that it starts on one core; None where the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        print("not pinned to a core: this system cannot", file=sys.stderr)
        return None
    chosen = max(os.sched_getaffinity(0)) if core is None else core
    os.sched_setaffinity(0, {chosen})
    return chosen


def opened(
    found: dict[str, str], inputs: Path, flags: Sequence[str], skipped: dict[str, str]
) -> dict[str, Process]:
    """Tool → its process. One that cannot start is taken out of ``found``."""
    processes: dict[str, Process] = {}
    for tool, python in list(found.items()):
        print(f"starting {tool}", file=sys.stderr)
        try:
            process = Process(tool, python, inputs, *flags)
        except Failed as error:
            skipped[tool] = str(error)
            del found[tool]
        else:
            processes[tool] = process
            skipped |= {f"{tool}: {task}": why for task, why in process.hello["skipped"].items()}
    return processes


def report(options: argparse.Namespace) -> dict[str, Any]:
    """All measurements."""
    places = {tool: interpreter(module, options.peers) for tool, module in PEERS.items()}
    found = {OURS: sys.executable} | {tool: python for tool, python in places.items() if python}
    missing = "in no environment named with --peers"
    skipped = {tool: missing for tool, python in places.items() if python is None}
    inputs = ordinary_inputs(options.texts, options.weights)
    core = pin(options.core)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inputs.json"
        path.write_text(json.dumps(asdict(inputs)), "utf-8")
        processes = opened(found, path, ["--size"] if options.size else [], skipped)
        rows = measure_rounds(processes, options.rounds, skipped)
        for process in processes.values():
            process.close()
        starts = measure_starts({**found, RULES_ONLY: sys.executable}, path, options.starts)
    extra = extra_size() if options.size else {}
    for tool, process in processes.items():
        installed = extra.get("installed_mb") if tool == OURS else process.hello["installed_mb"]
        starts[tool] |= {"installed_mb": installed}
    return {
        "processor": processor(), "core": core, "python": platform.python_version(), "rounds": options.rounds,
        "versions": {tool: process.hello["version"] for tool, process in processes.items()},
        "texts": len(inputs.texts), "rows": rows, "starts": starts, "extra": extra, "skipped": skipped,
    }  # fmt: skip


def show(found: Mapping[str, Any]) -> None:
    """Two tables in Markdown, and what is not in them."""
    versions = ", ".join(f"{tool} {version}" for tool, version in found["versions"].items())
    print(f"{found['processor']}, core {found['core']}, Python {found['python']}; {versions};")
    print(f"{found['texts']} texts of 400 characters, {found['rounds']} rounds.\n")
    print("\n".join(latency_table(found["rows"])), end="\n\n")
    print("\n".join(start_table(found["starts"])))
    if extra := found["extra"]:
        met = extra["added_mb"] <= ASKED_MB and not extra["torch"]
        print(
            f"\nThe extra 'guard' adds {extra['libraries_mb']:.0f} MB of libraries and "
            f"{extra['guard_data_mb']:.1f} MB of weights and tables (≤ {ASKED_MB:g} MB without torch: "
            f"{'met' if met else 'MISSED'}): {', '.join(extra['packages'])}."
        )
    for name, why in found["skipped"].items():
        print(f"\nSkipped {name}: {why}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", metavar="PYTHON", action="append", default=[], help="may be given again")
    parser.add_argument("--weights", metavar="FOLDER", help="of the model tier, in place of the package's")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--texts", type=int, default=24, help="in each of the nine languages")
    parser.add_argument("--starts", type=int, default=3, help="fresh processes for import time and memory")
    parser.add_argument("--core", type=int, help="the last one where left out")
    parser.add_argument("--size", action="store_true", help="installs the extra into a temporary folder")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.weights:
        options.weights = str(Path(options.weights).resolve())
    found = report(options)
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        show(found)


if __name__ == "__main__":
    main()
