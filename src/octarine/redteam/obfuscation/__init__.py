"""How a text is spelt: encodings, ciphers, orthography."""

from importlib import import_module

from octarine.redteam.technique import Technique

_GROUPS = ("encodings", "ciphers", "orthography")


def techniques() -> tuple[Technique, ...]:
    """Those of this category, group by group."""
    groups = [import_module(f"{__name__}.{group}") for group in _GROUPS]
    return tuple(technique for group in groups for technique in group.TECHNIQUES)
