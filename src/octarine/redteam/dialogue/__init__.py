"""Dialogue: requests that come over several turns.

Where a turn of the model's is left open (``Turns.LIVE``) the model under test fills it: ``running.playing``.
These are scripts; strategies that look at the answers before they go on belong to campaigns.
"""

from octarine.redteam.technique import Category, Technique
from octarine.redteam.texts import declared


def techniques() -> tuple[Technique, ...]:
    """Those of this category."""
    return declared("octarine.redteam.dialogue", Category.DIALOGUE)
