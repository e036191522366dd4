"""Gaussian Shading (Yang et al., CVPR 2024): the signs of the latents carry the payload, their sizes nothing.

A latent z = s·|g| with g ~ N(0, 1) and a sign s that is uniform and independent of it is N(0, 1): the
distribution-preserving sampling of the paper (its section 3.3) for one bit a cell, since the quantile of
(m + u) / 2 for a uniform u is a half normal with the sign of m. Signs are code bits times a key stream, so to
whoever lacks the key they are uniform.

What is ours: the code bits are those of our polar code with its keyed tag, each as often as it fits (the
paper's diffusion factor); an eighth of the cells are pilots, which are there before any payload is read; and
there are 1,024 streams, of which each picture draws one, since under a single stream all pictures of a
payload would have all signs in common, which shows in their composition and to whoever compares them.

Under the null hypothesis (latents made without this key) the stream is independent of the latents, so for
fixed z the sum of |z| ε over random signs ε obeys P(Σ|z|ε ≥ t √Σz²) ≤ exp(−t² / 2) (Hoeffding, 1963), and
what was tried adds up (Boole).
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.core.errors import InputError
from octarine.watermark.code import CODE_BITS, PAYLOAD_BITS, decode, encode
from octarine.watermark.evidence import Confidence, confidence_of, either, plain_tail
from octarine.watermark.keys import Key, hkdf

STREAMS = 1024
PILOT = 8
"""One cell of so many is a pilot."""
LEAST_CELLS = 1024
READ = 2
"""So many of the likeliest streams are read."""

Floats = npt.NDArray[np.float32]
Signs = npt.NDArray[np.int8]


@dataclass(frozen=True)
class FoundInLatents:
    """What is found in the latents of one picture.

    Attributes:
        score: −log₁₀ of the p-value.
        p_value: the probability that latents made without this key give such evidence, over all that was
            tried: a proven bound.
        confidence: see ``Confidence``.
        payload: the number that was put in, or None where it could not be read.
        agreement: the share of cells whose sign is that of the mark; 0.5 without one. None without a payload.
    """

    score: float
    p_value: float
    confidence: Confidence
    payload: int | None = None
    agreement: float | None = None


class GaussianShading:
    """Keyed standard normal latents under one key."""

    def __init__(self, key: Key | bytes) -> None:
        self.key = key if isinstance(key, Key) else Key(key)

    def latents(self, shape: Sequence[int], generator: Any, payload: int | Sequence[int] = 0) -> Any:
        """Latents that carry a payload, to be given to a pipeline as ``latents``. Each is exactly as random
        as others: it is the stream that is drawn, and sizes, by ``generator``.

        Args:
            shape: the first dimension counts pictures; the others are as the pipeline takes them. At least
                1,024 cells a picture; 4×64×64 are usual.
            generator: a ``numpy.random.Generator`` gives an array, a ``torch.Generator`` a tensor on its
                device; float32.
            payload: 0 ≤ payload < 2**48, for all or for each picture.

        Raises:
            InputError: too few cells, a payload too large, as many payloads as there are no pictures, or
                another generator.
        """
        pictures, cells = shape[0], int(np.prod(shape[1:]))
        _check(cells)
        payloads = [payload] * pictures if isinstance(payload, int) else list(payload)
        if len(payloads) != pictures:
            raise InputError(
                f"{len(payloads)} payloads for {pictures} pictures", hint="Give one, or one each."
            )
        normal, streams, back = _drawn(generator, tuple(shape))
        signs = [self._signs(cells, int(stream), one) for one, stream in zip(payloads, streams, strict=True)]
        return back(np.abs(normal) * np.stack(signs).reshape(normal.shape).astype(np.float32))

    def detect(self, latents: Any) -> FoundInLatents:
        """Look for the mark in the latents of one picture: an array or a tensor of any shape that has as many
        cells, in the same order, as those that it was made from.

        Raises:
            InputError: too few cells.
        """
        z = _flat(latents)
        _check(z.size)
        size = float(np.sqrt((z.astype(np.float64) ** 2).sum()))
        if not size > 0 or not np.isfinite(size):
            return _found(0.0)
        heard = _heard(self.key, z)
        sent = plain_tail(float(heard.max()), float(np.log(STREAMS)))
        best: tuple[float, int, float] | None = None
        for stream in np.argsort(heard)[::-1][:READ]:
            read = self._read(z, int(stream), size)
            if read is not None and (best is None or read[0] < best[0]):
                best = read
        if best is None:
            return _found(sent)
        return _found(either(sent, best[0]), best[1], best[2])

    def detect_image(self, image: Any, pipe: Any, *, steps: int = 50) -> FoundInLatents:
        """Look for the mark in a picture with the pipeline that made it: encoded, and what its sampler did
        run backwards without a prompt: see ``inversion``.

        Args:
            image: PIL, or H×W×3 of uint8, as it left the pipeline: same size, not turned, not cropped.
            pipe: a pipeline with ``vae``, ``unet`` and ``encode_prompt`` whose model predicts noise or
                velocity, such as Stable Diffusion 1, 2 and XL; or Stable Diffusion 3. Its scheduler draws no
                noise between steps.
            steps: of the inversion.

        Raises:
            InputError: another kind of pipeline.
            MissingExtra: diffusers is not installed.
        """
        from octarine.watermark.latent.inversion import invert

        return self.detect(invert(image, pipe, steps))

    def _read(self, z: Floats, stream: int, size: float) -> tuple[float, int, float] | None:
        """Log p-value, payload and agreement, if the tag of what is read is right."""
        layout = _layout(self.key, z.size)
        whitened = z * _stream(self.key, z.size, stream)
        llr = np.zeros(CODE_BITS, np.float32)
        np.add.at(llr, layout.bits, whitened[layout.data])
        # The scale of soft values does not matter to the decoder.
        decoded = decode(self.key, llr)
        if decoded is None:
            return None
        signs = self._signs(z.size, stream, decoded.payload)
        t = float((z * signs).sum(dtype=np.float64)) / size
        # A payload is the best of all; the tag says which, and is not counted as evidence.
        tries = float(np.log(READ * STREAMS) + PAYLOAD_BITS * np.log(2))
        return plain_tail(t, tries), decoded.payload, float((np.sign(z) == signs).mean())

    def _signs(self, cells: int, stream: int, payload: int) -> Signs:
        layout = _layout(self.key, cells)
        signs = np.ones(cells, np.int8)
        signs[layout.data] = 1 - 2 * encode(self.key, payload)[layout.bits].astype(np.int8)
        return signs * _stream(self.key, cells, stream)


@dataclass(frozen=True)
class _Layout:
    """Which cells are pilots, which carry data, and which of the 512 bits each of those carries."""

    pilots: npt.NDArray[np.intp]
    data: npt.NDArray[np.intp]
    bits: npt.NDArray[np.intp]


@lru_cache(maxsize=8)
def _layout(key: Key, cells: int) -> _Layout:
    order = key.permutation(f"latent/layout/{cells}", cells)
    pilots, data = np.split(order, [cells // PILOT])
    return _Layout(pilots, data, np.arange(len(data)) % CODE_BITS)


def _stream(key: Key, cells: int, stream: int) -> Signs:
    """A key stream: ±1 for each cell."""
    subkey = hkdf(key.secret, f"latent/stream/{stream}/{cells}")
    raw = np.frombuffer(hashlib.shake_256(subkey).digest(-(-cells // 8)), np.uint8)
    return 1 - 2 * np.unpackbits(raw)[:cells].astype(np.int8)


@lru_cache(maxsize=4)
def _pilots(key: Key, cells: int) -> Signs:
    """The signs of the pilots, a row a stream."""
    at = _layout(key, cells).pilots
    return np.stack([_stream(key, cells, stream)[at] for stream in range(STREAMS)])


def _heard(key: Key, z: Floats) -> npt.NDArray[np.float64]:
    """t of the pilots under each stream."""
    heard = z[_layout(key, z.size).pilots].astype(np.float32)
    size = float(np.sqrt((heard.astype(np.float64) ** 2).sum()))
    if not size > 0:
        return np.zeros(STREAMS)
    return np.asarray(_pilots(key, z.size).astype(np.float32) @ heard / size, np.float64)


def _check(cells: int) -> None:
    if cells < LEAST_CELLS:
        raise InputError(
            f"latents of {cells} cells a picture", hint=f"{LEAST_CELLS:,} are the least; 4×64×64 are usual."
        )


def _found(log_p: float, payload: int | None = None, agreement: float | None = None) -> FoundInLatents:
    confidence = confidence_of(log_p)
    if confidence is Confidence.NONE:
        payload = agreement = None
    return FoundInLatents(
        -log_p / float(np.log(10)) + 0.0, float(np.exp(log_p)), confidence, payload, agreement
    )


def _flat(latents: Any) -> Floats:
    if hasattr(latents, "detach"):
        latents = latents.detach().float().cpu().numpy()
    return np.asarray(latents, np.float32).ravel()


def _drawn(
    generator: Any, shape: tuple[int, ...]
) -> tuple[Floats, npt.NDArray[np.int64], Callable[[Floats], Any]]:
    """Standard normals, a stream for each picture, and the way back to what the generator's user takes."""
    if isinstance(generator, np.random.Generator):
        streams = generator.integers(STREAMS, size=shape[0])
        return generator.standard_normal(shape, np.float32), streams, lambda made: made.astype(np.float32)
    torch: Any = sys.modules.get("torch")
    if torch is None or not isinstance(generator, torch.Generator):
        raise InputError(
            f"a {type(generator).__name__} is no generator",
            hint="Give one of numpy or of torch, with a seed.",
        )
    device = generator.device
    chosen = torch.randint(STREAMS, shape[:1], generator=generator, device=device).cpu().numpy()
    normal = torch.randn(shape, generator=generator, device=device).cpu().numpy()
    return normal, chosen, lambda made: torch.from_numpy(made.astype(np.float32)).to(device)
