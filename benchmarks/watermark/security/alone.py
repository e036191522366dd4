"""One picture, and no key: taking the mark off, making the picture anew, and seeing that there is a mark."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import numpy.typing as npt
from attacker import folded, non_local, periodicity, strongest, wiener, without
from pictures import MARK, Picture, Random, Setting, Tally, bytes_of, payload_of
from PIL import Image, ImageFilter

from octarine.watermark.image.carriers import LADDER, TILE

Change = Callable[[Picture], Picture]


def removal(setting: Setting) -> Iterator[Tally | str]:
    """What the picture itself gives away: subtracted, or smoothed over."""
    attacks: dict[str, Change] = {
        f"Wiener {side}×{side}, σ {sigma}": wiener(side, sigma) for side, sigma in ((3, 4), (5, 6), (5, 12))
    }
    attacks |= {f"non-local means, {h}": non_local(h) for h in (3, 6, 10)}
    attacks["bilateral, 9 pixels, 25"] = lambda image: cv2.bilateralFilter(image, 9, 25, 5)
    for least in (42, 38):
        attacks[f"tile folded and taken off, to {least} dB"] = lambda image, least=least: without(
            image, folded(image), least
        )
        attacks[f"its 80 strongest waves, to {least} dB"] = lambda image, least=least: without(
            image, strongest(folded(image), 80), least
        )
    yield from _tried(setting, attacks, "removal")
    marked = [MARK.embed(image, 1) for image in setting.targets("targets")]
    right = [abs(LADDER[int(periodicity(image).argmax())] - TILE) < 1 for image in marked]
    yield f"the tile is told by autocorrelation in {sum(right)} of {len(right)}"


def regeneration(setting: Setting) -> Iterator[Tally]:
    """Bottlenecks and distortions that make the picture anew. No diffusion model is among them."""
    attacks: dict[str, Change] = {f"JPEG {quality}": _jpeg(quality) for quality in (20, 15, 10)}
    attacks["a quarter and back, sharpened"] = _through_a_quarter
    attacks["16 colours"] = lambda image: np.asarray(Image.fromarray(image).quantize(16).convert("RGB"))
    attacks["median 7"] = lambda image: cv2.medianBlur(image, 7)
    generator = setting.random("bending")
    for reach in (1.0, 2.0, 4.0):
        attacks[f"bent at random by {reach:g} pixels"] = lambda image, reach=reach: bent(
            image, reach, generator
        )
    patches = _patches(setting)
    for kept in (24, 12, 6):
        attacks[f"linear autoencoder, {kept} of 192 numbers a patch"] = autoencoder(patches, kept)
    yield from _tried(setting, attacks, "regeneration")


def _tried(setting: Setting, attacks: dict[str, Change], label: str) -> Iterator[Tally]:
    generator = setting.random(label)
    images = setting.targets("targets")
    payloads = [payload_of(generator) for _ in images]
    marked = [MARK.embed(image, payload) for image, payload in zip(images, payloads, strict=True)]
    for name, attack in attacks.items():
        tally = Tally(name)
        for image, payload in zip(marked, payloads, strict=True):
            tally.add(attack(image), payload, beside=image)
        yield tally


def keyless(setting: Setting) -> Iterator[str]:
    """Whether autocorrelation tells marked pictures from unmarked ones, by the number of pictures that are
    known to be alike."""
    generator = setting.random("keyless")
    pieces = list(setting.pieces(4 * setting.most, "keyless"))
    without_mark = np.array([periodicity(piece) for piece in pieces])
    with_mark = np.array([periodicity(MARK.embed(piece, payload_of(generator))) for piece in pieces])
    for together in (1, 4, 16):
        groups = len(pieces) // together * together
        order = generator.permutation(len(pieces))[:groups].reshape(-1, together)
        scores = [(part[order].sum(1) / together**0.5).max(1) for part in (without_mark, with_mark)]
        area = float((scores[1][:, None] > scores[0][None]).mean())
        bound = np.quantile(scores[0], 0.95)
        yield (
            f"{together:2d} pictures: area under the curve {area:.3f}, "
            f"found {np.mean(scores[1] > bound):.0%} at 5 % false alarms ({len(order)} groups)"
        )


def _jpeg(quality: int) -> Change:
    def attack(image: Picture) -> Picture:
        out = io.BytesIO()
        Image.fromarray(image).save(out, "JPEG", quality=quality)
        return np.asarray(Image.open(out).convert("RGB"))

    return attack


def _through_a_quarter(image: Picture) -> Picture:
    size = image.shape[1], image.shape[0]
    small = cv2.resize(image, (size[0] // 4, size[1] // 4), interpolation=cv2.INTER_AREA)
    large = Image.fromarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC))
    return np.asarray(large.filter(ImageFilter.UnsharpMask(2, 150, 2)))


def bent(image: Picture, reach: float, generator: Random) -> Picture:
    """A smooth random displacement, in the manner of StirMark (Petitcolas, Anderson and Kuhn, 1998)."""
    height, width = image.shape[:2]
    coarse = generator.normal(0, 1, (2, 8, 8)).astype(np.float32)
    moves = [cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC) for part in coarse]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    moves = [move * np.float32(reach / np.abs(move).max()) for move in moves]
    how = {"interpolation": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REFLECT}
    return np.asarray(cv2.remap(image, x + moves[0], y + moves[1], **how))


def _patches(setting: Setting) -> npt.NDArray[np.float32]:
    pieces = list(setting.pieces(2 * len(setting.images), "patches"))[len(setting.images) :]
    return np.concatenate([_cut(piece)[::7] for piece in pieces])


def _cut(image: Picture) -> npt.NDArray[np.float32]:
    height, width = (length // 8 for length in image.shape[:2])
    blocks = image[: 8 * height, : 8 * width].reshape(height, 8, width, 8, 3).swapaxes(1, 2)
    return blocks.reshape(-1, 192).astype(np.float32)


def autoencoder(patches: npt.NDArray[np.float32], kept: int) -> Change:
    """The best linear one for patches of 8×8 (principal components), laid over the picture at four offsets so
    that no block shows."""
    mean = patches.mean(0)
    _, vectors = np.linalg.eigh(np.cov(patches.T))
    basis = vectors[:, -kept:].astype(np.float32)

    def attack(image: Picture) -> Picture:
        height, width = image.shape[:2]
        total = np.zeros(image.shape, np.float32)
        padded = np.pad(image, ((8, 16), (8, 16), (0, 0)), "reflect")
        for y, x in ((0, 0), (4, 0), (0, 4), (4, 4)):
            part = padded[8 - y :, 8 - x :][: height + 8 - height % 8, : width + 8 - width % 8]
            made = (_cut(part) - mean) @ basis @ basis.T + mean
            rows, columns = part.shape[0] // 8, part.shape[1] // 8
            whole = made.reshape(rows, columns, 8, 8, 3).swapaxes(1, 2).reshape(8 * rows, 8 * columns, 3)
            total += whole[y : y + height, x : x + width] / 4
        return bytes_of(total)

    return attack
