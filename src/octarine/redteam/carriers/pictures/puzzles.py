"""Pictures that have to be solved before they can be read."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw
from PIL.ImageDraw import ImageDraw as Pen

from octarine.redteam.carriers.pictures.canvas.fonts import Face, face_for
from octarine.redteam.carriers.pictures.canvas.layout import fitted, put, width, write
from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw, too_long
from octarine.redteam.carriers.pictures.lettering import legible
from octarine.redteam.seed import Seed, content_words, graphemes, words
from octarine.redteam.slots import masked

Cells = dict[tuple[int, int], str]


def _key_words(seed: Seed, most: int, longest: int) -> tuple[str, list[str], Face]:
    """The text with its longer words numbered, those words, and a face."""
    text, face = legible(seed)
    gaps, found = masked(text)
    if not found:
        raise CannotDraw("it has no words to hide")
    if len(found) > most or any(len(graphemes(word)) > longest for word in found):
        raise CannotDraw(f"it has more than {most} long words, or one of more than {longest} letters")
    return gaps, found, face


def word_search(seed: Seed) -> Image.Image:
    """The longer words stand in a square of letters, across or down, under the text that has gaps for
    them."""
    gaps, found, face = _key_words(seed, 40, 22)
    spelt = [[unit.upper() for unit in graphemes(word)] for word in found]
    side = max(9, max(map(len, spelt)) + 1, math.ceil((sum(map(len, spelt)) * 2.2) ** 0.5))
    cells: Cells = {}
    for word in spelt:
        _hide(cells, word, side, seed)
    pool = sorted({unit for word in spelt for unit in word})
    for row in range(side):
        for column in range(side):
            cells.setdefault((column, row), pool[int(seed.rng.integers(len(pool)))])
    starts = ", ".join(f"[{number}] {len(word)}" for number, word in enumerate(spelt, 1))
    return _under_grid(f"{gaps}\n{starts}", face, cells, side, side)


def _hide(cells: Cells, word: list[str], side: int, seed: Seed) -> None:
    for _ in range(400):
        across = seed.chance(0.5)
        x = int(seed.rng.integers(side - (len(word) - 1 if across else 0)))
        y = int(seed.rng.integers(side - (0 if across else len(word) - 1)))
        places = [(x + i, y) if across else (x, y + i) for i in range(len(word))]
        if all(cells.get(place, unit) == unit for place, unit in zip(places, word, strict=True)):
            cells.update(zip(places, word, strict=True))
            return
    raise CannotDraw("its words do not fit into a square")


def _under_grid(
    text: str,
    face: Face,
    cells: Cells,
    columns: int,
    rows: int,
    numbers: dict[tuple[int, int], int] | None = None,
) -> Image.Image:
    """Text over a grid of letters. ``numbers``: in the corner of a cell; only the cells that hold a letter
    are drawn then."""
    laid = fitted(text, face, (660, 330), (13, 24))
    if laid is None:
        raise too_long(1400)
    step = int(min(36, 660 / columns, 620 / rows))
    if step < 15:
        raise too_long(600)
    top = int(laid.height + 50)
    image = Image.new("L", (720, top + rows * step + 30), 255)
    pen = ImageDraw.Draw(image)
    write(pen, laid, (30, 24, 690, top), 15)
    left = (720 - columns * step) // 2
    digits = face_for("0123456789")
    for (column, row), unit in cells.items():
        x, y = left + column * step, top + row * step
        pen.rectangle((x, y, x + step, y + step), None, 170 if numbers is None else 40)
        put(pen, (x + step / 2, y + step / 2), unit, face, int(step * 0.58), 15, "mm")
        if numbers and (column, row) in numbers:
            put(pen, (x + 2, y + 1), str(numbers[column, row]), digits, max(9, int(step * 0.3)), 60)
    return image


def crossword(seed: Seed) -> Image.Image:
    """The longer words cross each other in a solved crossword; the text refers to them by number."""
    gaps, found, face = _key_words(seed, 24, 24)
    cells: Cells = {}
    starts: dict[tuple[int, int], int] = {}
    for number, word in enumerate(dict.fromkeys(found), 1):
        start = _cross(cells, [unit.upper() for unit in graphemes(word)], set(starts))
        starts[start] = number
    order = {word: number for number, word in enumerate(dict.fromkeys(found), 1)}
    for number, word in sorted(enumerate(found, 1), reverse=True):
        gaps = gaps.replace(f"[{number}]", f"[#{order[word]}]")
    left, top = min(x for x, _ in cells), min(y for _, y in cells)
    columns, rows = max(x for x, _ in cells) - left + 1, max(y for _, y in cells) - top + 1
    cells = {(x - left, y - top): unit for (x, y), unit in cells.items()}
    starts = {(x - left, y - top): number for (x, y), number in starts.items()}
    return _under_grid(gaps.replace("[#", "["), face, cells, columns, rows, starts)


def _cross(cells: Cells, word: list[str], taken: set[tuple[int, int]]) -> tuple[int, int]:
    """Place a word where it crosses another, or else under everything; where it begins."""
    if cells:
        for (x, y), unit in sorted(cells.items()):
            for place, own in enumerate(word):
                for dx, dy in ((0, 1), (1, 0)):
                    start = (x - place * dx, y - place * dy)
                    if own == unit and start not in taken and _free(cells, word, start, (dx, dy)):
                        cells.update({(start[0] + i * dx, start[1] + i * dy): u for i, u in enumerate(word)})
                        return start
        low = max(y for _, y in cells) + 2
    else:
        low = 0
    cells.update({(i, low): unit for i, unit in enumerate(word)})
    return (0, low)


def _free(cells: Cells, word: list[str], start: tuple[int, int], step: tuple[int, int]) -> bool:
    """Whether a word may lie there: it touches others only where it crosses them, in a page of 22 by 20."""
    (x, y), (dx, dy) = start, step
    ends = ((x - dx, y - dy), (x + dx * len(word), y + dy * len(word)))
    xs = [cx for cx, _ in cells] + [x, x + dx * (len(word) - 1)]
    ys = [cy for _, cy in cells] + [y, y + dy * (len(word) - 1)]
    if any(end in cells for end in ends) or max(xs) - min(xs) > 26 or max(ys) - min(ys) > 24:
        return False
    fresh = 0
    for place, unit in enumerate(word):
        cell = (x + dx * place, y + dy * place)
        if cell in cells:
            if cells[cell] != unit:
                return False
        else:
            fresh += 1
            if (cell[0] + dy, cell[1] + dx) in cells or (cell[0] - dy, cell[1] - dx) in cells:
                return False
    return fresh > 0


def symbols(seed: Seed) -> Image.Image:
    """Drawn symbols in place of the longer words, and a legend below that says what each stands for."""
    text, face = legible(seed)
    text = text.replace("\n", " ")
    spans = content_words(text)
    distinct = list(dict.fromkeys(text[first:last] for first, last in spans))[: len(_ICONS)]
    if not distinct:
        raise CannotDraw("it has no words to draw symbols for")
    icons = dict(zip(distinct, seed.shuffled(_ICONS), strict=False))
    size = 26 if len(text) < 250 else 18
    rows, used = _symbol_rows(text, spans, icons, face, size)
    high = int(60 + len(rows) * size * 1.7 + (len(distinct) + 1) // 2 * size * 1.9)
    if high > 1000:
        raise too_long(1200)
    image = Image.new("RGB", (720, high), "white")
    pen = ImageDraw.Draw(image)
    rtl = any("\u0590" <= c <= "\u08ff" for c in text)
    for number, row in enumerate(rows):
        x = 690.0 if rtl else 30.0
        for unit, wide in row:
            x -= wide * rtl
            _unit(pen, unit, icons, face, size, (x, 24 + number * size * 1.7))
            x += wide * (not rtl)
    y = 50 + len(rows) * size * 1.7
    pen.line((30, y - 8, 690, y - 8), "#999", 2)
    for number, word in enumerate(used):
        at = (40 + number % 2 * 330, y + number // 2 * size * 1.9)
        icons[word](pen, at[0], at[1], size * 1.3)
        put(pen, (at[0] + size * 1.8, at[1] + size * 0.1), f"= {word}", face, size, "#111")
    return image


def _symbol_rows(
    text: str, spans: list[tuple[int, int]], icons: dict[str, Icon], face: Face, size: int
) -> tuple[list[list[tuple[str, float]]], list[str]]:
    """Units (a word, or NUL and a word that an icon stands for) with their widths, in rows; the words
    drawn."""
    units: list[str] = []
    place = 0
    for first, last in spans:
        units += words(text[place:first])
        units += [f"\0{text[first:last]}"] if text[first:last] in icons else [text[first:last]]
        place = last
    units += words(text[place:])
    rows: list[list[tuple[str, float]]] = [[]]
    x = 0.0
    for unit in units:
        wide = size * 1.6 if unit[0] == "\0" else width(unit, face) * size
        if x + wide > 660 and rows[-1]:
            rows.append([])
            x = 0.0
        rows[-1].append((unit, wide))
        x += wide
    used = list(dict.fromkeys(unit[1:] for row in rows for unit, _ in row if unit[0] == "\0"))
    return rows, used


Icon = Callable[[Pen, float, float, float], None]


def _unit(
    pen: Pen, unit: str, icons: dict[str, Icon], face: Face, size: int, at: tuple[float, float]
) -> None:
    if unit[0] == "\0":
        icons[unit[1:]](pen, at[0] + size * 0.1, at[1], size * 1.3)
    else:
        put(pen, (at[0], at[1] + size * 0.1), unit, face, size, "#111")


def _polygon(points: int, inner: float, colour: str) -> Icon:
    """A star or polygon."""

    def draw(pen: Pen, x: float, y: float, size: float) -> None:
        corners = []
        for i in range(points * 2):
            angle, reach = math.pi * i / points - math.pi / 2, size / 2 * (1 if i % 2 == 0 else inner)
            corners.append((x + size / 2 + reach * math.cos(angle), y + size / 2 + reach * math.sin(angle)))
        pen.polygon(corners, colour, "#333")

    return draw


def _house(pen: Pen, x: float, y: float, s: float) -> None:
    pen.rectangle((x + s * 0.2, y + s * 0.45, x + s * 0.8, y + s), "#d9b98a", "#333")
    pen.polygon([(x + s * 0.1, y + s * 0.45), (x + s / 2, y), (x + s * 0.9, y + s * 0.45)], "#b5452c", "#333")


def _tree(pen: Pen, x: float, y: float, s: float) -> None:
    pen.rectangle((x + s * 0.43, y + s * 0.6, x + s * 0.57, y + s), "#6b4a2b")
    pen.ellipse((x + s * 0.15, y, x + s * 0.85, y + s * 0.7), "#4f8a4c", "#333")


def _cup(pen: Pen, x: float, y: float, s: float) -> None:
    pen.arc((x + s * 0.55, y + s * 0.3, x + s, y + s * 0.75), -90, 90, "#345", 3)
    pen.rectangle((x + s * 0.1, y + s * 0.2, x + s * 0.75, y + s * 0.9), "#4878b0", "#333")


def _fish(pen: Pen, x: float, y: float, s: float) -> None:
    pen.polygon([(x + s * 0.65, y + s / 2), (x + s, y + s * 0.2), (x + s, y + s * 0.8)], "#e08a3c", "#333")
    pen.ellipse((x, y + s * 0.2, x + s * 0.78, y + s * 0.8), "#e08a3c", "#333")
    pen.ellipse((x + s * 0.14, y + s * 0.38, x + s * 0.24, y + s * 0.48), "#222")


def _moon(pen: Pen, x: float, y: float, s: float) -> None:
    pen.ellipse((x + s * 0.1, y + s * 0.05, x + s * 0.95, y + s * 0.95), "#7a8fb5", "#333")
    pen.ellipse((x + s * 0.35, y - s * 0.02, x + s * 1.05, y + s * 0.75), "white")


def _flag(pen: Pen, x: float, y: float, s: float) -> None:
    pen.line((x + s * 0.15, y, x + s * 0.15, y + s), "#333", 3)
    pen.polygon([(x + s * 0.15, y), (x + s, y + s * 0.28), (x + s * 0.15, y + s * 0.56)], "#2f8f46", "#333")


def _cloud(pen: Pen, x: float, y: float, s: float) -> None:
    for left, top, wide in ((0, 0.4, 0.5), (0.25, 0.15, 0.55), (0.5, 0.4, 0.5)):
        pen.ellipse((x + s * left, y + s * top, x + s * (left + wide), y + s * (top + wide * 0.9)), "#8fb7d8")


def _ring(pen: Pen, x: float, y: float, s: float) -> None:
    pen.ellipse((x + s * 0.1, y + s * 0.1, x + s * 0.9, y + s * 0.9), "#8a6cb0", "#333")
    pen.ellipse((x + s * 0.35, y + s * 0.35, x + s * 0.65, y + s * 0.65), "white", "#333")


_ICONS: tuple[Icon, ...] = (
    _house, _tree, _cup, _fish, _moon, _flag, _cloud, _ring, _polygon(5, 0.42, "#f2c230"),
    _polygon(12, 0.7, "#f59e2d"), _polygon(2, 0.55, "#c25a5a"), _polygon(3, 0.5, "#5a9e8e"),
)  # fmt: skip
