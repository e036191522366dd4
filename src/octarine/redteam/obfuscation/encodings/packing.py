"""What compressors do to a text, step by step and in the open, and a program that prints it."""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter
from itertools import pairwise

from octarine.core.protocols import NotApplicable
from octarine.redteam.obfuscation.explaining import encoded
from octarine.redteam.technique import Technique

_GROUP = "packing"


def _codes(text: str) -> dict[str, str]:
    """Character → bits, by Huffman's rule. Equal counts are merged in the order of first appearance."""
    counts = Counter(text)
    if len(counts) == 1:
        return {text[0]: "0"}
    heap = [(number, place, sign) for place, (sign, number) in enumerate(counts.items())]
    heapq.heapify(heap)
    tree: dict[str, tuple[str, str]] = {}
    while len(heap) > 1:
        (a, _, left), (b, _, right) = heapq.heappop(heap), heapq.heappop(heap)
        name = f"node {len(tree)}"
        tree[name] = (left, right)
        heapq.heappush(heap, (a + b, len(counts) + len(tree), name))
    codes, open_nodes = {}, [(heap[0][2], "")]
    while open_nodes:
        name, bits = open_nodes.pop()
        if name in tree:
            open_nodes += [(tree[name][0], bits + "0"), (tree[name][1], bits + "1")]
        else:
            codes[name] = bits
    return codes


def to_huffman(text: str) -> str:
    """The table as JSON on the first line, the bits below it."""
    codes = _codes(text)
    table = {sign: codes[sign] for sign in sorted(codes, key=lambda sign: (len(codes[sign]), codes[sign]))}
    return json.dumps(table, ensure_ascii=False) + "\n" + "".join(codes[sign] for sign in text)


def from_huffman(body: str) -> str:
    """The inverse."""
    table, _, bits = body.partition("\n")
    signs = {code: sign for sign, code in json.loads(table).items()}
    made, held = [], ""
    for bit in bits:
        held += bit
        if held in signs:
            made.append(signs[held])
            held = ""
    return "".join(made)


def to_lz78(text: str) -> str:
    """Ziv and Lempel 1978: the number of the longest phrase seen before (0: none), and the character
    after."""
    known, held, pairs = {"": 0}, "", []
    for sign in text:
        if held + sign in known:
            held += sign
        else:
            pairs.append((known[held], sign))
            known[held + sign] = len(known)
            held = ""
    if held:
        pairs.append((known[held[:-1]], held[-1]))
    return " ".join(f"{number}{json.dumps(sign, ensure_ascii=False)}" for number, sign in pairs)


def from_lz78(body: str) -> str:
    """The inverse."""
    phrases = [""]
    for number, sign in re.findall(r'(\d+)("(?:[^"\\]|\\.)*")', body):
        phrases.append(phrases[int(number)] + json.loads(sign))
    return "".join(phrases)


def to_burrows_wheeler(text: str) -> str:
    """The last column of the sorted rotations, and on the line before it the row that the text itself is."""
    order = _rotations(text)
    return f"{order.index(0) + 1}\n" + "".join(text[i - 1] for i in order)


def _rotations(text: str) -> list[int]:
    """Rotations in order, by doubling (Manber and Myers 1990): n log² n, whatever the text repeats."""
    size = len(text)
    signs = {sign: rank for rank, sign in enumerate(sorted(set(text)))}
    ranks, step, order = [signs[sign] for sign in text], 1, list(range(size))
    while True:
        keys = [(ranks[i], ranks[(i + step) % size]) for i in range(size)]
        order.sort(key=keys.__getitem__)
        fresh = {key: rank for rank, key in enumerate(sorted(set(keys)))}
        ranks = [fresh[key] for key in keys]
        if len(fresh) == size or step >= size:
            return order
        step *= 2


def from_burrows_wheeler(body: str) -> str:
    """The inverse."""
    row, _, last = body.partition("\n")
    order = sorted(range(len(last)), key=last.__getitem__)
    place, made = int(row) - 1, []
    for _ in last:
        place = order[place]
        made.append(last[place])
    return "".join(made)


def to_move_to_front(text: str) -> str:
    """The characters that occur, sorted, as JSON; below, for each one its place in the list, from where it
    moves to the front."""
    start = "".join(sorted(set(text)))
    held, places = list(start), []
    for sign in text:
        place = held.index(sign)
        places.append(place)
        held.insert(0, held.pop(place))
    return json.dumps(start, ensure_ascii=False) + "\n" + " ".join(map(str, places))


def from_move_to_front(body: str) -> str:
    """The inverse."""
    start, _, places = body.partition("\n")
    held, made = list(json.loads(start)), []
    for place in map(int, places.split()):
        made.append(held[place])
        held.insert(0, held.pop(place))
    return "".join(made)


def to_positions(text: str) -> str | NotApplicable:
    """Each character that occurs, with the places where it stands, from 1."""
    places: dict[str, list[int]] = {}
    for place, sign in enumerate(text, 1):
        places.setdefault(sign, []).append(place)
    return "\n".join(
        f"{json.dumps(sign, ensure_ascii=False)}: {' '.join(map(str, places[sign]))}"
        for sign in sorted(places)
    )


def from_positions(body: str) -> str:
    """The inverse."""
    found: dict[int, str] = {}
    for sign, places in re.findall(r'^("(?:[^"\\]|\\.)*"): ([\d ]+)$', body, re.M):
        found |= dict.fromkeys(map(int, places.split()), json.loads(sign))
    return "".join(found[place] for place in range(1, len(found) + 1))


