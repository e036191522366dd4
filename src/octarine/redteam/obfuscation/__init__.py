"""Nothing here yet."""

from octarine.redteam.technique import Technique


def techniques() -> tuple[Technique, ...]:
    """Those of this category."""
    return ()
