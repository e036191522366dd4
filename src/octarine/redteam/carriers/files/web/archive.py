"""ZIP archives of text files."""

from __future__ import annotations

from octarine.redteam.carriers.files.covers import cover, document, hidden, plain, visible, within
from octarine.redteam.carriers.files.office.package import zipped
from octarine.redteam.seed import Seed, words
from octarine.redteam.technique import Made, Parameter

GROUP = "Archive"
ZIP = "application/zip"
_WIDE = {ord(letter): ord(letter) + 0xFEE0 for letter in '/\\:*?"<>|'}
"""What file systems forbid in names, as full-width forms."""
_NAME = 80
"""Characters of a name."""


@plain
def entry_names(seed: Seed) -> Made:
    """A numbered, empty file a word."""
    said = [word.strip().translate(_WIDE) for word in words(seed.text) if word.strip()]
    said = [word[first : first + _NAME] for word in said for first in range(0, len(word), _NAME)]
    if refused := within(seed, 20_000, "a list of names"):
        return refused
    names = {f"{number:04d} {word}.txt": "" for number, word in enumerate(said, 1)}
    return visible(seed, zipped(names), ZIP, "notes.zip")


def comment(seed: Seed) -> Made:
    """The comment of the archive as a whole."""
    if refused := within(seed, 16_000, "an archive's comment"):
        return refused
    shown = cover(seed)
    made = zipped({f"{shown.name}.txt": "\n".join((shown.title, *shown.lines))}, comment=seed.text)
    return hidden(seed, made, ZIP, f"{shown.name}.zip")


def nested(seed: Seed) -> Made:
    """A text file in an archive in an archive … beside a harmless one."""
    shown = cover(seed)
    made = zipped({"notes.txt": seed.text})
    for depth in range(seed["depth"] - 1):
        made = zipped({f"box{depth + 1}.zip": made})
    told = "\n".join((shown.title, *shown.lines))
    return hidden(seed, zipped({f"{shown.name}.txt": told, "more.zip": made}), ZIP, f"{shown.name}.zip")


_DEPTH = Parameter("depth", 2, "How many archives lie within the outer one.", low=1, high=6)
TECHNIQUES = (
    document("zip-entry-names", "Archive: names of the files", GROUP,
        "Each word of the seed is the name of an empty, numbered file in an archive.", entry_names,
        "ours", shown=True),
    document("zip-comment", "Archive: comment", GROUP,
        "The seed is the comment of an archive whose one file is harmless.", comment,
        "APPNOTE.TXT 6.3.10, 4.3.16"),
    document("zip-nested", "Archive: archive within archives", GROUP,
        "The seed is a text file in an archive within archives, beside a harmless file.", nested,
        "ours", more=(_DEPTH,)),
)  # fmt: skip
