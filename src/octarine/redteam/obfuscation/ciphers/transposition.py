"""The text's own characters in another order: any script, since nothing is replaced."""

from __future__ import annotations

import re
from collections.abc import Callable

from octarine.core.errors import InputError
from octarine.core.protocols import NotApplicable
from octarine.redteam.obfuscation.alphabets import key_letters
from octarine.redteam.obfuscation.ciphers.alphabetic import WORD
from octarine.redteam.obfuscation.explaining import Key, encoded
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Parameter, Technique

_GROUP = "another order"
_TOO_SHORT = NotApplicable("is too short to be put in another order")


def ordered(text: str, order: list[int]) -> str | NotApplicable:
    """The characters in ``order``; nothing where that is their own order."""
    made = "".join(text[i] for i in order)
    return made if made != text else _TOO_SHORT


def restored(body: str, order: list[int]) -> str:
    """The inverse."""
    made = [""] * len(order)
    for place, sign in zip(order, body, strict=True):
        made[place] = sign
    return "".join(made)


def rail_order(size: int, rails: int) -> list[int]:
    """Zigzag over ``rails`` lines, read line by line."""
    cycle = 2 * rails - 2
    return sorted(range(size), key=lambda i: (min(i % cycle, cycle - i % cycle), i))


def to_rails(text: str, key: int, unit: str) -> str | NotApplicable:
    """Zigzag of characters, or of words with the blanks behind them counted as characters of the word."""
    if unit == "characters":
        return ordered(text, rail_order(len(text), key))
    pieces = text.split(" ")
    made = " ".join(pieces[i] for i in rail_order(len(pieces), key))
    return made if made != text else _TOO_SHORT


def from_rails(body: str, key: int, unit: str) -> str:
    """The inverse."""
    if unit == "characters":
        return restored(body, rail_order(len(body), key))
    pieces = body.split(" ")
    made = [""] * len(pieces)
    for place, piece in zip(rail_order(len(pieces), key), pieces, strict=True):
        made[place] = piece
    return " ".join(made)


def column_order(size: int, key: str, passes: int = 1) -> list[int]:
    """Written in rows under a key word, read by columns in the order of its letters; ``passes`` times."""
    letters = key_letters(key, 2)
    columns = sorted(range(len(letters)), key=lambda i: (letters[i], i))
    order = list(range(size))
    for _ in range(passes):
        order = [i for column in columns for i in order[column :: len(letters)]]
    return order


def to_columns(text: str, key: str, passes: int) -> str | NotApplicable:
    """Columnar transposition."""
    return ordered(text, column_order(len(text), key, passes))


def from_columns(body: str, key: str, passes: int) -> str:
    """The inverse."""
    return restored(body, column_order(len(body), key, passes))


def _spiral(width: int, height: int) -> list[tuple[int, int]]:
    top, bottom, left, right, cells = 0, height - 1, 0, width - 1, []
    while top <= bottom and left <= right:
        cells += [(top, x) for x in range(left, right + 1)]
        cells += [(y, right) for y in range(top + 1, bottom + 1)]
        if top < bottom and left < right:
            cells += [(bottom, x) for x in range(right - 1, left - 1, -1)]
            cells += [(y, left) for y in range(bottom - 1, top, -1)]
        top, bottom, left, right = top + 1, bottom - 1, left + 1, right - 1
    return cells


def _diagonals(width: int, height: int) -> list[tuple[int, int]]:
    cells = [(y, x) for y in range(height) for x in range(width)]
    return sorted(cells, key=lambda cell: (sum(cell), cell[0]))


def _by_columns(width: int, height: int) -> list[tuple[int, int]]:
    return [(y, x) for x in range(width) for y in range(height)]


def _snake(width: int, height: int) -> list[tuple[int, int]]:
    return [(y if x % 2 == 0 else height - 1 - y, x) for x in range(width) for y in range(height)]


def _knight(width: int, height: int) -> list[tuple[int, int]]:
    """Moves of a knight, to the cell with the fewest ways on (Warnsdorff 1823), from the nearest cell anew
    where it is stuck. ``width`` is 8; boards of eight rows follow one another."""
    cells: list[tuple[int, int]] = []
    for top in range(0, height, 8):
        cells += [(top + y, x) for y, x in _tour(min(8, height - top))]
    return cells


_JUMPS = ((1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2))


