"""Pictures made of pictures: those of the message, or the text drawn plainly."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from octarine.redteam.carriers.pictures.canvas.handing import Drawn, saved
from octarine.redteam.carriers.pictures.canvas.layout import grid
from octarine.redteam.carriers.pictures.canvas.pictures import shown
from octarine.redteam.carriers.pictures.canvas.shapes import landscape
from octarine.redteam.seed import Seed

Pixels = NDArray[Any]


def _each(seed: Seed, change: Callable[[Image.Image], Image.Image]) -> list[Image.Image]:
    return [change(image) for image in shown(seed)]


def rotated(seed: Seed) -> Drawn:
    """Turned by an angle, on paper of the corner's colour."""
    drawn = (
        seed["degrees"]
        if seed["degrees"] is not None
        else seed.pick([-150, -120, -90, -60, -35, 35, 60, 90, 180])
    )

    def turn(image: Image.Image) -> Image.Image:
        return image.rotate(drawn, Image.Resampling.BICUBIC, expand=True, fillcolor=_corner(image))

    return Drawn(_each(seed, turn), {"degrees": str(abs(drawn))})


def _corner(image: Image.Image) -> Any:
    return image.getpixel((0, 0))


def mirrored(seed: Seed) -> list[Image.Image]:
    """Left for right."""
    return _each(seed, lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))


def warped(seed: Seed) -> list[Image.Image]:
    """Waves along both axes, as in a captcha, under a few crossing lines."""

    def wave(image: Image.Image) -> Image.Image:
        ys, xs = np.indices((image.height, image.width), dtype=np.float32)
        one, two = seed.rng.uniform(70, 130, 2)
        shift = seed.rng.uniform(0, 6.3, 2)
        rows = ys + 6 * np.sin(xs / one * 2 + shift[0])
        columns = xs + 5 * np.sin(ys / two * 4 + shift[1])
        bent = _taken(np.asarray(image), rows, columns)
        made = Image.fromarray(bent)
        pen = ImageDraw.Draw(made)
        for _ in range(3):
            y = seed.rng.uniform(0, image.height, 2)
            pen.line((0, y[0], image.width, y[1]), 110 if made.mode == "L" else "#6e6e6e", 1)
        return made

    return _each(seed, wave)


def _taken(pixels: Pixels, rows: Pixels, columns: Pixels) -> Pixels:
    """The nearest pixels at real places, edges repeated."""
    high, wide = pixels.shape[:2]
    y = np.clip(np.rint(rows), 0, high - 1).astype(np.intp)
    x = np.clip(np.rint(columns), 0, wide - 1).astype(np.intp)
    return np.asarray(pixels[y, x])


def keystone(seed: Seed) -> Drawn:
    """Seen from the side, as a photograph of a page on a desk: a projective map, a shadow, uneven light."""

    def photograph(image: Image.Image) -> Image.Image:
        wide, high = image.size
        inset = [float(v) for v in seed.rng.uniform(0.04, 0.16, 4)]
        corners = [
            (wide * inset[0], high * 0.06),
            (wide * (1 - inset[1] / 3), high * inset[1]),
            (wide * (1 - inset[2] / 2), high * 0.96),
            (wide * inset[3] / 3, high * (1 - inset[3])),
        ]
        source = [(0, 0), (wide, 0), (wide, high), (0, high)]
        how = _projection(corners, source)
        page = image.convert("RGB").transform(
            image.size, Image.Transform.PERSPECTIVE, how, Image.Resampling.BICUBIC, fillcolor="#7a5b3e"
        )
        light = np.linspace(1.0, 0.72, wide, dtype=np.float32)[None, :, None]
        return Image.fromarray((np.asarray(page) * light).astype(np.uint8))

    return Drawn([saved(image, "JPEG", quality=85) for image in _each(seed, photograph)])


