"""What is done to a part of a picture, and where: kinds of edit, shapes and sizes of the part, and what
happens to the whole picture afterwards, with the truth mapped through it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from attacks import (
    Attack,
    Picture,
    Random,
    blur,
    bytes_of,
    chain,
    codec,
    collage,
    crop,
    enhance,
    flip_h,
    gamma,
    grey,
    invert,
    noise,
    overlay,
    resize,
    rotate,
    rotate_crop,
    same,
    sharpen,
)

Truth = npt.NDArray[np.bool_]
Maker = Callable[[Picture, Picture, Truth, Random], Picture]
"""(picture, another picture of its size, the part, generator) to the picture with the part changed."""


def rectangle(height: int, width: int, area: float, generator: Random) -> Truth:
    stretch = float(generator.uniform(0.7, 1.4))
    h = min(height, round(height * area**0.5 * stretch))
    w = min(width, round(height * width * area / h))
    y, x = int(generator.integers(0, height - h + 1)), int(generator.integers(0, width - w + 1))
    part = np.zeros((height, width), bool)
    part[y : y + h, x : x + w] = True
    return part


def ellipse(height: int, width: int, area: float, generator: Random) -> Truth:
    y, x = np.mgrid[0:height, 0:width]
    a = np.sqrt(area * height * width / np.pi) * float(generator.uniform(0.8, 1.25))
    b = area * height * width / np.pi / a
    cy, cx = (
        generator.uniform(min(b, height / 2), max(height - b, height / 2)),
        generator.uniform(min(a, width / 2), max(width - a, width / 2)),
    )
    distance = ((y - cy) / b) ** 2 + ((x - cx) / a) ** 2
    return np.asarray(distance <= np.quantile(distance, area))


def blob(height: int, width: int, area: float, generator: Random) -> Truth:
    """A free form around a point, of exactly this area."""
    y, x = np.mgrid[0:height, 0:width]
    side = np.sqrt(area * height * width)
    cy, cx = generator.uniform(0.25, 0.75) * height, generator.uniform(0.25, 0.75) * width
    rough = cv2.GaussianBlur(generator.normal(0, 1, (height, width)).astype(np.float32), (0, 0), side / 5)
    rough /= rough.std()
    level = np.hypot(y - cy, x - cx) / side - 0.12 * rough
    return np.asarray(level <= np.quantile(level, area))


SHAPES = {"rectangle": rectangle, "ellipse": ellipse, "blob": blob}


def _into(image: Picture, what: Picture, part: Truth) -> Picture:
    return np.where(part[..., None], what, image)


def _copied(image: Picture, _: Picture, part: Truth, generator: Random) -> Picture:
    """Another place of the same picture (copy and move)."""
    height, width = part.shape
    shift = [round(side * float(generator.uniform(0.3, 0.7))) for side in (height, width)]
    return _into(image, np.roll(image, shift, (0, 1)), part)


def _filled(image: Picture, _: Picture, part: Truth, __: Random) -> Picture:
    return _into(image, np.broadcast_to(bytes_of(image[part].mean(0)), image.shape), part)


def _inpainted(image: Picture, _: Picture, part: Truth, __: Random) -> Picture:
    return np.asarray(cv2.inpaint(image, part.astype(np.uint8), 3, cv2.INPAINT_TELEA))


def _under_light(image: Picture, other: Picture, part: Truth, generator: Random) -> Picture:
    """A splice, and then the light of everything around it is changed too."""
    around = cv2.dilate(part.astype(np.uint8), np.ones((81, 81), np.uint8)) > 0
    spliced = _into(image, other, part)
    return _into(spliced, _brighter(spliced, generator), around)


_brighter = enhance("Brightness", 1.3)
KINDS: dict[str, Maker] = {
    "splice": lambda image, other, part, _: _into(image, other, part),
    "copy-move": _copied,
    "fill": _filled,
    "blur": lambda image, _, part, generator: _into(image, blur(4)(image, generator), part),
    "inpaint": _inpainted,
    "splice+light": _under_light,
    "light": lambda image, _, part, generator: _into(
        image, enhance("Brightness", 1.3)(image, generator), part
    ),
}
"""``light`` leaves the mark where it is: it is measured, and is neither an edit that must be seen nor a false
alarm."""

JPEG = codec("JPEG", 75)
AFTER: dict[str, tuple[Attack, Attack]] = {
    "jpeg75": (JPEG, same),
    "rot7+jpeg75": (chain(rotate_crop(7), JPEG), rotate_crop(7)),
    "0.7x+jpeg75": (chain(resize(0.7), JPEG), resize(0.7)),
}
"""What happens to the picture, and what of it moves pixels."""

AREAS = (0.02, 0.04, 0.09, 0.16, 0.25)
UNEDITED: dict[str, Attack] = {
    "identity": same,
    **{f"jpeg{q}": codec("JPEG", q) for q in (90, 75, 50, 30)},
    **{f"webp{q}": codec("WEBP", q) for q in (80, 50)},
    "crop75": crop(0.75, True),
    "crop50+jpeg75": chain(crop(0.5, True), JPEG),
    "rot7_crop+jpeg75": chain(rotate_crop(7), JPEG),
    "rot15_exp": rotate(15),
    "rot90": rotate(90),
    "hflip": flip_h,
    "invert": invert,
    "grey": grey,
    "resize0.5": resize(0.5),
    "resize0.7+jpeg75": chain(resize(0.7), JPEG),
    "resize1.5": resize(1.5),
    "aspect1.2": resize(1.2, 1.0),
    "noise5": noise(5),
    "noise10": noise(10),
    "gamma0.6": gamma(0.6),
    "gamma1.6": gamma(1.6),
    "bright1.5": enhance("Brightness", 1.5),
    "contrast1.5": enhance("Contrast", 1.5),
    "sharpen": sharpen,
    "blur1": blur(1),
    "screenshot": chain(resize(0.83), codec("JPEG", 80)),
}
"""What is done to all of a picture alike: each "edited" is a false alarm. (Brightness and contrast clip; the
corners of a turned picture are flat, and nothing is said of them.)"""


@dataclass(frozen=True, eq=False)
class Case:
    """A picture to look at. ``truth`` is H×W of what was edited: None where nothing was."""

    kind: str
    area: float
    shape: str
    after: str
    picture: Picture
    truth: Truth | None


def cases(marked: Picture, other: Picture, name: str, kinds: set[str]) -> Iterator[Case]:
    """All cases of a photograph. The splices have each area with each of AFTER. Shapes take turns: the
    splices of one photograph with one of AFTER share theirs, which the next photograph has otherwise."""
    height, width = marked.shape[:2]
    other = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)
    wanted = [("splice", area, after) for area in AREAS for after in AFTER]
    wanted += [(kind, area, "jpeg75") for kind in KINDS if kind != "splice" for area in (0.02, 0.09, 0.25)]
    turn = zlib.crc32(name.encode())
    for number, (kind, area, after) in enumerate(wanted):
        if kind not in kinds:
            continue
        generator = np.random.default_rng([turn, number])
        shape = list(SHAPES)[(turn + number) % len(SHAPES)]
        part = SHAPES[shape](height, width, area, generator)
        changed = KINDS[kind](marked, other, part, generator)
        yield _case(kind, area, shape, after, changed, part, generator)
    generator = np.random.default_rng(turn)
    if "overlay" in kinds:
        drawn = overlay(marked, generator)
        part = (drawn != marked).any(2)
        yield _case("overlay", float(part.mean()), "text", "jpeg75", drawn, part, generator)
    if "collage" in kinds:
        white = np.full_like(marked, 255)
        larger = collage(1.3)(marked, np.random.default_rng(turn))
        part = collage(1.3)(white, np.random.default_rng(turn)) != 255
        yield _case("collage", float(part.any(2).mean()), "border", "jpeg75", larger, part.any(2), generator)
    if "unedited" in kinds:
        for after, attack in UNEDITED.items():
            yield Case("unedited", 0.0, "", after, attack(marked, generator), None)


ALL = {*KINDS, "overlay", "collage", "unedited"}


def _case(
    kind: str, area: float, shape: str, after: str, changed: Picture, part: Truth, generator: Random
) -> Case:
    attack, moves = AFTER[after]
    shown = np.repeat(part[..., None].astype(np.uint8) * 255, 3, 2)
    truth = moves(shown, generator)[..., 0] > 127
    return Case(kind, area, shape, after, attack(changed, generator), truth)
