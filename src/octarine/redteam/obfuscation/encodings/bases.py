"""Bytes in another base: the text's UTF-8 bytes, written with fewer or other signs."""

from __future__ import annotations

import base64
import math

from octarine.redteam.obfuscation.explaining import encoded
from octarine.redteam.technique import Parameter, Technique

_GROUP = "bytes in another base"
_AZ, _az, _09 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
_B64 = _AZ + _az + _09 + "+/"
_ALPHABETS_64 = {
    "standard": _B64,
    "url": _B64[:62] + "-_",
    "imap": _B64[:63] + ",",
    "unix": "./" + _09 + _AZ + _az,
}
LAYERS = Parameter("layers", 1, "How often it is applied.", low=1, high=4)


def to_base64(text: str, alphabet: str = "standard", padded: bool = True, layers: int = 1) -> str:
    """RFC 4648, ``layers`` times."""
    table = str.maketrans(_B64, _ALPHABETS_64[alphabet])
    for _ in range(layers):
        text = base64.b64encode(text.encode()).decode().translate(table)
        text = text if padded else text.rstrip("=")
    return text


def from_base64(body: str, alphabet: str = "standard", padded: bool = True, layers: int = 1) -> str:
    """The inverse; padding may be missing."""
    table = str.maketrans(_ALPHABETS_64[alphabet], _B64)
    for _ in range(layers):
        plain = "".join(body.split()).translate(table).rstrip("=")
        body = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    return body


_B32 = _AZ + "234567"
_ALPHABETS_32 = {
    "standard": _B32,
    "hex": _09 + _AZ[:22],
    "crockford": _09 + "ABCDEFGHJKMNPQRSTVWXYZ",
    "z-base": "ybndrfg8ejkmcpqxot1uwisza345h769",
}


def to_base32(text: str, alphabet: str) -> str:
    """RFC 4648 in one of four alphabets; padded in the first two."""
    made = base64.b32encode(text.encode()).decode()
    made = made if alphabet in ("standard", "hex") else made.rstrip("=")
    return made.translate(str.maketrans(_B32, _ALPHABETS_32[alphabet]))


def from_base32(body: str, alphabet: str) -> str:
    """The inverse."""
    plain = body.strip().rstrip("=").translate(str.maketrans(_ALPHABETS_32[alphabet], _B32))
    return base64.b32decode(plain + "=" * (-len(plain) % 8)).decode()


def to_hex(text: str, charset: str, separator: str) -> str:
    """Two digits a byte."""
    made = text.encode(charset).hex()
    pairs = [made[i : i + 2] for i in range(0, len(made), 2)]
    return separator + separator.join(pairs) if separator == "\\x" else separator.join(pairs)


def from_hex(body: str, charset: str, separator: str) -> str:
    """The inverse."""
    return bytes.fromhex(body.replace(separator, " ") if separator else body).decode(charset)


_RADIX = {
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "base36": _09 + _az,
    "base62": _09 + _AZ + _az,
}
_BLOCK = 64  # bytes of one number: the cost of a long division grows with the square


def to_radix(text: str, digits: str) -> str:
    """Each 64 bytes one whole number, most significant byte first; a zero digit for each zero byte in
    front."""
    data, table = text.encode(), _RADIX[digits]
    return " ".join(_number(data[i : i + _BLOCK], table) for i in range(0, len(data), _BLOCK))


def _number(block: bytes, table: str) -> str:
    value, made = int.from_bytes(block, "big"), ""
    while value:
        value, digit = divmod(value, len(table))
        made = table[digit] + made
    return table[0] * (len(block) - len(block.lstrip(b"\0"))) + made


def from_radix(body: str, digits: str) -> str:
    """The inverse."""
    table, data = _RADIX[digits], b""
    for word in body.split():
        value = 0
        for sign in word:
            value = value * len(table) + table.index(sign)
        zeros = len(word) - len(word.lstrip(table[0]))
        data += b"\0" * zeros + value.to_bytes(math.ceil(value.bit_length() / 8), "big")
    return data.decode()


