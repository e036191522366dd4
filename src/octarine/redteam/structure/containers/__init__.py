"""Formal containers: data, programs, grammars and unfinished files that hold a request and are valid."""

from octarine.redteam.technique import Technique


def techniques() -> tuple[Technique, ...]:
    """Those of this group."""
    from octarine.redteam.structure.containers import (
        data,
        edits,
        formal,
        marked_up,
        program,
        strings,
        unfinished,
    )

    modules = (data, marked_up, program, strings, formal, edits, unfinished)
    return tuple(technique for module in modules for technique in module.TECHNIQUES)
