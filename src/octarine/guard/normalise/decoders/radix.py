"""Base 16, 32, 64 and 85.

Accepted is what decodes to readable text: a run of random letters decodes to printable UTF-8 with a chance of
(95/256)^n. Short runs, where that is not enough, must also look like a language.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
from collections import deque
from collections.abc import Iterator
from functools import partial

from octarine.guard.normalise.decoders.readings import Meter, Reading, deliver, one_script, speaks, unpacked
from octarine.guard.normalise.results import Edit

_B64 = re.compile(
    r"(?<![A-Za-z0-9_+/\-])[A-Za-z0-9+/_\-]{8,}(?:(?:\r?\n[ \t>]*+){1,3}[A-Za-z0-9+/_\-]{2,})*={0,2}"
)
_B64_WORDS = re.compile(r"(?<![\w+/=])(?:[A-Za-z0-9+/]{2,}={0,2}[ \t]+){2,}[A-Za-z0-9+/]{2,}={0,2}(?![\w+/])")
_B64_PADDED = re.compile(r"[A-Za-z0-9+/]={1,2}(?![\w=])")
_B32 = re.compile(r"(?<![A-Za-z0-9_])(?:[A-Z2-7]{12,}|[a-z2-7]{12,})(?:\r?\n[A-Za-z2-7]{2,})*={0,6}")
_HEX = re.compile(
    r"""(?<![0-9A-Za-z])(?:0[xX])?[0-9A-Fa-f]{2}[hH]?(?:(?:[ \t:;,|_"'\-]{1,5}|[ \t,]{0,2}\r?\n[ \t]{0,16}"""
    r""")?(?:0[xX])?[0-9A-Fa-f]{2}[hH]?){4,}"""
)
_HEX_PAIR = re.compile(r"0[xX]|[^0-9A-Fa-f]+")
_B85 = re.compile(r"<~([!-u\sz]{5,}?)~>|(?<!\S)[!-~]{12,}(?!\S)")
_PIECE = re.compile(r"[A-Za-z0-9+/_\-]{2,}+={0,2}")
_SEAM = re.compile(r"""[\s"'+,;.\\|&~>()\[\]`]{1,24}""")
_HUMPS = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}[a-z]")
_ROT13 = str.maketrans(
    string.ascii_letters,
    "".join(part[13:] + part[:13] for part in (string.ascii_lowercase, string.ascii_uppercase)),
)
_UPPER = re.compile(r"[A-Z]")
_SIGN = re.compile(r"[^A-Za-z0-9]")
_BOTH = re.compile(r"[a-z0-9][A-Z]|[A-Z][a-z0-9]")
_HUMP = re.compile(r"[a-z0-9][A-Z]")
_SURE = 16
"""Characters of base 64 or 32 from which printable text alone is proof."""
_DISGUISED = 24
"""Characters of base 64 from which it is also tried backwards and through ROT13."""
_STARTS = 4
"""Pieces at the front of a row that may be words of the text before it."""

Found = list[tuple[tuple[str, ...], Edit]]


def _base64_bytes(token: str) -> bytes | None:
    compact = re.sub(r"[\s>=]+", "", token).translate({45: 43, 95: 47})
    if len(compact) % 4 == 1:
        compact = compact[:-1]
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4))
    except binascii.Error:
        return None


def _base64_text(token: str, meter: Meter) -> tuple[tuple[str, ...], str] | None:
    read = _base64_as_it_stands(token, meter)
    if read is not None or len(token) < _DISGUISED:
        return read
    for name, other in (("reversed", token[::-1]), ("rot13", token.translate(_ROT13))):
        if _hopeful(_base64_bytes(other[:64]) or b"\x7f"):
            read = _base64_as_it_stands(other, meter)
            if read is not None and speaks(read[1], 0.5):
                return (name, *read[0]), read[1]
    return None


