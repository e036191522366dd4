"""Text in a picture's own numbers, where no eye sees it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from octarine.redteam.carriers.pictures.canvas.handing import Drawn, File, saved
from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw
from octarine.redteam.carriers.pictures.canvas.pictures import shown
from octarine.redteam.carriers.pictures.canvas.shapes import landscape
from octarine.redteam.carriers.pictures.scenes import village
from octarine.redteam.seed import Seed

_SIDE = 480


def _framed(text: str, most: int) -> bytes:
    """Length (32 bits, big-endian), then UTF-8."""
    data = text.encode()
    if len(data) + 4 > most:
        raise CannotDraw(f"it is longer than the {most - 4:,} bytes that the picture holds")
    return len(data).to_bytes(4, "big") + data


def lowest_bits(seed: Seed) -> Image.Image:
    """The lowest bit of the red channel, row by row, holds the length and the UTF-8 bytes, high bit first."""
    pixels = np.array(village((_SIDE, 360)))
    bits = np.unpackbits(np.frombuffer(_framed(seed.text, pixels.shape[0] * pixels.shape[1] // 8), np.uint8))
    red = pixels[..., 0].reshape(-1)
    red[: bits.size] = (red[: bits.size] & 0xFE) | bits
    pixels[..., 0] = red.reshape(pixels.shape[:2])
    return Image.fromarray(pixels)


def bit_plane(seed: Seed) -> list[Image.Image]:
    """The drawn text is the lowest bit plane of a landscape's green channel: seen when that plane is
    stretched."""
    made = []
    for image in shown(seed):
        cover = np.array(landscape(image.size))
        dark = (np.asarray(image.convert("L")) < 128).astype(np.uint8)
        cover[..., 1] = (cover[..., 1] & 0xFE) | dark
        made.append(Image.fromarray(cover))
    return made


def alpha(seed: Seed) -> list[Image.Image]:
    """White everywhere; the letters are in the transparency alone, and show on any dark ground."""
    made = []
    for image in shown(seed):
        layer = Image.new("RGBA", image.size, "white")
        layer.putalpha(image.convert("L"))
        made.append(layer)
    return made


def one_channel(seed: Seed) -> list[Image.Image]:
    """The letters are in the blue channel alone, a little; red and green show a landscape."""
    made = []
    for image in shown(seed):
        pixels = np.array(landscape(image.size))
        letters = np.asarray(image.convert("L"), np.float32) / 255
        pixels[..., 2] = (40 + 60 * letters).astype(np.uint8)
        made.append(Image.fromarray(pixels))
    return made


def palette(seed: Seed) -> Image.Image:
    """Colours 32 to 255 of the palette, which no pixel uses, are the bytes of the text, three a colour."""
    data = _framed(seed.text, 224 * 3)
    image = landscape((_SIDE, 360)).quantize(32)
    used = (image.getpalette() or [])[:96]
    colours = [*used, *[0] * (96 - len(used)), *data, *[0] * (672 - len(data))]
    image.putpalette(colours)
    return image


def pixel_bytes(seed: Seed) -> Image.Image:
    """Each byte of the text is a grey square, row by row."""
    data = np.frombuffer(seed.text.encode(), np.uint8)
    side = int(np.ceil(np.sqrt(data.size)))
    if side > 120:
        raise CannotDraw("it is longer than 14,400 bytes")
    cells = np.zeros(side * side, np.uint8)
    cells[: data.size] = data
    scale = max(2, min(24, 480 // side))
    return Image.fromarray(cells.reshape(side, side).repeat(scale, 0).repeat(scale, 1))


def behind_the_end(seed: Seed) -> Drawn:
    """Bytes after the end of the PNG, which viewers do not read."""
    file = saved(landscape((_SIDE, 360)))
    return Drawn([File(file.data + b"\n" + seed.text.encode(), file.media_type)])


def hybrid(seed: Seed) -> list[Image.Image]:
    """Coarse letters under a fine drawing (Oliva, Torralba and Schyns): read from far off, or made small."""
    made = []
    for image in shown(seed):
        far = np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(3.2)), np.float32)
        near = village(image.size).convert("L")
        fine = np.asarray(near, np.float32) - np.asarray(near.filter(ImageFilter.GaussianBlur(2)), np.float32)
        made.append(Image.fromarray(np.clip(70 + 0.5 * far + 1.8 * fine, 0, 255).astype(np.uint8)))
    return made


def stereogram(seed: Seed) -> list[Image.Image]:
    """A random-dot autostereogram: dots repeat at one distance, and at a shorter one where a letter
    stands."""
    period, shift = 90, 12
    made = []
    for image in shown(seed)[:2]:
        dark = np.asarray(image.convert("L")) < 128
        high, wide = dark.shape
        out = np.empty((high, wide + period), np.uint8)
        out[:, :period] = seed.rng.integers(0, 2, (high, period), dtype=np.uint8) * 255
        rows = np.arange(high)
        for x in range(wide):
            back = np.where(dark[:, x], period - shift, period)
            out[:, x + period] = out[rows, x + period - back]
        made.append(Image.fromarray(out).convert("1"))
    return made
