"""The payload's code: 48 bits and a keyed tag in a polar code, decoded by a list.

Polar code of length 512 and dimension 64 (Arıkan, 2009), positions by polarisation weight (He et al., 2017, β
= 2^¼), successive-cancellation list decoding (Tal and Vardy, 2015) on path metrics of Balatsoukas-Stimming et
al. (2015), with frozen and repetition subtrees taken in one step. The tag is the keyed counterpart of the CRC
of CA-SCL: it picks the path, and no one without the key can make a payload that passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from octarine.core.errors import InputError
from octarine.watermark.keys import Key

PAYLOAD_BITS = 48
TAG_BITS = 16
INFO_BITS = PAYLOAD_BITS + TAG_BITS
CODE_BITS = 512
LIST = 32

Bits = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@cache
def frozen() -> npt.NDArray[np.bool_]:
    """Which of the 512 positions carry nothing."""
    index = np.arange(CODE_BITS)
    levels = CODE_BITS.bit_length() - 1
    weight = sum(((index >> level) & 1) * 2 ** (level / 4) for level in range(levels))
    mask = np.ones(CODE_BITS, bool)
    mask[np.argsort(weight, kind="stable")[-INFO_BITS:]] = False
    return mask


def transform(bits: Bits) -> Bits:
    """Arıkan's transform in natural order, over the last axis."""
    out = bits.copy()
    half = 1
    while half < out.shape[-1]:
        view = out.reshape(*out.shape[:-1], -1, 2, half)
        view[..., 0, :] ^= view[..., 1, :]
        half *= 2
    return out


def info_bits(key: Key, payload: int) -> Bits:
    """The payload, most significant bit first, and its tag."""
    if not 0 <= payload < 1 << PAYLOAD_BITS:
        raise InputError(
            f"the payload {payload:#x} does not fit into {PAYLOAD_BITS} bits",
            hint=f"Give a number from 0 to {(1 << PAYLOAD_BITS) - 1:#x}.",
        )
    word = payload << TAG_BITS | key.tag("tag", payload.to_bytes(PAYLOAD_BITS // 8, "big"), TAG_BITS)
    return np.array([(word >> (INFO_BITS - 1 - i)) & 1 for i in range(INFO_BITS)], np.uint8)


def encode(key: Key, payload: int) -> Bits:
    """The 512 code bits of a payload."""
    word = np.zeros(CODE_BITS, np.uint8)
    word[~frozen()] = info_bits(key, payload)
    return transform(word)


@dataclass(frozen=True)
class Decoded:
    """The payload whose tag is right, and its code bits."""

    payload: int
    code: Bits


def decode(key: Key, llr: Floats) -> Decoded | None:
    """The likeliest payload in the list whose tag is right, or None.

    Args:
        llr: 512 log-likelihood ratios, positive where the bit is likelier 0.
    """
    for word in _ListDecoder(llr.astype(np.float32)).words():
        info = word[~frozen()]
        payload = int("".join(map(str, info[:PAYLOAD_BITS])), 2)
        if np.array_equal(info_bits(key, payload), info):
            return Decoded(payload, transform(word))
    return None


class _ListDecoder:
    """One run of successive-cancellation list decoding. Paths are rows, and forks reorder the rows of every
    array on the stack: each level asks for its rows again by ``self._origin``."""

    def __init__(self, llr: Floats) -> None:
        self._llr = llr
        self._metric = np.zeros(1, np.float32)
        self._decided = np.zeros((1, CODE_BITS), np.uint8)

    def words(self) -> npt.NDArray[np.uint8]:
        """The uncoded words of the list, likeliest first."""
        self._visit(self._llr[None], 0)
        return self._decided[np.argsort(self._metric, kind="stable")]

    def _visit(self, llr: Floats, start: int) -> tuple[Bits, npt.NDArray[np.intp]]:
        """Decide the subtree at ``start``; gives its code bits, and for each path the row it had on entry."""
        size = llr.shape[1]
        free = np.flatnonzero(~frozen()[start : start + size])
        if not len(free):
            self._metric = self._metric + np.maximum(-llr, 0).sum(1)
            return np.zeros(llr.shape, np.uint8), np.arange(len(llr))
        if len(free) == 1 and free[0] == size - 1:
            return self._repetition(llr, start)
        half = size // 2
        left, right = llr[:, :half], llr[:, half:]
        check = np.sign(left) * np.sign(right) * np.minimum(np.abs(left), np.abs(right))
        upper, rows = self._visit(check, start)
        left, right = left[rows], right[rows]
        lower, again = self._visit(right + (1 - 2.0 * upper.astype(np.float32)) * left, start + half)
        return np.concatenate([upper[again] ^ lower, lower], 1), rows[again]

    def _repetition(self, llr: Floats, start: int) -> tuple[Bits, npt.NDArray[np.intp]]:
        """One free bit, repeated over the whole subtree: both values, of which the best paths stay."""
        n, size = llr.shape
        zero = self._metric + np.maximum(-llr, 0).sum(1)
        one = self._metric + np.maximum(llr, 0).sum(1)
        both = np.concatenate([zero, one])
        keep = np.argsort(both, kind="stable")[:LIST]
        rows, value = keep % n, (keep >= n).astype(np.uint8)
        self._metric = both[keep]
        self._decided = self._decided[rows]
        self._decided[:, start + size - 1] = value
        return np.repeat(value[:, None], size, 1), rows