def to_grammar(text: str) -> str | NotApplicable:
    """Re-Pair (Larsson and Moffat 1999): the most frequent pair of neighbours becomes a rule, until
    none occurs twice. The rules as JSON lists, rule 0 the text; a number in a list is a rule."""
    line: list[str | int] = list(text[:_MOST])
    rules: list[list[str | int]] = []
    while len(rules) < 200:
        pairs = Counter(pairwise(line))
        pair, number = min(pairs.items(), key=lambda item: (-item[1], str(item[0])), default=((), 0))
        if number < 2:
            break
        rules.append(list(pair))
        line = _replaced(line, pair, len(rules))
    if not rules:
        return NotApplicable("repeats nothing")
    whole = [*_joined(line), text[_MOST:]] if len(text) > _MOST else _joined(line)
    return "\n".join(
        f"{number} = {json.dumps(rule, ensure_ascii=False)}" for number, rule in enumerate([whole, *rules])
    )


_MOST = 2000


def _replaced(line: list[str | int], pair: tuple[str | int, ...], rule: int) -> list[str | int]:
    made, place = list[str | int](), 0
    while place < len(line):
        found = tuple(line[place : place + 2]) == pair
        made.append(rule if found else line[place])
        place += 2 if found else 1
    return made


def _joined(line: list[str | int]) -> list[str | int]:
    """Characters that stand together, as one string."""
    made: list[str | int] = []
    for item in line:
        if made and isinstance(item, str) and isinstance(made[-1], str):
            made[-1] += item
        else:
            made.append(item)
    return made


def from_grammar(body: str) -> str:
    """The inverse."""
    rules = [json.loads(line.partition(" = ")[2]) for line in body.split("\n")]
    said: dict[int, str] = {}
    for number in (*range(1, len(rules)), 0):  # a rule names earlier ones alone
        said[number] = "".join(item if isinstance(item, str) else said[item] for item in rules[number])
    return said[0]


def to_brainfuck(text: str) -> str:
    """A program of Brainfuck that prints the bytes: each cell goes on from the byte before."""
    made, before = [], 0
    for byte in text.encode():
        step = (byte - before + 128) % 256 - 128
        made.append(_added(step) + ".")
        before = byte
    return "".join(made)


def _added(step: int) -> str:
    """``step`` added to the cell, by the shortest loop over the cell beside it."""
    sign, size = ("+" if step > 0 else "-"), abs(step)
    best = sign * size
    for rounds in range(3, 12):
        each, rest = divmod(size, rounds)
        loop = f">{'+' * rounds}[<{sign * each}>-]<{sign * rest}"
        best = min(best, loop, key=len) if each else best
    return best


def from_brainfuck(body: str) -> str:
    """What the program prints. ValueError where it runs for long."""
    pairs = _brackets(body)
    cells, at, place, data = [0] * _CELLS, 0, 0, bytearray()
    for _ in range(400 * len(body) + 1000):
        if place >= len(body):
            return bytes(data).decode()
        sign = body[place]
        if sign in "+-":
            cells[at] = (cells[at] + (1 if sign == "+" else -1)) % 256
        elif sign in "<>":
            at = (at + (1 if sign == ">" else -1)) % _CELLS
        elif sign == ".":
            data.append(cells[at])
        elif sign in "[]" and bool(cells[at]) == (sign == "]"):
            place = pairs[place]
        place += 1
    raise ValueError("the program does not end")


_CELLS = 64


def _brackets(body: str) -> dict[int, int]:
    """Each bracket's place, and that of the one that it belongs to."""
    pairs, open_places = dict[int, int](), list[int]()
    for place, sign in enumerate(body):
        if sign == "[":
            open_places.append(place)
        elif sign == "]":
            start = open_places.pop()
            pairs[place], pairs[start] = start, place
    return pairs


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "huffman-code",
        "Huffman code",
        "Frequent characters get short codes by Huffman's rule; the table is given, and the bits unbroken.",
        group=_GROUP,
        encode=to_huffman,
        decode=from_huffman,
        reference="Huffman 1952",
    ),
    encoded(
        "phrase-references",
        "Phrase references",
        "The text is a list of pairs, each the number of an earlier pair to repeat and one character more.",
        group=_GROUP,
        encode=to_lz78,
        decode=from_lz78,
        reference="Ziv and Lempel 1978",
    ),
    encoded(
        "burrows-wheeler",
        "Burrows–Wheeler transform",
        "All rotations of the text are sorted, and only their last characters are given, with the "
        "text's row.",
        group=_GROUP,
        encode=to_burrows_wheeler,
        decode=from_burrows_wheeler,
        reference="Burrows and Wheeler 1994",
    ),
    encoded(
        "move-to-front",
        "Move to front",
        "Every character is its place in a list from which it moves to the front each time that it is used.",
        group=_GROUP,
        encode=to_move_to_front,
        decode=from_move_to_front,
        reference="Ryabko 1980; Bentley et al. 1986",
    ),
    encoded(
        "position-index",
        "Index of positions",
        "Every character that occurs is listed once, with the numbers of all the places where it stands.",
        group=_GROUP,
        encode=to_positions,
        decode=from_positions,
        reference="ours; inverted index",
    ),
    encoded(
        "grammar-rules",
        "Rules of a grammar",
        "Pairs that occur twice become rules, which name rules in turn; the text is what the first "
        "rule makes.",
        group=_GROUP,
        encode=to_grammar,
        decode=from_grammar,
        reference="Re-Pair (Larsson and Moffat 1999)",
    ),
    encoded(
        "brainfuck-program",
        "Program that prints it",
        "A program of eight signs, in the language Brainfuck, prints the text; it has to be run in the head.",
        group=_GROUP,
        encode=to_brainfuck,
        decode=from_brainfuck,
        reference="ours; Brainfuck (Müller 1993)",
    ),
)
