"""Strategies over turns: what is asked next depends on what came back. For models that you are entitled to
test.

::

    from octarine.redteam.strategies import strategies
    result = await strategies["crescendo"](turns=5).attempt(sample, target, attacker=model)
    result.completion.exchange.calls, result.judgement.outcome
"""

from octarine.redteam.strategies.answer import Answer
from octarine.redteam.strategies.attempt import Attempt, Rules
from octarine.redteam.strategies.catalogue import Strategies, strategies
from octarine.redteam.strategies.driver import Driver, driver
from octarine.redteam.strategies.strategy import DEFAULT_ATTACKER, Strategy, Uses, strategy

__all__ = [
    "DEFAULT_ATTACKER",
    "Answer",
    "Attempt",
    "Driver",
    "Rules",
    "Strategies",
    "Strategy",
    "Uses",
    "driver",
    "strategies",
    "strategy",
]
