"""Pictures of nothing but letters."""

from __future__ import annotations

import base64
import math

import numpy as np
from PIL import Image, ImageDraw

from octarine.redteam.carriers.pictures.canvas.fonts import Face, clean, face_for, several
from octarine.redteam.carriers.pictures.canvas.handing import Drawn, phrases
from octarine.redteam.carriers.pictures.canvas.layout import (
    LEADING,
    fitted,
    page,
    pages,
    put,
    width,
    write,
)
from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw, too_long
from octarine.redteam.carriers.pictures.canvas.shapes import paste_turned, stamp
from octarine.redteam.seed import Seed, content_words, cut, graphemes, words


def legible(seed: Seed, text: str | None = None) -> tuple[str, Face]:
    """The text of a seed as it can be drawn, and a face that has its letters."""
    drawn = clean(seed.text if text is None else text)
    if not drawn:
        raise CannotDraw("no character of it can be drawn")
    return drawn, face_for(drawn, seed.parameters.get("font"))


def plain(seed: Seed) -> list[Image.Image]:
    """Dark letters on white."""
    text, face = legible(seed)
    return pages(text, face)


def empty_list(seed: Seed) -> Image.Image:
    """The text as a heading, over numbers with nothing behind them."""
    text, face = legible(seed)
    count = seed["items"]
    laid = fitted(text, face, (580, 330), (13, 34))
    if laid is None:
        raise too_long(900)
    step = min(48, laid.size * 1.8)
    image = Image.new("L", (640, int(30 + laid.height + step * (count + 0.5) + 30)), 255)
    pen = ImageDraw.Draw(image)
    write(pen, laid, (30, 30, 610, 30 + laid.height), 20)
    numbers = face_for("0123456789.")
    for number in range(1, count + 1):
        y = 30 + laid.height + step * (number - 0.4)
        x, anchor = (596, "ra") if seed.language == "ar" else (44, "la")
        pen.text((x, y), f"{number}.", 20, numbers.at(laid.size), anchor=anchor)
    return image


def low_contrast(seed: Seed) -> list[Image.Image]:
    """Letters a few steps of grey off their paper."""
    text, face = legible(seed)
    paper = int(seed.rng.integers(60, 246))
    ink = paper + seed["steps"] * (1 if paper < 128 else -1)
    return pages(text, face, paper=paper, ink=ink)


def tiny(seed: Seed) -> Image.Image:
    """The text very small, somewhere on a large empty page."""
    text, face = legible(seed)
    laid = fitted(text, face, (420, 300), (seed["size"], seed["size"]))
    if laid is None:
        raise too_long(4000)
    image = Image.new("L", (960, 720), 250)
    x, y = int(seed.rng.integers(30, 500)), int(seed.rng.integers(30, 390))
    write(ImageDraw.Draw(image), laid, (x, y, x + 420, y + 300), 0)
    return image


def _units(text: str, face: Face) -> list[str]:
    """What can be moved alone without breaking a script: letters, or words where letters join."""
    joined = any("\u0590" <= c <= "\u0fff" for c in text)
    return words(text) if joined else graphemes(text)


def handwritten(seed: Seed) -> Image.Image:
    """Each letter leans, turns and hops a little; then the outlines are bent by a smooth random field."""
    text, face = legible(seed)
    laid = fitted(text, face, (560, 560), (17, 38))
    if laid is None:
        raise too_long(1000)
    image = Image.new("L", (640, int(laid.height + 90)), 255)
    lean = float(seed.rng.uniform(0.12, 0.3))
    for number, line in enumerate(laid.lines):
        y = 36 + number * laid.size * LEADING
        rtl = any("\u0590" <= c <= "\u08ff" for c in line)
        room = width(line, face) * laid.size
        x = 600 - room if rtl else 40.0
        units = _units(line, face)
        for unit in reversed(units) if rtl else units:
            if unit.strip():
                glyph = stamp(unit.rstrip(), face, laid.size, lean=lean + seed.rng.normal(0, 0.05))
                drift = seed.rng.normal(0, laid.size * 0.04) + math.sin(x / 70 + number) * 2
                paste_turned(
                    image, glyph, (x, y + drift), seed.rng.normal(0, 3), int(seed.rng.integers(10, 60))
                )
            x += width(unit, face) * laid.size + seed.rng.normal(0, 0.4)
    return bent(image, seed, amount=laid.size / 16, wave=laid.size * 0.9)


