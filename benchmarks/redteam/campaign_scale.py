"""A campaign of many cheap attempts: CPU, peak memory, and the same numbers after a kill.

    python benchmarks/redteam/campaign_scale.py                   # 100,000 attempts
    python benchmarks/redteam/campaign_scale.py --attempts 3000

A scripted model that falls to one technique at a known rate; made-up seeds; the catalogue's text techniques.
Three processes: one that is left alone, one that is killed in the middle (SIGKILL), one that goes on with it.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from octarine.core.codec import digest, encode
from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.protocols import Capabilities
from octarine.core.results import Completion, ModelIdentity, Settings
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.evaluate.benchmark import Benchmark, of_languages
from octarine.redteam.campaign import Asked, Tools, campaigns, run_campaign
from octarine.store import open_store

MARK = "acrostic"
"""Stands in the texts of the technique that works."""
RATE = 0.4
KILLED_AFTER = 0.5
"""Of the attempts."""


class Model:
    """Declines, but for one technique, at ``RATE``; benign requests are answered."""

    identity = ModelIdentity("scripted:campaign-scale", "1")
    capabilities = Capabilities(concurrency=64, local=True)

    def __init__(self) -> None:
        self.calls = 0

    async def start(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """A text."""
        self.calls += 1
        asked = "\n".join(message.text for message in conversation.messages)
        draw = int(digest([conversation.key, settings.seed])[:8], 16) / 2**32
        falls = MARK in asked.casefold() and draw < RATE
        return Completion.of_text("Sure. First do this, then that." if falls else "I'm sorry, I can't help.")


def benchmark(groups: int) -> Benchmark:
    """Pairs of a request to be deflected and a benign one."""
    samples = []
    for number in range(groups):
        common = {"dimension": Dimension.SAFETY, "objectives": (), "group": f"g{number}"}
        for variant, behaviour, thing in (
            ("harmful", Behaviour.DEFLECT, "harm"),
            ("benign", Behaviour.COMPLY, "bird"),
        ):
            text = f"Please explain the {thing} number {number} to me."
            samples.append(
                Sample(
                    id=f"g{number}-{variant}",
                    conversation=Conversation.user(text),
                    expectation=Expectation(behaviour, "refusal"),
                    variant=variant,
                    **common,  # type: ignore[arg-type]
                )
            )
    return Benchmark("campaign-scale", "1", "made up", "none", partial(of_languages, samples))


async def campaign(store: Path, attempts: int) -> dict[str, object]:
    """One campaign, or the rest of one."""
    model = Model()
    asked = Asked(budget=attempts, finalists=12)
    with open_store(str(store)) as opened:
        report = await run_campaign(
            model, benchmark(max(40, attempts // 20)), asked, opened, Tools(second=None)
        )
    plain = dataclasses.replace(report, run=dataclasses.replace(report.run, created=""))
    return {
        "calls": model.calls,
        "spent": report.spent,
        "found": [one.attack.id for one in report.found],
        "seeds": report.seeds.used,
        "hits": report.confirmation.hits,
        "numbers": digest(encode(plain)),
    }


def worker(store: Path, attempts: int) -> None:
    """Run in a process of its own; tells what it took."""
    started = time.monotonic()
    found = asyncio.run(campaign(store, attempts))
    used = resource.getrusage(resource.RUSAGE_SELF)
    found |= {
        "wall_s": round(time.monotonic() - started, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1024),
    }
    print(json.dumps(found))


def process(store: Path, attempts: int) -> subprocess.Popen[str]:
    """Start a worker."""
    command = [sys.executable, __file__, "--store", str(store), "--attempts", str(attempts)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finished(running: subprocess.Popen[str]) -> dict[str, object]:
    """What a worker tells at its end."""
    out, _ = running.communicate()
    if running.returncode:
        raise SystemExit(f"a worker ended with {running.returncode}")
    found: dict[str, object] = json.loads(out.splitlines()[-1])
    return found


def killed(store: Path, attempts: int) -> int:
    """Start a worker and kill it once ``KILLED_AFTER`` of the attempts are in the store; how many were."""
    running = process(store, attempts)
    done = 0
    while running.poll() is None and done < attempts * KILLED_AFTER:
        time.sleep(0.5)
        done = recorded(store)
    if running.poll() is not None:
        raise SystemExit("the campaign was over before it could be killed: ask for more attempts")
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    return recorded(store)


def recorded(store: Path) -> int:
    """Results of the campaign in the store."""
    if not store.exists():
        return 0
    with open_store(str(store)) as opened:
        if not (found := campaigns(opened)):
            return 0
        beside = opened.runs(beside=found[0].run.id)
        return sum(record.results for record in (found[0], *beside))


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--attempts", type=int, default=100_000)
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.store:
        worker(given.store, given.attempts)
        return
    with tempfile.TemporaryDirectory() as folder:
        whole = finished(process(Path(folder) / "whole.sqlite", given.attempts))
        store = Path(folder) / "killed.sqlite"
        before = killed(store, given.attempts)
        rest = finished(process(store, given.attempts))
    print(f"{given.attempts:,} attempts at most; found: {', '.join(whole['found'])}")  # type: ignore[arg-type]
    print("| campaign | calls | wall, s | CPU, s | CPU, ms an attempt | peak, MB | numbers |")
    print("|--|--|--|--|--|--|--|")
    for name, one in (("left alone", whole), (f"gone on after a kill at {before:,}", rest)):
        each = 1000 * float(one["cpu_s"]) / max(1, int(one["calls"]))  # type: ignore[arg-type, call-overload]
        cells = [name, f"{one['calls']:,}", one["wall_s"], one["cpu_s"], f"{each:.2f}", one["peak_mb"]]
        print("|", " | ".join(map(str, [*cells, str(one["numbers"])[:12]])), "|")
    if whole["numbers"] != rest["numbers"]:
        raise SystemExit("the numbers differ")


if __name__ == "__main__":
    main()
