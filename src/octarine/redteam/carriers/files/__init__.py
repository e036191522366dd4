"""Nothing here yet."""

from octarine.redteam.technique import Technique

TECHNIQUES: tuple[Technique, ...] = ()
