"""Whether an answer says what its documents say: ``Guard.check_grounding``."""

from octarine.guard.grounding.check import Grounding, SentenceSupport, check_grounding

__all__ = ["Grounding", "SentenceSupport", "check_grounding"]