_Z85 = _09 + _az + _AZ + ".-:+=^!/*?&<>()[]{}@%$#"
_A85 = "".join(map(chr, range(33, 118)))
_B85 = _09 + _AZ + _az + "!#$%&()*+-;<=>?@^_`{|}~"
_ALPHABETS_85 = {"ascii85": _A85, "rfc1924": _B85, "z85": _Z85}


def to_ascii85(text: str, alphabet: str) -> str:
    """Four bytes as five digits in base 85."""
    if alphabet == "ascii85":
        return base64.a85encode(text.encode()).decode()
    return base64.b85encode(text.encode()).decode().translate(str.maketrans(_B85, _ALPHABETS_85[alphabet]))


def from_ascii85(body: str, alphabet: str) -> str:
    """The inverse."""
    if alphabet == "ascii85":
        return base64.a85decode(body).decode()
    return base64.b85decode(body.translate(str.maketrans(_ALPHABETS_85[alphabet], _B85))).decode()


_B45 = _09 + _AZ + " $%*+-./:"


def to_base45(text: str) -> str:
    """RFC 9285: two bytes as three digits in base 45, the lowest first; a last one as two."""
    data, made = text.encode(), ""
    for i in range(0, len(data), 2):
        value, size = int.from_bytes(data[i : i + 2], "big"), len(data[i : i + 2]) + 1
        for _ in range(size):
            value, digit = divmod(value, 45)
            made += _B45[digit]
    return made


def from_base45(body: str) -> str:
    """The inverse."""
    data = b""
    for i in range(0, len(body), 3):
        three = body[i : i + 3]
        value = sum(_B45.index(sign) * 45**place for place, sign in enumerate(three))
        data += value.to_bytes(len(three) - 1, "big")
    return data.decode()


_B91 = _AZ + _az + _09 + '!#$%&()*+,./:;<=>?@[]^_`{|}~"'


