"""Escapes inside a text: URL, HTML, backslash and quoted-printable. Undone in place, over the whole text.

Left alone is what honest text and source code carry: a single escaped space, ``&lt;`` and its like, escapes
of control characters, a lone ``\\u2026``.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator

from octarine.guard.normalise.decoders.readings import MOST_BROKEN, Meter, Reading, speaks
from octarine.guard.normalise.results import Edit, rewrite

_URL = re.compile(r"(?:%[0-9A-Fa-f]{2})+|(?:%u[0-9A-Fa-f]{4})+")
_ENTITY = re.compile(r"&(?:#0*+[0-9]{1,8}|#[xX]0*+[0-9A-Fa-f]{1,6});?|&[A-Za-z][A-Za-z0-9]{1,31};")
_ZEROS = re.compile(r"(?<=[#xX])0+")
_PLAIN_ENTITY = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|copy|reg|trade|[mn]dash|hellip|[lr][sd]quo|[lr]aquo);"
)
_DOUBLE_ENTITY = re.compile(r"&amp;(?:#\w+|[A-Za-z]+);")
_BACKSLASH = re.compile(
    r"(?:\\u{1,8}[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\[ux]\{[0-9A-Fa-f]{1,6}\}|\\x[0-9A-Fa-f]{2}"
    r"|\\[0-3][0-7]{2}|\\[1-7][0-7](?![0-9]))+"
)
_ONE_BACKSLASH = re.compile(r"\\(?:u+\{?|U|x\{?)([0-9A-Fa-f]+)\}?|\\([0-7]{2,3})")
_SHORT_OCTAL = re.compile(r"(?:\\[0-7]{2})+")
_OCTAL_BLANK = re.compile(r"\\0?40(?![0-9])")
_BLANKS = 3
"""Blanks written in octal from which a text is taken for one that hides its words that way."""
_CSS = re.compile(r"(?:\\[0-9A-Fa-f]{2,6}(?:\r\n|[ \t\r\n\f])?){4,}")
_ONE_CSS = re.compile(r"\\([0-9A-Fa-f]+)")
_OCTAL = re.compile(r"(?:\\[0-3]?[0-7]{2})+")
_HEX_ESCAPE = r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})"
_APART = re.compile(rf"(?:{_HEX_ESCAPE}[ \t,]{{1,2}}){{4,}}{_HEX_ESCAPE}")
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
        yield Reading((name,), *rewrite(text, edits), edits)


def _printable(text: str) -> bool:
    """Whether ``text`` holds no control characters and none without a meaning. Blanks of every kind and what
    nobody sees are as good as letters here: either would otherwise hide the rest."""
    return text.isprintable() or all(
        c.isprintable() or c in "\n\r\t" or unicodedata.category(c) in ("Zs", "Cf") for c in text
    )


def _octets(digits: str) -> str | None:
    made = bytes.fromhex(digits).decode("utf-8", "replace")
    broken = sum(c == "\ufffd" or not _printable(c) for c in made)
    return made if broken * MOST_BROKEN <= len(made) else None


def url(text: str, meter: Meter) -> Iterator[Reading]:
    """Percent escapes of UTF-8, and %uXXXX, where they hide letters or digits or stand in a row."""
    made = [(match, _url_meaning(match[0])) for match in _URL.finditer(text)]
    telling = any(plain and _hides(text, match, plain) for match, plain in made)
    if telling or sum(plain is not None for _, plain in made) > 2:
        yield from _replaced(text, "url", _URL, _url_meaning, meter)


def _hides(text: str, match: re.Match[str], plain: str) -> bool:
    """Whether an escape hides letters or digits; one that touches no word is a format, as in ``%4d``."""
    if len(plain) > 1:
        return len(plain) > 2 or any(map(str.isalnum, plain))
    before, after = text[max(match.start() - 1, 0) : match.start()], text[match.end() : match.end() + 1]
    return plain.isalnum() and (before.isalpha() or after.isalpha())


def _url_meaning(run: str) -> str | None:
    if run[1] == "u":
        made = "".join(chr(int(part, 16)) for part in run.split("%u")[1:])
        made = made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return made if _printable(made) else None
    return _octets(run.replace("%", ""))


def entities(text: str, meter: Meter) -> Iterator[Reading]:
    """HTML entities, where any of them hides a letter or a digit."""
    if any(
        any(map(str.isalnum, _entity_meaning(match[0])))
        for match in _ENTITY.finditer(text)
        if not _PLAIN_ENTITY.fullmatch(match[0]) and _entity_meaning(match[0]) != match[0]
    ) or _DOUBLE_ENTITY.search(text):
        yield from _replaced(text, "html", _ENTITY, _entity_meaning, meter)


def _entity_meaning(entity: str) -> str:
    """Zeros in front go first: browsers allow any number of them, Python's numbers have a longest."""
    return html.unescape(_ZEROS.sub("", entity) if entity[1] == "#" else entity)


def backslashes(text: str, meter: Meter) -> Iterator[Reading]:
    """\\uXXXX, \\UXXXXXXXX, \\u{X}, \\xXX and \\ooo, where they hide ASCII letters or stand in a row; in
    a row also those of CSS, and those with blanks between them."""
    if any(map(_telling, _BACKSLASH.finditer(text))) or len(_OCTAL_BLANK.findall(text)) >= _BLANKS:
        yield from _replaced(text, "escapes", _BACKSLASH, _backslash_meaning, meter)
    yield from _replaced(text, "css", _CSS, _css_meaning, meter)
    yield from _replaced(text, "escapes", _APART, _apart_meaning, meter)


def _telling(match: re.Match[str]) -> bool:
    if _SHORT_OCTAL.fullmatch(match[0]):
        return False
    made = _backslash_meaning(match[0]) or ""
    return any(c.isascii() and c.isalnum() for c in made) or sum(map(str.isalpha, made)) > 2


def _css_meaning(run: str) -> str | None:
    # Without blanks, what can be octal is octal.
    if _OCTAL.fullmatch(run):
        return None
    values = [int(digits, 16) for digits in _ONE_CSS.findall(run)]
    return _spelt("".join(map(chr, values))) if max(values) <= 0x10FFFF else None


def _apart_meaning(run: str) -> str | None:
    return _spelt(_backslash_meaning(re.sub(r"[ \t,]", "", run)))


def _spelt(made: str | None) -> str | None:
    """``made`` where it is mostly letters, and those look like a language."""
    if not made or not _printable(made):
        return None
    letters = sum(c.isalpha() or not c.isascii() for c in made)
    return made if letters >= 0.6 * len(made) and speaks(made, 0.4) else None


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
