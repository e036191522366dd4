"""The key ``watermark`` of a policy file.

::

    watermark: {key: file:mark.key, payload: 24301, psnr: 42, urls: refuse}
    watermark: nothing
"""

from __future__ import annotations

import re
from pathlib import Path

from octarine.guard.policy.file.nodes import Cursor
from octarine.guard.policy.watermark import PAYLOADS, STRENGTHS, Addresses, PictureMark

NOTHING = "nothing"
"""Takes away the mark of the layers below."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,12}")


def read_watermark(cursor: Cursor, folder: Path) -> PictureMark:
    """How pictures are marked. A key file that is named relatively is looked for beside the policy, in
    ``folder``; it is opened by who marks.

    Raises:
        DataError: naming the line.
    """
    if cursor.is_text:
        if cursor.text() != NOTHING:
            # What stands there may be a key: it is not repeated.
            raise cursor.error("it is no watermark", f"Say  {{key: file:PATH}}  or  {NOTHING}.")
        return PictureMark("")
    given = cursor.record(("key", "payload", "psnr", "urls"), required=("key",))
    return PictureMark(
        _key(given["key"], folder),
        _payload(given["payload"]) if "payload" in given else 0,
        given["psnr"].number(*STRENGTHS) if "psnr" in given else None,
        given["urls"].choice(Addresses, "way to treat addresses") if "urls" in given else Addresses.REFUSE,
    )


def _key(cursor: Cursor, folder: Path) -> str:
    kind, _, rest = cursor.text(longest=1000).partition(":")
    if kind == "file" and rest:
        return f"file:{(folder / rest).absolute()}"
    if kind == "env" and _NAME.fullmatch(rest):
        return f"env:{rest}"
    raise cursor.error(
        "the key is neither file:PATH nor env:NAME",
        "A key never stands in a policy. Make a file:  octarine watermark keygen mark.key",
    )


def _payload(cursor: Cursor) -> int:
    if cursor.is_text and _HEX.fullmatch(cursor.text()):
        return int(cursor.text(), 16)
    return cursor.whole(0, PAYLOADS - 1)
