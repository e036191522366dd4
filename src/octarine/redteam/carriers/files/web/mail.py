"""E-mail messages as files (RFC 5322, MIME)."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from octarine.redteam.carriers.files.covers import Cover, cover, document, hidden, plain
from octarine.redteam.carriers.files.web.html import lines_of, page
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Made

GROUP = "E-mail"
EML = "message/rfc822"
_BOUNDARY = "=_part_7f3a"


def _encoded_word(text: str) -> str:
    """RFC 2047, in words of at most 75 characters that each hold whole letters."""
    if text.isascii() and text.isprintable() and len(text) < 60:
        return text
    pieces, current = [], b""
    for letter in text:
        more = letter.encode()
        if len(current) + len(more) > 42:
            pieces.append(current)
            current = b""
        current += more
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(piece).decode()}?=" for piece in [*pieces, current])


def head(subject: str, *more: str) -> list[str]:
    """The headers of a message between two people of example domains (RFC 2606)."""
    return [
        "From: Mira <mira@example.org>",
        "To: Jonas <jonas@example.com>",
        "Date: Mon, 02 Mar 2026 09:00:00 +0000",
        "Message-ID: <20260302090000.1@example.org>",
        f"Subject: {_encoded_word(subject)}",
        *more,
        "MIME-Version: 1.0",
    ]


def body(text: str | bytes, kind: str = "text/plain") -> list[str]:
    """A body in Base64, with its headers and the empty line between."""
    data = text if isinstance(text, bytes) else text.encode()
    coded = base64.b64encode(data).decode()
    lines = [coded[first : first + 76] for first in range(0, len(coded), 76)]
    return [f"Content-Type: {kind}; charset=utf-8", "Content-Transfer-Encoding: base64", "", *lines]


def several(
    kind: str, parts: Sequence[Sequence[str]], before: Sequence[str] = (), boundary: str = _BOUNDARY
) -> list[str]:
    """A multipart body. ``before``: its preamble."""
    told = [f'Content-Type: multipart/{kind}; boundary="{boundary}"', "", *before]
    for part in parts:
        told += [f"--{boundary}", *part]
    return [*told, f"--{boundary}--", ""]


def _finished(seed: Seed, shown: Cover, lines: Sequence[str]) -> Made:
    return hidden(seed, "\r\n".join([*lines, ""]).encode(), EML, f"{shown.name}.eml")


def _plain_body(shown: Cover) -> list[str]:
    return body("\n".join(shown.lines))


def other_alternative(seed: Seed) -> Made:
    """The HTML that people see is harmless; the plain text that programs take is the seed."""
    shown = cover(seed)
    seen = page(seed.language, shown.title, lines_of(*shown.lines))
    return _finished(
        seed, shown, [*head(shown.title), *several("alternative", [body(seed.text), body(seen, "text/html")])]
    )


def header_field(seed: Seed) -> Made:
    """A header of one's own, as RFC 2047 encodes it."""
    shown = cover(seed)
    text = " ".join(seed.text.split())
    return _finished(
        seed, shown, [*head(shown.title, f"X-Remark: {_encoded_word(text)}"), *_plain_body(shown)]
    )


def forwarded(seed: Seed) -> Made:
    """A message in a message in a message."""
    shown = cover(seed)
    inner = [*head("Re: Re: Re:"), *body(seed.text)]
    outer = [
        *head("Fwd:"),
        *several("mixed", [_plain_body(shown), [f"Content-Type: {EML}", "", *inner]], (), "=_in"),
    ]
    attached = [f"Content-Type: {EML}", "Content-Disposition: attachment", "", *outer]
    return _finished(seed, shown, [*head(shown.title), *several("mixed", [_plain_body(shown), attached])])


@plain
def preamble(seed: Seed) -> Made:
    """Before the first boundary, where mail readers that know MIME show nothing."""
    shown = cover(seed)
    before = [f" {line}" if line.startswith("-") else line for line in seed.text.splitlines()]
    return _finished(
        seed, shown, [*head(shown.title), *several("mixed", [_plain_body(shown)], [*before, ""])]
    )


TECHNIQUES = (
    document("eml-other-alternative", "E-mail: plain text against HTML", GROUP,
        "The HTML of an e-mail is harmless and the plain-text alternative of the same message is the seed.",
        other_alternative, "RFC 2046 5.1.4, multipart/alternative"),
    document("eml-header-field", "E-mail: header field of one's own", GROUP,
        "The seed is the value of an unregistered header field of an e-mail, in encoded words.",
        header_field, "RFC 2047; RFC 6648"),
    document("eml-forwarded", "E-mail: message within messages", GROUP,
        "The seed is the body of a message attached to a message that is attached to a harmless one.",
        forwarded, "RFC 2046 5.2.1, message/rfc822"),
    document("eml-preamble", "E-mail: preamble before the parts", GROUP,
        "The seed stands in a multipart e-mail before the first boundary, where mail readers show nothing.",
        preamble, "RFC 2046 5.1.1, preamble"),
)  # fmt: skip
