"""Scenes as PNG, with Pillow and the font that it brings: one version draws the same pixels everywhere."""

from __future__ import annotations

import io
import math
from functools import singledispatch

from octarine.core.errors import MissingExtra
from octarine.evaluate.pictures.scenes import COLOURS, Bars, Clock, Page, Scene, Shapes, Sign, Table

try:
    from PIL import Image, ImageDraw, ImageFont
    from PIL.ImageDraw import ImageDraw as Pen
except ImportError:
    raise MissingExtra("pictures", "drawing a picture") from None

SIZE = (640, 480)
INK, PALE = "#222222", "#b9b9b9"
_CYCLE = ("blue", "orange", "green", "red", "purple", "brown", "pink", "grey")


def png(scene: Scene) -> bytes:
    """640 × 480 pixels, RGB, 8 bits."""
    image = Image.new("RGB", SIZE, "#fafaf7")
    _draw(scene, ImageDraw.Draw(image))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@singledispatch
def _draw(scene: Scene, pen: Pen) -> None:
    raise TypeError(f"{type(scene).__name__} cannot be drawn")


@_draw.register
def _(scene: Bars, pen: Pen) -> None:
    width, height = SIZE
    left, top, bottom = 50, 80, height - 70
    pen.text((width / 2, 36), scene.title, INK, _font(26), anchor="mm")
    step = (width - 2 * left) / len(scene.names)
    highest = max(scene.values) or 1.0
    colours = scene.colours or _CYCLE
    for place, (name, value) in enumerate(zip(scene.names, scene.values, strict=True)):
        x = left + step * (place + 0.15)
        y = bottom - (bottom - top) * value / highest
        fill = COLOURS[colours[place % len(colours)]]
        pen.rectangle((x, y, x + 0.7 * step, bottom), fill=fill, outline=INK)
        pen.text((x + 0.35 * step, bottom + 22), name, INK, _font(19), anchor="mm")
        if scene.figures:
            pen.text((x + 0.35 * step, y - 14), f"{value:g}", INK, _font(19), anchor="mm")
    pen.line((left, bottom, width - left, bottom), INK, 2)


@_draw.register
def _(scene: Table, pen: Pen) -> None:
    width, height = SIZE
    rows, columns = len(scene.rows), len(scene.rows[0])
    row_height = min(44.0, (height - 60) / rows)
    column_width = (width - 60) / columns
    size = round(min(20, row_height * 0.5, 1.7 * column_width / max(len(c) for r in scene.rows for c in r)))
    for place, row in enumerate(scene.rows):
        y = 30 + place * row_height
        if place == 0:
            pen.rectangle((30, y, width - 30, y + row_height), fill="#dfe6f3")
        for column, cell in enumerate(row):
            x = 30 + column * column_width
            pen.rectangle((x, y, x + column_width, y + row_height), outline="#777777")
            pen.text((x + 8, y + row_height / 2), cell, INK, _font(max(9, size)), anchor="lm")


@_draw.register
def _(scene: Sign, pen: Pen) -> None:
    width, height = SIZE
    pen.rectangle((0, 0, width, 300), fill="#bcd9f2")
    pen.rectangle((0, 300, width, height), fill="#7c8f6a")
    pen.polygon(((0, height), (220, 300), (300, 300), (200, height)), fill="#6b6b6b")
    for x, fill in ((20, "#d9b48f"), (130, "#c98f7a"), (560, "#d8c9a0")):
        pen.rectangle((x, 210, x + 80, 300), fill=fill, outline=INK)
        pen.polygon(((x - 8, 210), (x + 40, 165), (x + 88, 210)), fill="#8d4b3c", outline=INK)
    pen.rectangle((392, 250, 404, height), fill="#555555")
    pen.rounded_rectangle((220, 60, 580, 260), 14, fill=COLOURS[scene.colour], outline=INK, width=3)
    dark = scene.colour in {"white", "yellow", "pink", "orange"}
    size = round(min(44, 560 / max(len(line) for line in scene.text), 150 / len(scene.text)))
    for place, line in enumerate(scene.text):
        y = 160 + (place - (len(scene.text) - 1) / 2) * size * 1.25
        pen.text((400, y), line, INK if dark else "#ffffff", _font(max(12, size)), anchor="mm")


@_draw.register
def _(scene: Page, pen: Pen) -> None:
    width, height = SIZE
    pen.rectangle((40, 20, width - 40, height - 20), fill="#ffffff", outline="#999999")
    y = 48
    if scene.heading:
        pen.text((64, y), scene.heading, INK, _font(27), anchor="lm")
        y += 42
    room = (height - 60 - y - 18 * len(scene.small)) / max(1, len(scene.lines))
    for line in scene.lines:
        size = min(21.0, room * 0.7, 2.0 * (width - 130) / max(1, len(line)))
        pen.text((64, y), line, INK, _font(round(max(10, size))), anchor="lm")
        y += round(min(34, room))
    for place, line in enumerate(reversed(scene.small)):
        size = min(13, round(2.0 * (width - 130) / max(1, len(line))))
        pen.text((64, height - 38 - 18 * place), line, PALE, _font(max(9, size)), anchor="lm")


@_draw.register
def _(scene: Shapes, pen: Pen) -> None:
    width, height = SIZE
    rows = math.ceil(len(scene.shapes) / 4)
    for place, (shape, colour) in enumerate(scene.shapes):
        in_row = min(4, len(scene.shapes) - 4 * (place // 4))
        x = width / 2 + (place % 4 - (in_row - 1) / 2) * 150
        y = height / 2 + (place // 4 - (rows - 1) / 2) * 150
        _shape(pen, shape, x, y, COLOURS[colour])


def _shape(pen: Pen, shape: str, x: float, y: float, fill: str) -> None:
    r = 54.0
    if shape == "circle":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=fill, outline=INK, width=2)
    elif shape == "square":
        pen.rectangle((x - r, y - r, x + r, y + r), fill=fill, outline=INK, width=2)
    else:
        corners, inner = (3, 1.0) if shape == "triangle" else (10, 0.42)
        points = [
            (
                x + r * (inner if k % 2 and corners == 10 else 1.0) * math.sin(2 * math.pi * k / corners),
                y - r * (inner if k % 2 and corners == 10 else 1.0) * math.cos(2 * math.pi * k / corners),
            )
            for k in range(corners)
        ]
        pen.polygon(points, fill=fill, outline=INK, width=2)


@_draw.register
def _(scene: Clock, pen: Pen) -> None:
    x, y, r = SIZE[0] / 2, SIZE[1] / 2, 190.0
    pen.ellipse((x - r, y - r, x + r, y + r), fill="#ffffff", outline=INK, width=5)
    for hour in range(1, 13):
        angle = hour * math.pi / 6
        place = (x + 0.82 * r * math.sin(angle), y - 0.82 * r * math.cos(angle))
        pen.text(place, str(hour), INK, _font(30), anchor="mm")
    hours, minutes = (int(part) for part in scene.time.split(":"))
    for angle, length, thick in (
        ((hours % 12 + minutes / 60) * math.pi / 6, 0.5, 9),
        (minutes * math.pi / 30, 0.74, 5),
    ):
        pen.line((x, y, x + length * r * math.sin(angle), y - length * r * math.cos(angle)), INK, thick)
    pen.ellipse((x - 8, y - 8, x + 8, y + 8), fill=INK)