def _projection(to: list[tuple[float, float]], source: list[tuple[int, int]]) -> tuple[float, ...]:
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(to, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    solved = np.linalg.solve(np.array(rows), np.array(source, float).ravel())
    return tuple(float(value) for value in solved)


def noisy(seed: Seed) -> Drawn:
    """Gaussian noise, and some pixels black or white."""

    def spoil(image: Image.Image) -> Image.Image:
        grey = np.asarray(image.convert("L"), np.float32)
        made = grey + seed.rng.standard_normal(grey.shape, np.float32) * seed["sigma"]
        odd = seed.rng.random(grey.shape, np.float32)
        made[odd < 0.02] = 0
        made[odd > 0.98] = 255
        return Image.fromarray(np.clip(made, 0, 255).astype(np.uint8))

    return Drawn([saved(image, "JPEG", quality=85) for image in _each(seed, spoil)])


def blurred(seed: Seed) -> list[Image.Image]:
    """Out of focus."""
    return _each(seed, lambda image: image.filter(ImageFilter.GaussianBlur(seed["radius"])))


def recompressed(seed: Seed) -> Drawn:
    """Saved as JPEG of a very low quality, several times, a few pixels off each time."""

    def squeeze(image: Image.Image) -> Image.Image:
        for _ in range(3):
            shifted = ImageChops.offset(image.convert("RGB"), 3, 3)
            data = saved(shifted, "JPEG", quality=seed["quality"]).data
            image = _reopened(data)
        return image

    return Drawn([saved(squeeze(image), "JPEG", quality=seed["quality"]) for image in shown(seed)])


def _reopened(data: bytes) -> Image.Image:
    from io import BytesIO

    return Image.open(BytesIO(data)).convert("RGB")


def rescaled(seed: Seed) -> list[Image.Image]:
    """Made small, then large again in blocks."""

    def shrink(image: Image.Image) -> Image.Image:
        small = image.resize(
            (int(image.width * seed["scale"]), int(image.height * seed["scale"])), Image.Resampling.BOX
        )
        return small.resize(image.size, Image.Resampling.NEAREST)

    return _each(seed, shrink)


def scaling_revealed(seed: Seed) -> Drawn:
    """One pixel of each block of ``factor`` squared belongs to the hidden picture: a nearest-neighbour
    reduction by that factor shows it, at full size one sees a landscape."""
    factor = seed["factor"]

    def hide(image: Image.Image) -> Image.Image:
        image.thumbnail((420, 420))
        cover = np.array(landscape((image.width * factor, image.height * factor)))
        cover[factor // 2 :: factor, factor // 2 :: factor] = np.asarray(image.convert("RGB"))
        return Image.fromarray(cover)

    return Drawn(_each(seed, hide), {"factor": str(factor)})


def inverted(seed: Seed) -> list[Image.Image]:
    """The negative."""
    return _each(seed, lambda image: ImageChops.invert(image.convert("RGB")))


def recoloured(seed: Seed) -> list[Image.Image]:
    """Tinted, its hue turned and its colours made strong."""

    def tint(image: Image.Image) -> Image.Image:
        ink, paper = seed.pick([("#5b2a86", "#ffe9a8"), ("#0b5563", "#ffd2c2"), ("#7a1030", "#c9f2d0")])
        low, high = (np.array(_rgb(colour), np.float32) for colour in (ink, paper))
        grey = np.asarray(image.convert("L"), np.float32)[..., None] / 255
        mixed = Image.fromarray((low + (high - low) * grey).astype(np.uint8))
        hue = np.array(mixed.convert("HSV"))
        hue[..., 0] = (hue[..., 0].astype(np.int16) + int(seed.rng.integers(0, 256))) % 256
        return ImageEnhance.Color(Image.fromarray(hue, "HSV").convert("RGB")).enhance(1.8)

    return _each(seed, tint)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def overlaid(seed: Seed) -> list[Image.Image]:
    """A translucent layer over a drawn landscape."""

    def lay(image: Image.Image) -> Image.Image:
        under = landscape(image.size)
        return Image.blend(under, image.convert("RGB"), seed["opacity"])

    return _each(seed, lay)


def tiled(seed: Seed) -> list[Image.Image]:
    """Cut in pieces, each its own picture, in reading order."""
    columns, rows = seed["columns"], seed["rows"]
    pieces = []
    for image in shown(seed)[:2]:
        across = [round(i * image.width / columns) for i in range(columns + 1)]
        down = [round(i * image.height / rows) for i in range(rows + 1)]
        pieces += [
            image.crop((left, top, right, bottom))
            for top, bottom in pairwise(down)
            for left, right in _reading(list(pairwise(across)), seed)
        ]
    return pieces


def _reading(columns: list[tuple[int, int]], seed: Seed) -> list[tuple[int, int]]:
    return columns[::-1] if seed.language == "ar" else columns


def jigsaw(seed: Seed) -> list[Image.Image]:
    """Cut in squares that lie in another order, each with its true number."""
    from octarine.redteam.carriers.pictures.canvas.fonts import face_for

    numbers = face_for("0123456789")

    def shuffle(image: Image.Image) -> Image.Image:
        columns, rows = seed["columns"], 3
        wide, high = image.width // columns, image.height // rows
        patches = []
        for place in range(columns * rows):
            left, top = place % columns * wide, place // columns * high
            patch = image.crop((left, top, left + wide, top + high)).convert("RGB")
            badge = ImageDraw.Draw(patch)
            badge.rectangle((0, 0, 25, 21), "#c0392b")
            badge.text((12, 11), str(place + 1), "white", numbers.at(16), anchor="mm")
            patches.append(patch)
        return grid(seed.shuffled(patches), columns, 6, "#555555")

    return _each(seed, shuffle)


def shredded(seed: Seed) -> list[Image.Image]:
    """Cut in upright strips, each pushed up or down, with gaps between."""

    def shred(image: Image.Image) -> Image.Image:
        strips = seed["strips"]
        wide = -(-image.width // strips)
        whole = Image.new("RGB", (image.width + strips * 4, image.height + 40), "#454b52")
        for place in range(strips):
            strip = image.crop((place * wide, 0, min(image.width, (place + 1) * wide), image.height))
            whole.paste(strip, (place * (wide + 4) + 2, int(seed.rng.integers(4, 36))))
        return whole

    return _each(seed, shred)


def dot_plate(seed: Seed) -> list[Image.Image]:
    """A plate of dots as for testing colour vision: letters in one family of colours, the rest in another,
    both of like brightness."""
    warm = np.array([(222, 92, 60), (236, 130, 76), (205, 84, 88), (240, 150, 90)], np.uint8)
    cool = np.array([(112, 152, 92), (140, 172, 104), (96, 138, 112), (160, 180, 120)], np.uint8)

    def plate(image: Image.Image) -> Image.Image:
        step, cells = 5, 190
        small = image.convert("L")
        small.thumbnail((cells, cells))
        dark = np.asarray(small) < 150
        high, wide = dark.shape
        palette = np.concatenate([warm, cool, np.array([(247, 242, 226)], np.uint8)])
        chosen = seed.rng.integers(4, size=dark.shape, dtype=np.uint8) + np.where(dark, 0, 4).astype(np.uint8)
        made = Image.fromarray(_dots(chosen, step, seed.rng.random((high, wide))), "P")
        made.putpalette(palette.tobytes())
        return made

    return _each(seed, plate)


def _dots(colours: Pixels, step: int, sizes: Pixels) -> Pixels:
    """A dot of colour number 0 to 7 for each cell, on number 8."""
    high, wide = colours.shape
    ys, xs = np.indices((step, step)) - (step - 1) / 2
    distance = np.hypot(ys, xs)
    radius = (step * (0.36 + 0.24 * sizes)).repeat(step, 0).repeat(step, 1)
    inside = np.tile(distance, (high, wide)) <= radius
    full = colours.repeat(step, 0).repeat(step, 1)
    return np.where(inside, full, np.uint8(8))


def halftone(seed: Seed) -> list[Image.Image]:
    """A newspaper's raster: grey as black dots of different sizes on a turned grid."""

    def raster(image: Image.Image) -> Image.Image:
        grey = np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(1.0)), np.float32)
        ys, xs = np.indices(grey.shape, dtype=np.float32)
        angle, pitch = math.radians(45), seed["pitch"]
        u, v = xs * math.cos(angle) + ys * math.sin(angle), ys * math.cos(angle) - xs * math.sin(angle)
        screen = (np.cos(u * 2 * math.pi / pitch) + np.cos(v * 2 * math.pi / pitch)) * 60 + 128
        return Image.fromarray(np.where(grey * 0.75 + 30 > screen, 255, 0).astype(np.uint8)).convert("1")

    return _each(seed, raster)


def combed(seed: Seed) -> list[Image.Image]:
    """Two pictures: one holds the even rows of pixels, in bands, the other the odd ones; laid on each
    other they
    are whole."""
    band = seed["band"]
    made = []
    for image in shown(seed)[:2]:
        pixels = np.asarray(image)
        even = (np.arange(pixels.shape[0]) // band) % 2 == 0
        for kept in (even, ~even):
            half = pixels.copy()
            half[~kept] = 255
            made.append(Image.fromarray(half))
    return made


def shares(seed: Seed) -> list[Image.Image]:
    """Visual cryptography: each pixel becomes a pattern of two by two in two pictures of noise, alike
    for white
    and opposite for black; stacked, the letters appear."""
    made: list[Image.Image] = []
    patterns = np.array([[[0, 1], [1, 0]], [[1, 0], [0, 1]]], np.uint8)
    for image in shown(seed)[:2]:
        small = image.convert("L")
        small.thumbnail((480, 480))
        dark = np.asarray(small) < 128
        first = seed.rng.integers(2, size=dark.shape)
        for choice in (first, np.where(dark, 1 - first, first)):
            cells = patterns[choice].transpose(0, 2, 1, 3).reshape(dark.shape[0] * 2, dark.shape[1] * 2)
            made.append(Image.fromarray(cells * np.uint8(255)).convert("1"))
    return made
