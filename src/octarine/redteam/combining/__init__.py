"""Which techniques to combine: a search over pairs and triples that learns from what they did.

::

    bandit = ChainBandit(available, lengths=(2,))
    bandit.learn(("homoglyph",), 1, 8)                     # what techniques did alone
    for chain in bandit.propose(20, rng):
        bandit.learn(chain, successes, attempts)
"""

from octarine.redteam.combining.bandit import ChainBandit

__all__ = ["ChainBandit"]
