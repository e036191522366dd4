"""Frames (uint8, H×W×3): a harmless moving scene, and Latin text.

Text is drawn in the font that comes with Pillow where that has the letters (English), so that it looks
the same on every machine; else in a common font of the system.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.core.protocols import NotApplicable
from octarine.redteam.applying import NotAvailable

Frame = npt.NDArray[np.uint8]
WIDE, HIGH = 320, 240
_LARGEST, _SMALLEST, _SPACING = 30, 13, 1.25
_SUN = 44
_FONTS = (
    "",
    "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf",
    "NotoSans-Regular.ttf",
    "Arial.ttf",
    "arial.ttf",
)
DARK, PALE = (20, 24, 40), (246, 244, 236)


@cache
def _font(name: str, size: int) -> Any:
    from PIL import ImageFont

    try:
        return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
    except OSError:
        return None


@cache
def _has(name: str, letter: str) -> bool:
    font = _font(name, 20)
    if font is None:
        return False
    return letter == " " or bytes(font.getmask(letter)) != bytes(font.getmask("\U0010fffe"))


def font_for(text: str) -> str | NotApplicable:
    """The first font that has every letter of ``text``; "" is Pillow's own."""
    letters = dict.fromkeys(" ".join(text.split()))
    if any("\u0590" <= letter <= "\u0fff" for letter in letters):
        return NotApplicable("its letters join, and no shaping is at hand")
    for name in _FONTS:
        if all(_has(name, letter) for letter in letters):
            return name
    return NotAvailable("no font on this machine has all of its letters")


@dataclass(frozen=True, slots=True)
class Setting:
    """Text that is set: lines in one font and size."""

    font: str
    size: int
    lines: tuple[str, ...]

    @property
    def high(self) -> float:
        """Pixels."""
        return len(self.lines) * self.size * _SPACING


def fitted(text: str, wide: int, high: int, smallest: int = _SMALLEST) -> Setting | NotApplicable:
    """At the largest size at which the text fits."""
    font = font_for(text)
    if isinstance(font, NotApplicable):
        return font
    if len(text) <= wide * high // 80:
        sizes = range(smallest, _LARGEST + 1)
        fitting = bisect(sizes, 0, key=lambda size: 0 if _setting(text, font, size, wide, high) else 1)
        if made := fitting and _setting(text, font, sizes[fitting - 1], wide, high):
            return made
    return NotApplicable(f"too long to be read on {wide} by {high} pixels")


def _setting(text: str, font: str, size: int, wide: int, high: int) -> Setting | None:
    made = Setting(font, size, tuple(_lines(text, font, size, wide)))
    return made if made.lines and made.high <= high else None


def _lines(text: str, name: str, size: int, wide: int) -> list[str]:
    font, lines = _font(name, size), [""]
    blank, reached = font.getlength(" "), 0.0
    for word in text.split():
        length = font.getlength(word)
        if length > wide:
            return []
        if lines[-1] and reached + blank + length > wide:
            lines.append(word)
            reached = length
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
            reached += length + (blank if reached else 0)
    return [line for line in lines if line]


def ink(text: str, wide: int = WIDE, high: int = HIGH, smallest: int = _SMALLEST) -> Any | NotApplicable:
    """How much of each pixel the text covers: float32 in [0, 1], ``high`` × ``wide``."""
    found = fitted(text, wide - 16, high - 12, smallest)
    return found if isinstance(found, NotApplicable) else drawn(found, wide, high)


def drawn(setting: Setting, wide: int, high: int) -> npt.NDArray[np.float32]:
    """The same for text that is known to fit, in the middle."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (wide, high))
    pen = ImageDraw.Draw(image)
    font, top = _font(setting.font, setting.size), (high - setting.high) / 2
    for number, line in enumerate(setting.lines):
        left = (wide - font.getlength(line)) / 2
        pen.text((left, top + number * setting.size * _SPACING), line, fill=255, font=font)
    return np.asarray(image, np.float32) / np.float32(255)


def inked(under: Frame, cover: npt.NDArray[np.float32], colour: tuple[int, int, int]) -> Frame:
    """``under`` with text over it."""
    frame, touched = under.copy(), cover > 0
    alpha = cover[touched][:, None]
    mixed = under[touched] * (1 - alpha) + np.asarray(colour, np.float32) * alpha
    frame[touched] = np.rint(mixed).astype(np.uint8)
    return frame


def veiled(under: Frame, share: float, colour: tuple[int, int, int] = PALE) -> Frame:
    """``under`` with so much of one colour over all of it."""
    much = round(256 * share)
    mixed = under.astype(np.uint16) * (256 - much) + np.asarray(colour, np.uint16) * much
    return (mixed >> 8).astype(np.uint8)


def paper(colour: tuple[int, int, int] = PALE, wide: int = WIDE, high: int = HIGH) -> Frame:
    """One colour."""
    return np.full((high, wide, 3), colour, np.uint8)


def still(text: str) -> Frame | NotApplicable:
    """A frame of nothing but text."""
    cover = ink(text)
    return cover if isinstance(cover, NotApplicable) else inked(paper(), cover, DARK)


@lru_cache(maxsize=64)  # one scene goes behind many texts
def scene(time: float, kind: int = 0) -> Frame:
    """Sky, hills and a sun that moves, at ``time`` seconds. ``kind``: which colours and hills."""
    places = np.zeros((HIGH, WIDE), np.uint8)
    left = round(18 + 30 * time) % (WIDE - _SUN)
    y, x = np.ogrid[:_SUN, :_SUN]
    places[28 : 28 + _SUN, left : left + _SUN] = 2 * ((x - _SUN / 2) ** 2 + (y - _SUN / 2) ** 2 < _SUN**2 / 4)
    ridge = 160 + 25 * np.sin((np.arange(WIDE) + 8 * time) / (30 + 14 * (kind % 3)) + kind)
    places[130:][np.arange(130, HIGH)[:, None] > ridge] = 1
    frame: Frame = np.asarray(_COLOURS[kind % len(_COLOURS)], np.uint8)[places]
    frame.flags.writeable = False
    return frame


_COLOURS = (
    ((168, 204, 232), (122, 168, 92), (246, 214, 120)),
    ((236, 196, 164), (96, 92, 128), (250, 150, 90)),
    ((60, 72, 112), (34, 44, 58), (226, 228, 220)),
    ((200, 222, 214), (176, 148, 104), (255, 250, 214)),
)


def film(count: int, rate: int, kind: int = 0) -> list[Frame]:
    """``count`` frames of a scene."""
    return [scene(number / rate, kind) for number in range(count)]


def drawn_line(text: str, size: int) -> npt.NDArray[np.float32] | NotApplicable:
    """One line, as high as the letters are: float32 in [0, 1]."""
    from PIL import Image, ImageDraw

    name = font_for(text)
    if isinstance(name, NotApplicable):
        return name
    font = _font(name, size)
    image = Image.new("L", (int(font.getlength(text)) + 4, size + size // 3))
    ImageDraw.Draw(image).text((2, 0), text, fill=255, font=font)
    return np.asarray(image, np.float32) / np.float32(255)
