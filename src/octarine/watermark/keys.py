"""Secret keys, and the deterministic streams that are drawn from them.

A key is 32 random bytes. Every use has its own label: HKDF-SHA256 (RFC 5869) turns key and label into a
subkey, and SHAKE-256 stretches the subkey, so that what one use gives away says nothing about another, and
the same key draws the same carriers on every machine and with every version of numpy.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from octarine.core.errors import DataError, InputError
from octarine.core.files import read_text

KEY_BYTES = 32
_SALT = b"octarine/watermark/1"
_LINE = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


def hkdf(secret: bytes, label: str, length: int = 32) -> bytes:
    """HKDF-SHA256 (RFC 5869) of ``secret`` under this scheme's salt; ``label`` is the info field."""
    pseudorandom = hmac.digest(_SALT, secret, "sha256")
    out, block = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(pseudorandom, block + label.encode() + bytes([counter]), "sha256")
        out += block
    return out[:length]


@dataclass(frozen=True)
class Key:
    """A secret of at least 16 bytes. Its ``repr`` shows a fingerprint, never the secret."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < 16:
            raise InputError(
                f"a watermark key of {len(self.secret)} bytes is too short",
                hint="Make one of 32 random bytes:  octarine watermark keygen KEY",
            )

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that name the key and do not help to find it."""
        return hkdf(self.secret, "fingerprint", 8).hex()

    def __repr__(self) -> str:
        return f"Key({self.fingerprint})"

    def uniform(self, label: str, n: int) -> npt.NDArray[np.float64]:
        """``n`` numbers in [0, 1) that depend on key and label alone."""
        raw = hashlib.shake_256(hkdf(self.secret, label)).digest(8 * n)
        return np.asarray((np.frombuffer(raw, "<u8") >> np.uint64(11)) * 2.0**-53, np.float64)

    def permutation(self, label: str, n: int) -> npt.NDArray[np.intp]:
        """A permutation of ``range(n)`` that depends on key and label alone."""
        return np.argsort(self.uniform(label, n), kind="stable")

    def tag(self, label: str, message: bytes, bits: int) -> int:
        """The first ``bits`` (at most 64) of HMAC-SHA256 of ``message``."""
        digest = hmac.digest(hkdf(self.secret, label), message, "sha256")
        return int.from_bytes(digest[:8], "big") >> (64 - bits)


def generate_key() -> Key:
    """A new random key."""
    return Key(secrets.token_bytes(KEY_BYTES))


def read_key(path: Path | str) -> Key:
    """The first key of a key file.

    Raises:
        DataError: see ``read_keys``.
    """
    return read_keys(Path(path))[0]


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys of a file: 64 hexadecimal digits a line, ``#`` starts a comment. The first one marks; all are
    looked for, so that a key can be replaced while pictures under the old one are still found.

    Raises:
        DataError: it cannot be read, a line is no key (the line is named, never shown), or it holds none.
    """
    keys = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        text = line.split("#")[0].strip()
        if not text:
            continue
        if not _LINE.fullmatch(text):
            raise DataError("not a key of 64 hexadecimal digits", path=path, line=number, hint=_MAKE)
        keys.append(Key(bytes.fromhex(text)))
    if not keys:
        raise DataError("holds no key", path=path, hint=_MAKE)
    return tuple(keys)


_MAKE = "Make a key file:  octarine watermark keygen KEY"


def write_key(path: Path, key: Key) -> None:
    """Write a key file that only its owner can read.

    Raises:
        InputError: the file exists, or cannot be written.
    """
    title = f"# Octarine watermark key {key.fingerprint}. Whoever has it can mark, find and remove."
    text = f"{title}\n{key.secret.hex()}\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(
            f"{path} exists, and a key is never overwritten", hint="Name another file."
        ) from None
    except OSError as error:
        raise InputError(f"{path} was not written: {error.strerror}") from None
