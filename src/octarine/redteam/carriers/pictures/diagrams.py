"""Pieces of a text where a diagram holds labels."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from octarine.redteam.carriers.pictures.canvas.fonts import Face, face_for
from octarine.redteam.carriers.pictures.canvas.layout import fitted, label, write
from octarine.redteam.carriers.pictures.canvas.outcome import too_long
from octarine.redteam.carriers.pictures.canvas.shapes import arrow, house, tree
from octarine.redteam.carriers.pictures.lettering import bent, legible
from octarine.redteam.seed import Seed, cut

_FILLS = ("#dbeafe", "#fde8c8", "#dcf3dc", "#f6d9e4", "#e7e0f5", "#fbf3bf")


def _pieces(seed: Seed, count: int) -> tuple[list[str], Face]:
    """About ``count`` pieces with something in each, and a face for all."""
    text, face = legible(seed)
    pieces = [piece.strip() for piece in cut(text.replace("\n", " "), count)]
    return [piece for piece in pieces if piece], face


def flowchart(seed: Seed) -> Image.Image:
    """Boxes in a chain of arrows; the last one is left open."""
    pieces, face = _pieces(seed, 5)
    image = Image.new("RGB", (640, 130 * (len(pieces) + 2)), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((290, 20, 350, 80), "#333")
    for place, piece in enumerate(pieces):
        top = 130 * (place + 1) - 10
        arrow(pen, (320, top - 46 if place else 82), (320, top), "#333")
        pen.rounded_rectangle((60, top, 580, top + 84), 12, _FILLS[place % 6], "#333", 2)
        label(pen, piece, face, (72, top + 4, 568, top + 80), "#111", (12, 30))
    top = 130 * (len(pieces) + 1) - 10
    arrow(pen, (320, top - 46), (320, top), "#333")
    pen.polygon([(320, top), (480, top + 58), (320, top + 116), (160, top + 58)], "#fff3d6", "#333")
    pen.text((320, top + 58), "?", "#b02a2a", face_for("?").at(52), anchor="mm")
    return image


def mind_map(seed: Seed) -> Image.Image:
    """Bubbles round a centre, clockwise from the top, by number."""
    pieces, face = _pieces(seed, 6)
    image = Image.new("RGB", (900, 760), "#fffdf7")
    pen = ImageDraw.Draw(image)
    numbers = face_for("0123456789?")
    for place, piece in enumerate(pieces):
        angle = -math.pi / 2 + 2 * math.pi * place / len(pieces)
        x, y = 450 + 300 * math.cos(angle), 380 + 285 * math.sin(angle)
        pen.line((450, 380, x, y), "#7a8793", 4)
        pen.ellipse((x - 142, y - 82, x + 142, y + 82), _FILLS[place % 6], "#445", 2)
        label(pen, piece, face, (x - 104, y - 54, x + 104, y + 54), "#111", (12, 28))
        pen.ellipse((x - 136, y - 76, x - 106, y - 46), "#445")
        pen.text((x - 121, y - 61), str(place + 1), "white", numbers.at(18), anchor="mm")
    pen.ellipse((385, 320, 515, 440), "#33475b")
    pen.text((450, 380), "?", "white", numbers.at(60), anchor="mm")
    return image


def table(seed: Seed) -> Image.Image:
    """Rows that are out of order: a number, a piece of the text, and figures that mean nothing."""
    pieces, face = _pieces(seed, 7)
    rows = seed.shuffled([(f"{number:02d}", piece) for number, piece in enumerate(pieces, 1)])
    image = Image.new("RGB", (760, 60 + 66 * len(rows)), "white")
    pen = ImageDraw.Draw(image)
    digits = face_for("0123456789.#")
    pen.rectangle((20, 20, 740, 46), "#33475b")
    for x, head in ((56, "#"), (650, "0.0")):
        pen.text((x, 33), head, "white", digits.at(17), anchor="mm")
    for place, (number, piece) in enumerate(rows):
        top = 46 + 66 * place
        pen.rectangle((20, top, 740, top + 66), "#f3f6fa" if place % 2 else "white", "#b8c2cc")
        pen.text((56, top + 33), number, "#222", digits.at(20), anchor="mm")
        label(pen, piece, face, (100, top + 3, 586, top + 63), "#111", (12, 24))
        pen.text((650, top + 33), f"{seed.rng.uniform(1, 99):.1f}", "#555", digits.at(18), anchor="mm")
    for x in (92, 594):
        pen.line((x, 20, x, 46 + 66 * len(rows)), "#b8c2cc", 1)
    return image


def chart(seed: Seed) -> Image.Image:
    """A bar for each piece; read from the shortest to the longest, the pieces are the text."""
    pieces, face = _pieces(seed, 7)
    lengths = np.linspace(60, 300, len(pieces)) + seed.rng.uniform(-6, 6, len(pieces))
    bars = seed.shuffled(list(zip(pieces, lengths, strict=True)))
    image = Image.new("RGB", (860, 40 + 74 * len(bars)), "white")
    pen = ImageDraw.Draw(image)
    for place, (piece, length) in enumerate(bars):
        top = 20 + 74 * place
        label(pen, piece, face, (14, top, 496, top + 64), "#111", (12, 24))
        pen.rectangle((510, top + 8, 510 + float(length), top + 56), _BARS[place % 5])
    pen.line((508, 10, 508, image.height - 12), "#333", 3)
    for x in range(560, 840, 50):
        pen.line((x, image.height - 18, x, image.height - 10), "#333", 2)
    pen.line((508, image.height - 14, 840, image.height - 14), "#333", 2)
    return image


_BARS = ("#4878b0", "#e08a3c", "#5a9e5a", "#c25a5a", "#8a6cb0")


def map_labels(seed: Seed) -> Image.Image:
    """Places along a road from a flag to another, each named by a piece of the text."""
    pieces, face = _pieces(seed, 6)
    image = Image.new("RGB", (860, 800), "#e6efd8")
    pen = ImageDraw.Draw(image)
    pen.polygon([(0, 800), (0, 690), (240, 740), (520, 700), (860, 770), (860, 800)], "#a9cfe8")
    places = [
        (240 if i % 2 == 0 else 620, 90 + i * (570 / max(1, len(pieces) - 1))) for i in range(len(pieces))
    ]
    road = [(430.0, 20.0), *places, (430.0, 720.0)]
    pen.line(road, "#b9a77c", 16, joint="curve")
    pen.line(road, "#fff6d8", 10, joint="curve")
    for left, foot in ((60, 300), (800, 230), (100, 560), (780, 540), (420, 400)):
        tree(pen, left, foot, 60)
    house(pen, (760, 590, 830, 680), "#e8d9b5")
    numbers = face_for("0123456789")
    for place, (piece, (x, y)) in enumerate(zip(pieces, places, strict=True)):
        pen.rounded_rectangle((x - 190, y - 42, x + 190, y + 42), 10, "white", "#777")
        label(pen, piece, face, (x - 150, y - 38, x + 184, y + 38), "#20304a", (12, 26))
        pen.ellipse((x - 184, y - 15, x - 154, y + 15), "#c0392b")
        pen.text((x - 169, y), str(place + 1), "white", numbers.at(17), anchor="mm")
    for foot, colour in ((26, "#2f8f46"), (720, "#c0392b")):
        pen.line((430, foot, 430, foot - 18), "#333", 4)
        pen.polygon([(430, foot - 18), (460, foot - 10), (430, foot - 2)], colour)
    return image


def equations(seed: Seed) -> Image.Image:
    """In pencil: each unknown is a piece of the text, and a last line adds the unknowns in order."""
    pieces, face = _pieces(seed, 5)
    names = seed.shuffled("abcdeuvwxyz")[: len(pieces)]
    maths = face_for("abcdeuvwxyzS=+1234567890?", style="dejavuserif")
    image = Image.new("L", (760, 130 + 92 * len(pieces)), 250)
    pen = ImageDraw.Draw(image)
    for x in range(0, 760, 24):
        pen.line((x, 0, x, image.height), 232)
    for y in range(0, image.height, 24):
        pen.line((0, y, 760, y), 232)
    for place, (name, piece) in enumerate(seed.shuffled(list(zip(names, pieces, strict=True)))):
        y = 66 + 92 * place
        pen.text((50, y), f"{name} =", 40, maths.at(32), anchor="lm")
        laid = fitted(piece, face, (590, 84), (14, 28))
        if laid is None:
            raise too_long(1400)
        write(pen, laid, (140, y - laid.height / 2, 730, y + 44), 40)
    y = 66 + 92 * len(pieces)
    pen.text((50, y), f"S = {' + '.join(names)}", 40, maths.at(32), anchor="lm")
    pen.line((50, y + 26, 420, y + 26), 40, 2)
    return bent(image, seed, 1.1, 30)
