"""The features, by the groups of eWAVE, the Electronic World Atlas of Varieties of English (Kortmann,
Lunkenheimer & Ehret). The numbers are eWAVE's; the rules are ours."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Feature


def groups() -> dict[str, tuple[Feature, ...]]:
    """Every group's features, by the group's name, in the order of their numbers."""
    from octarine.evaluate.dialects.features import clauses, nouns, pronouns, verbs

    return {
        "pronouns": pronouns.FEATURES,
        "noun phrase": nouns.FEATURES,
        "tense and aspect": verbs.TENSE,
        "modal verbs": verbs.MODALS,
        "verb morphology": verbs.MORPHOLOGY,
        "negation": clauses.NEGATION,
        "agreement": verbs.AGREEMENT,
        "relativisation": clauses.RELATIVES,
        "complementation": clauses.COMPLEMENTS,
        "adverbial subordination": clauses.ADVERBIALS,
        "adverbs and prepositions": clauses.ADVERBS,
        "discourse and word order": clauses.ORDER,
    }


def all_features() -> tuple[Feature, ...]:
    """All of them."""
    return tuple(feature for group in groups().values() for feature in group)
