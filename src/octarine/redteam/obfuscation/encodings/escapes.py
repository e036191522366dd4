"""Escapes that protocols and languages have for characters they cannot carry, used on every character."""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from collections.abc import Callable
from html.entities import codepoint2name
from urllib.parse import unquote_to_bytes

from octarine.core.protocols import NotApplicable
from octarine.redteam.obfuscation.explaining import encoded
from octarine.redteam.technique import Parameter, Script, Technique

_GROUP = "escapes"
_OTHERS = frozenset({Script.JAPANESE, Script.DEVANAGARI, Script.ARABIC})


def to_percent(text: str, passes: int) -> str:
    """Every byte as ``%XX``; in later passes every ``%`` again."""
    return "".join(f"%{byte:02X}" for byte in text.encode()).replace("%", "%" + "25" * (passes - 1))


def from_percent(body: str, passes: int) -> str:
    """The inverse."""
    for _ in range(passes):
        body = unquote_to_bytes(body).decode()
    return body


def to_entities(text: str, style: str) -> str:
    """Every character as a reference. A carriage return and the like keep numbers that HTML reads back."""
    if style == "hexadecimal":
        return "".join(f"&#x{ord(sign):X};" for sign in text)
    named = codepoint2name if style == "named" else {}
    return "".join(f"&{named[ord(c)]};" if ord(c) in named else f"&#{ord(c)};" for c in text)


