"""Codes for bytes: what a text says if it is base 64, hexadecimal, numbers, and so on. All that can be read
is read, from every start; nothing is judged."""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import zlib
from collections.abc import Iterator
from urllib.parse import unquote

LONGEST = 1 << 16
"""Bytes that one compressed stream may become."""

_SEAMS = re.compile(r"""["'`\s,;.()\[\]>\\]+(?:[+&|~]["'`\s\\]+)?""")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{8,}")
_BASE32 = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z2-7]{8,}(?:\s+[A-Z2-7]{2,})*|(?=[a-z]*[2-7])[a-z2-7]{12,}(?:\s+(?=[a-z]*[2-7])[a-z2-7]{4,})*)"
)
_BASE85 = re.compile(r"<~([!-z\s]+?)~>|(?<!\S)([!-~]{10,})")
_HEX_MARKS = re.compile(r"(?:0[xX]|\\[xu]?\{?|%u?|=|U\+|&#x|\}|[hH](?![0-9a-zA-Z]))|[\s,;:|_\"'\-]+")
_HEX = re.compile(r"[0-9a-fA-F]{8,}")
_NUMBER = re.compile(r"(?<![0-9])[0-9]{2,7}(?![0-9])")
_OCTAL = re.compile(r"(?<![0-9])[0-3]?[0-7]{2}(?![0-9])")
_BITS = re.compile(r"[01]{16,}")
_POINT = re.compile(r"(?:\\u\{|\\x\{|\\|U\+|u\+)([0-9a-fA-F]{2,6})(?:\}|(?![0-9a-fA-F])[ ;]?)")
_UU = re.compile(r"(?:^|(?<=[:：] ))[ -`]{5,61}$", re.M)


def texts_of(data: bytes) -> Iterator[str]:
    """What bytes say as UTF-8, as UTF-16 where they may be that, and uncompressed where they are
    compressed."""
    for start in (
        0,
        *(found.start() for found in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", data)),
    ):
        plain = _inflated(data[start:])
        if plain:
            yield plain.decode("utf-8", "ignore")
    yield data.decode("utf-8", "ignore")
    if data.count(0) * 4 >= len(data) or any(
        data[1::2].count(byte) * 3 > len(data) // 2 for byte in (4, 6, 9, 0x30)
    ):
        yield data.decode("utf-16-le", "ignore")
        yield data.decode("utf-16-be", "ignore")


def _inflated(data: bytes) -> bytes:
    if data[:2] != b"\x1f\x8b" and data[:1] != b"\x78":
        return b""
    machine = zlib.decompressobj(31 if data[:1] == b"\x1f" else 15)
    try:
        return machine.decompress(data, LONGEST)
    except zlib.error:
        return b""


def joined(text: str) -> str:
    """``text`` without line ends, quotes and the signs that put strings together in programs."""
    return _SEAMS.sub("", text)


def base64s(text: str) -> Iterator[str]:
    """Base 64 in pieces or not, from each of the four starts that a word before it may have moved it to."""
    for whole in {text, joined(text)}:
        for found in _BASE64.finditer(whole):
            run = found[0].translate({45: 43, 95: 47})
            for start in range(4):
                piece = run[start:]
                piece = piece[: len(piece) // 4 * 4] if len(piece) % 4 == 1 else piece
                yield from texts_of(base64.b64decode(piece + "=" * (-len(piece) % 4)))


def base32s(text: str) -> Iterator[str]:
    """Base 32, all in capitals or all in small letters, from each of its eight starts."""
    for found in _BASE32.finditer(text):
        run = "".join(found[0].split()).upper()
        for start in range(8):
            piece = run[start:]
            for cut in {piece, piece[: len(piece) // 8 * 8]}:
                try:
                    yield from texts_of(base64.b32decode(cut + "=" * (-len(cut) % 8)))
                except binascii.Error:
                    continue


def base85s(text: str) -> Iterator[str]:
    """Ascii85, framed or not, and base 85 as Git writes it."""
    for found in _BASE85.finditer(text):
        token = "".join((found[1] or found[2]).split())
        for decode in (base64.a85decode, base64.b85decode):
            for piece in {token, token.rstrip(".,;:!?\"')"), token.strip("`\"'")}:
                try:
                    yield from texts_of(decode(piece.encode()))
                except (ValueError, OverflowError):
                    continue


def hexadecimals(text: str) -> Iterator[str]:
    """Hexadecimal with any marks and separators: escapes, code points, percent signs, quoted-printable."""
    for whole in {text, _HEX_MARKS.sub("", text)}:
        for found in _HEX.finditer(whole):
            for start in (0, 1):
                digits = found[0][start:]
                yield from texts_of(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def numbers(text: str) -> Iterator[str]:
    """Numbers that are code points, in tens and in eights."""
    points = [int(found) for found in _NUMBER.findall(text)]
    if len(points) >= 4:
        yield "".join(chr(point) for point in points if 31 < point < 0x30000 and not 0xD800 <= point < 0xE000)
    octal = [int(found, 8) for found in _OCTAL.findall(text)]
    if len(octal) >= 4:
        yield bytes(code for code in octal if code < 256).decode("utf-8", "ignore")


def bits(text: str) -> Iterator[str]:
    """Zeros and ones, in any groups, eight or seven to a character, from each start."""
    whole = re.sub(r"(?<=[01])[\s,;|_\-]+(?=[01])", "", text)
    for found in _BITS.finditer(whole):
        for size in (8, 7):
            for first in range(size):
                starts = range(first, len(found[0]) - size + 1, size)
                yield bytes(int(found[0][at : at + size], 2) for at in starts).decode("utf-8", "ignore")


def references(text: str) -> Iterator[str]:
    """HTML's character references and the percent signs of addresses, twice over; code points by their
    number; quoted-printable."""
    if "&" in text:
        yield html.unescape(html.unescape(text))
    if "%" in text:
        yield unquote(unquote(text))
    if "\\" in text or "+" in text:
        yield _POINT.sub(_point, text)
    if "=" in text:
        yield quopri.decodestring(text.encode("utf-8", "ignore")).decode("utf-8", "ignore")


def _point(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if 31 < code < 0x110000 and not 0xD800 <= code < 0xE000 else found[0]


def uuencoded(text: str) -> Iterator[str]:
    """Lines of uuencode."""
    data = b""
    for line in _UU.findall(text):
        try:
            data += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    if len(data) >= 4:
        yield data.decode("utf-8", "ignore")
