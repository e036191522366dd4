"""Marks the pictures of an answer under the key that a policy refers to."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from octarine.core.errors import DataError, InputError, OctarineError
from octarine.guard.dialects.dialect import Json
from octarine.guard.policy.watermark import PictureMark
from octarine.server.guard.service import bad_upstream
from octarine.server.refusals import Refusal, busy
from octarine.watermark import ImageWatermark, Key, Marker, read_key


def open_key(reference: str, environ: Mapping[str, str] = os.environ) -> Key:
    """The key that ``file:PATH`` or ``env:NAME`` refers to: 64 hexadecimal digits. It is read anew each time,
    so that a key can be replaced while the server runs.

    Raises:
        OctarineError: there is none.
    """
    kind, _, where = reference.partition(":")
    if kind == "file":
        return read_key(Path(where))
    text = environ.get(where, "").strip()
    try:
        if len(text) != 64:
            raise ValueError
        return Key(bytes.fromhex(text))
    except ValueError:
        raise InputError(
            f"the variable {where} holds no key of 64 hexadecimal digits",
            hint="Make one:  octarine watermark keygen KEY",
        ) from None


def check_mark(mark: PictureMark | None) -> None:
    """Nothing, where pictures can be marked or need not be.

    Raises:
        OctarineError: the key cannot be read, or the extra 'watermark' is missing.
    """
    if mark is not None:
        from octarine.watermark.image.analysis import opencv

        opencv()
        open_key(mark.key)


def mark_pictures(pictures: list[Json], mark: PictureMark) -> str:
    """Put the mark into every ``b64_json``, in its place. Gives the fingerprint of the key.

    Raises:
        Refusal: 502, something is no picture that can be marked; 503, the key cannot be read: then nothing
            goes out.
    """
    try:
        key = open_key(mark.key)
    except OctarineError:
        # Where keys lie is not for clients: the server's log said it at the start.
        raise busy(
            "Pictures cannot be marked right now, so none goes out.", code="watermark_failing"
        ) from None
    marker = _marker(key, mark.payload, mark.psnr)
    for at, picture in enumerate(pictures):
        if picture.get("b64_json") is not None:
            picture["b64_json"] = _marked(marker, picture["b64_json"], f"data[{at}]")
    return key.fingerprint


@lru_cache(maxsize=4)
def _marker(key: Key, payload: int, psnr: float | None) -> Marker:
    return Marker(ImageWatermark(key), payload, psnr)


def _marked(marker: Marker, text: str, where: str) -> str:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _unmarkable(where, "it is not base64") from None
    try:
        return base64.b64encode(marker(data)).decode("ascii")
    except DataError as error:
        raise _unmarkable(where, error.reason) from None
    except InputError as error:
        raise _unmarkable(where, error.message) from None


def _unmarkable(where: str, why: str) -> Refusal:
    return bad_upstream(f"{where} cannot be marked, so nothing goes out: {why}")
