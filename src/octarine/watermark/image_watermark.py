"""``ImageWatermark``: put an invisible mark into a picture, and find it again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.core.errors import InputError
from octarine.watermark.code import encode
from octarine.watermark.evidence import Confidence, confidence_of
from octarine.watermark.image.analysis import luma
from octarine.watermark.image.carriers import VARIANTS, carriers_of
from octarine.watermark.image.detect import Outcome, find
from octarine.watermark.image.edits import EditMap, edit_map
from octarine.watermark.image.embed import add_mark
from octarine.watermark.image.shape import Geometry, geometry_of
from octarine.watermark.keys import Key

Pixels = npt.NDArray[Any]
LEAST_SIDE = 64


@dataclass(frozen=True)
class Found:
    """What a detector says of one picture.

    Attributes:
        score: −log₁₀ of the p-value: 9 and more is HIGH.
        p_value: the probability that a picture without this mark gives such evidence, over everything that
            the search tried, all keys among it; 0.0 where it is too small for a float (the score is not).
        confidence: high (p ≤ 1e-9), medium (≤ 1e-6), low (≤ 1e-3) or none.
        payload: the number that was put in, or None where it could not be read. It is never given with
            confidence none.
        geometry: how the mark lies in the picture; None with confidence none.
        edited: whether parts of the picture were changed after marking; None where that cannot be said.
        edit_map: where; see ``EditMap``. Only where the payload was read and a map was asked for.
        key: the fingerprint of the key under which the mark was found.
    """

    score: float
    p_value: float
    confidence: Confidence
    payload: int | None = None
    geometry: Geometry | None = None
    edited: bool | None = None
    edit_map: EditMap | None = field(default=None, repr=False, compare=False)
    key: str | None = None


class ImageWatermark:
    """Marks under one key; detection may know retired keys too.

    Pictures are arrays of 8 or 16 bits: H×W (grey), H×W×3 (RGB) or H×W×4 (RGB and alpha, which is left
    alone), at least 64 pixels a side; 256 are needed for a mark that survives much.
    """

    def __init__(self, key: Key | bytes, *, retired: tuple[Key, ...] = ()) -> None:
        self.key = key if isinstance(key, Key) else Key(key)
        self.retired = retired

    def embed(self, image: Pixels, payload: int = 0, *, psnr: float | None = None) -> Pixels:
        """The marked picture, of the same shape and type.

        Args:
            image: see the class.
            payload: 0 ≤ payload < 2**48.
            psnr: the peak signal-to-noise ratio of the result in dB, over red, green and blue. Without it the
                mark is as strong as the eye lets pass: about 40 in texture, 45 in smooth pictures.

        Raises:
            InputError: a picture or a payload of another kind or size.
        """
        colours = _colours(image)
        if psnr is not None and not 25 <= psnr <= 60:
            raise InputError(
                f"a PSNR of {psnr:g} dB", hint="Give one from 25 to 60; 42 is invisible in most pictures."
            )
        carriers = carriers_of(self.key)
        signs = carriers.signs(encode(self.key, payload))
        marked = add_mark(colours, carriers, carriers.laid(*self._place(colours), signs), psnr)
        if image.ndim == 3 and image.shape[2] == 4:
            return np.concatenate([marked, image[..., 3:]], 2)
        return marked.reshape(image.shape)

    def detect(self, image: Pixels, *, edits: bool = True) -> Found:
        """Look for a mark of any of the keys. ``edits`` asks for the map of edits, which takes about as long
        again.

        Raises:
            InputError: a picture of another kind or size.
        """
        plane = luma(_colours(image))
        best: Found | None = None
        keys = self.key, *self.retired
        for key in keys:
            outcome = find(plane, key)
            # Every key is another chance of a false alarm.
            log_p = min(0.0, outcome.log_p + float(np.log(len(keys))))
            found = _found(replace(outcome, log_p=log_p), plane, key, edits)
            if best is None or found.score > best.score:
                best = found
            if best.payload is not None:
                break
        assert best is not None
        return best

    def _place(self, image: Pixels) -> tuple[int, npt.NDArray[np.float64]]:
        """The variant and the place of the tile's origin, by the picture: the same picture is always marked
        alike, and others do not average to a mark. Detection looks everywhere, so that this costs it nothing.

        The payload has no part in it: copies of one picture under many payloads then keep their sync carriers
        when they are averaged, and the mark is found.
        """
        digest = hashlib.sha256(np.ascontiguousarray(image).data).digest()
        variant = self.key.tag("variant", digest, 32) % VARIANTS
        x, y = self.key.tag("origin/x", digest, 32), self.key.tag("origin/y", digest, 32)
        return variant, np.array([x, y]) / 2**32


def _colours(image: Pixels) -> Pixels:
    """H×W or H×W×3 without alpha, checked."""
    if image.dtype not in (np.uint8, np.uint16) or image.ndim not in (2, 3) or 0 in image.shape:
        raise InputError(
            f"a picture of shape {image.shape} and type {image.dtype}",
            hint="Give H×W, H×W×3 or H×W×4 of uint8 or uint16.",
        )
    if image.ndim == 3 and image.shape[2] not in (1, 3, 4):
        raise InputError(f"a picture with {image.shape[2]} channels", hint="Give one, three or four.")
    if min(image.shape[:2]) < LEAST_SIDE:
        raise InputError(
            f"a picture of {image.shape[1]}×{image.shape[0]} pixels",
            hint=f"Marks need at least {LEAST_SIDE} pixels a side.",
        )
    if image.ndim == 2:
        return image
    return np.ascontiguousarray(image[..., 0] if image.shape[2] == 1 else image[..., :3])


def _found(outcome: Outcome, plane: npt.NDArray[np.float32], key: Key, edits: bool) -> Found:
    score = -outcome.log_p / float(np.log(10)) + 0.0
    p_value = float(np.exp(outcome.log_p))
    confidence = confidence_of(outcome.log_p)
    if confidence is Confidence.NONE or outcome.lock is None:
        return Found(score, p_value, confidence)
    carriers = carriers_of(key)
    payload = outcome.decoded.payload if outcome.decoded else None
    geometry = geometry_of(outcome.lock, plane.shape)
    found_edits = None
    if edits and outcome.decoded is not None:
        found_edits = edit_map(plane, outcome.lock, carriers, carriers.signs(outcome.decoded.code))
    return Found(
        score,
        p_value,
        confidence,
        payload,
        geometry,
        found_edits.edited if found_edits else None,
        found_edits,
        key.fingerprint,
    )