def _tour(rows: int) -> list[tuple[int, int]]:
    left, here, path = {(y, x) for y in range(rows) for x in range(8)}, (0, 0), []

    def ways(cell: tuple[int, int]) -> list[tuple[int, int]]:
        return [to for y, x in _JUMPS if (to := (cell[0] + y, cell[1] + x)) in left]

    while True:
        left.discard(here)
        path.append(here)
        if not left:
            return path
        here = min(ways(here), key=lambda cell: (len(ways(cell)), cell), default=min(left))


_ROUTES: dict[str, Callable[[int, int], list[tuple[int, int]]]] = {
    "spiral": _spiral,
    "columns": _by_columns,
    "snake": _snake,
    "diagonals": _diagonals,
    "knight": _knight,
}


def route_order(size: int, route: str, width: int) -> list[int]:
    """Written in rows of ``width`` (8 for the knight), read along a route; cells beyond the end are
    left out."""
    width = 8 if route == "knight" else width
    height = -(-size // width)
    places = (y * width + x for y, x in _ROUTES[route](width, height))
    return [place for place in places if place < size]


def to_route(text: str, route: str, width: int) -> str | NotApplicable:
    """A grid read along a route."""
    return ordered(text, route_order(len(text), route, width))


def from_route(body: str, route: str, width: int) -> str:
    """The inverse."""
    return restored(body, route_order(len(body), route, width))


_SIDE = 6


def _holes(key: str) -> list[int]:
    """For each of the nine cells of a quarter of the grille, in which turn it is open."""
    if len(key) != _SIDE**2 // 4 or set(key) - set("0123"):
        raise InputError(
            f"the key '{key}' is no grille of nine digits from 0 to 3", hint="For example 012301230."
        )
    return [int(digit) for digit in key]


def grille_order(key: str) -> list[int]:
    """Where the first, second … of 36 characters is written: four turns of the grille, its holes row
    by row."""
    order, holes = [], _holes(key)
    for turn in range(4):
        cells = []
        for place, first in enumerate(holes):
            y, x = divmod(place, _SIDE // 2)
            for _ in range((first + turn) % 4):
                y, x = x, _SIDE - 1 - y
            cells.append(_SIDE * y + x)
        order += sorted(cells)
    return order


def to_grille(text: str, key: str) -> str | NotApplicable:
    """Blocks of 36 characters through a turning grille; a last block that is not full leaves its cells
    out."""
    made = []
    for i in range(0, len(text), _SIDE**2):
        block = text[i : i + _SIDE**2]
        cells = dict(zip(grille_order(key), block, strict=False))
        made += [cells[place] for place in sorted(cells)]
    whole = "".join(made)
    return whole if whole != text else _TOO_SHORT


def from_grille(body: str, key: str) -> str:
    """The inverse."""
    made = []
    for i in range(0, len(body), _SIDE**2):
        block = body[i : i + _SIDE**2]
        order = grille_order(key)[: len(block)]
        cells = dict(zip(sorted(order), block, strict=True))
        made += [cells[place] for place in order]
    return "".join(made)


def counting_order(size: int, step: int) -> list[int]:
    """Josephus: in a ring, every ``step``-th of those left is taken out."""
    ring, place, order = list(range(size)), 0, []
    while ring:
        place = (place + step - 1) % len(ring)
        order.append(ring.pop(place))
    return order


def to_counted_out(text: str, key: int) -> str | NotApplicable:
    """The characters in the order in which they are counted out."""
    return ordered(text, counting_order(len(text), key))


def from_counted_out(body: str, key: int) -> str:
    """The inverse."""
    return restored(body, counting_order(len(body), key))


def turned_order(size: int, key: str) -> list[int]:
    """Rows of eight, each turned to the left by the key's digits by turns, then columns downwards the
    same."""
    shifts = [int(digit) for digit in key if digit.isdigit()]
    if not any(shift % 8 for shift in shifts):
        raise InputError(f"the key '{key}' turns nothing", hint="Digits from 1 to 7, such as 314.")
    order = []
    for row, first in enumerate(range(0, size, 8)):
        line = list(range(first, min(first + 8, size)))
        shift = shifts[row % len(shifts)] % len(line)
        order += line[shift:] + line[:shift]
    made = list(order)
    for column in range(min(8, size)):
        line = order[column::8]
        shift = shifts[column % len(shifts)] % len(line)
        made[column::8] = line[-shift:] + line[:-shift] if shift else line
    return made


def to_turned(text: str, key: str) -> str | NotApplicable:
    """Rows and columns of a grid turned, as those of a twisting puzzle."""
    return ordered(text, turned_order(len(text), key))


def from_turned(body: str, key: str) -> str:
    """The inverse."""
    return restored(body, turned_order(len(body), key))


def to_reversed(text: str, scope: str) -> str | NotApplicable:
    """All characters in the opposite order, or those inside each word."""
    made = text[::-1] if scope == "text" else _each_word(text)
    return made if made != text else _TOO_SHORT


def _each_word(text: str) -> str:
    return re.sub(r"\S+", lambda match: match[0][::-1], text)


def from_reversed(body: str, scope: str) -> str:
    """The inverse."""
    return body[::-1] if scope == "text" else _each_word(body)


def _digits(seed: Seed) -> str:
    return "".join(str(int(digit)) for digit in seed.rng.integers(1, 8, size=4))


def _grille(seed: Seed) -> str:
    return "".join(str(int(digit)) for digit in seed.rng.integers(4, size=9))


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "rail-fence",
        "Rail fence",
        "The characters (or words) go up and down in a zigzag over some lines, which are read one by one.",
        group=_GROUP,
        encode=to_rails,
        decode=from_rails,
        key=Key(lambda seed: int(seed.rng.integers(2, 6)), "How many lines.", kind=int, low=2, high=12),
        parameters=(
            Parameter("unit", "characters", "What goes up and down.", choices=("characters", "words")),
        ),
        reference="Gaines 1939; CodeChameleon's odd–even order (Lv et al. 2024) for two lines of words",
    ),
    encoded(
        "keyed-columns",
        "Columnar transposition",
        "The text is written in rows under a key word and read by columns, in the order of the "
        "key's letters.",
        group=_GROUP,
        encode=to_columns,
        decode=from_columns,
        key=WORD,
        parameters=(Parameter("passes", 1, "How often; 2 is the double transposition.", low=1, high=3),),
        detail=lambda key, passes: f" × {passes}" if passes > 1 else "",
        reference="Gaines 1939; Kahn 1967",
    ),
    encoded(
        "grid-route",
        "Route through a grid",
        "The text is written in the rows of a grid and read along a route: spiral, snake, diagonals, knight.",
        group=_GROUP,
        encode=to_route,
        decode=from_route,
        parameters=(
            Parameter("route", "spiral", "Along which route.", choices=tuple(_ROUTES)),
            Parameter("width", 7, "Columns of the grid.", low=2, high=40),
        ),
        detail=lambda route, width: f" ({route}, {8 if route == 'knight' else width})",
        reference="Gaines 1939; the scytale for columns; Warnsdorff 1823 for the knight",
    ),
    encoded(
        "turning-grille",
        "Turning grille",
        "The text is written through the holes of a square mask that is turned three times.",
        group=_GROUP,
        encode=to_grille,
        decode=from_grille,
        key=Key(_grille, "Nine digits from 0 to 3: in which quarter each cell is open."),
        detail=lambda key: " (6 × 6)",
        reference="Fleissner 1881",
    ),
    encoded(
        "counted-out",
        "Counted out in a ring",
        "The characters stand in a ring, and every k-th of those that are left is counted out.",
        group=_GROUP,
        encode=to_counted_out,
        decode=from_counted_out,
        key=Key(lambda seed: int(seed.rng.integers(2, 9)), "Every which one.", kind=int, low=2, high=50),
        reference="ours; Josephus, Bellum Judaicum 3",
    ),
    encoded(
        "turned-rows",
        "Turned rows and columns",
        "Rows of a grid are turned to the left, then its columns downwards, each by a digit of the key.",
        group=_GROUP,
        encode=to_turned,
        decode=from_turned,
        key=Key(_digits, "Digits: how far rows and columns are turned by turns."),
        reference="ours; twisting puzzles",
    ),
    encoded(
        "reversed-letters",
        "Letters in reverse",
        "The characters stand in the opposite order, through the whole text or inside each word.",
        group=_GROUP,
        encode=to_reversed,
        decode=from_reversed,
        parameters=(Parameter("scope", "text", "Over what.", choices=("text", "word")),),
        detail=lambda scope: " (…)" if scope == "word" else "",
        reference="FlipAttack (Liu et al. 2024); PyRIT FlipConverter",
    ),
)
