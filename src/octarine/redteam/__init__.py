"""Techniques of red teaming: declared, composed, run. For models that you are entitled to test.

::

    from octarine.redteam import techniques
    attack = techniques["homoglyph"] | techniques["typographic-image"]
    attack(Conversation.user("…"), numpy.random.default_rng(0))
"""

from octarine.redteam.applying import NotAvailable
from octarine.redteam.catalogue import Catalogue, techniques
from octarine.redteam.chain import Chain, Step
from octarine.redteam.running.deriving import derived, plain_seeds
from octarine.redteam.running.playing import play
from octarine.redteam.running.writing import Transformed, transform
from octarine.redteam.technique import Category, Effect, Need, Parameter, Script, Technique, Turns

__all__ = [
    "Catalogue",
    "Category",
    "Chain",
    "Effect",
    "Need",
    "NotAvailable",
    "Parameter",
    "Script",
    "Step",
    "Technique",
    "Transformed",
    "Turns",
    "derived",
    "plain_seeds",
    "play",
    "techniques",
    "transform",
]
