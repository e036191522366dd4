"""Statistics: every rate with its interval, clusters respected, judges' errors carried along.

numpy is imported by the functions that need arrays, when they are called; plain proportions, p-values and
power never need it. Randomness is always an explicit ``numpy.random.Generator``.
"""

from octarine.core.stats.agreement import cohen_kappa, krippendorff_alpha
from octarine.core.stats.clustered import cluster_bootstrap, clustered_mean, clustered_wilson, mean
from octarine.core.stats.judge_error import JudgeCounts, prediction_powered, rogan_gladen
from octarine.core.stats.multiplicity import benjamini_hochberg, holm
from octarine.core.stats.paired import mcnemar_exact, paired_difference, paired_p_value
from octarine.core.stats.power import (
    design_effect,
    minimal_detectable_difference,
    minimal_detectable_effect,
    paired_minimal_detectable_difference,
)
from octarine.core.stats.proportions import clopper_pearson, proportion, wilson
from octarine.core.stats.ranked import best_of_k
from octarine.core.stats.ranking import area_under_roc, average_precision, calibration_error, recall_at
from octarine.core.stats.sequential import ConfidenceSequence, confidence_sequence
from octarine.core.stats.survival import (
    LogRank,
    SurvivalCurve,
    log_rank,
    restricted_mean_steps,
    survival_curve,
)
from octarine.core.stats.unpaired import unpaired_difference, unpaired_p_value

__all__ = [
    "ConfidenceSequence",
    "JudgeCounts",
    "LogRank",
    "SurvivalCurve",
    "area_under_roc",
    "average_precision",
    "benjamini_hochberg",
    "best_of_k",
    "calibration_error",
    "clopper_pearson",
    "cluster_bootstrap",
    "clustered_mean",
    "clustered_wilson",
    "cohen_kappa",
    "confidence_sequence",
    "design_effect",
    "holm",
    "krippendorff_alpha",
    "log_rank",
    "mcnemar_exact",
    "mean",
    "minimal_detectable_difference",
    "minimal_detectable_effect",
    "paired_difference",
    "paired_minimal_detectable_difference",
    "paired_p_value",
    "prediction_powered",
    "proportion",
    "recall_at",
    "restricted_mean_steps",
    "rogan_gladen",
    "survival_curve",
    "unpaired_difference",
    "unpaired_p_value",
    "wilson",
]
