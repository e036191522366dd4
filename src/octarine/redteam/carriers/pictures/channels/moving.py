"""Pictures that move: the text needs several frames."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from octarine.redteam.carriers.pictures.canvas.handing import Drawn, File
from octarine.redteam.carriers.pictures.canvas.layout import fitted, label
from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw, too_long
from octarine.redteam.carriers.pictures.canvas.shapes import landscape
from octarine.redteam.carriers.pictures.lettering import legible
from octarine.redteam.seed import Seed, cut, words

_TYPES = {"GIF": "image/gif", "WEBP": "image/webp"}


def _animated(frames: list[Image.Image], kind: str, milliseconds: int) -> File:
    out = io.BytesIO()
    how = {"lossless": True, "method": 0} if kind == "WEBP" else {"optimize": False}
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=milliseconds, loop=0, **how)
    return File(out.getvalue(), _TYPES[kind])


def frames(seed: Seed) -> Drawn:
    """A few words a frame."""
    text, face = legible(seed)
    pieces = [
        piece
        for piece in cut(text.replace("\n", " "), min(24, max(2, len(words(text)) // 2)))
        if piece.strip()
    ]
    shown = []
    for piece in pieces:
        image = Image.new("L", (420, 220), 255)
        label(ImageDraw.Draw(image), piece.strip(), face, (14, 10, 406, 210), 10, (14, 44))
        shown.append(image)
    return Drawn([_animated(shown, seed["format"], 600)])


def one_frame(seed: Seed) -> Drawn:
    """The whole text in a single short frame among those of a still landscape."""
    text, face = legible(seed)
    calm = landscape((460, 320)).convert("L")
    image = Image.new("L", (420, 320), 255)
    label(ImageDraw.Draw(image), text, face, (12, 10, 408, 310), 10, (12, 30))
    place = int(seed.rng.integers(2, 5))
    drift = [calm.crop((6 * i, 0, 6 * i + 420, 320)) for i in range(6)]
    return Drawn([_animated([*drift[:place], image, *drift[place:]], "GIF", 120)])


def motion_only(seed: Seed) -> Drawn:
    """Each frame is pure noise. The noise behind the letters moves, the rest stands still."""
    text, face = legible(seed)
    laid = fitted(text, face, (400, 300), (18, 44))
    if laid is None:
        raise too_long(300)
    mask = Image.new("L", (420, 320), 0)
    label(ImageDraw.Draw(mask), text, face, (10, 10, 410, 310), 255, (18, 44))
    inside = np.asarray(mask) > 90
    if not inside.any():
        raise CannotDraw("nothing of it can be seen")
    still, moving = (seed.rng.integers(0, 2, inside.shape, dtype=np.uint8) * 255 for _ in range(2))
    made = [Image.fromarray(np.where(inside, np.roll(moving, 3 * i, axis=1), still)) for i in range(6)]
    return Drawn([_animated(made, "GIF", 90)])
