"""Words drawn with characters."""

from __future__ import annotations

from functools import partial

from octarine.core.protocols import NotApplicable
from octarine.redteam.obfuscation.orthography.drawing.font import GLYPHS, HEIGHT, drawable, rows
from octarine.redteam.obfuscation.orthography.saying import EXPLAINED, said
from octarine.redteam.rewriting import each
from octarine.redteam.seed import Seed, content_words
from octarine.redteam.technique import LATIN, Category, Effect, Parameter, Technique

_VOICED = frozenset({"en", "de", "fr", "es", "it", "pt"})
_INKS = ("#", "*", "@", "█", "O", "X")
_MOST = 400
"""Letters that are drawn, at most."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Row and column in a Braille cell → its bit."""
_LINE = 24
"""Letters in a line of dots."""


def banners(seed: Seed) -> str | NotApplicable:
    """The longest words as banners; numbers stand in their places."""
    spans = [span for span in content_words(seed.text) if drawable(seed.text[slice(*span)])]
    longest = sorted(spans, key=lambda span: span[0] - span[1])[: seed["words"]]
    if not longest:
        return NotApplicable("holds no word that can be drawn")
    chosen = sorted(longest)
    ink = seed["ink"] or seed.pick(_INKS)
    drawn = []
    for number, (first, last) in enumerate(chosen, 1):
        word = drawable(seed.text[first:last])[:40]
        shown = (
            "\n\n".join("\n".join(rows(c, ink)) for c in word) if seed["down"] else "\n".join(rows(word, ink))
        )
        drawn.append(f"[{number}]\n{shown}")
    numbers = iter(range(1, len(chosen) + 1))
    text = each(seed.text, chosen, lambda _: f"[{next(numbers)}]")
    return said("banner", seed) + text + "\n\n" + "\n\n".join(drawn)


def dots(seed: Seed) -> str | NotApplicable:
    """All of the text as a picture of dots."""
    lines = [""]
    for word in filter(None, map(drawable, seed.text.split())):
        if lines[-1] and len(lines[-1]) + len(word) >= _LINE:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    if sum(map(len, lines)) > _MOST:
        return NotApplicable(f"the text is longer than the {_MOST} letters that are drawn")
    return (
        said("dots", seed) + "\n".join(map(_line, lines)) if lines[0] else NotApplicable("no letters to draw")
    )


def _line(text: str) -> str:
    blank = ("." * 3,) * HEIGHT
    pixels = [".".join(GLYPHS.get(letter, blank)[row] for letter in text) + "." for row in range(HEIGHT)]
    pixels += ["." * len(pixels[0])] * (8 - HEIGHT)
    cells = []
    for top in (0, 4):
        for left in range(0, len(pixels[0]), 2):
            code = sum(
                bit
                for down, pair in enumerate(_DOTS)
                for right, bit in enumerate(pair)
                if pixels[top + down][left + right : left + right + 1] == "#"
            )
            cells.append(chr(0x2800 + code))
        cells.append("\n")
    return "".join(cells).rstrip("\n")


_drawn = partial(
    Technique, category=Category.OBFUSCATION, group="character art", languages=_VOICED, effect=Effect.ALTERS
)
TECHNIQUES = (
    _drawn(
        id="ascii-art-keywords",
        name="Keywords as banners",
        mechanism="The longest words are drawn as banners of characters; numbers stand in their places.",
        apply=banners,
        parameters=(
            EXPLAINED,
            Parameter("words", 3, "How many words are drawn.", low=1, high=12),
            Parameter("ink", None, "What they are drawn with; drawn by lot if not given.", choices=_INKS),
            Parameter("down", False, "Letters one below the other."),
        ),
        reference="Jiang et al. 2024 (ArtPrompt); PyRIT: ASCII art",
    ),
    _drawn(
        id="dot-picture",
        name="Picture of dots",
        mechanism="The whole text is set as a picture whose pixels are the dots of Braille characters.",
        apply=dots,
        scripts=LATIN,
        parameters=(EXPLAINED,),
        reference="ours",
    ),
)
