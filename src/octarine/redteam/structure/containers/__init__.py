"""Formal containers: data, programs, grammars and unfinished files that hold a request and are valid."""

from importlib.resources import files

from octarine.redteam.technique import Category, Technique


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
    from octarine.redteam.templates import read_techniques

    texts = read_techniques(files(__package__) / "data" / "unfinished.toml", Category.STRUCTURE)
    modules = (data, marked_up, program, strings, formal, edits, unfinished)
    return (*(technique for module in modules for technique in module.TECHNIQUES), *texts)
