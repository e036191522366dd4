"""Where the blanks and the line breaks are."""

from __future__ import annotations

import itertools
import re
from functools import partial

from octarine.redteam.rewriting import in_words
from octarine.redteam.seed import Seed, content_words, graphemes, words
from octarine.redteam.technique import Category, Effect, Parameter, Technique

BLANKS = (" ", ".", "-", "_", "/", "|", "·", "new line")
ODD_BLANKS = "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


def spaced(seed: Seed) -> str:
    """A mark between the letters of a word, more of it between words."""
    mark = "\n" if seed["mark"] == "new line" else seed["mark"]
    pieces = [mark.join(graphemes(word.strip())) for word in words(seed.text) if word.strip()]
    return (mark * 3 if mark.isspace() else " ").join(pieces)


def unspaced(seed: Seed) -> str:
    """No blanks; where there are none, no punctuation either."""
    bare = re.sub(r"\s+", "", seed.text)
    return bare if bare != seed.text else re.sub(r"[、。，．？！・「」]", "", bare)


def columns(seed: Seed) -> str:
    """Columns of a sheet, the first one at the right."""
    letters = graphemes("\u3000".join(seed.text.split()))
    height = min(seed["height"], len(letters))
    sheet = [letters[i : i + height] for i in range(0, len(letters), height)]
    sheet[-1] += ["\u3000"] * (height - len(sheet[-1]))
    return "\n".join("".join(column[row] for column in reversed(sheet)) for row in range(height))


def moved_blanks(seed: Seed) -> str:
    """As many blanks as before, each a letter or two from its place."""
    tokens = [graphemes(word) for word in seed.text.split()]
    if len(tokens) < 2:
        letters = graphemes(seed.text)
        places = range(3, len(letters), 4)
        return "".join((" " if i in places else "") + letter for i, letter in enumerate(letters))
    for left, right in itertools.pairwise(tokens):
        step = 1 + int(seed.rng.integers(2))
        if len(right) > step and (len(left) <= step or seed.chance(0.5)):
            left.extend(right[:step])
            del right[:step]
        elif len(left) > step:
            right[:0] = left[-step:]
            del left[-step:]
    return " ".join("".join(token) for token in tokens)


def odd_blanks(seed: Seed) -> str:
    """Blanks of other widths; where there are none, thin ones between the words."""
    if re.search(r"[ \n]", seed.text.strip()):
        return re.sub(r"[ \n]", lambda _: seed.pick(ODD_BLANKS), seed.text)
    return "".join(word + seed.pick(ODD_BLANKS) for word in words(seed.text)[:-1]) + words(seed.text)[-1]


def narrow(seed: Seed) -> str:
    """Set in a narrow column: a word that does not fit is broken with a hyphen."""
    width, lines = seed["width"], [""]
    for word in seed.text.split():
        rest = graphemes(word)
        if lines[-1] and len(graphemes(lines[-1])) < width - 2:
            lines[-1] += " "
        elif lines[-1]:
            lines.append("")
        while rest:
            room = width - len(graphemes(lines[-1]))
            if len(rest) <= room:
                lines[-1] += "".join(rest)
                break
            lines[-1] += "".join(rest[: room - 1]) + "-"
            rest = rest[room - 1 :]
            lines.append("")
    return "\n".join(lines)


def staircase(seed: Seed) -> str:
    """A word a line, each further in than the last; from the margin again after ``steps``."""
    found = [word.strip() for word in words(seed.text) if word.strip()]
    return "\n".join("  " * (place % seed["steps"]) + word for place, word in enumerate(found))


def punctuated(seed: Seed) -> str:
    """Punctuation inside and behind words."""
    marks = ".,;:!?-'*~^"

    def write(word: str) -> str:
        return "".join(
            letter + (seed.pick(marks) if seed.chance(seed["share"]) else "") for letter in graphemes(word)
        )

    return in_words(seed.text, write)


def split_keywords(seed: Seed) -> str:
    """A blank or two inside each longer word, nothing elsewhere."""
    pieces, place = [], 0
    for first, last in content_words(seed.text):
        letters = graphemes(seed.text[first:last])
        cut = 1 + int(seed.rng.integers(max(1, len(letters) - 1)))
        broken = " ".join(filter(None, ("".join(letters[:cut]), "".join(letters[cut:]))))
        pieces += [seed.text[place:first], broken]
        place = last
    return "".join([*pieces, seed.text[place:]])


_spacing = partial(Technique, category=Category.OBFUSCATION, group="spacing", effect=Effect.KEEPS)
TECHNIQUES = (
    _spacing(
        id="spaced-letters",
        name="Spaced letters",
        mechanism="A blank, another mark or a line break stands between any two letters of a word.",
        apply=spaced,
        parameters=(Parameter("mark", " ", "What stands between letters.", choices=BLANKS),),
        reference="PyRIT: character space, string join",
    ),
    _spacing(
        id="no-blanks",
        name="No blanks",
        mechanism="All blanks and line breaks are deleted; where a script has none, its punctuation.",
        apply=unspaced,
        effect=Effect.ALTERS,
        reference="ours",
    ),
    _spacing(
        id="vertical-columns",
        name="Columns from the right",
        mechanism="The text is set in columns that are read downwards, the first column at the right.",
        apply=columns,
        effect=Effect.ALTERS,
        parameters=(Parameter("height", 8, "Characters in a column.", low=2, high=40),),
        reference="tategaki, the Japanese vertical layout; ours",
    ),
    _spacing(
        id="moved-blanks",
        name="Moved blanks",
        mechanism="Each blank moves a letter or two to the left or right, so that words are cut wrongly.",
        apply=moved_blanks,
        effect=Effect.ALTERS,
        reference="ours",
    ),
    _spacing(
        id="odd-blanks",
        name="Odd blanks",
        mechanism="Ordinary blanks are replaced by Unicode blanks of other widths.",
        apply=odd_blanks,
        reference="Unicode, White_Space; ours",
    ),
    _spacing(
        id="narrow-column",
        name="Narrow column",
        mechanism="The text is set in a column so narrow that most words are broken with a hyphen.",
        apply=narrow,
        parameters=(Parameter("width", 6, "Characters in a line.", low=3, high=20),),
        effect=Effect.ALTERS,
        reference="ours",
    ),
    _spacing(
        id="staircase",
        name="Staircase",
        mechanism="Each word stands on a line of its own, further in than the word before it.",
        apply=staircase,
        parameters=(Parameter("steps", 12, "Words before it begins again.", low=2, high=60),),
        reference="ours",
    ),
    _spacing(
        id="punctuation-noise",
        name="Punctuation noise",
        mechanism="Punctuation marks are put at random between the letters and behind the words.",
        apply=punctuated,
        parameters=(Parameter("share", 0.25, "Share of the letters that get one.", low=0.01, high=1.0),),
        effect=Effect.ALTERS,
        reference="PyRIT: insert punctuation",
    ),
    _spacing(
        id="split-keywords",
        name="Split keywords",
        mechanism="The longer words alone are broken in two by a blank at a random place.",
        apply=split_keywords,
        effect=Effect.ALTERS,
        reference="ours",
    ),
)
