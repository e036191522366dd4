"""Rules: personal data, secrets, denied words and the user's own patterns, found in one pass.

::

    matcher = Matcher((*builtin_rules(), *words("rivals", ["Acme"]), pattern("order", r"ORD-\\d{6}")))
    matches = matcher.find(text)
    mask(text, matches)                       # [EMAIL]
    kept = Placeholders()
    kept.restore(ask(kept.replace(text, matches)))
"""

from octarine.guard.rules.catalogue import builtin_rules
from octarine.guard.rules.masking import Style, label, mask
from octarine.guard.rules.matcher import Matcher
from octarine.guard.rules.patterns import PatternError
from octarine.guard.rules.placeholders import Placeholders
from octarine.guard.rules.rule import Fold, Match, Rule
from octarine.guard.rules.words import pattern, words

__all__ = [
    "Fold",
    "Match",
    "Matcher",
    "PatternError",
    "Placeholders",
    "Rule",
    "Style",
    "builtin_rules",
    "label",
    "mask",
    "pattern",
    "words",
]
