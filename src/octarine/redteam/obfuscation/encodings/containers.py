"""Formats that carry any bytes: mail parts, tokens, compressed blobs, records for programming a chip."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import json
import lzma
import re
import zlib
from collections.abc import Callable

from octarine.redteam.obfuscation.alphabets import ascii_of
from octarine.redteam.obfuscation.explaining import encoded
from octarine.redteam.seed import Seed
from octarine.redteam.technique import LATIN, Parameter, Technique

_GROUP = "containers"
_UU = "".join(map(chr, [96, *range(33, 96)]))
_XX = "+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def to_uu(text: str, form: str) -> str:
    """Lines of 45 bytes, each with a sign for its length, between ``begin`` and ``end``."""
    data = text.encode()
    lines = [binascii.b2a_uu(data[i : i + 45], backtick=True).decode()[:-1] for i in range(0, len(data), 45)]
    table = str.maketrans(_UU, _XX) if form == "xx" else {}
    body = "\n".join(line.translate(table) for line in [*lines, "`"])
    return f"begin 644 note.txt\n{body}\nend"


def from_uu(body: str, form: str) -> str:
    """The inverse."""
    table = str.maketrans(_XX, _UU) if form == "xx" else {}
    lines = body.split("\n")[1:-2]
    return b"".join(binascii.a2b_uu(line.translate(table)) for line in lines).decode()


_SUBJECTS = ("Note", "Draft", "Question", "Re: notes", "Fwd: text")


def to_mime(text: str, transfer: str, seed: Seed) -> str:
    """A multipart message whose one part holds the text."""
    edge = f"=_{seed.rng.integers(16**8):08x}"
    data = text.encode()
    inner = {
        "base64": lambda: base64.encodebytes(data).decode().rstrip("\n"),
        "quoted-printable": lambda: "=\n".join(
            "".join(f"={byte:02X}" for byte in data[i : i + 25]) for i in range(0, len(data), 25)
        ),
    }[transfer]()
    return (
        f"MIME-Version: 1.0\nSubject: {seed.pick(_SUBJECTS)}\n"
        f'Content-Type: multipart/mixed; boundary="{edge}"\n\n--{edge}\n'
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
        f"{transfer}\n\n{inner}\n--{edge}--"
    )


def from_mime(body: str, **_: str) -> str:
    """The inverse, by the standard library's reader of mail."""
    from email import message_from_string

    part = message_from_string(body).get_payload(0)
    data = part.get_payload(decode=True)  # type: ignore[union-attr]
    if not isinstance(data, bytes):
        raise ValueError("no part with a text")
    return data.decode()


def _segment(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def to_jwt(text: str, claim: str, seed: Seed) -> str:
    """Three segments of URL-safe Base64: a header, claims with the text as one, random bytes for
    signature."""
    issued = 1_700_000_000 + int(seed.rng.integers(10**7))
    claims = {"sub": f"{seed.rng.integers(10**6):06d}", "iat": issued, claim: text}
    header = {"alg": "HS256", "typ": "JWT"}
    return ".".join(map(_segment, (header, claims, seed.rng.bytes(32))))


def from_jwt(body: str, claim: str) -> str:
    """The inverse."""
    payload = body.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))[claim])


_CODECS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "gzip": (lambda data: gzip.compress(data, mtime=0), gzip.decompress),
    "zlib": (zlib.compress, zlib.decompress),
    "bzip2": (bz2.compress, bz2.decompress),
    "xz": (lzma.compress, lzma.decompress),
}


def to_compressed(text: str, codec: str) -> str:
    """Compressed bytes in Base64."""
    return base64.b64encode(_CODECS[codec][0](text.encode())).decode()


def from_compressed(body: str, codec: str) -> str:
    """The inverse."""
    try:
        return _CODECS[codec][1](base64.b64decode(body)).decode()
    except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
        raise ValueError(error) from None


def to_records(text: str, form: str) -> str:
    """Lines of 16 bytes with address and checksum. A text longer than the addresses goes round."""
    data, lines = text.encode(), []
    for place in range(0, len(data), 16):
        block, address = data[place : place + 16], (place % 65536).to_bytes(2, "big")
        lines.append(_intel(block, address, 0) if form == "intel-hex" else _srecord(block, address, "1"))
    return "\n".join([*lines, _END[form]])


_END = {"intel-hex": ":00000001FF", "s-record": "S9030000FC"}


def _intel(block: bytes, address: bytes, kind: int) -> str:
    line = bytes([len(block)]) + address + bytes([kind]) + block
    return f":{line.hex().upper()}{-sum(line) & 255:02X}"


def _srecord(block: bytes, address: bytes, kind: str) -> str:
    line = bytes([len(block) + 3]) + address + block
    return f"S{kind}{line.hex().upper()}{~sum(line) & 255:02X}"


