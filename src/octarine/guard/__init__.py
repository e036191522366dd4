"""Runtime moderation of what goes into a model and what comes out.

    from octarine.guard import Guard

    guard = Guard.load("default")
    guard.check_input("…")                        # a Verdict
    guard.check_output("…", context=conversation)
    guard.score_inputs(["…", "…"])                # probabilities, before any threshold
"""

from octarine.guard.guard import Guard, default_moderator

__all__ = ["Guard", "default_moderator"]
