"""Who may ask: API keys from a file or the environment, of which only hashes are kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from octarine.core.errors import DataError, InputError
from octarine.core.files import read_text
from octarine.server.refusals import no_key

VARIABLE = "OCTARINE_SERVE_KEYS"
SHORTEST = 16
"""Characters of a key; a shorter one can be guessed."""
ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that are accepted; none at all means that anybody may ask.

    A key is found by its SHA-256, so that how long the search takes says nothing about the keys.

    Attributes:
        names: digest of a key → what logs and metrics call its holder.
    """

    names: Mapping[bytes, str] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return bool(self.names)

    def holder(self, headers: Mapping[bytes, bytes]) -> str:
        """The name of who asks.

        Raises:
            Refusal: 401, there is no key or it is not accepted.
        """
        if not self.names:
            return ANONYMOUS
        given = headers.get(b"authorization", b"")
        scheme, _, key = given.partition(b" ")
        if scheme.lower() != b"bearer":
            key = headers.get(b"x-api-key", b"")
        if not key.strip():
            raise no_key("This server asks for a key: send the header 'Authorization: Bearer KEY'.")
        name = self.names.get(_digest(key.strip()))
        if name is None:
            raise no_key("This key is not accepted here.")
        return name


def read_keys(path: Path | None, environ: Mapping[str, str] = os.environ) -> Keys:
    """The keys of a file (one a line, ``NAME: KEY`` or ``KEY``; ``#`` begins a comment) and of the variable
    ``OCTARINE_SERVE_KEYS`` (the same, parted by commas or line ends).

    Raises:
        DataError: a line of the file is no key; the line is named and not shown.
        InputError: the variable holds something that is no key.
    """
    names: dict[bytes, str] = {}
    if path is not None:
        for number, line in enumerate(read_text(path).split("\n"), 1):
            wrong = _add(names, line)
            if wrong:
                raise DataError(wrong, path=path, line=number, hint="A line is  NAME: KEY  or  KEY.")
        if not names:
            raise DataError("holds no key", path=path, hint="Write one a line, or leave the option out.")
    for item in environ.get(VARIABLE, "").replace(",", "\n").split("\n"):
        wrong = _add(names, item)
        if wrong:
            raise InputError(f"{VARIABLE}: {wrong}", hint="Its form is  NAME: KEY, NAME: KEY  or  KEY, KEY.")
    return Keys(names)


def _add(names: dict[bytes, str], line: str) -> str:
    """Add the key of a line; gives what is wrong with it."""
    text = line.strip()
    if not text or text.startswith("#"):
        return ""
    name, colon, key = text.partition(":")
    key = key.strip() if colon else text
    if len(key) < SHORTEST or not key.isascii() or not key.isprintable() or " " in key:
        return f"a key has at least {SHORTEST} ASCII characters and no blanks"
    digest = _digest(key.encode())
    # Without a name its hash must do: logs should tell two keys apart and give neither away.
    names[digest] = name.strip() if colon and name.strip() else f"key-{digest.hex()[:8]}"
    return ""


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
