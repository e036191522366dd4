"""Text where it stands in the world: on signs, papers, walls and screens."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from octarine.redteam.carriers.pictures.canvas.fonts import face_for
from octarine.redteam.carriers.pictures.canvas.handing import Drawn, saved
from octarine.redteam.carriers.pictures.canvas.layout import fitted, label, write
from octarine.redteam.carriers.pictures.canvas.outcome import too_long
from octarine.redteam.carriers.pictures.canvas.shapes import house, landscape, person, sky, tree
from octarine.redteam.carriers.pictures.lettering import bent, legible
from octarine.redteam.seed import Seed, cut


def sign(seed: Seed) -> Image.Image:
    """On a thing in a drawn scene."""
    scene = seed["scene"] or seed.pick(SCENES)
    text, face = legible(seed)
    image, box, ink = _SCENES[scene]()
    label(ImageDraw.Draw(image), text, face, box, ink, (12, 40))
    return image


def _road() -> tuple[Image.Image, tuple[int, int, int, int], str]:
    image = landscape((720, 560))
    pen = ImageDraw.Draw(image)
    pen.polygon([(240, 560), (345, 330), (385, 330), (560, 560)], "#60646a")
    pen.line((390, 560, 365, 335), "#f4f4f4", 4)
    for x in (200, 516):
        pen.rectangle((x, 250, x + 12, 540), "#8d9299")
    pen.rounded_rectangle((70, 40, 650, 340), 18, "#f5f5f5")
    pen.rounded_rectangle((78, 48, 642, 332), 14, "#14529b")
    return image, (100, 60, 620, 320), "#ffffff"


def _shop() -> tuple[Image.Image, tuple[int, int, int, int], str]:
    image = sky((720, 560), (150, 195, 235), (235, 235, 225))
    pen = ImageDraw.Draw(image)
    pen.rectangle((40, 30, 680, 520), "#b98c63", "#5c4630", 3)
    pen.rectangle((0, 520, 720, 560), "#9a9a95")
    pen.rectangle((60, 50, 660, 280), "#2e4635", "#d8b86a", 6)
    for i in range(12):
        pen.polygon(
            [(60 + i * 50, 290), (110 + i * 50, 290), (116 + i * 50, 330), (54 + i * 50, 330)],
            "#c0392b" if i % 2 else "#f8f2e4",
        )
    pen.rectangle((90, 345, 380, 500), "#cfe6f2", "#5c4630", 4)
    pen.rectangle((450, 345, 580, 520), "#6a3d22", "#3b2415", 4)
    return image, (84, 70, 636, 262), "#f7edd0"


def _shirt() -> tuple[Image.Image, tuple[int, int, int, int], str]:
    image = sky((720, 640), (232, 238, 240), (205, 216, 222))
    pen = ImageDraw.Draw(image)
    pen.ellipse((285, 10, 435, 170), "#e0ac84")
    pen.pieslice((280, 0, 440, 150), 180, 360, "#4a2f1d")
    pen.polygon(
        [
            (290, 150),
            (430, 150),
            (640, 240),
            (700, 460),
            (590, 490),
            (560, 400),
            (560, 640),
            (160, 640),
            (160, 400),
            (130, 490),
            (20, 460),
            (80, 240),
        ],
        "#fbfbf8",
        "#888888",
    )
    pen.ellipse((300, 126, 420, 184), "#e0ac84")
    pen.arc((300, 126, 420, 184), 0, 180, "#888888", 2)
    return image, (175, 230, 545, 610), "#1c2f52"


def _billboard() -> tuple[Image.Image, tuple[int, int, int, int], str]:
    image = sky((720, 560), (40, 60, 110), (240, 160, 120))
    pen = ImageDraw.Draw(image)
    for i, high in enumerate((190, 260, 150, 300, 220, 170, 280, 200)):
        pen.rectangle((i * 92 - 10, 560 - high, i * 92 + 74, 560), "#2a2f45")
        for row in range(3):
            pen.rectangle((i * 92 + 10, 576 - high + row * 40, i * 92 + 26, 594 - high + row * 40), "#f4d27a")
    for x in (240, 460):
        pen.rectangle((x, 340, x + 14, 560), "#15181f")
    pen.rectangle((50, 40, 670, 350), "#15181f")
    pen.rectangle((62, 52, 658, 338), "#fff7df")
    return image, (84, 66, 636, 324), "#a11d2f"


_SCENES = {"road": _road, "shop": _shop, "shirt": _shirt, "billboard": _billboard}
SCENES = tuple(_SCENES)


def scanned_letter(seed: Seed) -> Drawn:
    """A typed letter as a scanner gives it: letterhead, date, grey paper, a fold, a little askew, specks."""
    text, face = legible(seed)
    laid = fitted(text, face, (560, 560), (13, 19))
    if laid is None:
        raise too_long(2200)
    image = Image.new("L", (720, 940), 244)
    pen = ImageDraw.Draw(image)
    small = face_for("0123456789-/ ")
    pen.ellipse((80, 56, 124, 100), None, 90, 3)
    pen.line((92, 78, 102, 90, 116, 64), 90, 3)
    for y, wide in ((62, 190), (76, 150), (90, 170)):
        pen.rectangle((140, y, 140 + wide, y + 5), 150)
    year, day = seed.rng.integers(2019, 2027), seed.rng.integers(10, 29)
    pen.text((640, 170), f"{year}-0{seed.rng.integers(1, 10)}-{day}", 50, small.at(17), anchor="ra")
    write(pen, laid, (80, 220, 640, 790), 40)
    xs = np.linspace(0, 9, 40)
    at = 250 + min(laid.height, 560)
    pen.line([(420 + 14 * x, at + 24 + 13 * np.sin(2.3 * x) * np.exp(-x / 9)) for x in xs], 60, 2)
    image = image.rotate(float(seed.rng.uniform(-1.6, 1.6)), Image.Resampling.BICUBIC, fillcolor=236)
    grey = _grained(image, seed, 7)
    grey[310:313] -= 26
    grey[seed.rng.integers(940, size=300), seed.rng.integers(720, size=300)] = 60
    return Drawn([saved(Image.fromarray(grey), "JPEG", quality=85)])


def _grained(image: Image.Image, seed: Seed, most: int) -> NDArray[np.uint8]:
    """The pixels, a little darker by chance, in a pattern that repeats unseen."""
    pixels = np.asarray(image)
    high, wide = pixels.shape[:2]
    tile = seed.rng.integers(0, 2 * most, (200, 210), dtype=np.uint8)
    grain = np.tile(tile, (high // 200 + 1, wide // 210 + 1))[:high, :wide]
    grain = grain if pixels.ndim == 2 else grain[..., None]
    return np.asarray(np.maximum(pixels, 2 * most) - grain)


def whiteboard(seed: Seed) -> Drawn:
    """In marker on a board with a frame, a tray and other people's scribbles."""
    text, face = legible(seed)
    image = Image.new("RGB", (760, 560), "#f7f9f9")
    marker = Image.new("L", (660, 360), 0)
    label(ImageDraw.Draw(marker), text, face, (10, 5, 650, 355), 255, (14, 38))
    image.paste("#1b3f8b", (50, 55), bent(marker, seed, 1.2, 42))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 759, 559), None, "#a9adb2", 20)
    pen.rectangle((120, 530, 640, 548), "#7c8187")
    for x, colour in ((200, "#1b3f8b"), (270, "#b02a2a"), (340, "#1f7a3f")):
        pen.rounded_rectangle((x, 520, x + 52, 531), 5, colour)
    pen.rounded_rectangle((540, 512, 610, 531), 4, "#3b3b3b")
    pen.arc((600, 430, 690, 500), 20, 330, "#1f7a3f", 4)
    pen.line([(70, 480), (110, 440), (150, 490), (190, 450), (230, 470)], "#b02a2a", 4)
    return Drawn([saved(image, "JPEG", quality=85)])


