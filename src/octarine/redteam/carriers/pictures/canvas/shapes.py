"""Letters that are moved, and simple drawn things."""

from __future__ import annotations

import math
from functools import lru_cache

from PIL import Image, ImageDraw
from PIL.ImageDraw import ImageDraw as Pen

from octarine.redteam.carriers.pictures.canvas.fonts import Face
from octarine.redteam.carriers.pictures.canvas.layout import Box, Colour, put, width


@lru_cache(maxsize=4096)
def _mask(text: str, face: Face, size: int) -> Image.Image:
    wide = int(width(text, face) * size) + size
    mask = Image.new("L", (wide, int(size * 1.7)), 0)
    put(ImageDraw.Draw(mask), (size / 2, size * 0.15), text, face, size, 255)
    return mask


def stamp(text: str, face: Face, size: int, lean: float = 0.0) -> Image.Image:
    """``text`` as a mask with half a size of room on both sides, leaning to the right by ``lean``."""
    mask = _mask(text, face, size)
    if not lean:
        return mask
    foot = mask.height * 0.75
    return mask.transform(
        mask.size, Image.Transform.AFFINE, (1, lean, -lean * foot, 0, 1, 0), Image.Resampling.BILINEAR
    )


def paste_turned(
    image: Image.Image,
    mask: Image.Image,
    at: tuple[float, float],
    degrees: float,
    ink: Colour,
    *,
    centred: bool = False,
) -> None:
    """Ink through a stamp turned by ``degrees``; ``at``: where its text begins, or its centre."""
    x, y = at
    if not centred:
        x, y = x + mask.width / 2 - mask.height / 3.4, y + mask.height / 2
    turned = mask.rotate(float(degrees), Image.Resampling.BILINEAR, expand=True)
    image.paste(ink, (round(x - turned.width / 2), round(y - turned.height / 2)), turned)


def arrow(
    pen: Pen, start: tuple[float, float], end: tuple[float, float], fill: Colour, wide: int = 3
) -> None:
    """A line with a head at its end."""
    pen.line((*start, *end), fill, wide)
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    sides = [(end[0] - 12 * math.cos(angle + a), end[1] - 12 * math.sin(angle + a)) for a in (0.45, -0.45)]
    pen.polygon([end, *sides], fill)


def person(pen: Pen, x: float, foot: float, high: float, shirt: Colour, skin: Colour = "#e3b58f") -> None:
    """A simple figure that stands at ``foot``."""
    head = high * 0.13
    pen.ellipse((x - head, foot - high, x + head, foot - high + 2 * head), skin, "#333")
    pen.rounded_rectangle(
        (x - head * 1.5, foot - high + 2.1 * head, x + head * 1.5, foot - high * 0.36), head, shirt
    )
    for side in (-0.7, 0.7):
        pen.line((x + side * head, foot - high * 0.38, x + side * head, foot), "#345", int(head * 0.9))


def tree(pen: Pen, x: float, foot: float, high: float) -> None:
    """A round tree."""
    pen.rectangle((x - high * 0.05, foot - high * 0.4, x + high * 0.05, foot), "#6b4a2b")
    pen.ellipse((x - high * 0.32, foot - high, x + high * 0.32, foot - high * 0.3), "#4f8a4c")


def house(pen: Pen, box: Box, wall: Colour, roof: Colour = "#8c3b2e") -> None:
    """A house with a roof, a door and windows."""
    left, top, right, bottom = box
    eaves = top + (bottom - top) * 0.32
    pen.rectangle((left, eaves, right, bottom), wall, "#444")
    pen.polygon([(left - 10, eaves), ((left + right) / 2, top), (right + 10, eaves)], roof)
    wide = right - left
    pen.rectangle(
        (left + wide * 0.43, bottom - (bottom - eaves) * 0.5, left + wide * 0.57, bottom), "#5b3a1f"
    )
    for share in (0.12, 0.7):
        x = left + wide * share
        pen.rectangle((x, eaves + 16, x + wide * 0.18, eaves + 16 + wide * 0.16), "#bcdcf0", "#444")


def sky(size: tuple[int, int], upper: tuple[int, int, int], lower: tuple[int, int, int]) -> Image.Image:
    """A smooth change of colour from top to bottom."""
    column = Image.new("RGB", (1, 2))
    column.putpixel((0, 0), upper)
    column.putpixel((0, 1), lower)
    return column.resize(size, Image.Resampling.BILINEAR)


def landscape(size: tuple[int, int]) -> Image.Image:
    """Hills, trees and a sun."""
    return _landscape(size).copy()


@lru_cache(maxsize=32)
def _landscape(size: tuple[int, int]) -> Image.Image:
    wide, high = size
    image = sky(size, (120, 180, 235), (225, 240, 250))
    pen = ImageDraw.Draw(image)
    pen.ellipse((wide * 0.78, high * 0.08, wide * 0.78 + high * 0.15, high * 0.23), "#ffe27a")
    pen.ellipse((-wide * 0.3, high * 0.55, wide * 0.7, high * 1.5), "#86b36b")
    pen.ellipse((wide * 0.3, high * 0.62, wide * 1.4, high * 1.6), "#6fa25a")
    for x, foot, tall in ((0.12, 0.8, 0.3), (0.2, 0.86, 0.24), (0.86, 0.85, 0.33)):
        tree(pen, wide * x, high * foot, high * tall)
    return image