def _base64_as_it_stands(token: str, meter: Meter) -> tuple[tuple[str, ...], str] | None:
    data = _base64_bytes(token)
    if not data or (len(token) > 64 and not _hopeful(data)):
        return None
    # Lines below a compressed text that is whole without them are no part of it.
    read = unpacked(data, "base64", meter, exact="\n" in token)
    if read is not None and token.isalpha() and speaks(token, 0.5) and not speaks(read[1]):
        # Names of code are words run together.
        return None
    if read is None or len(token.rstrip("=")) >= _SURE:
        return read
    plausible = read[1].isascii() and _UPPER.search(token) and not token.isupper() and len(data) >= 5
    return read if plausible and re.fullmatch(r"[A-Za-z ,.!?']+", read[1]) and speaks(read[1], 0.5) else None


def _could_be(token: str) -> bool:
    """Whether a run of letters can be base 64: not a plain word, however long."""
    if len(token) < 8 or token.islower() or token.isdigit() or not _BOTH.search(token):
        return False
    return len(token) >= _SURE or token.endswith("=") or _HUMP.search(token) is not None


def _hopeful(data: bytes) -> bool:
    """Whether the first bytes can be text or compressed text: long runs of neither are not copied on."""
    head = data[:48]
    return (
        head[:2] == b"\x1f\x8b"
        or head[:1] == b"\x78"
        or b"\0" in head
        or one_script(head[: len(head) & ~1])
        or not re.search(rb"[\x00-\x08\x0e-\x1f\x7f]", head)
    )


def base64_fragments(text: str, meter: Meter) -> Iterator[Reading]:
    """Base 64, standard and URL-safe, wrapped, in pieces or not, with or without padding."""
    found = _in_pieces(text, meter)
    rows = deque((edit.start, edit.end) for _, edit in found)
    for match in _B64.finditer(text):
        while rows and rows[0][1] <= match.start():
            rows.popleft()
        if not rows or match.end() <= rows[0][0]:
            found += _in_one(text, match, meter)
    found.sort(key=lambda one: one[1].start)
    yield from deliver(text, "base64", found, meter)
    if _B64_PADDED.search(text):
        yield from _base64_words(text, meter)


def _in_one(text: str, match: re.Match[str], meter: Meter) -> Found:
    """What one run of letters says, or each of its lines."""
    tokens = [match.span()]
    if "\n" in match[0]:
        tokens += [
            (match.start() + m.start(), match.start() + m.end()) for m in re.finditer(r"\S+", match[0])
        ]
    found: Found = []
    for start, end in tokens:
        token = text[start:end].lstrip("-_/+").rstrip("-_")
        begin = start + text[start:end].index(token)
        read = _base64_text(token, meter) if _could_be(token) else None
        if read and meter.spend(len(read[1])):
            found.append((read[0], Edit(begin, begin + len(token), read[1])))
            if (start, end) == match.span():
                break
    return found


def _in_pieces(text: str, meter: Meter) -> Found:
    """Rows of pieces of one length, or of pieces in quotes, with blanks or the signs of code between them."""
    found: Found = []
    for row in _rows(text):
        # The pieces in front may be words of the sentence before.
        for first in range(min(_STARTS, len(row) - 2)):
            token = "".join(text[start:end] for start, end in row[first:])
            read = _base64_text(token, meter) if len(token) >= _SURE and _could_be(token) else None
            if read and meter.spend(len(read[1])):
                found.append((read[0], Edit(row[first][0], row[-1][1], read[1])))
                break
    return found


def _rows(text: str) -> Iterator[list[tuple[int, int]]]:
    if len(_HUMPS.findall(text)) < 2:
        return
    row: list[tuple[int, int]] = []
    size = 0
    for match in _PIECE.finditer(text):
        length = match.end() - match.start()
        gap = text[row[-1][1] : match.start()][:25] if row else ""
        joins = _SEAM.fullmatch(gap) is not None and text[row[-1][1] - 1] != "="
        if joins and (length == size or (gap[0] == gap[-1] and gap[0] in "\"'")):
            row.append(match.span())
            continue
        if joins and length < size:
            row.append(match.span())
        if len(row) > 2:
            yield row
        row, size = [match.span()], length
    if len(row) > 2:
        yield row


