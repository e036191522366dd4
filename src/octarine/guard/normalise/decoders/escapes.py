"""Escapes inside a text: URL, HTML, backslash and quoted-printable. Undone in place, over the whole text.

Left alone is what honest text and source code carry: a single escaped space, ``&lt;`` and its like, escapes
of control characters, a lone ``\\u2026``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from octarine.guard.normalise.decoders.readings import MOST_BROKEN, Meter, Reading
from octarine.guard.normalise.results import Edit, rewrite

_URL = re.compile(r"(?:%[0-9A-Fa-f]{2})+|(?:%u[0-9A-Fa-f]{4})+")
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9A-Fa-f]{1,6});?|&[A-Za-z][A-Za-z0-9]{1,31};")
_PLAIN_ENTITY = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|copy|reg|trade|[mn]dash|hellip|[lr][sd]quo|[lr]aquo);"
)
_DOUBLE_ENTITY = re.compile(r"&amp;(?:#\w+|[A-Za-z]+);")
_BACKSLASH = re.compile(
    r"(?:\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\u\{[0-9A-Fa-f]{1,6}\}|\\x[0-9A-Fa-f]{2}|\\[0-3][0-7]{2})+"
)
_ONE_BACKSLASH = re.compile(r"\\(?:u\{?|U|x)([0-9A-Fa-f]+)\}?|\\([0-7]{3})")
_NOTATION = re.compile(r"U\+[0-9A-Fa-f]{4,6}(?:[ ,]{0,2}U\+[0-9A-Fa-f]{4,6}){2,}")
_QUOTED = re.compile(r"=\r?\n|(?:=[0-9A-Fa-f]{2})+")
_QUOTED_SURE = re.compile(r"(?:=[0-9A-Fa-f]{2}){3}|=[C-F][0-9A-F]=[89AB][0-9A-F]")


def _replaced(
    text: str, name: str, pattern: re.Pattern[str], meaning: Callable[[str], str | None], meter: Meter
) -> Iterator[Reading]:
    edits = []
    for match in pattern.finditer(text):
        made = meaning(match[0])
        if made is not None and made != match[0]:
            edits.append(Edit(match.start(), match.end(), made))
    if edits and meter.spend(len(text)):
        yield Reading((name,), *rewrite(text, edits))


def _printable(text: str) -> bool:
    return all(c.isprintable() or c in "\n\r\t" for c in text)


def _octets(digits: str) -> str | None:
    made = bytes.fromhex(digits).decode("utf-8", "replace")
    broken = sum(c == "\ufffd" or not _printable(c) for c in made)
    return made if broken * MOST_BROKEN <= len(made) else None


def url(text: str, meter: Meter) -> Iterator[Reading]:
    """Percent escapes of UTF-8, and %uXXXX, where they hide letters or digits or stand in a row."""
    runs = _URL.findall(text)
    made = [_url_meaning(run) for run in runs]
    if any(plain and (any(map(str.isalnum, plain)) or len(plain) > 2) for plain in made) or (
        sum(plain is not None for plain in made) > 2
    ):
        yield from _replaced(text, "url", _URL, _url_meaning, meter)


def _url_meaning(run: str) -> str | None:
    if run[1] == "u":
        made = "".join(chr(int(part, 16)) for part in run.split("%u")[1:])
        made = made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return made if _printable(made) else None
    return _octets(run.replace("%", ""))


def entities(text: str, meter: Meter) -> Iterator[Reading]:
    """HTML entities, where any of them hides a letter or a digit."""
    if any(
        any(map(str.isalnum, html.unescape(match[0])))
        for match in _ENTITY.finditer(text)
        if not _PLAIN_ENTITY.fullmatch(match[0]) and html.unescape(match[0]) != match[0]
    ) or _DOUBLE_ENTITY.search(text):
        yield from _replaced(text, "html", _ENTITY, html.unescape, meter)


def backslashes(text: str, meter: Meter) -> Iterator[Reading]:
    """\\uXXXX, \\UXXXXXXXX, \\u{X}, \\xXX and \\ooo, where they hide ASCII letters or stand in a row."""
    telling = 0
    for match in _BACKSLASH.finditer(text):
        made = _backslash_meaning(match[0])
        if made and (any(c.isascii() and c.isalnum() for c in made) or sum(map(str.isalpha, made)) > 2):
            telling += 1
    if telling:
        yield from _replaced(text, "escapes", _BACKSLASH, _backslash_meaning, meter)


def _backslash_meaning(run: str) -> str | None:
    values, narrow = [], True
    for match in _ONE_BACKSLASH.finditer(run):
        value = int(match[1], 16) if match[1] else int(match[2], 8)
        if value > 0x10FFFF:
            return None
        narrow = narrow and match[0][1] not in "uU"
        values.append(value)
    if narrow and any(value > 127 for value in values):
        return _octets(bytes(value & 255 for value in values).hex())
    made = "".join(map(chr, values)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return made if _printable(made) else None


def notations(text: str, meter: Meter) -> Iterator[Reading]:
    """Lists of U+XXXX."""
    yield from _replaced(text, "code_points", _NOTATION, _notation_meaning, meter)


def _notation_meaning(run: str) -> str | None:
    values = [int(part, 16) for part in re.findall(r"U\+([0-9A-Fa-f]+)", run)]
    made = "".join(chr(value) for value in values if value <= 0x10FFFF and not 0xD800 <= value < 0xE000)
    return made if made and _printable(made) else None


def quoted_printable(text: str, meter: Meter) -> Iterator[Reading]:
    """Quoted-printable (RFC 2045, 6.7), where escapes stand in a row as they do for UTF-8."""
    if _QUOTED_SURE.search(text):
        yield from _replaced(text, "quoted_printable", _QUOTED, _quoted_meaning, meter)


def _quoted_meaning(run: str) -> str | None:
    return "" if run.endswith("\n") else _octets(run.replace("=", ""))
