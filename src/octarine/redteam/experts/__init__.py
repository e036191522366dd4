"""What people and other tools found: brought in, shown, put to a model again, passed on."""

from octarine.redteam.experts.replaying import Replay, attack_of, replay
from octarine.redteam.experts.verdicts import is_confirmed, stands, works

__all__ = ["Replay", "attack_of", "is_confirmed", "replay", "stands", "works"]
