"""Where the mark lies, by all its carriers.

A search by sync carriers finds shift and map to about a pixel, which reads a payload; the finest carriers
are then up to half a radian off. Once the payload is known, all carriers are, and a few steps of Newton's
method on their phases give the rest.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from octarine.watermark.image.carriers import RINGS, Carriers
from octarine.watermark.image.lock import Lock
from octarine.watermark.image.tiles import Complexes, Doubles

LIKELY = 0.006
"""Standard deviation of what is left to find, as movements at the border, in tiles."""
ROUNDS = 6
ENOUGH = 0.05
"""A gain in log-likelihood at which the climb ends."""


def registered(lock: Lock, carriers: Carriers, signs: Doubles) -> Lock:
    """The lock with the drift under which all carriers, of known ``signs``, agree best."""
    start = np.zeros(8) if lock.motion is None else lock.motion
    still = replace(lock, motion=None).aligned(carriers) * signs
    basis = lock.basis()
    k = carriers.k.astype(np.float64)

    def turned(motion: Doubles) -> Complexes:
        return np.asarray(still * np.exp(2j * np.pi * (np.tensordot(motion, basis, 1) @ k.T)))

    # The log-likelihood of a tile is twice the real part times the amplitude, since what is heard is given
    # over noise; the prior holds the steps in reach of a quadratic.
    here = turned(start)
    weight = 2 * by_radius(here.sum(0).real, carriers)
    motion, value = start, float((here.real @ weight).sum())
    for _ in range(ROUNDS):
        step = _newton(here, weight, k, basis, motion - start)
        for _ in range(4):
            there = turned(motion + step)
            off = motion + step - start
            reached = float((there.real @ weight).sum() - (off @ off) / (2 * LIKELY**2))
            if reached > value:
                break
            step = step / 3
        gain = reached - value
        if gain <= 0:
            break
        motion, here, value = motion + step, there, reached
        if gain < ENOUGH:
            break
    return replace(lock, motion=motion)


def _newton(here: Complexes, weight: Doubles, k: Doubles, basis: Doubles, off: Doubles) -> Doubles:
    """One step uphill. Where noise has turned the curvature over, its size is taken."""
    slope = -2 * np.pi * ((here.imag * weight) @ k)
    squares = (k[:, :, None] * k[:, None, :]).reshape(-1, 4)
    bend = ((2 * np.pi) ** 2 * ((here.real * weight) @ squares)).reshape(-1, 2, 2)
    gradient = np.einsum("jni,ni->j", basis, slope) - off / LIKELY**2
    curvature = np.einsum("jni,nil,mnl->jm", basis, bend, basis, optimize=True)
    values, vectors = np.linalg.eigh(curvature + np.eye(len(off)) / LIKELY**2)
    return np.asarray(vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), 1 / LIKELY**2)))


def by_radius(sums: Doubles, carriers: Carriers) -> Doubles:
    """(carriers,) the mean of ``sums`` over carriers of about the same radius, at least 0."""
    ring = carriers.ring
    mean = np.bincount(ring, sums, RINGS) / np.maximum(np.bincount(ring, minlength=RINGS), 1)
    return np.asarray(np.maximum(mean, 0)[ring])
