"""Measure the guard's normaliser: ``python benchmarks/guard/normaliser.py --data FOLDER``.

False alarms over the sentences of ``FOLDER/tatoeba_laser/{train,dev}.jsonl.gz`` (50 languages; every sentence
counts as honest), microseconds a call for 400 characters in the nine languages and in code, and megabytes a
second on 1 MB. One thread. A reading that is equal to the text up to compatibility folding (NFKC, without
invisible characters) is counted apart: it can change no verdict.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

import octarine
from octarine.core.stats import proportion
from octarine.guard.normalise import normalise

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ja", "hi", "ar")
HARD = ("ru", "el", "tr", "fi", "zh", "ko", "he", "fa", "vi")
PARTS = ("train", "dev")


def sentences(folder: Path, part: str) -> list[tuple[str, str]]:
    with gzip.open(folder / f"tatoeba_laser/{part}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [(row["lang"], row["text"]) for row in map(json.loads, lines)]


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Mn", "Zs"))


def false_alarms(rows: list[tuple[str, str]], show: int) -> None:
    views, foldings, oddities, by_language = 0, 0, 0, Counter[str]()
    for language, text in rows:
        result = normalise(text)
        extra = [view for view in result.views[1:] if folded(view.text) != folded(text)]
        views += bool(extra)
        foldings += len(result.views) > 1 and not extra
        oddities += bool(result.oddities)
        by_language[language] += bool(extra or result.oddities)
        if show > 0 and (extra or result.oddities):
            show -= 1
            print(
                "   ",
                language,
                repr(text[:70]),
                [(view.chain, view.text[:50]) for view in extra],
                result.oddities[:2],
            )
    for name, count in (("extra view", views), ("folding only", foldings), ("oddity", oddities)):
        rate = proportion(count, len(rows))
        interval = f"{100 * rate.low:.3f}–{100 * rate.high:.3f}"
        print(f"  {name:13} {count:5} of {len(rows)}  {100 * rate.value:.3f} % ({interval})")
    print("  languages with any:", {k: v for k, v in by_language.most_common() if v})


def texts_of(rows: list[tuple[str, str]], length: int = 400, most: int = 20) -> dict[str, list[str]]:
    """Texts of about ``length`` characters by language, made of whole sentences."""
    joined: dict[str, list[str]] = defaultdict(list)
    growing: dict[str, str] = defaultdict(str)
    for language, text in rows:
        growing[language] = f"{growing[language]} {text}".strip()
        if len(growing[language]) >= length:
            joined[language].append(growing.pop(language)[:length])
    return {language: texts[:most] for language, texts in joined.items()}


def microseconds(text: str, repeats: int = 60) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        normalise(text)
        times.append(time.perf_counter() - start)
    return median(times) * 1e6


def speed(rows: list[tuple[str, str]]) -> None:
    found = texts_of(rows)
    source = (Path(octarine.__file__).parent / "core/results.py").read_text("utf-8")
    found["code"] = [source[i : i + 400] for i in range(0, 8000, 400)]
    for language in (*LANGUAGES, "code", *HARD):
        times = sorted(microseconds(text) for text in found[language])
        print(f"  {language:5} median {median(times):7.1f} µs   slowest text {times[-1]:7.1f} µs")


def throughput(rows: list[tuple[str, str]]) -> None:
    for language in ("en", "de", "ja", "ar", "ru"):
        text = " ".join(text for other, text in rows if other == language)
        text = (text * (1_000_000 // len(text) + 1))[:1_000_000]
        start = time.perf_counter()
        result = normalise(text)
        seconds = time.perf_counter() - start
        rate = len(text.encode()) / 1e6 / seconds
        print(f"  {language:5} {rate:6.1f} MB/s, {len(result.views)} views {result.exhausted}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="holds tatoeba_laser/")
    parser.add_argument(
        "--show", type=int, default=0, help="print so many of the false alarms of the train part"
    )
    arguments = parser.parse_args()
    rows = {part: sentences(arguments.data, part) for part in PARTS}
    for part in PARTS:
        print(f"False alarms, {part}:")
        false_alarms(rows[part], arguments.show if part == "train" else 0)
    print("400 characters, one thread:")
    speed(rows["dev"])
    print("1 MB:")
    throughput(rows["dev"])


if __name__ == "__main__":
    main()
