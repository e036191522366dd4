"""Nothing here yet."""

from octarine.redteam.technique import Technique


def techniques() -> tuple[Technique, ...]:
    """Those of this category."""
    from octarine.redteam.obfuscation.orthography import TECHNIQUES
    return TECHNIQUES