def from_entities(body: str, style: str) -> str:
    """The inverse: by number first, since HTML forbids the numbers of control characters."""

    def read(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("#"):
            return chr(int(name[2:], 16) if name[1] in "xX" else int(name[1:]))
        return html.unescape(match[0])

    return re.sub(r"&(#[xX][0-9A-Fa-f]+|#\d+|\w+);", read, body)


def to_escapes(text: str, style: str) -> str:
    """Every character as an escape of a string literal."""
    return "".join(_ESCAPES[style](sign) for sign in text)


def _utf16(sign: str) -> str:
    units = sign.encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def _named(sign: str) -> str:
    name = unicodedata.name(sign, "")
    return f"\\N{{{name}}}" if name else f"\\U{ord(sign):08x}"


_ESCAPES: dict[str, Callable[[str], str]] = {
    "json": _utf16,
    "python": lambda sign: f"\\U{ord(sign):08x}",
    "names": _named,
    "rust": lambda sign: f"\\u{{{ord(sign):x}}}",
    "css": lambda sign: f"\\{ord(sign):06x}",
    "octal": lambda sign: "".join(f"\\{byte:03o}" for byte in sign.encode()),
}


def from_escapes(body: str, style: str) -> str:
    """The inverse."""
    if style == "json":
        return bytes.fromhex(body.replace("\\u", "")).decode("utf-16-be")
    if style == "octal":
        return bytes(int(digits, 8) for digits in body.split("\\")[1:]).decode()
    if style == "names":
        return re.sub(
            r"\\N\{([^}]+)\}|\\U([0-9a-f]{8})",
            lambda m: unicodedata.lookup(m[1]) if m[1] else chr(int(m[2], 16)),
            body,
        )
    digits = re.findall(r"[0-9a-f]+", body)
    return "".join(chr(int(number, 16)) for number in digits)


def to_punycode(text: str) -> str | NotApplicable:
    """RFC 3492, the whole text one label."""
    if text.isascii():
        return NotApplicable("Punycode leaves ASCII as it is")
    return text.encode("punycode").decode()


def from_punycode(body: str) -> str:
    """The inverse."""
    return body.encode("ascii").decode("punycode")


def to_utf7(text: str, form: str) -> str:
    """RFC 2152 with every character shifted, a run a word; ``imap``: RFC 3501's variant of it."""
    start, table = ("&", str.maketrans("/", ",")) if form == "imap" else ("+", {})
    words = re.findall(r"\S+\s*|\s+", text)
    return "".join(
        start + base64.b64encode(word.encode("utf-16-be")).decode().rstrip("=").translate(table) + "-"
        for word in words
    )


def from_utf7(body: str, form: str) -> str:
    """The inverse."""
    if form == "imap":
        body = body.replace("&", "+").replace(",", "/")
    runs = re.findall(r"\+([A-Za-z0-9+/]+)-", body)
    return "".join(base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-16-be") for run in runs)


def to_quoted_printable(text: str) -> str:
    """RFC 2045 with every byte quoted, soft line breaks after 25 of them."""
    made = [f"={byte:02X}" for byte in text.encode()]
    return "=\n".join("".join(made[i : i + 25]) for i in range(0, len(made), 25))


def from_quoted_printable(body: str) -> str:
    """The inverse."""
    return bytes.fromhex(body.replace("=\n", "").replace("=", "")).decode()


def to_encoded_words(text: str, letter: str) -> str:
    """RFC 2047: ``=?utf-8?B?…?=``, at most 45 bytes a word, characters whole."""
    words, held = [], b""
    for sign in text:
        if len(held) + len(sign.encode()) > (45 if letter == "B" else 20):
            words.append(held)
            held = b""
        held += sign.encode()
    return "\n ".join(f"=?utf-8?{letter}?{_inner(word, letter)}?=" for word in [*words, held])


def _inner(word: bytes, letter: str) -> str:
    return base64.b64encode(word).decode() if letter == "B" else "".join(f"={byte:02X}" for byte in word)


def from_encoded_words(body: str, letter: str) -> str:
    """The inverse."""
    inner = re.findall(r"=\?utf-8\?[BQ]\?([^?]*)\?=", body)
    if letter == "B":
        return b"".join(base64.b64decode(word) for word in inner).decode()
    return bytes.fromhex("".join(inner).replace("=", "")).decode()


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "percent-encoding",
        "Percent-encoding",
        "Every byte of the text is written as in a URL, a percent sign and two digits, once or more often.",
        group=_GROUP,
        encode=to_percent,
        decode=from_percent,
        parameters=(Parameter("passes", 1, "How often.", low=1, high=3),),
        detail=lambda passes: f" × {passes}" if passes > 1 else "",
        reference="RFC 3986; PyRIT UrlConverter",
    ),
    encoded(
        "html-entities",
        "HTML character references",
        "Every character is written as a character reference of HTML: decimal, hexadecimal, or by its name.",
        group=_GROUP,
        encode=to_entities,
        decode=from_entities,
        parameters=(Parameter("style", "decimal", "How.", choices=("decimal", "hexadecimal", "named")),),
        reference="HTML Living Standard, character references",
    ),
    encoded(
        "string-escapes",
        "String escapes",
        "Every character is written as the escape that string literals of a programming language "
        "have for it.",
        group=_GROUP,
        encode=to_escapes,
        decode=from_escapes,
        parameters=(Parameter("style", "json", "Of which language.", choices=tuple(_ESCAPES)),),
        detail=lambda style: f" ({style})" if style != "names" else " (\\N{…})",
        reference="RFC 8259; PyRIT UnicodeReplacementConverter",
    ),
    encoded(
        "punycode",
        "Punycode",
        "The text becomes a label of Punycode: its ASCII in order, and behind it where all others belong.",
        group=_GROUP,
        encode=to_punycode,
        decode=from_punycode,
        scripts=_OTHERS,
        reference="RFC 3492",
    ),
    encoded(
        "utf-7",
        "UTF-7",
        "Every word is a shifted run of UTF-7: its UTF-16 units in Base64 between a plus and a hyphen.",
        group=_GROUP,
        encode=to_utf7,
        decode=from_utf7,
        parameters=(Parameter("form", "mail", "Which of the two forms.", choices=("mail", "imap")),),
        detail=lambda form: " (IMAP)" if form == "imap" else "",
        reference="RFC 2152; RFC 3501",
    ),
    encoded(
        "quoted-printable",
        "Quoted-printable",
        "Every byte is quoted as mail quotes it, an equals sign and two digits, with soft line breaks.",
        group=_GROUP,
        encode=to_quoted_printable,
        decode=from_quoted_printable,
        reference="RFC 2045; garak InjectQP",
    ),
    encoded(
        "encoded-words",
        "Encoded words of mail headers",
        "The text is cut into encoded words, each naming its character set and encoding, as in a "
        "mail's subject.",
        group=_GROUP,
        encode=to_encoded_words,
        decode=from_encoded_words,
        parameters=(Parameter("letter", "B", "Base64 or quoted.", choices=("B", "Q")),),
        reference="RFC 2047",
    ),
)
