"""Runtime moderation of what goes into a model and what comes out.

``Guard.load("default").check_input("…")`` gives a ``Verdict``.
"""

from octarine.guard.guard import Guard, default_moderator

__all__ = ["Guard", "default_moderator"]
