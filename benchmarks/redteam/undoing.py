"""What is done to a picture before tesseract sees it: what its prompt tells a model to do, and no more."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps
from read_back import Absent

Prepare = Callable[[list[Image.Image], str], list[Image.Image]]


def tesseract(image: Image.Image, mode: int = 6, letters: str = "") -> str:
    """What tesseract reads. ``mode``: its page segmentation; 6: one block, 11: sparse text."""
    if shutil.which("tesseract") is None:
        raise Absent("tesseract is not installed")
    out = io.BytesIO()
    image.convert("L").save(out, "PNG", dpi=(300, 300))
    command = ["tesseract", "stdin", "stdout", "--psm", str(mode), "-l", "eng"]
    command += ["-c", f"tessedit_char_whitelist={letters}"] if letters else []
    done = subprocess.run(command, input=out.getvalue(), capture_output=True, check=True)
    return done.stdout.decode()


def larger(image: Image.Image, times: int = 2) -> Image.Image:
    """Enlarged, with a white edge."""
    grown = image.convert("L").resize((image.width * times, image.height * times), Image.Resampling.LANCZOS)
    return ImageOps.expand(grown, 20, 255)


def each(change: Callable[[Image.Image], Image.Image]) -> Prepare:
    """One picture at a time."""
    return lambda shown, _: [change(image) for image in shown]


def turned_back(shown: list[Image.Image], prompt: str) -> list[Image.Image]:
    """The prompt tells the angle, not the direction: whichever lets tesseract read more."""
    found = re.search(r"(\d+) degrees", prompt)
    angle = int(found[1]) if found else 0
    made = []
    for image in shown:
        grey = image.convert("L")
        both = [grey.rotate(sign * angle, Image.Resampling.BICUBIC, True, fillcolor=255) for sign in (1, -1)]
        made.append(max(both, key=lambda i: len(re.findall(r"[a-z]{3,}", tesseract(larger(i))))))
    return made


def by_factor(shown: list[Image.Image], prompt: str) -> list[Image.Image]:
    """Reduced without smoothing, by the factor that the prompt tells."""
    found = re.search(r"one part in (\d+)", prompt)
    factor = int(found[1]) if found else 1
    return [i.resize((i.width // factor, i.height // factor), Image.Resampling.NEAREST) for i in shown]


def laid_together(shown: list[Image.Image], _: str) -> list[Image.Image]:
    """Each two pictures on each other: the darker pixel."""
    grey = [image.convert("L") for image in shown]
    return [ImageChops.darker(one, two) for one, two in zip(grey[::2], grey[1::2], strict=True)]


def stacked_shares(shown: list[Image.Image], prompt: str) -> list[Image.Image]:
    """Laid together; each two by two pixels are one."""
    return [ImageOps.autocontrast(image.reduce(2)) for image in laid_together(shown, prompt)]


def two_by_two(shown: list[Image.Image], _: str) -> list[Image.Image]:
    """Four tiles as one picture."""
    made = []
    for first in range(0, len(shown), 4):
        a, b, c, d = shown[first : first + 4]
        whole = Image.new("L", (a.width + b.width, a.height + c.height), 255)
        for tile, place in ((a, (0, 0)), (b, (a.width, 0)), (c, (0, a.height)), (d, (a.width, a.height))):
            whole.paste(tile, place)
        made.append(whole)
    return made


def jigsaw(image: Image.Image) -> Image.Image:
    """Pieces in the order of their numbers; the badge is painted over."""
    pieces = {}
    wide, high = (image.width - 6) // 3, (image.height - 6) // 3
    for place in range(9):
        left, top = 6 + place % 3 * wide, 6 + place // 3 * high
        piece = image.crop((left, top, left + wide - 6, top + high - 6))
        badge = ImageOps.invert(piece.crop((1, 1, 25, 21)).convert("RGB").split()[1]).resize((240, 200))
        number = tesseract(ImageOps.expand(badge, 60, 30), 10, "123456789").strip()
        piece.paste("white", (0, 0, 26, 22))
        pieces[number or f"?{place}"] = piece
    whole = Image.new("L", (3 * (wide - 6), 3 * (high - 6)), 255)
    for place, number in enumerate(sorted(pieces)):
        whole.paste(pieces[number], (place % 3 * (wide - 6), place // 3 * (high - 6)))
    return whole


def strips(image: Image.Image) -> Image.Image:
    """Strips on a dark ground, each moved so that all begin at one height."""
    pixels = np.asarray(image.convert("RGB")).astype(int)
    paper = np.abs(pixels - np.array((69, 75, 82))).sum(2) > 20
    columns = np.flatnonzero(paper.any(0))
    runs = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    grey = np.asarray(image.convert("L"))
    made = []
    for run in runs:
        rows = np.flatnonzero(paper[:, run].any(1))
        made.append(grey[rows[0] : rows[-1] + 1, run[0] : run[-1] + 1])
    high = min(strip.shape[0] for strip in made)
    return Image.fromarray(np.concatenate([strip[:high] for strip in made], 1))


def warm_dots(image: Image.Image) -> Image.Image:
    """Where red outweighs green, dark."""
    pixels = np.asarray(image.convert("RGB")).astype(int)
    warm = (pixels[..., 0] - pixels[..., 1] > 60).astype(np.uint8) * 255
    soft = Image.fromarray(warm).filter(ImageFilter.GaussianBlur(4))
    return ImageOps.autocontrast(ImageOps.invert(soft)).resize((image.width // 2, image.height // 2))


def channel(index: int) -> Callable[[Image.Image], Image.Image]:
    """One channel, its contrast stretched."""
    return lambda image: ImageOps.autocontrast(image.convert("RGB").split()[index])


def low_bit(image: Image.Image) -> Image.Image:
    """The lowest bit of green: 1 is ink."""
    return Image.fromarray((1 - (np.asarray(image)[..., 1] & 1)) * np.uint8(255))


def on_black(image: Image.Image) -> Image.Image:
    """Over a dark ground, then inverted: paper is white where the layer is opaque."""
    ground = Image.new("RGBA", image.size, "black")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("L")


def smaller(image: Image.Image) -> Image.Image:
    """From far off: blurred and stretched."""
    far = image.convert("L").filter(ImageFilter.GaussianBlur(3)).reduce(2)
    return ImageOps.autocontrast(far, 2)


def smooth(radius: float) -> Callable[[Image.Image], Image.Image]:
    """Noise and raster evened out."""
    return lambda image: ImageOps.autocontrast(image.convert("L").filter(ImageFilter.GaussianBlur(radius)), 3)


def white_letters(image: Image.Image) -> Image.Image:
    """What is pure white, as ink."""
    return Image.fromarray(np.where(np.asarray(image.convert("RGB")).min(2) > 240, 0, 255).astype(np.uint8))


def depth(image: Image.Image) -> Image.Image:
    """Where dots repeat at 78 pixels rather than at 90, dark."""
    dots = np.asarray(image.convert("L")) > 128
    wide = dots.shape[1] - 90
    near = dots[:, 90:] == dots[:, 12 : 12 + wide]
    far = dots[:, 90:] == dots[:, :wide]
    soft = [
        np.asarray(Image.fromarray(a.astype(np.uint8) * 255).filter(ImageFilter.BoxBlur(2)), int)
        for a in (near, far)
    ]
    return Image.fromarray(np.where(soft[0] > soft[1], 0, 255).astype(np.uint8))


def frames(image: Image.Image) -> list[Image.Image]:
    """Every frame of an animation."""
    made = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        made.append(image.convert("L"))
    return made


def moving(shown: list[Image.Image], _: str) -> list[Image.Image]:
    """Where frames differ, dark."""
    stack = np.stack([np.asarray(frame).astype(int) for frame in frames(shown[0])])
    change = (np.abs(np.diff(stack, axis=0)) > 100).mean(0)
    soft = Image.fromarray((change * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(1))
    return [soft.point(lambda v: 0 if v > 70 else 255)]


def heavier(image: Image.Image) -> Image.Image:
    """Small characters run together to large ones, dark on white."""
    soft = image.filter(ImageFilter.GaussianBlur(4))
    return ImageOps.invert(soft.point(lambda v: min(255, v * 4)))
