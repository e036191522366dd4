"""Decomposition and context: the request in pieces, among examples, in much text, as another task."""

from importlib.resources import files

from octarine.redteam.technique import Category, Technique


def techniques() -> tuple[Technique, ...]:
    """Those of this group."""
    from octarine.redteam.structure.pieces import context, examples, fragments
    from octarine.redteam.templates import read_techniques

    texts = read_techniques(files(__package__) / "data" / "tasks.toml", Category.STRUCTURE)
    return (*fragments.TECHNIQUES, *texts, *examples.TECHNIQUES, *context.TECHNIQUES)
