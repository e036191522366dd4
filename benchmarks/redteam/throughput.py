"""Techniques × seeds a second on one core, beside the same transforms of garak and PyRIT.

    python benchmarks/redteam/throughput.py [--seeds 50] [--rounds 5] [--peers PYTHON]

``--peers`` names the interpreter of an environment that holds ``garak`` and ``pyrit``; without one, ours are
timed alone, and that is said. Every pair is timed in turn with its peer, round by round, on the same
texts (seeds of the built-in suite, English); medians of rounds. A conversation goes in and comes out of
ours, a string of theirs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from octarine.core.content import Conversation, Modality
from octarine.evaluate.benchmark import open_benchmark
from octarine.redteam import Category, Technique, plain_seeds, techniques

PEERS = {
    "base64": ("pyrit Base64Converter()", "garak base64"),
    "base32": ("garak base32",),
    "hexadecimal": ("garak base16",),
    "ascii85": ("garak ascii85",),
    "quoted-printable": ("garak quoted-printable",),
    "uuencode": ("garak uuencode",),
    "percent-encoding": ("pyrit UrlConverter()",),
    "binary": ("pyrit BinaryConverter()",),
    "morse-code": ("pyrit MorseConverter()", "garak morse"),
    "braille": ("pyrit BrailleConverter()", "garak braille"),
    "spelling-alphabet": ("pyrit NatoConverter()",),
    "caesar": ("pyrit CaesarConverter(caesar_offset=3)", "garak rot13"),
    "atbash": ("pyrit AtbashConverter()",),
    "vigenere": ("pyrit VigenereConverter(key='lemon')",),
    "leetspeak": ("pyrit LeetspeakConverter()", "garak leet"),
    "spaced-letters": ("pyrit CharacterSpaceConverter()",),
    "zalgo": ("pyrit ZalgoConverter()",),
    "zero-width": ("pyrit ZeroWidthConverter()",),
    "superscript": ("pyrit SuperscriptConverter()",),
    "homoglyph": ("pyrit UnicodeConfusableConverter()",),
    "tag-characters": ("pyrit AsciiSmugglerConverter()",),
    "random-case": ("pyrit RandomCapitalLettersConverter()",),
}
"""Our id → peers that do the same."""
_ENDS = 0.05
"""Seconds that a cell is timed for, at least."""


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", metavar="PYTHON")
    options = parser.parse_args()
    texts = [one.conversation.prompt for one in plain_seeds(open_benchmark("octarine").load(("en",)))]
    texts = texts[: options.seeds]
    print("| category | techniques | texts a second, median technique | slowest |\n|---|--|--|---|")
    for category in Category:
        own = [one for one in techniques.of(category) if not one.missing()]
        if own:
            seconds = {one.id: timed(one, texts[: 5 if _files(one) else None]) for one in own}
            slowest = max(seconds, key=seconds.__getitem__)
            middle = 1 / np.median(list(seconds.values()))
            print(
                f"| {category.value} | {len(own)} | {middle:,.0f} | {slowest}, {1 / seconds[slowest]:,.0f} |"
            )
    if not options.peers:
        print("\nskipped: the peers, since --peers names no interpreter")
        return 0
    print("\n| technique | ours, texts/s | peer | theirs, texts/s | ours to theirs |\n|---|--|---|--|--|")
    with Peers(options.peers) as peers:
        for name, others in PEERS.items():
            for other in others:
                _compare(name, other, texts, peers, options.rounds)
    return 0


def _compare(name: str, other: str, texts: Sequence[str], peers: Peers, rounds: int) -> None:
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(timed(techniques[name], texts))
        theirs.append(peers.timed(other, texts))
    ratio = np.median(np.array(theirs) / np.array(ours))
    print(
        f"| {name} | {1 / np.median(ours):,.0f} | {other} | {1 / np.median(theirs):,.0f} | {ratio:.2f} |",
        flush=True,
    )


def _files(technique: Technique) -> bool:
    return technique.outputs != {Modality.TEXT}


def timed(technique: Technique, texts: Sequence[str]) -> float:
    """Seconds a text."""
    asked = [Conversation.user(text) for text in texts]
    rng = np.random.default_rng(0)
    technique(asked[0], rng, language="en")
    began, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < _ENDS or not done:
        for conversation in asked:
            technique(conversation, rng, language="en")
        done += len(asked)
    return spent / done


class Peers:
    """The other interpreter: a request a line, an answer a line."""

    def __init__(self, python: str) -> None:
        script = str(Path(__file__).with_name("throughput_peers.py"))
        self._process = subprocess.Popen(
            [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Peers:
        return self

    def __exit__(self, *_: Any) -> None:
        self._process.terminate()
        self._process.wait()

    def timed(self, name: str, texts: Sequence[str]) -> float:
        """Seconds a text."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"name": name, "texts": list(texts), "seconds": _ENDS}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the peers' interpreter ended at {name}")
        return float(line)


if __name__ == "__main__":
    sys.exit(main())
