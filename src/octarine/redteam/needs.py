"""What techniques need of a machine, and whether it is there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from octarine.redteam.technique import Need

if TYPE_CHECKING:
    from octarine.redteam.technique import Technique


def _library(*modules: str, extra: str) -> str:
    absent = [module for module in modules if find_spec(module) is None]
    return f"needs the extra '{extra}': pip install 'octarine[{extra}]'" if absent else ""


def _program(name: str) -> str:
    return "" if shutil.which(name) else f"needs the program '{name}'"


_PRESENT: dict[Need, Callable[[], str]] = {
    Need.PICTURES: lambda: _library("PIL", extra="pictures"),
    Need.CODES: lambda: _library("zxingcpp", extra="carriers"),
    Need.VIDEO: lambda: _library("av", extra="carriers"),
    Need.SPEECH: lambda: _program("espeak-ng"),
}
_WRITTEN = {Need.MODEL, Need.TRANSLATOR}


@cache
def _absent(need: Need) -> str:
    return _PRESENT[need]()


def missing(technique: Technique, *, writer: bool) -> str:
    """The first need that is not met, in words; "" where it can run. ``writer``: a model is at hand."""
    for need in sorted(technique.needs - _WRITTEN):
        if reason := _absent(need):
            return reason
    if technique.apply is None and not writer:
        kind = "translates" if Need.TRANSLATOR in technique.needs else "rewrites"
        return f"needs a language model that {kind}: --writer MODEL"
    return ""
