"""The noun phrase: eWAVE 48 to 87."""

from octarine.evaluate.dialects.features.nouns import comparison, determiners, number, possession

FEATURES = tuple(
    sorted(
        (*number.FEATURES, *determiners.FEATURES, *possession.FEATURES, *comparison.FEATURES),
        key=lambda feature: feature.number,
    )
)
