"""The pictures that a technique is to change."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from octarine.core.content import Modality, Part
from octarine.evaluate.pictures.declared import part_data
from octarine.redteam.carriers.pictures.canvas.layout import pages
from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw
from octarine.redteam.seed import Seed

_LARGEST = 1600
"""Pixels of a side; larger pictures are reduced first."""
_MODES = ("L", "RGB")
_CARRIES = ("exif", "xmp", "comment", "icc_profile")


def shown(seed: Seed) -> list[Image.Image]:
    """Pictures of the message, else the text drawn plainly. In mode L or RGB.

    Raises:
        CannotDraw: a picture is not at hand, moves, or holds what drawing it again would lose.
    """
    from octarine.redteam.carriers.pictures.lettering import legible

    found = [part for part in seed.others if part.modality is Modality.IMAGE]
    if found:
        return [_opened(part) for part in found]
    text, face = legible(seed)
    return pages(text, face, most=2)


def _opened(part: Part) -> Image.Image:
    data = part_data(part)
    if data is None:
        raise CannotDraw("the bytes of the picture are not at hand")
    image = Image.open(BytesIO(data))
    if getattr(image, "n_frames", 1) > 1:
        raise CannotDraw("the picture moves")
    if part.name or getattr(image, "text", None) or any(key in image.info for key in _CARRIES):
        raise CannotDraw("the picture's file holds a text that drawing it again would lose")
    if image.mode not in _MODES and (image.mode in ("RGBA", "LA", "PA", "P")):
        raise CannotDraw("the picture has layers or a palette that drawing it again would lose")
    image.thumbnail((_LARGEST, _LARGEST))
    return image if image.mode in _MODES else image.convert("RGB")
