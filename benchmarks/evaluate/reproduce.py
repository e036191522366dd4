"""The published figures of the public benchmarks beside ours, from official files.

    python benchmarks/evaluate/reproduce.py --data FOLDER [--only fever,invite] [--json FILE]

FOLDER holds one folder of official files for each benchmark, by its name (``fever``) or its repository's
(``fever-scorer-fixtures``). What is not there is skipped and said. Exit code 1 where a figure differs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from checks import Check

FOLDERS = {
    "bold": ("bold",),
    "fever": ("fever", "fever-scorer-fixtures", "fever-scorer"),
    "invite": ("invite", "invite-llm-hallucinations"),
    "multivalue": ("multivalue", "multi-value"),
    "pieval": ("pieval", "llm-pieval"),
    "slang": ("slang", "slang-llm-benchmark"),
    "tango": ("tango",),
}
"""Benchmark → names that its folder may have."""


def main() -> int:
    """Run the reproductions and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default=",".join(FOLDERS))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    checks: list[Check] = []
    for name in given.only.split(","):
        started = time.process_time()
        found = checks_of(name, given.data)
        checks += found
        show(found, time.process_time() - started)
    if given.json:
        given.json.write_text(
            json.dumps([asdict(check) | {"verdict": check.verdict} for check in checks], indent=1)
        )
    counts = {v: sum(c.verdict == v for c in checks) for v in ("same", "DIFFERS", "measured", "skipped")}
    print(", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
    return int(bool(counts["DIFFERS"]))


def checks_of(name: str, data: Path) -> Sequence[Check]:
    """The checks of one benchmark, or the one that says why there are none."""
    if name not in FOLDERS:
        sys.exit(f"no benchmark '{name}'; there are: {', '.join(FOLDERS)}")
    if not Path(__file__).with_name(f"reproduce_{name}.py").exists():
        return [Check(name, "all", None, note=f"no reproduce_{name}.py yet")]
    folder = next((data / folder for folder in FOLDERS[name] if (data / folder).is_dir()), None)
    if folder is None:
        return [Check(name, "all", None, note=f"{data} has no folder {' or '.join(FOLDERS[name])}")]
    reproduce: Callable[[Path], Sequence[Check]] = importlib.import_module(f"reproduce_{name}").reproduce
    return reproduce(folder)


def show(checks: Sequence[Check], seconds: float) -> None:
    """Print one benchmark's checks."""
    for check in checks:
        ours = "-" if check.ours is None else f"{check.ours:.6f}".rstrip("0").rstrip(".")
        published = "-" if check.published is None else f"{check.published:g}"
        print(f"{check.benchmark:11}{check.what:58}{ours:>12}{published:>12}  {check.verdict:9} {check.note}")
    print(f"{'':11}{seconds:.1f} s of CPU\n")


if __name__ == "__main__":
    sys.exit(main())