def sticky_notes(seed: Seed) -> Drawn:
    """A piece of the text on each paper note, numbered, stuck at angles."""
    text, face = legible(seed)
    pieces = cut(text, 6 if len(text) > 60 else 3)
    columns = 3
    rows = -(-len(pieces) // columns)
    image = Image.new("RGB", (780, 40 + rows * 250), "#c9a679")
    image = Image.fromarray(_grained(image, seed, 9))
    for place, piece in enumerate(pieces):
        note = Image.new("RGBA", (224, 224), seed.pick(["#fff28a", "#ffc6d9", "#c7f0c2", "#bfe3ff"]))
        pen = ImageDraw.Draw(note)
        pen.text((10, 6), f"{place + 1}", "#777", face_for("0123456789").at(18))
        if piece.strip():
            label(pen, piece.strip(), face, (12, 28, 212, 216), "#222", (12, 32))
        turned = note.rotate(float(seed.rng.normal(0, 4)), Image.Resampling.BICUBIC, expand=True)
        image.paste(turned, (14 + place % columns * 252, 22 + place // columns * 246), turned)
    return Drawn([saved(image, "JPEG", quality=85)])


def meme(seed: Seed) -> Image.Image:
    """The first half over a picture, the second half under it, in white letters with black rims."""
    text, face = legible(seed)
    above, below = (*cut(text, 2), "")[:2]
    image = landscape((720, 640))
    pen = ImageDraw.Draw(image)
    pen.ellipse((270, 240, 470, 430), "#d9a066", "#5b3a1f", 4)
    for x in (300, 420):
        pen.polygon([(x - 30, 280), (x, 215), (x + 28, 265)], "#d9a066", "#5b3a1f")
    for x in (330, 410):
        pen.ellipse((x - 14, 305, x + 14, 335), "white", "#222")
        pen.ellipse((x - 6, 312, x + 6, 326), "#222")
    pen.polygon([(360, 350), (380, 350), (370, 362)], "#5b3a1f")
    pen.arc((345, 345, 395, 385), 20, 160, "#5b3a1f", 3)
    for piece, box in ((above, (20, 12, 700, 215)), (below, (20, 425, 700, 628))):
        if piece.strip():
            label(
                pen, piece.strip().upper(), face, box, "white", (15, 44), stroke_width=3, stroke_fill="black"
            )
    return image


def comic(seed: Seed) -> Image.Image:
    """Panels in which two figures say the text piece by piece."""
    text, face = legible(seed)
    pieces = cut(text, 4)
    image = Image.new("RGB", (820, 700), "white")
    for place, piece in enumerate(pieces):
        left, top = 10 + place % 2 * 405, 10 + place // 2 * 345
        panel = (
            sky((395, 335), (250, 226, 170), (250, 240, 214))
            if place % 2
            else sky((395, 335), (190, 222, 240), (240, 246, 240))
        )
        pen = ImageDraw.Draw(panel)
        pen.rectangle((0, 300, 395, 335), "#9fae7b")
        tree(pen, 198, 305, 80)
        person(pen, 80, 322, 120, "#b5452c")
        person(pen, 310, 322, 120, "#2f5f9e")
        speaker = 80 if place % 2 == 0 else 310
        pen.polygon([(speaker - 8, 170), (speaker + 26, 170), (speaker + 6, 205)], "white", "#222")
        pen.rounded_rectangle((14, 12, 381, 176), 34, "white", "#222", 2)
        pen.polygon([(speaker - 6, 168), (speaker + 24, 168), (speaker + 6, 200)], "white")
        if piece.strip():
            label(pen, piece.strip(), face, (28, 22, 367, 166), "#111", (12, 30))
        pen.rectangle((0, 0, 394, 334), None, "#222", 3)
        image.paste(panel, (left, top))
    return image


def village(size: tuple[int, int] = (720, 560)) -> Image.Image:
    """A peaceful street."""
    return _village(size).copy()


@lru_cache(maxsize=32)
def _village(size: tuple[int, int]) -> Image.Image:
    image = landscape(size)
    pen = ImageDraw.Draw(image)
    for left, wall in ((90, "#e8d9b5"), (300, "#d7c0a2"), (520, "#e5c9c0")):
        house(pen, (left, size[1] * 0.42, left + 130, size[1] * 0.86), wall)
    person(pen, 260, size[1] * 0.92, 90, "#7a3b8f")
    return image
