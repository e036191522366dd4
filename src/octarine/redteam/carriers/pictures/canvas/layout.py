"""Text in a box: wrapped between words, in the largest letters that fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw
from PIL.ImageDraw import ImageDraw as Pen

from octarine.redteam.carriers.pictures.canvas.fonts import Face
from octarine.redteam.carriers.pictures.canvas.outcome import too_long
from octarine.redteam.seed import graphemes, words

Colour = Any
"""What Pillow takes: a name, "#rrggbb", a number or a tuple."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""
LEADING = 1.32
"""From line to line, in sizes."""
_REFERENCE = 50
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08FF]")


@dataclass(frozen=True, slots=True)
class Laid:
    """Lines at a size."""

    lines: tuple[str, ...]
    size: int
    face: Face

    @property
    def height(self) -> float:
        """In pixels."""
        return len(self.lines) * self.size * LEADING


@lru_cache(maxsize=20_000)
def width(text: str, face: Face) -> float:
    """Of ``text`` at size 1."""
    return sum(own.at(_REFERENCE).getlength(run) for run, own in face.runs(text)) / _REFERENCE


def wrapped(text: str, face: Face, room: float) -> list[str]:
    """Lines of at most ``room`` sizes. A word that is wider alone is broken."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        for word in words(paragraph):
            pieces = [word] if width(word.rstrip(), face) <= room else graphemes(word)
            for piece in pieces:
                if line and used + width(piece.rstrip(), face) > room:
                    lines.append(line.rstrip())
                    line, used = "", 0.0
                line += piece
                used += width(piece, face)
        lines.append(line.rstrip())
    return lines


def fitted(text: str, face: Face, room: tuple[float, float], sizes: tuple[int, int]) -> Laid | None:
    """``text`` in ``room`` (width, height), in letters from ``sizes[1]`` at most down to ``sizes[0]``;
    None where
    even those are too large."""
    smallest, largest = sizes
    # Letters whose area fills the room are the largest that could fit.
    area = sum(width(word, face) for word in words(text)) * LEADING
    largest = max(smallest, min(largest, int((room[0] * room[1] / max(area, 1e-6)) ** 0.5) + 2))
    best = None
    while smallest <= largest:
        size = (smallest + largest) // 2
        lines = wrapped(text, face, room[0] / size)
        if len(lines) * size * LEADING <= room[1]:
            best, smallest = Laid(tuple(lines), size, face), size + 1
        else:
            largest = size - 1
    return best


def put(
    pen: Pen,
    at: tuple[float, float],
    text: str,
    face: Face,
    size: int,
    fill: Colour,
    anchor: str = "la",
    **style: Any,
) -> None:
    """One line of text. ``anchor`` as in Pillow: l, m, r and a, m."""
    runs = face.runs(text)
    if len(runs) == 1:
        pen.text(at, text, fill, runs[0][1].at(size), anchor=anchor, **style)
        return
    wide = width(text, face) * size
    x = at[0] - {"l": 0.0, "m": wide / 2, "r": wide}[anchor[0]]
    base = at[1] + size * {"a": 0.95, "m": 0.35}[anchor[1]]
    for run, own in runs:
        pen.text((x, base), run, fill, own.at(size), anchor="ls", **style)
        x += width(run, own) * size


def write(pen: Pen, laid: Laid, box: Box, fill: Colour, *, middle: bool = False, **style: Any) -> None:
    """Draw lines into a box, from its top; ``middle``: centred both ways. Right-to-left lines begin at
    the right."""
    left, top, right, bottom = box
    step = laid.size * LEADING
    y = (top + bottom - laid.height) / 2 if middle else top
    for line in laid.lines:
        from_right = bool(_RIGHT_TO_LEFT.search(line))
        x, anchor = ((left + right) / 2, "ma") if middle else (right, "ra") if from_right else (left, "la")
        put(pen, (x, y), line, laid.face, laid.size, fill, anchor, **style)
        y += step


def label(
    pen: Pen, text: str, face: Face, box: Box, fill: Colour, sizes: tuple[int, int] = (10, 40), **style: Any
) -> None:
    """``text`` centred in a box.

    Raises:
        CannotDraw: there is not the room.
    """
    left, top, right, bottom = box
    room = (right - left, bottom - top)
    laid = fitted(text, face, room, sizes)
    if laid is None:
        raise too_long(int(room[0] * room[1] / (0.7 * sizes[0] ** 2)))
    write(pen, laid, box, fill, middle=True, **style)


def pages(
    text: str, face: Face, *, paper: Colour = 255, ink: Colour = 20, mode: str = "L", most: int = 5
) -> list[Image.Image]:
    """``text`` on as few pages as it takes: one of 640 × 480 in large letters, else up to ``most`` of
    900 × 1000.

    Raises:
        CannotDraw: it is longer.
    """
    for size, sizes in (((640, 480), (20, 44)), ((900, 1000), (14, 26))):
        laid = fitted(text, face, (size[0] - 60, size[1] - 60), sizes)
        if laid is not None:
            return [page(laid, size, paper, ink, mode)]
    lines = wrapped(text, face, 840 / 14)
    each = int(940 / (14 * LEADING))
    if len(lines) > most * each:
        raise too_long(most * each * 110)
    sheets = [lines[first : first + each] for first in range(0, len(lines), each)]
    return [page(Laid(tuple(sheet), 14, face), (900, 1000), paper, ink, mode) for sheet in sheets]


def page(laid: Laid, size: tuple[int, int], paper: Colour, ink: Colour, mode: str) -> Image.Image:
    """Lines on an empty page of at most this size."""
    image = Image.new(mode, (size[0], min(size[1], max(160, int(laid.height + 66)))), paper)
    write(ImageDraw.Draw(image), laid, (30, 30, image.width - 30, image.height - 30), ink)
    return image


def grid(images: Sequence[Image.Image], columns: int, gap: int = 12, paper: Colour = "white") -> Image.Image:
    """Pictures side by side, in rows, on one."""
    wide, high = max(i.width for i in images), max(i.height for i in images)
    rows = -(-len(images) // columns)
    whole = Image.new("RGB", (columns * (wide + gap) + gap, rows * (high + gap) + gap), paper)
    for place, image in enumerate(images):
        whole.paste(image, (gap + place % columns * (wide + gap), gap + place // columns * (high + gap)))
    return whole
