"""Several marks and one picture: collusion, marking again, and copying a mark to where it does not belong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from attacker import folded, laid_over, wiener
from pictures import MARK, OTHER, Picture, Random, Setting, Tally, at_psnr, bytes_of, payload_of

from octarine.watermark import ImageWatermark, Key

Mix = Callable[[list[Picture], Random], Picture]


def _mean(copies: list[Picture], _: Random) -> Picture:
    return bytes_of(np.mean(copies, 0))


def _midrange(copies: list[Picture], _: Random) -> Picture:
    return bytes_of((np.min(copies, 0).astype(np.float32) + np.max(copies, 0)) / 2)


def _patchwork(copies: list[Picture], generator: Random) -> Picture:
    """Squares of 64 pixels, each from one of the copies."""
    out = copies[0].copy()
    for y in range(0, out.shape[0], 64):
        for x in range(0, out.shape[1], 64):
            part = np.s_[y : y + 64, x : x + 64]
            out[part] = copies[generator.integers(len(copies))][part]
    return out


MIXES: dict[str, Mix] = {"mean": _mean, "midrange": _midrange, "squares": _patchwork}


def collusion(setting: Setting) -> Iterator[Tally]:
    """One picture under several payloads, mixed. Read is one of them; another payload would accuse someone
    who was not there."""
    generator = setting.random("collusion")
    images = setting.targets("targets")
    tallies = {(name, n): Tally(f"{n} copies, {name}") for name in MIXES for n in (2, 4, 8, 16)}
    for image in images:
        payloads = [payload_of(generator) for _ in range(16)]
        copies = [MARK.embed(image, payload) for payload in payloads]
        for (name, n), tally in tallies.items():
            mixed = MIXES[name](copies[:n], generator)
            tally.add(mixed, *payloads[:n], beside=image)
    yield from tallies.values()


def again(setting: Setting) -> Iterator[Tally | str]:
    """Marking up to three times more, with other keys and with the same key and other payloads."""
    others = [
        ImageWatermark(key) for key in (OTHER, Key(b"a third key, and it is different"), Key(b"k" * 32))
    ]
    first = [Tally(f"{n} times more with other keys: the first mark") for n in (1, 2, 3)]
    last = [Tally(f"{n} times more with other keys: the last mark") for n in (1, 2, 3)]
    same = [Tally(f"{n} times more with the same key: any of its payloads") for n in (1, 2, 3)]
    which: list[int] = []
    generator = setting.random("again")
    for image in setting.targets("targets"):
        payloads = [payload_of(generator) for _ in range(4)]
        marked = once = MARK.embed(image, payloads[0])
        for n, other in enumerate(others):
            marked = other.embed(marked, payloads[n + 1])
            first[n].add(marked, payloads[0], beside=image)
            last[n].add(marked, payloads[n + 1], mark=other)
        marked = once
        for n in range(3):
            marked = MARK.embed(marked, payloads[n + 1])
            same[n].add(marked, *payloads[: n + 2], beside=image)
            read = MARK.detect(marked, edits=False).payload if n == 0 else None
            which += [payloads.index(read)] if read in payloads else []
    yield from (*first, *last, *same)
    yield f"of two payloads of one key the first was read {which.count(0)} times, the second {which.count(1)}"


def copying(setting: Setting) -> Iterator[Tally]:
    """What one marked picture gives away, added to another that was never marked."""
    generator = setting.random("copying")
    images = setting.targets("targets")
    denoise = wiener(5, 6)
    names = (
        "exact difference",
        "what a Wiener filter takes off",
        "tile folded, at 41 dB",
        "the same at 44 dB",
    )
    tallies = [Tally(name) for name in names]
    for i, image in enumerate(images):
        payload, victim = payload_of(generator), images[i - 1]
        marked = MARK.embed(image, payload)
        wave = laid_over(victim, folded(marked))
        forged = (
            bytes_of(victim + (marked.astype(np.float32) - image)),
            bytes_of(victim + (marked.astype(np.float32) - denoise(marked))),
            at_psnr(victim, wave, 41),
            at_psnr(victim, wave, 44),
        )
        for tally, picture in zip(tallies, forged, strict=True):
            tally.add(picture, payload, beside=victim)
    yield from tallies
