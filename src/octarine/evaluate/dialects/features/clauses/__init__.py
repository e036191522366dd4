"""Clauses: negation (eWAVE 154 to 169), relative clauses (185 to 199), complements (200 to 210), adverbial
clauses (211 to 215), adverbs and prepositions (216 to 222), order and discourse (223 to 235)."""

from octarine.evaluate.dialects.features.clauses import (
    adverbs,
    complements,
    negation,
    order,
    questions,
    relatives,
    tags,
)

NEGATION = (*negation.FEATURES, *tags.FEATURES)
RELATIVES = relatives.FEATURES
COMPLEMENTS = complements.FEATURES
ADVERBIALS = adverbs.CLAUSES
ADVERBS = adverbs.ADVERBS
ORDER = tuple(sorted((*order.FEATURES, *questions.FEATURES), key=lambda feature: feature.number))
