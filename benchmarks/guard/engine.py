"""Speed of the guard's rule tier: ``python benchmarks/guard/engine.py [--kilobytes N] [--data FOLDER]``.

One process, one thread, mixed prose, log lines and code with a planted secret about every 1.5 KB (seeded).
Hyperscan with RE2, RE2 alone and Python's ``re`` search for the same patterns in the same run; all place
exact spans. ``re`` runs the patterns without checks, contexts or folding, which is less work. With ``--data``
FOLDER, which holds ``presidio_synth_pii/dev.jsonl.gz``, recall and precision by kind are counted as well.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from octarine.guard.rules import Matcher, Rule, builtin_rules

PROSE = (
    "The committee met again on Tuesday and agreed that the harbour wall should be repaired before winter. ",
    "She had kept every letter in a biscuit tin under the stairs, and nobody had thought to look there. ",
    "Im Herbst wird die Brücke gesperrt; Umleitungen sind ausgeschildert. ",
    "Le marché ouvre à sept heures, sauf le dimanche, où tout commence un peu plus tard. ",
    "La riunione è stata spostata a giovedì perché la sala grande era già occupata. ",
    "会議は午後三時から始まります。資料は前日までに送ってください。",
)
LOGS = (
    "2026-03-{d:02} 11:{m:02}:07,{n:03} INFO worker-{m} did job {n}{d:02}{m:02} in {n} ms, {d} retries\n",
    "{n}.{d}.{m} GET /api/v2/items/{n}?page={d} 200 {n}{m} bytes 0.{n}s\n",
    "[{m:02}:{d:02}:11] gpu{d} temperature {m} memory {n}{n}MiB step {n}{m}/{n}{n}00 loss 1.{n}\n",
)
CODE = (
    "def total(rows):\n    return sum(row['price'] * {d} for row in rows if row['id'] != {n}{m})\n",
    "for (int i = 0; i < {n}; ++i) {{ buffer[i] = 0x{n:04x} ^ (i << {d}); }}\n",
    "SELECT name, count(*) FROM orders WHERE created > '2026-03-{d:02}' GROUP BY name LIMIT {n};\n",
)
ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def planted(rng: random.Random) -> str:
    """One made-up value that a rule finds."""
    token = "".join(rng.choices(ALPHANUMERIC, k=36))
    number = rng.randrange(100, 999)
    return rng.choice(
        (
            f"ghp_{token}",
            f"api_key = '{token}'",
            f"ana.quill{number}@example.org",
            f"+44 20 7946 0{number}",
            f"from 203.0.113.{number % 250}",
            "IBAN DE96 4695 4332 5754 2879 54",
            "card 4973 7039 5027 9681",
            f"526-01-8{number}",
        )
    )


def mixed_text(size: int, seed: int) -> str:
    """About ``size`` characters of prose, logs and code."""
    rng = random.Random(seed)
    parts: list[str] = []
    length, since = 0, 0
    while length < size:
        kind = rng.choice((PROSE, LOGS, CODE))
        part = rng.choice(kind)
        if kind is not PROSE:
            part = part.format(d=rng.randrange(1, 28), m=rng.randrange(60), n=rng.randrange(100, 999))
        since += len(part)
        if since > 1500:
            part += planted(rng) + "\n"
            since = 0
        parts.append(part)
        length += len(part)
    return "".join(parts)


def throughput(find: Callable[[str], object], text: str, repeats: int = 3) -> float:
    """Megabytes of UTF-8 a second of CPU time, the best of ``repeats``."""
    best = float("inf")
    for _ in range(repeats):
        before = time.process_time()
        find(text)
        best = min(best, time.process_time() - before)
    return len(text.encode()) / best / 1e6


def latency(find: Callable[[str], object], texts: list[str]) -> str:
    """Wall time of one call."""
    for text in texts[:50]:
        find(text)
    taken = []
    for text in texts:
        before = time.perf_counter()
        find(text)
        taken.append(1e3 * (time.perf_counter() - before))
    low, high = np.percentile(taken, [50, 99])
    return f"p50 {low:.4f} ms, p99 {high:.4f} ms over {len(texts)} texts"


def python_re(rules: tuple[Rule, ...]) -> Callable[[str], int]:
    """The same patterns with Python's ``re``, one after the other."""
    point = re.compile(r"\\x\{([0-9A-Fa-f]+)\}")
    patterns = [
        re.compile(point.sub(lambda found: f"\\u{int(found[1], 16):04x}", rule.pattern)) for rule in rules
    ]
    return lambda text: sum(1 for pattern in patterns for _ in pattern.finditer(text))