def _base64_words(text: str, meter: Meter) -> Iterator[Reading]:
    """Sentences whose words were encoded one by one."""
    edits = []
    for match in _B64_WORDS.finditer(text):
        words = [_base64_bytes(token) for token in match[0].split()]
        if all(word and word.isalpha() and word.isascii() for word in words):
            edits.append(Edit(match.start(), match.end(), b" ".join(filter(None, words)).decode()))
    if edits and meter.spend(len(text)):
        yield from deliver(text, "base64", [(("base64",), edit) for edit in edits], meter)


def base32_fragments(text: str, meter: Meter) -> Iterator[Reading]:
    """Base 32 of RFC 4648, in either case, with or without padding."""
    found = []
    for match in _B32.finditer(text):
        if match[0].islower() and match[0].isalpha():
            continue
        compact = re.sub(r"[\s=]+", "", match[0]).upper()
        try:
            data = base64.b32decode(compact + "=" * (-len(compact) % 8))
        except binascii.Error:
            continue
        read = unpacked(data, "base32", meter)
        if read and (len(compact) >= 24 or speaks(read[1], 0.5)) and meter.spend(len(read[1])):
            found.append((read[0], Edit(match.start(), match.end(), read[1])))
    yield from deliver(text, "base32", found, meter)


def base16_fragments(text: str, meter: Meter) -> Iterator[Reading]:
    """Hexadecimal, plain or in pairs with separators, with or without 0x."""
    found = []
    for match in _HEX.finditer(text):
        groups = [group for group in _HEX_PAIR.split(match[0]) if group]
        if any(len(group) % 2 for group in groups):
            continue
        digits = "".join(groups)
        read = unpacked(bytes.fromhex(digits), "base16", meter)
        if read is None and len(digits) >= _DISGUISED:
            mirrored = unpacked(bytes.fromhex(digits[::-1]), "base16", meter)
            if mirrored and speaks(mirrored[1], 0.5):
                read = ("reversed", *mirrored[0]), mirrored[1]
                groups = [digits[::-1]]
        if read is None or ((len(read[1]) < 12 or match[0].isdigit()) and not speaks(read[1], 0.5)):
            continue
        names, made = read
        if len(groups) > 1 and max(map(len, groups)) > 2:
            # Words that were encoded one by one.
            made = " ".join(bytes.fromhex(group).decode("utf-8", "replace") for group in groups)
        if _mostly_letters(made) and meter.spend(len(made)):
            found.append((names, Edit(match.start(), match.end(), made)))
    yield from deliver(text, "base16", found, meter)


def _mostly_letters(made: str) -> bool:
    """What is long may hold blanks and digits beside its letters: printable text is proof enough."""
    letters = sum(c.isalpha() or not c.isascii() for c in made)
    if letters >= 0.6 * len(made):
        return True
    fill = sum(c == " " or c.isdigit() for c in made)
    return len(made) >= _SURE and letters >= 0.3 * len(made) and letters + fill >= 0.8 * len(made)


def base85_fragments(text: str, meter: Meter) -> Iterator[Reading]:
    """Ascii85 (framed or not) and the base 85 of Git (RFC 1924's alphabet)."""
    found = []
    for match in _B85.finditer(text):
        token = match[1] or match[0]
        if match[1] is None and not _UPPER.search(token):
            continue
        narrow = match[1] is None and len(_SIGN.findall(token[1:-1])) < 2
        for name, decode in (
            ("ascii85", partial(base64.a85decode, ignorechars=b" \t\n\r\v")),
            ("base85", base64.b85decode),
        ):
            try:
                data = decode(token.encode())
            except (ValueError, OverflowError):
                continue
            if (
                (read := unpacked(data, name, meter))
                and not (narrow and sum(map(str.isascii, read[1])) < 0.7 * len(read[1]))
                and (match[1] or speaks(read[1], 0.5))
                and meter.spend(len(read[1]))
            ):
                found.append((read[0], Edit(match.start(), match.end(), read[1])))
                break
    yield from deliver(text, "base85", found, meter)
