"""Bytes as something that can be said or copied by hand."""

from __future__ import annotations

from octarine.redteam.obfuscation.explaining import encoded
from octarine.redteam.technique import Parameter, Technique

_GROUP = "bytes that can be said"
_CON, _VOW = "bdfghjklmnprstvz", "aiou"


def to_proquints(text: str) -> str:
    """Sixteen bits as consonant (4), vowel (2), consonant, vowel, consonant. An odd last byte is followed by
    a zero byte, and a full stop stands behind."""
    data = text.encode()
    odd = len(data) % 2
    data += b"\0" * odd
    made = [_quint(int.from_bytes(data[i : i + 2], "big")) for i in range(0, len(data), 2)]
    return "-".join(made) + "." * odd


def _quint(value: int) -> str:
    return (
        _CON[value >> 12]
        + _VOW[value >> 10 & 3]
        + _CON[value >> 6 & 15]
        + _VOW[value >> 4 & 3]
        + _CON[value & 15]
    )


def from_proquints(body: str) -> str:
    """The inverse."""
    data = b""
    for quint in body.rstrip(".").split("-"):
        value = 0
        for sign in quint:
            value = value << 4 | _CON.index(sign) if sign in _CON else value << 2 | _VOW.index(sign)
        data += value.to_bytes(2, "big")
    return (data[:-1] if body.endswith(".") else data).decode()


_V6, _C17 = "aeiouy", "bcdfghklmnprstvzx"


def to_bubble_babble(text: str) -> str:
    """Huima 2000: pairs of bytes as vowels and consonants, the vowels shifted by a running checksum."""
    data, check, made = text.encode(), 1, "x"
    for i in range(0, len(data) - 1, 2):
        a, b = data[i], data[i + 1]
        made += _V6[((a >> 6) + check) % 6] + _C17[a >> 2 & 15] + _V6[((a & 3) + check // 6) % 6]
        made += _C17[b >> 4] + "-" + _C17[b & 15]
        check = (check * 5 + a * 7 + b) % 36
    if len(data) % 2:
        a = data[-1]
        made += _V6[((a >> 6) + check) % 6] + _C17[a >> 2 & 15] + _V6[((a & 3) + check // 6) % 6]
    else:
        made += _V6[check % 6] + "x" + _V6[check // 6]
    return made + "x"


def from_bubble_babble(body: str) -> str:
    """The inverse. ValueError where the checksum does not hold."""
    data, check = bytearray(), 1
    inner = body.strip()[1:-1]
    groups = [inner[i : i + 6] for i in range(0, len(inner), 6)]
    for group in groups:
        high, low = (_V6.index(group[0]) - check) % 6, (_V6.index(group[2]) - check // 6) % 6
        if len(group) == 3 and group[1] == "x":
            if high or low:
                raise ValueError("the checksum does not hold")
            break
        a = high << 6 | _C17.index(group[1]) << 2 | low
        data.append(a)
        if len(group) == 6:
            b = _C17.index(group[3]) << 4 | _C17.index(group[5])
            data.append(b)
            check = (check * 5 + a * 7 + b) % 36
    return bytes(data).decode()


def to_dna(text: str, bases: str) -> str:
    """Two bits a base, three bases a codon."""
    made = "".join(bases[byte >> shift & 3] for byte in text.encode() for shift in (6, 4, 2, 0))
    return " ".join(made[i : i + 3] for i in range(0, len(made), 3))


def from_dna(body: str, bases: str) -> str:
    """The inverse."""
    signs = [bases.index(sign) for sign in "".join(body.split())]
    return bytes(
        signs[i] << 6 | signs[i + 1] << 4 | signs[i + 2] << 2 | signs[i + 3] for i in range(0, len(signs), 4)
    ).decode()


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "proquint",
        "Proquints",
        "Every 16 bits become five letters, consonants and vowels by turns, so that bytes can be spoken.",
        group=_GROUP,
        encode=to_proquints,
        decode=from_proquints,
        reference="A Proposal for Proquints (Wilkerson 2009)",
    ),
    encoded(
        "bubble-babble",
        "Bubble Babble",
        "Bytes become syllables whose vowels a running checksum shifts, as in fingerprints of SSH keys.",
        group=_GROUP,
        encode=to_bubble_babble,
        decode=from_bubble_babble,
        reference="The Bubble Babble Binary Data Encoding (Huima 2000)",
    ),
    encoded(
        "dna-bases",
        "DNA bases",
        "Every two bits of the text become one of the bases A, C, G, T, written in codons of three.",
        group=_GROUP,
        encode=to_dna,
        decode=from_dna,
        parameters=(
            Parameter(
                "bases", "ACGT", "The bases of 00, 01, 10, 11.", choices=("ACGT", "TGCA", "AGCT", "CTAG")
            ),
        ),
        detail=lambda bases: " (" + ", ".join(f"{i:02b} = {base}" for i, base in enumerate(bases)) + ")",
        reference="ours; DNA storage since Church, Gao and Kosuri 2012, who write one bit a base",
    ),
)
