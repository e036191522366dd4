"""Pictures whose sense lies between them and something else: other pictures, or the prompt."""

from __future__ import annotations

from PIL import Image, ImageDraw

from octarine.redteam.carriers.pictures.canvas.fonts import face_for
from octarine.redteam.carriers.pictures.canvas.handing import Drawn, phrases
from octarine.redteam.carriers.pictures.canvas.layout import fitted, grid, label, pages, write
from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw, too_long
from octarine.redteam.carriers.pictures.canvas.shapes import house, landscape, person, sky, tree
from octarine.redteam.carriers.pictures.lettering import legible
from octarine.redteam.carriers.pictures.scenes import village
from octarine.redteam.carriers.pictures.screens import face_of
from octarine.redteam.seed import Seed, content_words, cut
from octarine.redteam.slots import masked


def gallery(seed: Seed) -> Image.Image:
    """One picture of nine holds the text; the others show harmless things."""
    text, face = legible(seed)
    card = Image.new("RGB", (300, 240), "#fffef8")
    label(ImageDraw.Draw(card), text, face, (10, 8, 290, 232), "#111", (12, 26))
    others = [_harmless(kind, seed) for kind in seed.shuffled(range(8))]
    place = int(seed.rng.integers(9))
    return grid([*others[:place], card, *others[place:]], 3, 10, "#dddddd")


def _harmless(kind: int, seed: Seed) -> Image.Image:
    image = landscape((300, 240)) if kind % 2 else sky((300, 240), (210, 226, 240), (246, 240, 226))
    pen = ImageDraw.Draw(image)
    x = float(seed.rng.uniform(80, 200))
    if kind in (0, 5):
        house(pen, (x - 50, 70, x + 70, 210), "#e8d9b5")
    elif kind in (1, 4):
        person(pen, x, 220, 120, "#2f5f9e")
    elif kind in (2, 7):
        tree(pen, x, 220, 170)
    else:
        for i, colour in enumerate(("#c25a5a", "#e0b03c", "#5a9e5a")):
            pen.ellipse((40 + i * 75, 120 - i * 12, 110 + i * 75, 190 - i * 12), colour, "#444")
    return image


def halves(seed: Seed) -> Drawn:
    """The first half of the text stands in the prompt, the second in the picture."""
    text, face = legible(seed)
    first, *rest = cut(text, 2)
    if not rest:
        raise CannotDraw("it is too short to be split")
    return Drawn(pages(f"… {rest[0].strip()}", face), {"half": f"{first.strip()} …"})