def from_records(body: str, form: str) -> str:
    """The inverse. ValueError where a checksum does not hold."""
    data, total = b"", 0 if form == "intel-hex" else 255
    *lines, end = body.split("\n")
    if end != _END[form]:
        raise ValueError("the last record is missing")
    for line in lines:
        record = bytes.fromhex(line[1:] if form == "intel-hex" else line[2:])
        if sum(record) & 255 != total:
            raise ValueError(f"the checksum of {line} does not hold")
        data += record[4:-1] if form == "intel-hex" else record[3:-1]
    return data.decode()


def septets(text: str) -> str:
    """What the plain letters of text messages hold, for short: ASCII without the signs that differ in it."""
    return re.sub(r"[^\n\r !-#%-?A-Za-z]", "", ascii_of(text)).rstrip("\n\r")


def to_sms(text: str) -> str:
    """3GPP TS 23.038: seven bits a character, packed from the low end of each byte, in hexadecimal; a length
    in septets in front, as in a PDU."""
    plain, value = septets(text), 0
    for place, sign in enumerate(plain):
        value |= ord(sign) << 7 * place
    packed = value.to_bytes((7 * len(plain) + 7) // 8, "little").hex().upper()
    return f"{len(plain):02X} {packed}" if plain else ""


def from_sms(body: str) -> str:
    """The inverse."""
    size, _, packed = body.partition(" ")
    data, count = bytes.fromhex(packed), int(size, 16)
    if 7 * count > 8 * len(data):
        raise ValueError("there are fewer septets than it says")
    value = int.from_bytes(data, "little")
    return "".join(chr(value >> 7 * place & 127) for place in range(count))


_SPAN = re.compile(r"\[b64:([A-Za-z0-9+/=]*)\]")


def to_keywords(text: str, least: int) -> str:
    """Every word of ``least`` letters and more (the longest, where there is none) as ``[b64:…]``."""
    from octarine.redteam.seed import content_words

    pieces, place = [], 0
    spans = [*content_words(text, least), *(match.span() for match in _SPAN.finditer(text))]
    for first, last in sorted(spans):
        if first < place:
            continue
        pieces += [text[place:first], f"[b64:{base64.b64encode(text[first:last].encode()).decode()}]"]
        place = last
    return "".join([*pieces, text[place:]]) if place else ""


def from_keywords(body: str, least: int) -> str:
    """The inverse."""
    return _SPAN.sub(lambda match: base64.b64decode(match[1]).decode(), body)


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "uuencode",
        "uuencode",
        "The bytes are lines as of the program uuencode, or xxencode, with a sign for each line's length.",
        group=_GROUP,
        encode=to_uu,
        decode=from_uu,
        parameters=(Parameter("form", "uu", "Which of the two programs.", choices=("uu", "xx")),),
        reference="POSIX uuencode; garak InjectUU",
    ),
    encoded(
        "mime-message",
        "MIME message",
        "The text is a part of a whole mail message, its headers telling how the body is to be decoded.",
        group=_GROUP,
        encode=to_mime,
        decode=from_mime,
        parameters=(
            Parameter("transfer", "base64", "The transfer encoding.", choices=("base64", "quoted-printable")),
        ),
        draws=True,
        reference="RFC 2045 and 2046; garak InjectMime",
    ),
    encoded(
        "token-claim",
        "Claim of a web token",
        "The text is a claim in the payload of a JSON web token, beside header, other claims and a "
        "signature.",
        group=_GROUP,
        encode=to_jwt,
        decode=from_jwt,
        parameters=(
            Parameter("claim", "message", "The claim's name.", choices=("message", "prompt", "note", "req")),
        ),
        draws=True,
        reference="RFC 7519",
    ),
    encoded(
        "compressed-blob",
        "Compressed blob",
        "The text is compressed, and the compressed bytes are written in Base64.",
        group=_GROUP,
        encode=to_compressed,
        decode=from_compressed,
        parameters=(Parameter("codec", "gzip", "Which compression.", choices=tuple(_CODECS)),),
        detail=lambda codec: f" ({codec} + Base64)",
        reference="RFC 1950, RFC 1952",
    ),
    encoded(
        "firmware-records",
        "Firmware records",
        "The bytes are records for programming a chip, lines with length, address, data and checksum.",
        group=_GROUP,
        encode=to_records,
        decode=from_records,
        parameters=(Parameter("form", "intel-hex", "Which format.", choices=("intel-hex", "s-record")),),
        detail=lambda form: " (Intel HEX)" if form == "intel-hex" else " (Motorola S-record)",
        reference="Intel HEX (1988); Motorola S-record",
    ),
    encoded(
        "message-septets",
        "Septets of a text message",
        "Characters of seven bits are packed without gaps into bytes, from the low end, as phones send them.",
        group=_GROUP,
        encode=to_sms,
        decode=from_sms,
        survives=septets,
        scripts=LATIN,
        reference="3GPP TS 23.038",
    ),
    encoded(
        "encoded-keywords",
        "Only the keywords encoded",
        "The sentence stays plain, and each of its longer words alone is replaced by its Base64.",
        group=_GROUP,
        encode=to_keywords,
        decode=from_keywords,
        parameters=(Parameter("least", 5, "Letters of a word that is encoded, at least.", low=2, high=20),),
        reference="PyRIT SelectiveTextConverter",
    ),
)
