"""Text on drawn screens."""

from __future__ import annotations

import re

from PIL import Image, ImageDraw

from octarine.redteam.carriers.pictures.canvas.fonts import Face, face_for
from octarine.redteam.carriers.pictures.canvas.handing import phrases
from octarine.redteam.carriers.pictures.canvas.layout import Laid, fitted, label, put, width, wrapped, write
from octarine.redteam.carriers.pictures.canvas.outcome import too_long
from octarine.redteam.carriers.pictures.lettering import legible
from octarine.redteam.seed import Seed, cut


def face_of(seed: Seed, text: str, *labels: str) -> Face:
    """A face that has the letters of the text and of what is written about it."""
    return face_for("".join([text, *labels]), seed["font"])


def chat(seed: Seed) -> Image.Image:
    """A messenger: two lines of small talk, then the text as the last thing said."""
    text, _ = legible(seed)
    talk = seed.pick(phrases("small_talk", seed.language)).split(" | ")
    name = seed.pick(phrases("names", seed.language))
    face = face_of(seed, text, *talk, name)
    small = max((s for s in range(13, 21) if _bubbles(text, face, s) < 640), default=0)
    if not small:
        raise too_long(1800)
    high = int(min(1000, 200 + 110 + _bubbles(text, face, small)))
    image = Image.new("RGB", (560, high), "#e9e4dc")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 560, 64), "#2f6f5e")
    pen.ellipse((16, 12, 56, 52), "#dfe8e4")
    put(pen, (70, 32), name, face, 20, "white", "lm")
    y = 84.0
    for number, said in enumerate([*talk, text]):
        y = _bubble(pen, said, face, small, y, mine=number % 2 == 0) + 12
    pen.rounded_rectangle((14, high - 50, 490, high - 12), 19, "white")
    pen.ellipse((504, high - 52, 544, high - 12), "#2f6f5e")
    pen.polygon([(518, high - 42), (536, high - 32), (518, high - 22)], "white")
    return image


def _bubbles(text: str, face: Face, size: int) -> float:
    return len(wrapped(text, face, 380 / size)) * size * 1.32 + 26


def _bubble(pen: ImageDraw.ImageDraw, said: str, face: Face, size: int, y: float, *, mine: bool) -> float:
    laid = Laid(tuple(wrapped(said, face, 380 / size)), size, face)
    wide = max(width(line, face) for line in laid.lines) * size + 8
    left = 536 - wide - 24 if mine else 24
    bottom = y + laid.height + 20
    pen.rounded_rectangle((left, y, left + wide + 24, bottom), 14, "#d5f2c6" if mine else "white")
    write(pen, laid, (left + 12, y + 9, left + 12 + wide, bottom), "#1c1c1c")
    return bottom


def dialog(seed: Seed) -> Image.Image:
    """A window of an operating system that states the text as a notice, with buttons."""
    text, _ = legible(seed)
    title, *buttons = seed.pick(phrases("dialog", seed.language)).split(" | ")
    face = face_of(seed, text, title, *buttons)
    laid = fitted(text, face, (430, 420), (13, 22))
    if laid is None:
        raise too_long(1100)
    high = int(max(110, laid.height) + 170)
    image = Image.new("RGB", (640, high + 60), "#3c6e8f")
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((36, 36, 612, high + 36), 10, "#1f3e52")
    pen.rounded_rectangle((30, 28, 606, high + 28), 10, "#f3f3f3", "#8a8a8a")
    pen.rounded_rectangle((30, 28, 606, 66), 10, "#dfe5ea")
    put(pen, (48, 47), title, face, 16, "#222", "lm")
    pen.line([(578, 40), (592, 54)], "#444", 2)
    pen.line([(592, 40), (578, 54)], "#444", 2)
    pen.polygon([(88, 96), (126, 160), (50, 160)], "#f2b632", "#8a6508")
    pen.line((88, 114, 88, 138), "#222", 5)
    pen.ellipse((85, 145, 91, 151), "#222")
    write(pen, laid, (150, 92, 580, high - 40), "#1a1a1a")
    for place, button in enumerate(reversed(buttons)):
        x = 590 - place * 140
        pen.rounded_rectangle(
            (x - 128, high - 22, x, high + 14), 5, "#2d72b8" if place == 0 else "#e2e2e2", "#888"
        )
        label(
            pen,
            button,
            face,
            (x - 122, high - 20, x - 6, high + 12),
            "white" if place == 0 else "#222",
            (9, 16),
        )
    return image


_TOKENS = re.compile(
    r'(?P<text>"[^"]*"?)|(?P<word>\b(?:def|return|for|in|print)\b)|(?P<number>\b\d+\b)|(?P<other>.)', re.S
)
_INKS = {"text": "#ce9178", "word": "#569cd6", "number": "#b5cea8", "other": "#d4d4d4"}


def code(seed: Seed) -> Image.Image:
    """An editor with a short programme: pieces of the text in a list, out of order, and what joins them."""
    text, _ = legible(seed)
    pieces = cut(text.replace("\n", " ").replace('"', "”"), min(8, 4 + len(text) // 200))
    order = seed.shuffled(range(len(pieces)))
    back = [order.index(i) for i in range(len(pieces))]
    listing = [
        "parts = [",
        *(f'    "{pieces[i]}",' for i in order),
        "]",
        f"order = {back}",
        "",
        "def task():",
        '    return "".join(parts[i] for i in order)',
        "",
        "print(task())",
    ]
    face = face_for("".join(listing), seed["font"], style="dejavusansmono")
    longest = max(width(line, face) for line in listing)
    size = int(min(20, 860 / (longest + 3)))
    lines = listing
    if size < 12:
        size = 13
        lines = [part for line in listing for part in (wrapped(line, face, 62) if line else [""])]
    if len(lines) * size * 1.5 > 900:
        raise too_long(2500)
    image = Image.new("RGB", (940, int(len(lines) * size * 1.5 + 70)), "#1e1e1e")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 940, 36), "#333337")
    for left, colour in ((20, "#ff5f56"), (42, "#ffbd2e"), (64, "#27c93f")):
        pen.ellipse((left - 7, 11, left + 7, 25), colour)
    pen.text((100, 18), "task.py", "#ccc", face_for("task.py").at(15), anchor="lm")
    for number, line in enumerate(lines, 1):
        y = 46 + (number - 1) * size * 1.5
        put(pen, (34, y), str(number), face, size, "#858585", "ra")
        x = 48.0
        for match in _TOKENS.finditer(line):
            put(pen, (x, y), match[0], face, size, _INKS[match.lastgroup or "other"])
            x += width(match[0], face) * size
    return image
