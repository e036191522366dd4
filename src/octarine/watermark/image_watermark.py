"""``ImageWatermark``: put an invisible mark into a picture, and find it again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.core.errors import InputError
from octarine.watermark.code import encode
from octarine.watermark.evidence import Confidence, confidence_of
from octarine.watermark.image.analysis import clipped, flatten, luma, seen
from octarine.watermark.image.carriers import blank_carriers_of, carriers_of
from octarine.watermark.image.detect import Outcome, find_flat
from octarine.watermark.image.edits import EditMap, edit_map
from octarine.watermark.image.embed import add_mark
from octarine.watermark.image.shape import Geometry, geometry_of
from octarine.watermark.keys import Key

Pixels = npt.NDArray[Any]
LEAST_SIDE = 64
WITH_ALPHA = (2, 4)
"""Channels of pictures whose last one is alpha."""


@dataclass(frozen=True)
class Found:
    """What a detector says of one picture.

    Attributes:
        score: −log₁₀ of the p-value: 9 and more is HIGH.
        p_value: the probability that a picture without this mark gives such evidence, over everything that
            the search tried, all keys among it; 0.0 where it is too small for a float (the score is not).
        confidence: high (p ≤ 1e-9), medium (≤ 1e-6), low (≤ 1e-3) or none.
        payload: the number that was put in, or None where it could not be read or there is none. It is never
            given with confidence none.
        zero_bit: whether the mark was put in without a payload.
        geometry: how the mark lies in the picture; None with confidence none.
        edited: whether parts of the picture were changed after marking; None where no map was asked for or
            could be made, and where the mark is too weak to tell most of the picture.
        edit_map: where; see ``EditMap``. Only where a map was asked for and the payload was read, or there is
            none to read.
        key: the fingerprint of the key under which the mark was found.
    """

    score: float
    p_value: float
    confidence: Confidence
    payload: int | None = None
    zero_bit: bool = False
    geometry: Geometry | None = None
    edited: bool | None = None
    edit_map: EditMap | None = field(default=None, repr=False, compare=False)
    key: str | None = None


class ImageWatermark:
    """Marks under one key; detection may know retired keys too.

    Pictures are arrays of 8 or 16 bits: H×W (grey), H×W×2 (grey and alpha), H×W×3 (RGB) or H×W×4 (RGB and
    alpha), at least 64 pixels a side; 256 are needed for a mark that survives much. Alpha is left alone, and
    so is the colour of what is fully transparent: no one sees it, and no codec keeps it.
    """

    def __init__(self, key: Key | bytes, *, retired: tuple[Key, ...] = ()) -> None:
        self.key = key if isinstance(key, Key) else Key(key)
        self.retired = retired

    def embed(self, image: Pixels, payload: int | None = 0, *, psnr: float | None = None) -> Pixels:
        """The marked picture, of the same shape and type.

        Args:
            image: see the class.
            payload: 0 ≤ payload < 2**48; None for a mark that says only that it is there, and survives more.
            psnr: the peak signal-to-noise ratio of the result in dB, over red, green and blue. Without it the
                mark is as strong as the eye lets pass: 40 to 48, less in texture and more in smooth pictures.

        Raises:
            InputError: a picture or a payload of another kind or size.
        """
        picture = _picture(image)
        if psnr is not None and not 25 <= psnr <= 60:
            raise InputError(
                f"a PSNR of {psnr:g} dB", hint="Give one from 25 to 60; 42 is invisible in most pictures."
            )
        carriers = carriers_of(self.key) if payload is not None else blank_carriers_of(self.key)
        signs = carriers.signs(None if payload is None else encode(self.key, payload))
        return _shown(image, add_mark(picture, carriers, signs, psnr))

    def detect(self, image: Pixels, *, edits: bool = True) -> Found:
        """Look for a mark of any of the keys. ``edits`` asks for the map of edits, which takes about as long
        again.

        Raises:
            InputError: a picture of another kind or size.
        """
        picture = _picture(image)
        small, scale = seen(picture)
        flat = flatten(small)
        best: Found | None = None
        keys = self.key, *self.retired
        for key in keys:
            outcome = find_flat(flat, scale, key)
            # Every key is another chance of a false alarm.
            log_p = min(0.0, outcome.log_p + float(np.log(len(keys))))
            found = _found(replace(outcome, log_p=log_p), picture, key, edits)
            if best is None or found.score > best.score:
                best = found
            if best.payload is not None or (best.zero_bit and best.confidence is Confidence.HIGH):
                break
        assert best is not None
        return best


def _picture(image: Pixels) -> Pixels:
    """H×W, H×W×3 or H×W×4, checked."""
    if image.dtype not in (np.uint8, np.uint16) or image.ndim not in (2, 3) or 0 in image.shape:
        raise InputError(
            f"a picture of shape {image.shape} and type {image.dtype}",
            hint="Give H×W, H×W×2, H×W×3 or H×W×4 of uint8 or uint16.",
        )
    if image.ndim == 3 and image.shape[2] > 4:
        raise InputError(f"a picture with {image.shape[2]} channels", hint="Give one to four.")
    if min(image.shape[:2]) < LEAST_SIDE:
        raise InputError(
            f"a picture of {image.shape[1]}×{image.shape[0]} pixels",
            hint=f"Marks need at least {LEAST_SIDE} pixels a side.",
        )
    return image[..., 0] if image.ndim == 3 and image.shape[2] < 3 else image


def _shown(image: Pixels, marked: Pixels) -> Pixels:
    """The marked picture with the alpha of ``image``, and with its colours where nothing is shown."""
    if image.ndim < 3 or image.shape[2] not in WITH_ALPHA:
        return marked.reshape(image.shape)
    colours = marked.reshape(*image.shape[:2], -1)[..., : image.shape[2] - 1]
    np.copyto(colours, image[..., :-1], where=image[..., -1:] == 0)
    return marked if marked.shape == image.shape else np.concatenate([colours, image[..., -1:]], 2)


def _found(outcome: Outcome, picture: Pixels, key: Key, edits: bool) -> Found:
    score = -outcome.log_p / float(np.log(10)) + 0.0
    p_value = float(np.exp(outcome.log_p))
    confidence = confidence_of(outcome.log_p)
    if confidence is Confidence.NONE or outcome.lock is None:
        return Found(score, p_value, confidence)
    carriers = carriers_of(key)
    code = outcome.decoded.code if outcome.decoded else None
    found_edits = None
    if edits and (code is not None or outcome.blank):
        plane, unable = luma(picture), clipped(picture)
        found_edits = edit_map(plane, unable, outcome.lock, carriers, carriers.signs(code))
    return Found(
        score,
        p_value,
        confidence,
        outcome.decoded.payload if outcome.decoded else None,
        outcome.blank,
        geometry_of(outcome.lock, picture.shape),
        found_edits.edited if found_edits else None,
        found_edits,
        key.fingerprint,
    )
