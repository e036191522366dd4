"""Letters of five by five dots."""

from __future__ import annotations

import unicodedata

_ROWS = """
.###. ####. .#### ####. ##### ##### .#### #...# .###. ..### #..#. #.... #...#
#...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #.#.. #.... ##.##
##### ####. #.... #...# ####. ####. #..## ##### ..#.. ...#. ##... #.... #.#.#
#...# #...# #.... #...# #.... #.... #...# #...# ..#.. #..#. #.#.. #.... #...#
#...# ####. .#### ####. ##### #.... .#### #...# .###. .##.. #..#. ##### #...#
#...# .###. ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# #####
##..# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#.
#.#.# #...# ####. #.#.# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#..
#..## #...# #.... #..#. #.#.. ....# ..#.. #...# .#.#. ##.## .#.#. ..#.. .#...
#...# .###. #.... .##.# #..#. ####. ..#.. .###. ..#.. #...# #...# ..#.. #####
.###. ..#.. ####. ####. #..#. ##### .###. ##### .###. .###.
#..## .##.. ....# ....# #..#. #.... #.... ....# #...# #...#
#.#.# ..#.. .###. .###. ##### ####. ####. ...#. .###. .####
##..# ..#.. #.... ....# ...#. ....# #...# ..#.. #...# ....#
.###. .###. ##### ####. ...#. ####. .###. ..#.. .###. .###.
"""
HEIGHT = WIDTH = 5


def _glyphs() -> dict[str, tuple[str, ...]]:
    lines = [line.split() for line in _ROWS.split("\n") if line]
    found: dict[str, tuple[str, ...]] = {}
    for number, names in enumerate(("abcdefghijklm", "nopqrstuvwxyz", "0123456789")):
        found |= dict(zip(names, zip(*lines[5 * number : 5 * number + 5], strict=True), strict=True))
    return found


GLYPHS = _glyphs()
"""Letter or digit → its rows, ``#`` for a dot."""


def drawable(text: str) -> str:
    """The letters and digits of ``text`` that there are glyphs for, without accents."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    return "".join(c for c in plain if c in GLYPHS)


def rows(word: str, ink: str = "#", ground: str = " ") -> list[str]:
    """A drawable word in five rows."""
    lines = (" ".join(GLYPHS[letter][row] for letter in word) for row in range(HEIGHT))
    return [line.replace(".", ground).replace(" ", ground).replace("#", ink) for line in lines]