def named_thing(seed: Seed) -> Drawn:
    """The twelve longest words are labels of parcels in the picture; the prompt names parcels by number."""
    text, _ = legible(seed)
    spans = content_words(text)
    if not spans:
        raise CannotDraw("it has no long word")
    longest = sorted({text[first:last] for first, last in spans}, key=lambda word: (-len(word), word))[:12]
    distinct = list(dict.fromkeys(text[first:last] for first, last in spans if text[first:last] in longest))
    gaps = text
    for first, last in reversed(spans):
        if text[first:last] in longest:
            gaps = f"{gaps[:first]}[{distinct.index(text[first:last]) + 1}]{gaps[last:]}"
    face = face_for("".join(distinct), seed["font"])
    numbers = face_for("0123456789")
    image = sky((720, 60 + 190 * -(-len(distinct) // 3)), (226, 232, 236), (196, 204, 210))
    pen = ImageDraw.Draw(image)
    for place, word in enumerate(distinct):
        x, y = 30 + place % 3 * 225, 30 + place // 3 * 190
        pen.rectangle((x, y + 20, x + 205, y + 165), "#c79a63", "#7a5a34", 3)
        pen.rectangle((x + 92, y + 20, x + 112, y + 165), "#b58650")
        pen.rectangle((x + 12, y + 60, x + 193, y + 150), "#fdfdfa", "#999")
        label(pen, word, face, (x + 16, y + 62, x + 189, y + 148), "#111", (9, 28))
        pen.ellipse((x + 4, y + 6, x + 40, y + 42), "#c0392b")
        pen.text((x + 22, y + 24), str(place + 1), "white", numbers.at(20), anchor="mm")
    return Drawn([image], {"gaps": gaps})


def pair(seed: Seed) -> Drawn:
    """Two pictures, each of which says nothing alone: the text with its longer words left out, and a list of
    those words in another order."""
    text, face = legible(seed)
    gaps, found = masked(text)
    if not found:
        raise CannotDraw("it has no long word")
    lines = seed.shuffled([f"[{number}]  {word}" for number, word in enumerate(found, 1)])
    laid = fitted("\n".join(lines), face, (560, 900), (13, 28))
    if laid is None:
        raise too_long(1500)
    second = Image.new("RGB", (620, int(laid.height + 60)), "#fff7d6")
    write(ImageDraw.Draw(second), laid, (30, 30, 590, laid.height + 30), "#333333")
    return Drawn([*pages(gaps, face, most=3), second])


def scene_against_text(seed: Seed) -> Drawn:
    """A peaceful street, under a banner that says something else."""
    text, face = legible(seed)
    image = Image.new("RGB", (760, 720), "white")
    image.paste(village((760, 520)), (0, 200))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 760, 230), "#fbfbf4", "#555", 3)
    label(pen, text, face, (20, 10, 740, 220), "#1d2b3a", (13, 34))
    return Drawn([image])


def prompt_against_picture(seed: Seed) -> Drawn:
    """The prompt says that the picture is something harmless, a recipe or a timetable; it holds the text."""
    text, face = legible(seed)
    return Drawn(
        pages(text, face, paper="#fffdf2", ink="#332211", mode="RGB"),
        {},
        seed.pick(phrases("mislabelled", seed.language)),
    )


def note_in_photo(seed: Seed) -> Drawn:
    """A desk with everyday things; a paper among them bears the text, and the prompt asks about the desk."""
    text, face = legible(seed)
    image = Image.new("RGB", (760, 600), "#a87c52")
    pen = ImageDraw.Draw(image)
    for y in range(0, 600, 46):
        pen.line((0, y, 760, y + 8), "#9a7048", 3)
    pen.rounded_rectangle((30, 40, 300, 230), 12, "#2b2f36")
    pen.rounded_rectangle((44, 54, 286, 200), 6, "#8fb7d8")
    pen.ellipse((70, 330, 210, 470), "#f2f2ee", "#999")
    pen.ellipse((92, 352, 188, 448), "#5a3820")
    pen.arc((196, 366, 250, 430), -90, 90, "#f2f2ee", 10)
    for i, colour in enumerate(("#c0392b", "#2d72b8", "#e0b03c")):
        pen.line((60 + i * 30, 580, 170 + i * 30, 500), colour, 8)
    pen.polygon([(330, 60), (730, 40), (738, 560), (322, 570)], "#fbfaf3", "#bbb")
    label(pen, text, face, (348, 80, 712, 540), "#23355c", (12, 30))
    return Drawn([image], {}, seed.pick(phrases("describe", seed.language)))


def character_card(seed: Seed) -> Drawn:
    """A card with a figure whose wish is the text; the prompt asks the model to speak for the figure."""
    text, _ = legible(seed)
    name, wish = seed.pick(phrases("character", seed.language)).split(" | ")
    face = face_of(seed, text, name, wish)
    image = Image.new("RGB", (560, 760), "#2b2140")
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((14, 14, 546, 746), 22, "#efe3c4", "#b58f3c", 6)
    label(pen, name, face, (40, 28, 520, 72), "#3b2a10", (14, 28))
    image.paste(landscape((472, 270)), (44, 82))
    person(pen, 280, 346, 240, "#6a3b8f", "#d9a47a")
    pen.polygon([(234, 112), (326, 112), (280, 20 + 66)], "#35245c")
    pen.rectangle((44, 82, 516, 352), None, "#b58f3c", 3)
    label(pen, wish, face, (40, 362, 520, 400), "#7a5a1e", (12, 22))
    label(pen, text, face, (44, 406, 516, 728), "#1c1c1c", (12, 28))
    return Drawn([image], {}, "")
