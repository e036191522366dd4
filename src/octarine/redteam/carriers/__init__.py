"""Carriers: the request comes in a file. Pictures; documents, video and sound.

Gathers what is there of the two subpackages.
"""

from importlib import import_module
from importlib.util import find_spec

from octarine.redteam.technique import Technique

_GROUPS = ("pictures", "files")


def techniques() -> tuple[Technique, ...]:
    """Those of this category."""
    names = [f"{__name__}.{group}" for group in _GROUPS if find_spec(f"{__name__}.{group}")]
    return tuple(technique for name in names for technique in import_module(name).TECHNIQUES)
