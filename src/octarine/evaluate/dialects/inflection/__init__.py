"""English inflection: forms of verbs, nouns and adjectives out of rules and a table of the irregular ones."""

from octarine.evaluate.dialects.inflection.adjectives import comparative, positive, superlative
from octarine.evaluate.dialects.inflection.nouns import plural, singular
from octarine.evaluate.dialects.inflection.verbs import (
    be_form,
    gerund,
    irregular,
    participle,
    past,
    present,
    regular_past,
    third_person,
)

__all__ = [
    "be_form",
    "comparative",
    "gerund",
    "irregular",
    "participle",
    "past",
    "plural",
    "positive",
    "present",
    "regular_past",
    "singular",
    "superlative",
    "third_person",
]
