"""The synthetic voice: the program espeak-ng."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.audio.writing import Samples

LANGUAGES = frozenset({"en", "de", "fr", "es", "it", "pt", "hi", "ar"})
"""Without Japanese: espeak-ng reads no kanji."""
LONGEST = 600
"""Characters that are spoken; about forty seconds."""


@dataclass(frozen=True, eq=False)
class Spoken:
    """A voice: samples of one channel, ``rate`` a second. Never written to."""

    samples: Samples
    rate: int


def spoken(
    text: str, language: str, *, variant: str = "", speed: int = 165, pitch: int = 50
) -> Spoken | NotApplicable:
    """``text`` said. ``variant``: of the voice, as espeak-ng names it; ``speed``: words a minute."""
    if not any(letter.isalnum() for letter in text):
        return NotApplicable("there is nothing to say aloud")
    if len(text) > LONGEST:
        return NotApplicable(f"longer than the {LONGEST} characters that are said aloud")
    said = _said(" ".join(text.replace("\x00", " ").split()), language, variant, speed, pitch)
    return said if len(said.samples) else NotApplicable("the voice has no sounds for it")


@lru_cache(maxsize=64)  # one seed goes through a dozen techniques
def _said(text: str, language: str, variant: str, speed: int, pitch: int) -> Spoken:
    voice = f"{language}+{variant}" if variant else language
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-b", "1", "--stdin", "--stdout"]
    made = subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=60).stdout  # noqa: S603
    place = made.find(b"data")
    samples = np.frombuffer(made[place + 8 :][: (len(made) - place - 8) // 2 * 2], "<i2").astype(np.int16)
    samples.flags.writeable = False
    return Spoken(samples, int.from_bytes(made[24:28], "little") or 22_050)


def quiet_edges(samples: Samples, rate: int, pieces: int) -> list[int]:
    """Where to cut into about equal pieces: at the quietest place near each edge."""
    window = max(1, rate // 50)
    energy = np.convolve(np.abs(samples.astype(np.float64)), np.ones(window), "same")
    reach = max(1, len(samples) // (3 * pieces))
    edges = [0]
    for number in range(1, pieces):
        middle = number * len(samples) // pieces
        first = max(edges[-1], middle - reach)
        edges.append(first + int(np.argmin(energy[first : middle + reach])))
    return [*edges, len(samples)]
