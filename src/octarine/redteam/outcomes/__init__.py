"""The four adversarial outcomes, and whether a model says what it believes: seeds, judges, a sandbox.

For models that you are entitled to test. ``octarine evaluate run sandboxed:MODEL --benchmark
adversarial-outcomes``.
"""

from octarine.redteam.outcomes.benchmark import adversarial_outcomes
from octarine.redteam.outcomes.driver import OutcomeDriver, driven

__all__ = ["OutcomeDriver", "adversarial_outcomes", "driven"]