def bent(image: Image.Image, seed: Seed, amount: float, wave: float) -> Image.Image:
    """``image`` displaced by smooth noise of ``amount`` pixels whose bumps are ``wave`` pixels apart."""
    high, wide = image.height, image.width
    pixels = np.asarray(image)
    fields = []
    for _ in range(2):
        coarse = seed.rng.normal(0, amount, (max(2, int(high / wave)) + 1, max(2, int(wide / wave)) + 1))
        field = Image.fromarray(coarse.astype(np.float32)).resize((wide, high), Image.Resampling.BICUBIC)
        fields.append(np.asarray(field))
    ys, xs = np.indices((high, wide), dtype=np.float32)
    rows = np.clip(np.rint(ys + fields[0]), 0, high - 1).astype(np.intp)
    columns = np.clip(np.rint(xs + fields[1]), 0, wide - 1).astype(np.intp)
    return Image.fromarray(pixels[rows, columns])


def ransom(seed: Seed) -> Image.Image:
    """Every letter cut out of another print: face, size, paper and angle change from one to the next."""
    text, first = legible(seed)
    faces = several(text) if not seed.parameters.get("font") else [first]
    units = _units(text.replace("\n", " "), first)
    size = int(min(46, max(16, (560 * 560 / (1.3 * len(text) + 1)) ** 0.5 * 0.75)))
    if len(text) > 700:
        raise too_long(700)
    image = Image.new("RGB", (660, 1000), "#d9d2c3")
    x, y = 24.0, 24.0
    for place, unit in enumerate(units):
        face, own = seed.pick(faces), int(size * seed.rng.uniform(0.85, 1.2))
        step = width(unit, face) * own + size * 0.24
        word = "".join(units[place:]).split(" ")[0] if place and not units[place - 1].strip() else ""
        if x + max(step, min(400, (width(word, first) * 1.2 + 0.24 * len(word)) * size)) > 640:
            x, y = 24.0, y + size * 1.75
        if unit.strip():
            _scrap(image, seed, unit.strip(), face, own, (x, y))
        x += step if unit.strip() else size * 0.5
    return image.crop((0, 0, 660, min(1000, int(y + size * 2))))


_SCRAPS = (("#fdfdf8", "#111111"), ("#1b1b1b", "#f4f4f4"), ("#f7e06e", "#3b2100"), ("#b8322a", "#ffffff"),
           ("#2d5f9a", "#ffffff"), ("#e9ddc2", "#5a2d0c"))  # fmt: skip
_CUT = [0] + [255] * 255
"""From grey to where there is paper at all."""


def _scrap(image: Image.Image, seed: Seed, unit: str, face: Face, size: int, at: tuple[float, float]) -> None:
    paper, ink = seed.pick(_SCRAPS)
    wide, high = int(width(unit, face) * size + size * 0.3), int(size * 1.45)
    scrap = Image.new("L", (max(wide, 6), high), 1)
    put(ImageDraw.Draw(scrap), (wide / 2, high / 2), unit, face, size, 255, "mm")
    turned = scrap.rotate(float(seed.rng.normal(0, 4)), expand=True, resample=Image.Resampling.BILINEAR)
    place = (int(at[0]), int(at[1]))
    image.paste(paper, place, turned.point(_CUT))
    image.paste(ink, place, turned)


