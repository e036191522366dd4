"""The verb: tense and aspect (eWAVE 88 to 120), modals (121 to 127), forms (128 to 153), agreement (170 to
184)."""

from octarine.evaluate.dialects.features.verbs import agreement, aspect, modals, morphology, perfect

TENSE = tuple(sorted((*aspect.FEATURES, *perfect.FEATURES), key=lambda feature: feature.number))
MODALS = modals.FEATURES
MORPHOLOGY = morphology.FEATURES
AGREEMENT = agreement.FEATURES
