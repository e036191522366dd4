"""Persona, fiction and purpose: who asks and who answers, in which story, to what end.

``data/techniques.toml`` declares the techniques; a file for each language beside it holds their texts. They
are written by us: no published jailbreak stands here.
"""

from octarine.redteam.technique import Category, Technique
from octarine.redteam.texts import declared


def techniques() -> tuple[Technique, ...]:
    """Those of this category."""
    return declared("octarine.redteam.framing", Category.FRAMING)
