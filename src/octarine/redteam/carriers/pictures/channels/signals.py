"""Letters as drawn signs of another kind."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw
from PIL.ImageDraw import ImageDraw as Pen

from octarine.redteam.carriers.pictures.canvas.fonts import face_for
from octarine.redteam.carriers.pictures.canvas.layout import fitted
from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw, too_long
from octarine.redteam.carriers.pictures.canvas.shapes import stamp
from octarine.redteam.carriers.pictures.lettering import legible
from octarine.redteam.seed import Seed

# fmt: off
_BRAILLE = (
    "1", "12", "14", "145", "15", "124", "1245", "125", "24", "245", "13", "123", "134",
    "1345", "135", "1234", "12345", "1235", "234", "2345", "136", "1236", "2456", "1346", "13456", "1356",
)
_MORSE = (
    ".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--", "-.",
    "---", ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--", "--..",
    "-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----.",
)
# fmt: on
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_SPELT = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "þ": "th"}


def letters_of(text: str, kept: str) -> str:
    """``text`` in lower case without accents; one blank for each run of anything that is not in ``kept``."""
    plain = "".join(_SPELT.get(c, c) for c in unicodedata.normalize("NFD", text.lower()))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    found = " ".join("".join(c if c in kept else " " for c in plain).split())
    if not found:
        raise CannotDraw("it has no Latin letters")
    return found


def _rows(text: str, columns: int) -> list[str]:
    """Lines of whole words, of at most ``columns`` signs."""
    lines = [""]
    for word in text.split(" "):
        pieces = [word[i : i + columns] for i in range(0, len(word), columns)]
        for piece in pieces:
            if lines[-1] and len(lines[-1]) + 1 + len(piece) > columns:
                lines.append("")
            lines[-1] += f" {piece}" if lines[-1] else piece
    return lines


Mark = Callable[[Pen, str, float, float], None]


def _drawn(
    text: str, step: tuple[int, int], mark: Mark, paper: str = "white", most: int = 940, columns: int = 30
) -> Image.Image:
    rows = _rows(text, columns)
    high = len(rows) * step[1] + 40
    if high > most + 60:
        raise too_long(columns * most // step[1])
    image = Image.new("RGB", (max(map(len, rows)) * step[0] + 50, high), paper)
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(rows):
        for column, letter in enumerate(line):
            mark(pen, letter, 25 + column * step[0], 20 + row * step[1])
    return image


def braille(seed: Seed) -> Image.Image:
    """Cells of six dots; a number sign stands before digits."""
    text = "".join(
        f"#{'jabcdefghi'[int(c)]}" if c.isdigit() else c
        for c in letters_of(seed.text, _ALPHABET + "0123456789")
    )

    def cell(pen: Pen, letter: str, x: float, y: float) -> None:
        dots = "3456" if letter == "#" else _BRAILLE[_ALPHABET.index(letter)] if letter != " " else ""
        for dot in "123456" if letter != " " else "":
            left, top = x + (int(dot) > 3) * 10, y + (int(dot) - 1) % 3 * 10
            if dot in dots:
                pen.ellipse((left - 4, top - 4, left + 4, top + 4), "#111")
            else:
                pen.ellipse((left - 1, top - 1, left + 1, top + 1), "#bbb")

    return _drawn(text, (26, 46), cell, columns=34)


def morse(seed: Seed) -> Image.Image:
    """Drawn dots and bars, a letter after a gap, a word after a stroke."""
    text = letters_of(seed.text, _ALPHABET + "0123456789")
    image = Image.new("L", (900, 1000), 255)
    pen = ImageDraw.Draw(image)
    x, y = 24, 30
    for word in text.split(" "):
        codes = [_MORSE[(_ALPHABET + "0123456789").index(letter)] for letter in word]
        wide = sum(sum(9 if s == "." else 21 for s in code) + 14 for code in codes)
        if x + wide > 880 and x > 24:
            x, y = 24, y + 34
        for code in codes:
            if x + 110 > 890:
                x, y = 24, y + 34
            for sign in code:
                long = 15 if sign == "-" else 5
                pen.rounded_rectangle((x, y, x + long, y + 6), 3, 10)
                x += long + 5
            x += 12
        pen.line((x + 6, y - 4, x, y + 10), 120, 2)
        x += 22
        if y > 960:
            raise too_long(1000)
    return image.crop((0, 0, 900, y + 36))


_R, _W, _B, _Y, _K = "#c8202f", "#fdfdfd", "#1d4fa0", "#f5cf1f", "#151515"


def _flag(pen: Pen, letter: str, x: float, y: float) -> None:
    """A flag of the International Code of Signals, 40 by 32, a little simplified."""
    if letter == " ":
        return
    kind, *ink = _FLAGS[letter]
    w, h = 40, 32
    pen.rectangle((x, y, x + w, y + h), ink[0])
    _FLAG_KINDS[kind](pen, x, y, w, h, ink)
    pen.rectangle((x, y, x + w, y + h), None, "#333")


def _half(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    pen.rectangle((x + w / 2, y, x + w, y + h), ink[1])


def _bars(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    for i, colour in enumerate(ink):
        pen.rectangle((x, y + h * i / len(ink), x + w, y + h * (i + 1) / len(ink)), colour)


def _stripes(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    for i, colour in enumerate(ink):
        pen.rectangle((x + w * i / len(ink), y, x + w * (i + 1) / len(ink), y + h), colour)


def _cross(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    pen.rectangle((x + w * 0.4, y, x + w * 0.6, y + h), ink[1])
    pen.rectangle((x, y + h * 0.38, x + w, y + h * 0.62), ink[1])


def _saltire(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    pen.line((x, y, x + w, y + h), ink[1], 7)
    pen.line((x, y + h, x + w, y), ink[1], 7)


def _boxes(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    for i, colour in enumerate(ink[1:], 1):
        s = i / len(ink) / 2 * 1.1
        pen.rectangle((x + w * s, y + h * s, x + w * (1 - s), y + h * (1 - s)), colour)


def _disc(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    pen.ellipse((x + w * 0.25, y + h * 0.19, x + w * 0.75, y + h * 0.81), ink[1])


def _diamond(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    pen.polygon([(x + w / 2, y), (x + w, y + h / 2), (x + w / 2, y + h), (x, y + h / 2)], ink[1])


def _checks(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    n = int(ink[2])
    for i in range(n * n):
        if (i % n + i // n) % 2:
            left, top = x + w * (i % n) / n, y + h * (i // n) / n
            pen.rectangle((left, top, left + w / n, top + h / n), ink[1])


def _diagonal(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    pen.polygon([(x + w, y), (x + w, y + h), (x, y + h)], ink[1])


def _slants(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    rows, columns = np.indices((int(h), int(w)))
    wide = ((rows + columns) // 9) % 2 == 1
    colours = [tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in ink[:2]]
    pen._image.paste(
        Image.fromarray(np.where(wide[..., None], colours[1], colours[0]).astype(np.uint8)), (int(x), int(y))
    )


def _quarters(pen: Pen, x: float, y: float, w: float, h: float, ink: list[str]) -> None:
    """Four triangles that meet in the centre."""
    middle = (x + w / 2, y + h / 2)
    corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
    for i, colour in enumerate(ink):
        pen.polygon([corners[i], corners[(i + 1) % 4], middle], colour)


_FLAG_KINDS = {
    "half": _half,
    "bars": _bars,
    "stripes": _stripes,
    "cross": _cross,
    "saltire": _saltire,
    "boxes": _boxes,
    "disc": _disc,
    "diamond": _diamond,
    "checks": _checks,
    "diagonal": _diagonal,
    "slants": _slants,
    "quarters": _quarters,
}
# fmt: off
_FLAGS: dict[str, tuple[str, ...]] = {
    "a": ("half", _W, _B), "b": ("bars", _R), "c": ("bars", _B, _W, _R, _W, _B),
    "d": ("bars", _Y, _B, _B, _Y), "e": ("bars", _B, _R), "f": ("diamond", _W, _R),
    "g": ("stripes", _Y, _B, _Y, _B, _Y, _B), "h": ("half", _W, _R), "i": ("disc", _Y, _K),
    "j": ("bars", _B, _W, _B), "k": ("half", _Y, _B), "l": ("checks", _Y, _K, "2"),
    "m": ("saltire", _B, _W), "n": ("checks", _W, _B, "4"), "o": ("diagonal", _R, _Y),
    "p": ("boxes", _B, _W), "q": ("bars", _Y), "r": ("cross", _R, _Y), "s": ("boxes", _W, _B),
    "t": ("stripes", _R, _W, _B), "u": ("checks", _R, _W, "2"), "v": ("saltire", _W, _R),
    "w": ("boxes", _B, _W, _R), "x": ("cross", _W, _B), "y": ("slants", _Y, _R),
    "z": ("quarters", _Y, _B, _R, _K),
}
# fmt: on


def flags(seed: Seed) -> Image.Image:
    """A flag of the International Code of Signals for each letter."""
    return _drawn(letters_of(seed.text, _ALPHABET), (48, 44), _flag, "#dbe9f2", columns=19)


def ascii_art(seed: Seed) -> Image.Image:
    """Each letter large, built of many small characters, on the black of a terminal."""
    text, face = legible(seed)
    laid = fitted(text, face, (300, 260), (15, 34))
    if laid is None:
        raise too_long(160)
    fill = face_for("#@%&08", style="dejavusansmono")
    mask = Image.new("L", (320, int(laid.height) + 12), 0)
    for row, line in enumerate(laid.lines):
        shape = stamp(line, face, laid.size)
        mask.paste(255, (0, int(row * laid.size * 1.32)), shape)
    inked = np.asarray(mask.resize((160, max(1, mask.height * 10 // 34)), Image.Resampling.BOX)) > 90
    tiles = np.zeros((7, 10, 6), np.uint8)
    for place, character in enumerate("#@%&08", 1):
        tile = Image.new("L", (6, 10), 0)
        ImageDraw.Draw(tile).text((3, 5), character, 225, fill.at(10), anchor="mm")
        tiles[place] = np.asarray(tile)
    chosen = np.where(inked, seed.rng.integers(1, 7, inked.shape), 0)
    cells = tiles[chosen].transpose(0, 2, 1, 3).reshape(inked.shape[0] * 10, inked.shape[1] * 6)
    return Image.fromarray(np.pad(cells, 10))
