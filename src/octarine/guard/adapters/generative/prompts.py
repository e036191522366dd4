"""The prompts of ``data/prompts.toml``, and texts put into them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

_FIELD = re.compile(r"\{([a-z]+)\}")


@cache
def prompts(family: str) -> Mapping[str, str]:
    """Name → text, of one adapter family."""
    source = resources.files("octarine.guard.adapters") / "data" / "prompts.toml"
    found: Mapping[str, str] = tomllib.loads(source.read_text("utf-8"))[family]
    return found


def filled(template: str, /, **texts: str) -> str:
    """``template`` with every field replaced, once: braces in a text stay what they are."""
    return _FIELD.sub(lambda field: texts[field[1]], template)
