"""Base 16, 32, 64 and 85, and lists of numbers that stand for bytes or characters.

Accepted is what decodes to readable text: a run of random letters decodes to printable UTF-8 with a chance of
(95/256)^n. Short runs, where that is not enough, must also look like a language.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from octarine.guard.normalise.decoders.readings import Meter, Reading, deliver, one_script, speaks, unpacked
from octarine.guard.normalise.results import Edit

_B64 = re.compile(r"(?<![A-Za-z0-9_+/\-])[A-Za-z0-9+/_\-]{8,}(?:\r?\n[ \t>]*[A-Za-z0-9+/_\-]{2,})*={0,2}")
_B64_WORDS = re.compile(r"(?<![\w+/=])(?:[A-Za-z0-9+/]{2,}={0,2}[ \t]+){2,}[A-Za-z0-9+/]{2,}={0,2}(?![\w+/])")
_B64_PADDED = re.compile(r"[A-Za-z0-9+/]={1,2}(?![\w=])")
_B32 = re.compile(r"(?<![A-Za-z0-9_])(?:[A-Z2-7]{12,}|[a-z2-7]{12,})(?:\r?\n[A-Za-z2-7]{2,})*={0,6}")
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:0[xX])?[0-9A-Fa-f]{2}(?:(?:[ \t:,\-]|,[ \t]|\r?\n)?(?:0[xX])?[0-9A-Fa-f]{2}){4,}"
)
_HEX_PAIR = re.compile(r"0[xX]|[^0-9A-Fa-f]+")
_B85 = re.compile(r"<~([!-u\sz]{5,}?)~>|(?<!\S)[!-~]{12,}(?!\S)")
_LISTS = {
    # A run of digits has one way to be read: one without gaps between its sevens and eights takes for ever.
    "binary": (
        re.compile(r"(?<!\w)(?:0b)?(?:[01]{21,}|[01]{7,8}(?:[ \t,;\r\n]{1,2}(?:0b)?[01]{7,8}){2,})(?!\w)"),
        2,
    ),
    "decimal": (
        re.compile(r"(?<![\w.])\d{2,6}(?:[ \t]*[,;][ \t]*\d{2,6}|[ \t]\d{2,6}|-\d{2,6}){3,}(?![\w.]\w)"),
        10,
    ),
    "octal": (re.compile(r"(?<![\w.])(?:0o?)?[0-7]{2,3}(?:[ \t,;]{1,2}(?:0o?)?[0-7]{2,3}){3,}(?!\w)"), 8),
}
_SPACE = re.compile(r"\s+")
_GAP = re.compile(r"[^0-9]+")
_UPPER = re.compile(r"[A-Z]")
_SIGN = re.compile(r"[^A-Za-z0-9]")
_BOTH = re.compile(r"[a-z0-9][A-Z]|[A-Z][a-z0-9]")
_HUMP = re.compile(r"[a-z0-9][A-Z]")
_SURE = 16
"""Characters of base 64 or 32 from which printable text alone is proof."""


def _base64_bytes(token: str) -> bytes | None:
    compact = re.sub(r"[\s>=]+", "", token).translate({45: 43, 95: 47})
    if len(compact) % 4 == 1:
        compact = compact[:-1]
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4))
    except binascii.Error:
        return None


def _base64_text(token: str, meter: Meter) -> tuple[tuple[str, ...], str] | None:
    data = _base64_bytes(token)
    if not data or (len(token) > 64 and not _hopeful(data)):
        return None
    # Lines below a compressed text that is whole without them are no part of it.
    read = unpacked(data, "base64", meter, exact="\n" in token)
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
    """Base 64, standard and URL-safe, wrapped or not, with or without padding."""
    found: list[tuple[tuple[str, ...], Edit]] = []
    for match in _B64.finditer(text):
        tokens = [match.span()]
        if "\n" in match[0]:
            tokens += [
                (match.start() + m.start(), match.start() + m.end()) for m in re.finditer(r"\S+", match[0])
            ]
        for start, end in tokens:
            token = text[start:end].lstrip("-_/+")
            read = _base64_text(token, meter) if _could_be(token) else None
            if read and meter.spend(len(read[1])):
                found.append((read[0], Edit(end - len(token), end, read[1])))
                if (start, end) == match.span():
                    break
    yield from deliver(text, "base64", found, meter)
    if _B64_PADDED.search(text):
        yield from _base64_words(text, meter)


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
        read = unpacked(bytes.fromhex("".join(groups)), "base16", meter)
        if read is None or ((len(read[1]) < 12 or match[0].isdigit()) and not speaks(read[1], 0.5)):
            continue
        names, made = read
        if len(groups) > 1 and max(map(len, groups)) > 2:
            # Words that were encoded one by one.
            made = " ".join(bytes.fromhex(group).decode("utf-8", "replace") for group in groups)
        if sum(c.isalpha() or not c.isascii() for c in made) >= 0.6 * len(made) and meter.spend(len(made)):
            found.append((names, Edit(match.start(), match.end(), made)))
    yield from deliver(text, "base16", found, meter)


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


def number_lists(text: str, meter: Meter) -> Iterator[Reading]:
    """Binary, octal and decimal numbers that stand for the bytes or the code points of a text."""
    for name, (pattern, radix) in _LISTS.items():
        found = []
        for match in pattern.finditer(text):
            made = _characters(match[0], radix)
            # Four groups of four digits are a card, not a word.
            if made and (_wordy(made) or (len(made) > 4 and speaks(made))) and meter.spend(len(made)):
                found.append(((name,), Edit(match.start(), match.end(), made)))
        yield from deliver(text, name, found, meter)


def _wordy(made: str) -> bool:
    """Whether what numbers spell has spaces among small letters: measurements hardly ever do."""
    return len(made) >= 12 and made.count(" ") * 12 >= len(made) and made.replace(" ", "").islower()


def _characters(run: str, radix: int) -> str | None:
    digits = [group for group in _GAP.split(run.replace("0b", " ").replace("0o", " ")) if group]
    if len(digits) == 1 and radix == 2:
        digits = [digits[0][i : i + 8] for i in range(0, len(digits[0]), 8)]
    values = [int(group, radix) for group in digits]
    if any(
        value > 0x10FFFF or 0xD800 <= value < 0xE000 or (value < 32 and value not in (9, 10, 13))
        for value in values
    ):
        return None
    made = "".join(map(chr, values))
    if all(value < 256 for value in values) and not made.isascii():
        # Code points of Latin-1, where they are no UTF-8.
        with suppress(UnicodeDecodeError):
            made = bytes(values).decode()
    letters = sum(c.isalpha() or c == " " or (not c.isascii() and c.isprintable()) for c in made)
    return made if letters >= 0.75 * len(made) and len(made) >= 4 else None
