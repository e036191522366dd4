"""Pronouns: eWAVE 1 to 47."""

from octarine.evaluate.dialects.features.pronouns import dropping, forms, reference

FEATURES = tuple(
    sorted((*reference.FEATURES, *forms.FEATURES, *dropping.FEATURES), key=lambda feature: feature.number)
)