def to_base91(text: str) -> str:
    """basE91 (Henke 2000): 13 bits, or 14 where their value is low enough, as two digits in base 91."""
    made, value, bits = [], 0, 0
    for byte in text.encode():
        value |= byte << bits
        bits += 8
        if bits > 13:
            size = 13 if value & 8191 > 88 else 14
            pair = value & ((1 << size) - 1)
            value, bits = value >> size, bits - size
            made += [_B91[pair % 91], _B91[pair // 91]]
    if bits:
        made.append(_B91[value % 91])
        if bits > 7 or value > 90:
            made.append(_B91[value // 91])
    return "".join(made)


def from_base91(body: str) -> str:
    """The inverse."""
    data, value, bits = bytearray(), 0, 0
    for i in range(0, len(body) - 1, 2):
        pair = _B91.index(body[i]) + 91 * _B91.index(body[i + 1])
        value |= pair << bits
        bits += 13 if pair & 8191 > 88 else 14
        while bits > 7:
            data.append(value & 255)
            value, bits = value >> 8, bits - 8
    if len(body) % 2:
        data.append((value | _B91.index(body[-1]) << bits) & 255)
    return bytes(data).decode()


_WIDE = {"hangul": (13, 0xAC00), "han": (14, 0x4E00), "braille": (8, 0x2800), "emoji": (8, 0x1F3F7)}


def to_wide(text: str, block: str) -> str:
    """Groups of bits, each one character of a large block of Unicode; behind them, as a digit, how many bits
    are filling."""
    size, first = _WIDE[block]
    bits = "".join(f"{byte:08b}" for byte in text.encode())
    filling = -len(bits) % size
    bits += "0" * filling
    made = "".join(chr(first + int(bits[i : i + size], 2)) for i in range(0, len(bits), size))
    return made + (str(filling) if filling else "")


def from_wide(body: str, block: str) -> str:
    """The inverse."""
    size, first = _WIDE[block]
    plain = body.rstrip(_09)
    bits = "".join(f"{ord(sign) - first:0{size}b}" for sign in plain)
    bits = bits[: len(bits) - int(body[len(plain) :] or 0)]
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)).decode()


def _alphabets(names: dict[str, str]) -> Parameter:
    return Parameter("alphabet", next(iter(names)), "Which alphabet.", choices=tuple(names))


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "base64",
        "Base64",
        "The text's UTF-8 bytes are written six bits a sign in Base64, once or in several layers.",
        group=_GROUP,
        encode=to_base64,
        decode=from_base64,
        parameters=(
            _alphabets(_ALPHABETS_64),
            Parameter("padded", True, "Whether '=' fills the last group."),
            LAYERS,
        ),
        detail=lambda alphabet, padded, layers: (
            (f" ({alphabet})" if alphabet != "standard" else "") + (f" × {layers}" if layers > 1 else "")
        ),
        reference="RFC 4648; garak InjectBase64",
    ),
    encoded(
        "base32",
        "Base32",
        "The text's UTF-8 bytes are written five bits a sign in one of the alphabets of Base32.",
        group=_GROUP,
        encode=to_base32,
        decode=from_base32,
        parameters=(_alphabets(_ALPHABETS_32),),
        detail=lambda alphabet: f" ({alphabet})" if alphabet != "standard" else "",
        reference="RFC 4648; garak InjectBase32",
    ),
    encoded(
        "hexadecimal",
        "Hexadecimal bytes",
        "The bytes of the text in a Unicode encoding form are written as pairs of hexadecimal digits.",
        group=_GROUP,
        encode=to_hex,
        decode=from_hex,
        parameters=(
            Parameter(
                "charset",
                "utf-8",
                "The encoding form.",
                choices=("utf-8", "utf-16-be", "utf-16-le", "utf-32-be"),
            ),
            Parameter("separator", " ", "Between two bytes.", choices=(" ", "", ":", "\\x")),
        ),
        detail=lambda charset, separator: f" ({charset.upper()})",
        reference="RFC 4648; garak InjectHex",
    ),
    encoded(
        "big-number-radix",
        "Base58 and other radices",
        "Up to 64 bytes at a time are read as one whole number, which is written in base 58, 36 or 62.",
        group=_GROUP,
        encode=to_radix,
        decode=from_radix,
        parameters=(Parameter("digits", "base58", "Which digits.", choices=tuple(_RADIX)),),
        detail=lambda digits: f" ({digits})",
        reference="draft-msporny-base58",
    ),
    encoded(
        "ascii85",
        "Ascii85",
        "Every four bytes of the text are one number of five digits in base 85.",
        group=_GROUP,
        encode=to_ascii85,
        decode=from_ascii85,
        parameters=(_alphabets(_ALPHABETS_85),),
        detail=lambda alphabet: f" ({alphabet})" if alphabet != "ascii85" else "",
        reference="Adobe PostScript Language Reference; RFC 1924; garak InjectAscii85",
    ),
    encoded(
        "base45",
        "Base45",
        "Every two bytes of the text are one number of three digits in base 45, the lowest digit first.",
        group=_GROUP,
        encode=to_base45,
        decode=from_base45,
        reference="RFC 9285",
    ),
    encoded(
        "base91",
        "basE91",
        "Groups of 13 or 14 bits, as their value allows, are written as two digits in base 91.",
        group=_GROUP,
        encode=to_base91,
        decode=from_base91,
        reference="basE91 (Henke 2000)",
    ),
    encoded(
        "wide-base",
        "Characters as wide digits",
        "Groups of 8 to 14 bits each become one character of a large Unicode block: Hangul, Han, "
        "Braille, emoji.",
        group=_GROUP,
        encode=to_wide,
        decode=from_wide,
        parameters=(Parameter("block", "hangul", "Which block.", choices=tuple(_WIDE)),),
        detail=lambda block: f": {_WIDE[block][0]} bit, U+{_WIDE[block][1]:04X} + n",
        reference="Base2048 (qntm 2017); garak InjectBase2048; base100",
    ),
)
