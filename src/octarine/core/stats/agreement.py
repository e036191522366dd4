"""How far labellers agree beyond chance."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats.grouping import no_spread_interval, resample_count
from octarine.core.stats.inputs import confidence_level, label_codes, same_length
from octarine.core.stats.proportions import clopper_pearson
from octarine.core.stats.special import normal_quantile

if TYPE_CHECKING:
    import numpy

    from octarine.core.stats.inputs import FloatArray, Labels

_BATCH = 4_000_000


def cohen_kappa(first: Labels, second: Labels, confidence: float = 0.95) -> Estimate:
    """Cohen's kappa of two labellers over the same items: (agreement − chance)/(1 − chance), in [−1, 1].

    ``first`` and ``second`` have shape (n,) and hold nominal labels. The interval is normal, on the standard
    error of Fleiss, Cohen & Everitt (``fleiss-cohen-everitt``). Where that is 0 (full agreement, a labeller
    who always says the same) it is the Clopper-Pearson interval of the agreement with chance held at what
    was seen (``clopper-pearson-agreement``).

    Raises ``InputError`` where both gave every item one and the same label: kappa is then 0/0.

    Source: Cohen 1960, Educ. Psychol. Meas. 20:37; Fleiss, Cohen & Everitt 1969, Psychol. Bulletin 72:323.
    """
    level = confidence_level(confidence)
    table = _cross_table(first, second)
    n = int(table.sum())
    shares = table / n
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    agreement, chance = float(shares.trace()), float(rows @ columns)
    if chance >= 1.0 - 1e-12:
        raise InputError(
            "first and second hold one and the same label throughout: kappa is undefined",
            hint="Report the raw agreement as a proportion, or label items of more kinds.",
        )
    kappa = (agreement - chance) / (1.0 - chance)
    error = _kappa_variance(shares, rows, columns, kappa, chance) / n
    method = "fleiss-cohen-everitt"
    half = normal_quantile(0.5 + level / 2.0) * max(error, 0.0) ** 0.5
    low, high = kappa - half, kappa + half
    if error <= 1e-15:
        exact = clopper_pearson(round(agreement * n), n, level)
        method = "clopper-pearson-agreement"
        low = (exact.low - chance) / (1.0 - chance) if agreement > 0.0 else -1.0
        high = (exact.high - chance) / (1.0 - chance)
    value = min(max(kappa, -1.0), 1.0)
    low, high = min(max(low, -1.0), value), max(min(high, 1.0), value)
    return Estimate(value, low, high, n, n, method, confidence)


def krippendorff_alpha(
    units: Sequence[Sequence[Hashable | None]],
    *,
    rng: numpy.random.Generator,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> Estimate:
    """Krippendorff's alpha for nominal labels: 1 − observed/expected disagreement; at most 1.

    Each unit holds the labels that it got, in any number and order, None where a labeller gave none; units
    with fewer than two are left out. The interval is percentiles over resampled units (``unit-bootstrap``);
    resamples that hold one label only, where alpha is 0/0, are left out. Where the resamples do not differ,
    as under full agreement, ``no_spread_interval`` bounds the disagreement (``clopper-pearson-units``). ``n``
    counts labels, ``clusters`` units.

    Raises ``InputError`` where no unit has two labels or all labels are the same.

    Source: Krippendorff 2019, "Content analysis", 4th edition, chapter 12.
    """
    import numpy as np

    level, repeats = confidence_level(confidence), resample_count(resamples)
    counts = _label_counts(units)
    alpha = float(_alphas(np.ones((1, len(counts))), counts)[0])
    if np.isnan(alpha):
        raise InputError(
            "units hold one and the same label throughout: alpha is undefined",
            hint="Report the raw agreement as a proportion, or label items of more kinds.",
        )
    low, high = _resampled_interval(counts, rng, repeats, level)
    method = "unit-bootstrap"
    if high - low <= 1e-12:
        low, high = _unseen_disagreement(counts, alpha, level)
        method = "clopper-pearson-units"
    low, high = min(float(low), alpha), max(min(float(high), 1.0), alpha)
    return Estimate(alpha, low, high, int(counts.sum()), len(counts), method, confidence)


def _cross_table(first: Labels, second: Labels) -> FloatArray:
    """Counts of (first's label, second's label), shape (labels, labels)."""
    import numpy as np

    same_length(first, second, ("first", "second"))
    if len(first) == 0:
        raise InputError("first is empty: nothing was labelled")
    codes, kinds = label_codes([*first, *second], "first and second")
    flat = codes[: len(first)] * kinds + codes[len(first) :]
    return np.bincount(flat, minlength=kinds * kinds).reshape(kinds, kinds).astype(np.float64)


def _kappa_variance(
    shares: FloatArray, rows: FloatArray, columns: FloatArray, kappa: float, chance: float
) -> float:
    """n times the asymptotic variance of kappa."""
    import numpy as np

    rest = 1.0 - kappa
    margins = columns[:, None] + rows[None, :]
    off_diagonal = shares * (1.0 - np.eye(len(shares)))
    agreeing = float((np.diag(shares) * (1.0 - np.diag(margins) * rest) ** 2).sum())
    disagreeing = rest**2 * float((off_diagonal * margins**2).sum())
    return (agreeing + disagreeing - (kappa - chance * rest) ** 2) / (1.0 - chance) ** 2


def _label_counts(units: Sequence[Sequence[Hashable | None]]) -> FloatArray:
    """How often each unit got each label, shape (units with two labels or more, labels)."""
    import numpy as np

    given = [[label for label in unit if label is not None] for unit in units]
    pairable = [labels for labels in given if len(labels) >= 2]
    if not pairable:
        raise InputError("units hold no item with two labels: there is no agreement to measure")
    codes, kinds = label_codes([label for labels in pairable for label in labels], "units")
    owner = np.repeat(np.arange(len(pairable)), [len(labels) for labels in pairable])
    flat = np.bincount(owner * kinds + codes, minlength=len(pairable) * kinds)
    return flat.reshape(len(pairable), kinds).astype(np.float64)


def _alphas(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Alpha for each row of ``weights``, how often each unit counts; NaN where one label is all there is."""
    import numpy as np

    labels = counts.sum(axis=1)
    total = weights @ labels
    # A unit with m labels has m(m − 1) ordered pairs, each worth 1/(m − 1) in the coincidence matrix.
    observed = weights @ ((labels**2 - (counts**2).sum(axis=1)) / (labels - 1.0)) / total
    expected = (total**2 - ((weights @ counts) ** 2).sum(axis=1)) / (total * (total - 1.0))
    varied = expected > 0.0
    return np.where(varied, 1.0 - observed / np.where(varied, expected, 1.0), np.nan)


def _resampled_interval(
    counts: FloatArray, rng: numpy.random.Generator, resamples: int, confidence: float
) -> tuple[float, float]:
    """Percentiles of alpha over resampled units; of width zero where no resample has two labels."""
    import numpy as np

    units, batch, parts = len(counts), max(1, _BATCH // len(counts)), []
    for start in range(0, resamples, batch):
        weights = rng.multinomial(units, np.full(units, 1.0 / units), size=min(batch, resamples - start))
        parts.append(_alphas(weights.astype(np.float64), counts))
    drawn = np.concatenate(parts)
    drawn = drawn[~np.isnan(drawn)]
    if len(drawn) == 0:
        return 0.0, 0.0
    low, high = np.quantile(drawn, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    return float(low), float(high)


def _unseen_disagreement(counts: FloatArray, alpha: float, confidence: float) -> tuple[float, float]:
    """Bounds of alpha where all units disagree alike, the expected disagreement held at what was seen."""
    total = float(counts.sum())
    expected = (total**2 - float((counts.sum(axis=0) ** 2).sum())) / (total * (total - 1.0))
    least, most = no_spread_interval((1.0 - alpha) * expected, len(counts), (0.0, 1.0), confidence)
    return 1.0 - most / expected, 1.0 - least / expected
