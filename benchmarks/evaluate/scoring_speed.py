"""How long scoring takes: so many recorded answers to each benchmark, in CPU seconds, and the memory of it.

    python benchmarks/evaluate/scoring_speed.py [--answers 100000] [--data FOLDER] [--only NAMES] [--profile]

``score`` makes a benchmark's table out of all answers; ``mark`` says of each by itself what the store
records. No model and no judge with weights is asked (BOLD's toxicity is left out: the guard's head takes
milliseconds a text). Every benchmark is measured in a process of its own, so that the memory is its own: the
highest resident set with the answers loaded, and once they are scored. Rows: ``recorded_rows``.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from recorded_rows import ROWS, Recorded

from octarine.evaluate.benchmarks import harm


def main() -> None:
    """Print one line a benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--only", default=",".join(ROWS))
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    names = given.only.split(",")
    if given.here:
        print(json.dumps(measured(names[0], given.data, given.answers, given.profile)))
        return
    print(f"{'':11}{'answers':>8}{'rows':>8}{'score':>9}{'mark':>9}{'us each':>9}{'loaded':>9}{'peak':>9}")
    for name in names:
        command = [sys.executable, __file__, "--here", "--only", name, "--answers", str(given.answers)]
        command += ["--data", str(given.data)] if given.data else []
        command += ["--profile"] if given.profile else []
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        *profile, last = told.split("\n")
        print("\n".join([*profile, line(name, json.loads(last))]), flush=True)


def line(name: str, found: dict[str, float | str]) -> str:
    """One benchmark's line: seconds of CPU, microseconds an answer, MB."""
    if not found["answers"]:
        return f"{name:11}skipped: {found['source']}"
    each = 1e6 * (float(found["score_s"]) + float(found["mark_s"])) / float(found["answers"])
    return (
        f"{name:11}{found['answers']:>8}{found['rows']:>8}{found['score_s']:>8.2f}s{found['mark_s']:>8.2f}s"
        f"{each:>9.0f}{found['loaded_mb']:>6.0f} MB{found['peak_mb']:>6.0f} MB  {found['source']}"
    )


def measured(name: str, data: Path | None, answers: int, profile: bool) -> dict[str, float | str]:
    """Measure one benchmark in this process."""
    harm.harm_judge = lambda: None
    with TemporaryDirectory() as place:
        recorded = ROWS[name](data, answers, Path(place))
        loaded = _peak_mb()
        if not recorded.answers:
            return {"answers": 0, "source": recorded.source}
        scored, marked = _timed(_scoring(recorded), profile), _timed(lambda: _marks(recorded), profile)
    return {
        "answers": len(recorded.answers),
        "rows": recorded.rows,
        "source": recorded.source,
        "score_s": scored,
        "mark_s": marked,
        "loaded_mb": loaded,
        "peak_mb": _peak_mb(),
    }


def _scoring(recorded: Recorded) -> Callable[[], object]:
    if recorded.predictions is None:
        return lambda: recorded.benchmark.score(recorded.answers)
    gold, predictions = recorded.predictions
    return lambda: recorded.benchmark.score_files(gold, predictions)


def _marks(recorded: Recorded) -> None:
    for answer in recorded.answers:
        recorded.benchmark.mark(answer.sample, answer.completion)


def _timed(work: Callable[[], object], profile: bool) -> float:
    """CPU seconds of one call; with the profile's own cost where there is one."""
    watch = cProfile.Profile()
    started = time.process_time()
    if profile:
        watch.runcall(work)
        pstats.Stats(watch, stream=sys.stdout).sort_stats("tottime").print_stats(12)
    else:
        work()
    return time.process_time() - started


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    main()
