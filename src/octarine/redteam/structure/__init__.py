"""Where in the prompt a request stands: under instructions, in containers, in pieces, in other documents."""

from octarine.redteam.technique import Technique


def techniques() -> tuple[Technique, ...]:
    """Those of this category."""
    from octarine.redteam.structure import containers, injection, pieces, shaping

    return (*shaping.techniques(), *containers.techniques(), *pieces.techniques(), *injection.techniques())