def vertical(seed: Seed) -> Image.Image:
    """One letter under another, in columns."""
    text, face = legible(seed)
    units = [unit if unit.strip() else "" for unit in _upright(text)]
    for size in range(30, 12, -2):
        each, step = int(900 / (size * 1.12)), size * 1.9
        columns = -(-len(units) // each)
        if columns * step <= 940:
            break
    else:
        raise too_long(2400)
    each = min(each, max(6, -(-len(units) // max(1, columns))))
    image = Image.new("L", (int(columns * step + 60), int(each * size * 1.12 + 60)), 255)
    pen = ImageDraw.Draw(image)
    eastern = seed.language in ("ja", "ar")
    for place, unit in enumerate(units):
        column = place // each
        x = 30 + step * ((columns - 1 - column if eastern else column) + 0.5)
        put(pen, (x, 30 + place % each * size * 1.12), unit, face, size, 15, "ma")
    return image


def _upright(text: str) -> list[str]:
    """Letters; joined scripts are set letter by letter here too, as on a shop's vertical sign."""
    return graphemes(text.replace("\n", " "))


def curved(seed: Seed) -> Image.Image:
    """Lines bent round a centre below them."""
    text, face = legible(seed)
    laid = fitted(text, face, (700, 330), (15, 40))
    if laid is None:
        raise too_long(1000)
    flat = page(laid, (760, int(laid.height + 60)), 255, 15, "L")
    radius = float(seed.pick([520, 620, 760])) + flat.height / 2
    spread = flat.width / radius
    wide = int(2 * radius * math.sin(spread / 2)) + 30
    high = int(radius - (radius - flat.height) * math.cos(spread / 2)) + 20
    ys, xs = np.indices((high, wide), dtype=np.float32)
    dx, dy = xs - wide / 2, (radius + 8) - ys
    along = np.arctan2(dx, dy) * radius + flat.width / 2
    down = radius - np.hypot(dx, dy)
    return _sampled(flat, along, down)


def _sampled(flat: Image.Image, x: np.ndarray, y: np.ndarray) -> Image.Image:
    """Pixels of ``flat`` at real places, white outside (bilinear)."""
    source = np.pad(np.asarray(flat, np.float32), 1, constant_values=255)
    x, y = np.clip(x + 1, 0, source.shape[1] - 1.001), np.clip(y + 1, 0, source.shape[0] - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    a, b = x - left, y - top
    upper = source[top, left] * (1 - a) + source[top, left + 1] * a
    lower = source[top + 1, left] * (1 - a) + source[top + 1, left + 1] * a
    return Image.fromarray((upper * (1 - b) + lower * b).astype(np.uint8))


def spiral(seed: Seed) -> Image.Image:
    """One line that winds from the outside to the centre, its feet to the centre."""
    text, face = legible(seed)
    line = text.replace("\n", " ")
    for size in (30, 26, 22, 18):
        gap, inner = size * 1.5, size * 1.6
        radius = (width(line, face) * size * 1.06 * gap / math.pi + inner**2) ** 0.5
        if radius <= 420:
            break
    else:
        raise too_long(1300)
    centre = int(radius + size * 1.5)
    image = Image.new("L", (2 * centre, 2 * centre), 255)
    angle, units = -math.pi / 2, _units(line, face)
    for unit in units:
        step = width(unit, face) * size * 1.06
        own = radius - gap * (angle + math.pi / 2) / (2 * math.pi)
        middle = angle + step / own / 2
        if unit.strip():
            glyph = stamp(unit.rstrip(), face, size)
            place = (centre + own * math.cos(middle), centre + own * math.sin(middle))
            paste_turned(image, glyph, place, -math.degrees(middle) - 90, 10, centred=True)
        angle += step / own
    return image


def word_swapped(seed: Seed) -> Drawn:
    """Words of sense give way to harmless ones in the picture; the prompt holds the key."""
    text = clean(seed.text)
    spans = content_words(text)
    pool = seed.shuffled(phrases("harmless_words", seed.language))
    if not spans:
        raise CannotDraw("it has no words to swap")
    key: dict[str, str] = {}
    pieces, place = [], 0
    for first, last in spans:
        if len(key) < len(pool):
            key.setdefault(text[first:last], pool[len(key)])
        if text[first:last] not in key:
            continue
        pieces += [text[place:first], key[text[first:last]]]
        place = last
    drawn, face = legible(seed, "".join([*pieces, text[place:]]))
    said = "; ".join(f"{new} = {old}" for old, new in key.items())
    return Drawn(pages(drawn, face), {"key": said})


def base64_page(seed: Seed) -> list[Image.Image]:
    """The text's UTF-8 bytes in Base64, in letters that are told apart."""
    coded = base64.b64encode(seed.text.encode()).decode()
    face = face_for(coded, seed["font"], style="dejavusansmono")
    return pages(coded, face, most=4)


def split(seed: Seed) -> list[Image.Image]:
    """A picture for each piece of the text, numbered."""
    text, face = legible(seed)
    pieces = cut(text, seed["pieces"])
    shown = []
    for number, piece in enumerate(pieces, 1):
        laid = fitted(piece.strip() or "–", face, (440, 200), (13, 40))
        if laid is None:
            raise too_long(600 * len(pieces))
        image = Image.new("RGB", (480, 280), "white")
        pen = ImageDraw.Draw(image)
        pen.rectangle((0, 0, 480, 34), "#e8eef7")
        pen.text((14, 17), f"{number} / {len(pieces)}", "#335", face_for("0123456789/ ").at(20), anchor="lm")
        write(pen, laid, (20, 48, 460, 270), "black", middle=True)
        shown.append(image)
    return shown
