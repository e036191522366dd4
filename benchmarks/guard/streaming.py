"""What streaming through the guard costs: added delay, and CPU for 1,000 characters.

    python benchmarks/guard/streaming.py                       rules only, and with the model tier
    python benchmarks/guard/streaming.py --rate 100 --json     at another speed of the model

One process, one thread, nothing cached. Answers are the suite's ordinary requests in nine languages, put
together, in pieces of four characters that arrive at ``--rate`` pieces a second on a clock of its own: a look
at a block takes as long on it as it took here, and what arrives meanwhile waits. A character's delay is the
time between its arrival and when it goes out; the delay until the first text counts from the first piece.
``held`` is in characters and depends on the texts alone, not on the machine; ``most`` is the bound that is
promised.

``batch`` is ``check_output`` on the same answers, which looks at the same windows. ``short`` is the same
characters as answers of one block, each looked at once: what the overlap of the windows costs on top.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from speed_tools import ordinary

from octarine.core.errors import MissingExtra
from octarine.guard import Guard
from octarine.guard.policy import read_policy
from octarine.guard.streaming import HOLD_BACK, MOST_HELD, SHORTEST, OutputStream

PIECE = 4
"""Characters that arrive together: about a token of English."""
POLICIES = {"rules only": "personal-data", "with the model tier": "default"}


@dataclass(frozen=True)
class Row:
    """Seconds, characters, and CPU milliseconds for 1,000 characters."""

    tier: str
    answers: int
    delay_p50_s: float
    delay_p99_s: float
    first_text_s: float
    held_mean: float
    held_max: int
    longest_look_ms: float
    cpu_stream_ms: float
    cpu_batch_ms: float
    cpu_short_ms: float


@dataclass
class Streamed:
    """What was seen of answers, one value a character, an answer or a look."""

    delays: list[float]
    firsts: list[float]
    held: list[int]
    looks: list[float]


def texts(count: int, characters: int) -> list[str]:
    """Answers of so many characters, the languages in turn."""
    pieces = [long for _, long in ordinary(-(-count // 9))]
    return [(text * (1 + characters // len(text)))[:characters] for text in pieces][:count]


def stream(guard: Guard, text: str, rate: float, seen: Streamed) -> None:
    """One answer, on a clock that a look at a block holds up."""
    answer, clock, out, first = OutputStream(guard, "Tell me."), 0.0, 0, None
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    for number, piece in enumerate([*pieces, None]):
        arrived = min(number, len(pieces) - 1) / rate
        started = time.perf_counter()
        passed = answer.finish().text if piece is None else answer.feed(piece)
        spent = time.perf_counter() - started
        clock = max(clock, arrived) + spent
        if passed:
            first = clock if first is None else first
            seen.looks.append(spent)
            seen.delays += [clock - at // PIECE / rate for at in range(out, out + len(passed))]
            out += len(passed)
        seen.held.append(answer.held)
    seen.firsts.append(first or clock)


def cpu(call: Callable[[str], object], answers: Sequence[str]) -> float:
    """CPU milliseconds for 1,000 characters."""
    started = time.process_time()
    for text in answers:
        call(text)
    return 1e6 * (time.process_time() - started) / sum(map(len, answers))


def feed_all(guard: Guard, text: str) -> None:
    """An answer as a stream, without a clock."""
    answer = OutputStream(guard, "Tell me.")
    for at in range(0, len(text), PIECE):
        answer.feed(text[at : at + PIECE])
    answer.finish()


def measured(tier: str, guard: Guard, answers: Sequence[str], rate: float) -> Row:
    """The row of one tier."""
    feed_all(guard, answers[0])  # Compile and load what is only loaded when it is needed.
    seen = Streamed([], [], [], [])
    for text in answers:
        stream(guard, text, rate, seen)
    size = SHORTEST + HOLD_BACK
    short = [text[at : at + size] for text in answers for at in range(0, len(text), size)]
    return Row(
        tier,
        len(answers),
        delay_p50_s=statistics.median(seen.delays),
        delay_p99_s=statistics.quantiles(seen.delays, n=100)[98],
        first_text_s=statistics.median(seen.firsts),
        held_mean=statistics.fmean(seen.held),
        held_max=max(seen.held),
        longest_look_ms=1000 * max(seen.looks),
        cpu_stream_ms=cpu(lambda text: feed_all(guard, text), answers),
        cpu_batch_ms=cpu(lambda text: guard.check_output(text, "Tell me."), answers),
        cpu_short_ms=cpu(lambda text: guard.check_output(text, "Tell me."), short),
    )


def rows(answers: Sequence[str], rate: float) -> Iterator[Row]:
    """A row for each tier that can be loaded."""
    for tier, policy in POLICIES.items():
        try:
            guard = Guard(read_policy(policy), cache=0)
        except MissingExtra as error:
            print(f"{tier}: skipped, {error}")
            continue
        yield measured(tier, guard, answers, rate)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--answers", type=int, default=36)
    parser.add_argument("--characters", type=int, default=4_000)
    parser.add_argument("--rate", type=float, default=50.0, help="pieces of four characters a second")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = list(rows(texts(given.answers, given.characters), given.rate))
    if given.json:
        print(json.dumps({"most": MOST_HELD, "rate": given.rate, "rows": [asdict(row) for row in found]}))
        return
    print(
        f"{platform.processor() or platform.machine()}; {given.rate:g} pieces of {PIECE} characters a second"
    )
    for row in found:
        print(
            f"\n{row.tier}, {row.answers} answers\n"
            f"  delay of a character    p50 {row.delay_p50_s:.2f} s, p99 {row.delay_p99_s:.2f} s\n"
            f"  until the first text    {row.first_text_s:.2f} s\n"
            f"  held back               mean {row.held_mean:.0f}, max {row.held_max}, most {MOST_HELD}\n"
            f"  longest look            {row.longest_look_ms:.1f} ms\n"
            f"  CPU / 1,000 characters  stream {row.cpu_stream_ms:.2f} ms, batch {row.cpu_batch_ms:.2f} ms, "
            f"short {row.cpu_short_ms:.2f} ms"
        )


if __name__ == "__main__":
    main()
