"""Text that every library takes: the one thing that Python's own may hold and UTF-8 may not."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def readable(text: str) -> str:
    """``text`` with ``U+FFFD`` for each lone surrogate, which no encoding has a form for; positions stay."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
