"""Samples a minute of the embedded model, by threads and by conversations answered at once.

    python benchmarks/embedded_throughput.py [--json] [--samples 16] [--threads 1,2] [--slots 1,4,8]

A sample is a prompt of about 80 tokens (the chat template's included) and 48 new tokens, greedy. Nothing
else should run on the machine; the load beforehand is printed. Each line also tells how many answers are the
same as on the first line.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from octarine.models.embedded.runtime import Call, Layout, available_cores, load
from octarine.models.embedded.weights import fetch_weights

THINGS = ("rivers", "bread", "tides", "bicycles", "glass", "bees", "clocks", "paper")
PROMPT = (
    "You are writing for a school magazine. In three short sentences, explain to a ten year old reader how "
    "{} work or are made, why people have cared about them for so long, and what to look at next time. "
    "Number {}."
)
NEW_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``resident_mb`` is the whole process's."""

    threads: int
    slots: int
    samples_per_minute: float
    new_tokens_per_s: float
    prompt_tokens: int
    cpu_per_wall: float
    load_s: float
    resident_mb: float
    same_answers: int


def measure(path: Path, layout: Layout, samples: int, expected: list[str]) -> Row:
    """Answer ``samples`` prompts. The first call fills ``expected``; the others compare with it."""
    began = time.perf_counter()
    server = load(path, layout)
    loaded = time.perf_counter() - began

    def one(number: int) -> tuple[str, int, int]:
        prompt = PROMPT.format(THINGS[number % len(THINGS)], number)
        request = {
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": NEW_TOKENS,
            "temperature": 0,
            "cache_prompt": False,
            "stream_options": {"include_usage": True},
        }
        text, counts = [], [0, 0]

        def read(chunk: dict) -> None:
            if usage := chunk.get("usage"):
                counts[:] = usage["prompt_tokens"], usage["completion_tokens"]
            text.extend(choice["delta"].get("content") or "" for choice in chunk["choices"])

        Call(request, read).run(server.handle_chat_completions)
        return "".join(text), counts[0], counts[1]

    one(0)
    began, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(layout.slots) as pool:
        answers = list(pool.map(one, range(samples)))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    texts = [text for text, _, _ in answers]
    if not expected:
        expected.extend(texts)
    return Row(
        layout.threads,
        layout.slots,
        60 * samples / seconds,
        sum(new for _, _, new in answers) / seconds,
        max(prompt for _, prompt, _ in answers),
        cpu / seconds,
        loaded,
        _resident_mb(),
        sum(text == other for text, other in zip(texts, expected, strict=True)),
    )


def _resident_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measure every pair and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--threads", default=",".join(map(str, sorted({1, available_cores()}))))
    parser.add_argument("--slots", default="1,4,8")
    given = parser.parse_args()
    weights = fetch_weights()
    before = os.getloadavg()[0]
    expected: list[str] = []
    rows = [
        measure(weights.path, Layout(threads, slots), given.samples, expected)
        for threads in map(int, given.threads.split(","))
        for slots in map(int, given.slots.split(","))
    ]
    if given.json:
        print(
            json.dumps({"load_before": before, "samples": given.samples, "rows": [asdict(r) for r in rows]})
        )
        return
    print(f"{given.samples} samples, {rows[0].prompt_tokens} prompt tokens, load before: {before:.1f}")
    print("threads  slots  samples/min  new tok/s  CPU/wall  load s  MB resident  same answers")
    for row in rows:
        print(
            f"{row.threads:7}  {row.slots:5}  {row.samples_per_minute:11.1f}  {row.new_tokens_per_s:9.1f}"
            f"  {row.cpu_per_wall:8.2f}  {row.load_s:6.2f}  {row.resident_mb:11.0f}"
            f"  {row.same_answers:5} of {given.samples}"
        )


if __name__ == "__main__":
    main()
