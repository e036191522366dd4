"""The process that ``speed.py`` starts for a tool: ``PYTHON speed_process.py TOOL INPUTS.json``.

With ``--start`` it ends after the start, with ``--size`` it counts what is installed. It imports the standard
library alone, for it runs in the environments of the others too.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from speed_tools import TOOLS, Inputs, Task, Tool

WARM = 5
"""Calls before the clock starts: the process that was measured before has emptied the processor's caches."""


def resident_mb() -> float | None:
    """Memory of this process now; None where there is no /proc."""
    status = Path("/proc/self/status")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else None


def installed_mb(package: str) -> float:
    """Files of a package and of everything that it requires in this environment."""
    seen: set[str] = set()
    waiting, total = [package], 0
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform
        files = (Path(str(file.locate())) for file in found.files or ())
        total += sum(file.stat().st_size for file in files if file.is_file())
        wanted = [one for one in found.requires or () if not re.search(r"extra\s*==", one)]
        waiting += [match[0] for one in wanted if (match := re.match(r"[\w.-]+", one))]
    return total / 1e6


def reason(error: BaseException) -> str:
    """The first line of an error, with its type unless it is one of ours."""
    line = (str(error).strip().splitlines() or [""])[0][:200]
    return line if type(error).__module__.startswith("octarine") else f"{type(error).__name__}: {line}"


def start(tool: Tool, text: str) -> dict[str, Any]:
    """Seconds to import, seconds until the first text is checked, import and all, and memory after it."""
    before = time.perf_counter()
    tool.imports()
    imported = time.perf_counter()
    found: dict[str, Any] = {"import_s": imported - before}
    try:
        tool.ready()(text)
    except Exception as error:
        return found | {"error": reason(error)}
    return found | {"first_s": time.perf_counter() - before, "rss_mb": resident_mb()}


def build(tool: Tool) -> tuple[dict[str, Task], dict[str, str]]:
    """The tasks that work here, and why the others do not."""
    tasks: dict[str, Task] = {}
    skipped: dict[str, str] = {}
    for name, builder in tool.tasks().items():
        try:
            task = builder()
            task.call(task.items[0])
        except Exception as error:
            skipped[name] = reason(error)
        else:
            tasks[name] = task
    return tasks, skipped


def timed(task: Task) -> list[float]:
    """Milliseconds a text of each call."""
    for item in task.items[:WARM]:
        task.call(item)
    found = []
    for item in task.items:
        before = time.perf_counter_ns()
        task.call(item)
        found.append((time.perf_counter_ns() - before) / 1e6 / task.texts)
    return found


def main() -> None:
    """One tool: a JSON line on its start and tasks, then one for each task that is named on a line.

    The answers go to the real standard output; what a tool prints goes to the error stream.
    """
    name, path, *flags = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    inputs = Inputs(**json.loads(Path(path).read_text("utf-8")))
    tool = TOOLS[name](inputs)
    hello: dict[str, Any] = {"start": start(tool, inputs.texts[0])}
    if "--start" in flags:
        print(json.dumps(hello), file=answers)
        return
    tasks, hello["skipped"] = build(tool)
    hello["version"] = importlib.metadata.version(tool.package)
    hello["tasks"] = {key: {"bytes": task.bytes, "texts": task.texts} for key, task in tasks.items()}
    hello["installed_mb"] = (
        installed_mb(tool.package) if "--size" in flags and tool.package != "octarine" else None
    )
    print(json.dumps(hello), file=answers)
    for line in sys.stdin:
        try:
            answer: dict[str, Any] = {"ms": timed(tasks[line.strip()])}
        except Exception as error:
            answer = {"error": reason(error)}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
