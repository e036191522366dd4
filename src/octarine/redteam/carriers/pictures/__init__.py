"""Pictures that carry the seed: drawn with Pillow, hidden in files, coded, split, animated.

``typography``, ``changes``, ``settings``, ``channels.techniques`` declare; the other modules draw, and
are imported
when they are first called.
"""

from octarine.redteam.carriers.pictures import changes, settings, typography
from octarine.redteam.carriers.pictures.channels import techniques
from octarine.redteam.technique import Technique

TECHNIQUES: tuple[Technique, ...] = (
    *typography.TECHNIQUES,
    *changes.TECHNIQUES,
    *settings.TECHNIQUES,
    *techniques.TECHNIQUES,
)
