"""Response shaping and instruction hierarchy: how the answer has to look, and whose word counts."""

from importlib.resources import files

from octarine.redteam.technique import Category, Technique


def techniques() -> tuple[Technique, ...]:
    """Those of this group."""
    from octarine.redteam.structure.shaping import requests
    from octarine.redteam.templates import read_techniques

    data = files(__package__) / "data"
    texts = [read_techniques(data / name, Category.STRUCTURE) for name in ("answer.toml", "hierarchy.toml")]
    return (*texts[0], *texts[1], *requests.TECHNIQUES)
