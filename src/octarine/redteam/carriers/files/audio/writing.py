"""WAVE files in plain bytes (RIFF), and a harmless tune to write text beside."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from octarine.core.content import Modality
from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.covers import attached, timed
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Made, Need, Parameter, Technique

Samples = npt.NDArray[np.int16]
"""int16; one channel, or samples × channels."""
WAV = "audio/wav"
LOUD = 12_000
"""The amplitude of what we write, of 32,768."""


def chunk(name: str, data: bytes) -> bytes:
    """A RIFF chunk, padded to an even length."""
    return name.encode("ascii") + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) % 2)


def wav(samples: Samples, rate: int, more: bytes = b"") -> bytes:
    """A file of 16-bit samples. ``more``: chunks after the samples."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 * channels, 2 * channels, 16)
    data = samples.astype("<i2").tobytes()
    return chunk("RIFF", b"WAVE" + chunk("fmt ", form) + chunk("data", data) + more)


def tone(
    frequency: float, seconds: float, rate: int, loud: float = LOUD, edge: float = 0.004
) -> npt.NDArray[np.float64]:
    """A sine with soft edges of ``edge`` seconds."""
    count = round(seconds * rate)
    wave = loud * np.sin(2 * np.pi * frequency * np.arange(count) / rate)
    soft = min(count // 2, round(edge * rate))
    if soft:
        ramp = np.linspace(0, 1, soft)
        wave[:soft] *= ramp
        wave[count - soft :] *= ramp[::-1]
    return wave


def whole(pieces: Sequence[npt.NDArray[np.float64]]) -> Samples:
    """Pieces one after another, as samples."""
    return np.clip(np.rint(np.concatenate(pieces)), -32_768, 32_767).astype(np.int16)


def tune(rng: np.random.Generator, notes: int = 12, rate: int = 8000) -> Samples:
    """A tune of five tones."""
    steps = rng.choice((0, 2, 4, 7, 9), size=notes)
    return whole([tone(330 * 2 ** (step / 12), 0.18, rate, LOUD / 2, 0.03) for step in steps])


def heard(
    seed: Seed,
    samples: Samples | NotApplicable,
    rate: int,
    kind: str = "task",
    more: bytes = b"",
    code: str = "",
) -> Made:
    """The sound in a message."""
    if isinstance(samples, NotApplicable):
        return samples
    return attached(seed, kind, wav(samples, rate, more), WAV, "sound.wav", Modality.AUDIO, code)


def sound(
    ident: str, name: str, mechanism: str, apply: Callable[[Seed], Made], reference: str = "ours",
    *, needs: tuple[Need, ...] = (), latin: bool = False, languages: frozenset[str] = frozenset(),
    more: tuple[Parameter, ...] = (),
) -> Technique:  # fmt: skip
    """A technique that makes a sound."""
    return timed(
        ident, name, mechanism, apply, reference, modality=Modality.AUDIO, needs=frozenset(needs),
        latin=latin, languages=languages, more=more,
    )  # fmt: skip