# Presidio's names for kinds, and ours.
KINDS = {
    "EMAIL_ADDRESS": "personal_data.email",
    "PHONE_NUMBER": "personal_data.phone",
    "CREDIT_CARD": "personal_data.payment_card",
    "IBAN_CODE": "personal_data.iban",
    "IP_ADDRESS": "personal_data.ip_address",
    "US_SSN": "personal_data.national_id",
    "US_DRIVER_LICENSE": "personal_data.driving_licence",
    "STREET_ADDRESS": "personal_data.address",
    "ZIP_CODE": "personal_data.address",
}


def rows(folder: Path) -> Iterator[dict[str, object]]:
    """The rows of the synthetic set."""
    with gzip.open(folder / "presidio_synth_pii" / "dev.jsonl.gz", "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def coverage(matcher: Matcher, folder: Path) -> None:
    """Recall by kind, and precision of each category that has a kind there."""
    wanted, hit = Counter[str](), Counter[str]()
    made, right = Counter[str](), Counter[str]()
    wrong: dict[str, list[str]] = defaultdict(list)
    for row in rows(folder):
        text = str(row["text"])
        matches = matcher.find(text)
        spans = [(s["entity_type"], s["start_position"], s["end_position"]) for s in row["spans"]]  # type: ignore[attr-defined]
        for kind, start, end in spans:
            wanted[kind] += 1
            hit[kind] += any(
                m.category == KINDS.get(kind) and m.start < end and start < m.end for m in matches
            )
        for match in matches:
            made[match.category] += 1
            known = any(
                KINDS.get(kind) == match.category and match.start < end and start < match.end
                for kind, start, end in spans
            )
            right[match.category] += known
            if not known:
                wrong[match.category].append(f"{match.rule}: {text[match.start : match.end]!r}")
    for kind in sorted(wanted):
        print(f"  recall    {kind:20} {hit[kind]:4}/{wanted[kind]:<4} {KINDS.get(kind, '(out of scope)')}")
    for category in sorted(made):
        print(f"  precision {category:32} {right[category]:4}/{made[category]:<4} {wrong[category][:4]}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kilobytes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path, help="a folder with presidio_synth_pii/dev.jsonl.gz")
    options = parser.parse_args()
    rules = builtin_rules()
    text = mixed_text(options.kilobytes * 1000, options.seed)
    pieces = [text[at : at + 400] for at in range(0, min(len(text), 400 * 2000), 400)]
    print(f"{len(rules)} rules, {len(text.encode()) / 1e6:.2f} MB")
    for engine in ("hyperscan", "re2"):
        before = time.perf_counter()
        matcher = Matcher(rules, engine)  # type: ignore[arg-type]
        built = time.perf_counter() - before
        print(f"{engine}: ready in {1e3 * built:.0f} ms, {len(matcher.find(text))} spans")
        print(f"  {throughput(matcher.find, text):.1f} MB/s; 400 characters: {latency(matcher.find, pieces)}")
        if options.data and engine == "hyperscan":
            coverage(matcher, options.data)
    find = python_re(rules)
    print(f"python re: {throughput(find, text[:50_000], 1):.2f} MB/s; {latency(find, pieces[:150])}")


if __name__ == "__main__":
    main()
