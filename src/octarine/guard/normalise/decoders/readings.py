"""What every decoder works with: the reading that it yields, the meter it spends from, and what is text."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from octarine.guard.normalise.likeness import mean_bits
from octarine.guard.normalise.results import Edit, Offsets, fragment, rewrite

LANGUAGE = 0.9
"""Mean bits a letter from which letters look like a language; the lowest hundredth of the six is near 1."""

UNBROKEN = -0.6
"""The same for ten letters or more that may run on without gaps between words; random letters are near −3."""


class Reading(NamedTuple):
    """A decoded text, the names of what was undone, and the way back.

    ``codes`` are the spans that were read as a whole, and how each reads. Where a letter stands for a letter
    there are none: such a text may mean what it says as it stands.
    """

    names: tuple[str, ...]
    text: str
    offsets: Offsets
    codes: Sequence[Edit] = ()


@dataclass(slots=True)
class Meter:
    """What is left of the budget of characters, and whether a decoder had to stop for it."""

    room: int
    empty: bool = False

    def spend(self, count: int) -> bool:
        """Whether ``count`` more characters may be produced; they are counted if so."""
        if count > self.room:
            self.empty = True
            return False
        self.room -= count
        return True


Decoder = Callable[[str, Meter], Iterator[Reading]]

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufff0-\uffff]")

MOST_BROKEN = 16
"""Characters for each one that cannot be printed."""


def readable(data: bytes) -> str | None:
    """``data`` as text where it is UTF-8 or UTF-16 that people read: printable, and more letters than not.

    One byte in sixteen of UTF-8 may be neither, or a single one would hide what stands around it."""
    text = data.decode("utf-8", "replace")
    if len(_UNPRINTABLE.findall(text)) * MOST_BROKEN > len(text):
        text = _wide(data) or ""
    if not text:
        return None
    sample = text[:4000]
    wordlike = sum(c.isalnum() or c.isspace() or not c.isascii() for c in sample)
    return text if wordlike >= 0.5 * len(sample) else None


def _wide(data: bytes) -> str | None:
    """``data`` as UTF-16 where it looks like that: random bytes otherwise make Chinese of a kind."""
    head = data[:64]
    if len(data) % 2 or not (4 * head.count(0) >= len(head) or one_script(data)):
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codec = "utf-16"
    else:
        codec = "utf-16-le" if _blocks(head[1::2]) >= _blocks(head[::2]) else "utf-16-be"
    text = data.decode(codec, "replace")
    return None if _UNPRINTABLE.search(text) else text


_HIGH = (b"\x00", b"\x04", b"\x06", b"\x09", b"\x30")
"""First halves of units: Latin, Cyrillic, Arabic, Devanagari, kana."""


def _blocks(halves: bytes) -> int:
    """How many halves of units name the commonest block of a script."""
    return max(map(halves.count, _HIGH))


def one_script(data: bytes) -> bool:
    """Whether ``data`` can be UTF-16 without a space: a third of its units in one block of a script."""
    if len(data) % 2 or len(data) < 12:
        return False
    return any(
        halves.count(byte) * 3 >= len(halves) for halves in (data[1::2], data[::2]) for byte in _HIGH[1:]
    )


def inflated(data: bytes, meter: Meter, exact: bool = False) -> bytes | None:
    """What gzip or zlib ``data`` holds, cut where the budget ends; None where it is neither, or where more
    follows it and ``exact`` forbids that."""
    if data[:2] == b"\x1f\x8b":
        mode = 31
    elif data[:1] == b"\x78" and len(data) > 2 and (data[0] << 8 | data[1]) % 31 == 0:
        mode = 15
    else:
        return None
    if not meter.room:
        # To ``zlib`` a limit of 0 is none.
        meter.empty = True
        return None
    machine = zlib.decompressobj(mode)
    try:
        plain = machine.decompress(data, meter.room)
    except zlib.error:
        return None
    if exact and machine.unused_data:
        return None
    if machine.unconsumed_tail:
        meter.empty = True
        # A cut may fall inside a character.
        return plain.decode("utf-8", "ignore").encode()
    return plain


def unpacked(data: bytes, name: str, meter: Meter, exact: bool = False) -> tuple[tuple[str, ...], str] | None:
    """Names and text of decoded ``data``, seen through one layer of compression."""
    plain = inflated(data, meter, exact)
    names = (name,) if plain is None else (name, "gzip" if data[:1] == b"\x1f" else "zlib")
    text = readable(data if plain is None else plain)
    return None if text is None else (names, text)


def speaks(text: str, least: float = LANGUAGE) -> bool:
    """Whether the letters of a short ``text`` look like a language; True for scripts that are not Latin."""
    if any(c > "\u024f" for c in text):
        return True
    return mean_bits(text) >= least


def asked(made: str) -> str:
    """``made`` as a question where it is a sentence. What comes from an alphabet without punctuation ends
    nowhere, and the model tier is less sure of that than of anything that has an end."""
    return f"{made}?" if made.count(" ") > 2 else made


APART = 4
"""Fragments that get a reading each; more are read together, or a file full of them uses up the views."""


def deliver(
    text: str, name: str, found: Sequence[tuple[tuple[str, ...], Edit]], meter: Meter
) -> Iterator[Reading]:
    """Readings of what was ``found``: where there are several the whole text with all in place, then each; of
    more than a few, all of them line by line."""
    if len(found) > 1:
        edits = [edit for _, edit in found]
        made, offsets = rewrite(text, edits)
        if meter.spend(len(made)):
            yield Reading((name,), made, offsets, edits)
    if len(found) > APART:
        yield from _together(name, [edit for _, edit in found], meter)
        return
    for names, edit in found:
        yield Reading(names, edit.text, fragment(edit.text, edit.start, edit.end), (edit,))


def _together(name: str, edits: Sequence[Edit], meter: Meter) -> Iterator[Reading]:
    """What all ``edits`` put in, a line each, without what stands around them."""
    made = "\n".join(edit.text for edit in edits)
    if not meter.spend(len(edits)):
        return
    targets = [0, *accumulate(len(edit.text) + 1 for edit in edits[:-1])]
    starts, ends = [edit.start for edit in edits], [edit.end for edit in edits]
    yield Reading((name,), made, Offsets(targets, starts, ends, [0] * len(edits), len(made)))
