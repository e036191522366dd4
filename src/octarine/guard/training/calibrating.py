"""Fit the few numbers that turn logits into probabilities, on the calibration half alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from octarine.guard.classifier.calibration import STOPS, Blend, Calibration, Stop, sigmoid, squashed
from octarine.guard.classifier.card import STRENGTHS
from octarine.guard.classifier.heads import HAZARDS, HEADS, INPUT_HEADS, Head
from octarine.guard.training.encoding import label_matrix
from octarine.guard.training.row import Row
from octarine.guard.training.sources import sources
from octarine.guard.training.traffic import ENOUGH, LEAST, Fired, kept_to_share

Array = NDArray[np.float32]
CARRIED = {Head.HARMFUL_REQUEST: 0.25}
"""What the n-grams' share of a head is cut to: the development sets flatter words, which carry over less to
sources that nothing was trained on (``benchmarks/guard/leave_one_out.py``)."""
ORDINARY = "octarine-ordinary"
"""The source of the ordinary requests that ship with Octarine: half of them has a say in thresholds, none in
weights or blends."""
OF_TRAFFIC = {Head.HARMFUL_REQUEST: 0.005, Head.JAILBREAK: 0.005, Head.PROMPT_INJECTION: 0.005}
"""Head → the share of each set of ordinary traffic that strengths with a smaller share may let fire: of a few
hundred rows less cannot be told."""


def stopped(row: Row) -> bool | None:
    """Whether a moderator would stop an input: some head should fire; None where that is not known."""
    if row.response:
        return None
    said = [value for head, value in row.labels.items() if head in INPUT_HEADS]
    if any(said):
        return True
    known = (
        row.labels.get(Head.HARMFUL_REQUEST) is False and row.labels.get(Head.HARMFUL_CONTENT, False) is False
    )
    return False if known else None


def calibrate(rows: Sequence[Row], encoder: Array, ngrams: Array) -> Calibration:
    """Blends of every head, and the one score.

    Args:
        rows: the calibration half.
        encoder, ngrams: (rows, ≥ heads) logits of each.
    """
    labels = label_matrix(rows)
    blends = {
        head.value: _blend(labels[:, index], encoder[:, index], ngrams[:, index], CARRIED.get(head, 1.0))
        for index, head in enumerate(HEADS)
    }
    without = Calibration(blends, Stop())
    return Calibration(blends, _stop(rows, without.logits(encoder, ngrams)))


def _blend(labels: NDArray[np.int8], encoder: Array, ngrams: Array, carried: float) -> Blend:
    """Both in the shares that explain the labels best, then the n-grams' cut to ``carried`` of that, and the
    whole fitted again."""
    known = labels >= 0
    truth = labels[known]
    if min((truth == 1).sum(), (truth == 0).sum()) < LEAST:
        return Blend()
    features = np.stack([encoder[known], ngrams[known]], axis=1)
    (by_encoder, by_ngrams), bias = _logistic(features, truth)
    if carried < 1.0:
        by_ngrams *= carried
        joined = features @ np.array([[by_encoder], [by_ngrams]], dtype=np.float32)
        (scale,), bias = _logistic(joined, truth)
        by_encoder, by_ngrams = scale * by_encoder, scale * by_ngrams
    return Blend(by_encoder, by_ngrams, bias)


def _stop(rows: Sequence[Row], logits: Array) -> Stop:
    truth = [stopped(row) for row in rows]
    known = np.array([value is not None for value in truth])
    fitted = [head for head in STOPS if head is not Head.JAILBREAK]
    features = np.stack([squashed(logits[:, HEADS.index(head)]) for head in fitted], axis=1)[known]
    weights, bias = _logistic(features, np.array([bool(value) for value in truth])[known])
    found = {head.value: weight for head, weight in zip(fitted, weights, strict=True)}
    # The development sets hold next to no jailbreaks: that head counts as much as the other kind of attack.
    found[Head.JAILBREAK.value] = found[Head.PROMPT_INJECTION.value]
    return Stop(found, bias)


def _logistic(features: Array, labels: NDArray[np.generic]) -> tuple[list[float], float]:
    """Weights (none below zero: more of a head never speaks against firing) and bias, lightly shrunk."""
    inputs = torch.from_numpy(features.astype(np.float64))
    truth = torch.from_numpy(labels.astype(np.float64))
    raw = torch.zeros(inputs.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([raw, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        weights = nn.functional.softplus(raw)
        found = nn.functional.binary_cross_entropy_with_logits(inputs @ weights + bias, truth)
        found = found + 1e-3 * (weights**2).mean()
        found.backward()
        return found

    optimiser.step(loss)
    return nn.functional.softplus(raw).tolist(), float(bias.detach())


def thresholds(
    rows: Sequence[Row], calibration: Calibration, encoder: Array, ngrams: Array
) -> Mapping[str, Mapping[str, float]]:
    """Head, or head and hazard, → strength → the probability that at most the strength's share of harmless
    rows exceeds, and for the heads of requests at most half that share (``OF_TRAFFIC`` at least) of each set
    of ordinary traffic.

    Harmless is what is known to be so for the head. A hazard that ordinary traffic is full of (security work)
    has thresholds of its own, so that it does not raise those of all others.
    """
    chances = sigmoid(calibration.logits(encoder, ngrams))
    likeliest = calibration.hazards(encoder).argmax(axis=1)
    labels = label_matrix(rows)
    traffic = np.array([_traffic(row) for row in rows])
    found: dict[str, Mapping[str, float]] = {}
    for index, head in enumerate(HEADS):
        chance, fine = chances[:, index], labels[:, index] == 0
        if fine.sum() < LEAST:
            found[head.value] = {"low": 0.9, "medium": 0.7, "high": 0.5}
            continue
        base = _limits(chance[fine], STRENGTHS)
        if head not in OF_TRAFFIC:
            found[head.value] = base
            continue
        least, apart = OF_TRAFFIC[head], np.zeros(len(rows), dtype=bool)
        for number in _crowded(likeliest[fine], traffic[fine]) if head is Head.HARMFUL_REQUEST else ():
            mine = likeliest == number
            apart |= mine
            found[f"{head.value}.{HAZARDS[number]}"] = _raised(base, chance, fine & mine, traffic, least)
        found[head.value] = _raised(base, chance, fine & ~apart, traffic, least)
    return found


def raised_for_traffic(
    found: Mapping[str, Mapping[str, float]],
    rows: Sequence[Row],
    calibration: Calibration,
    encoder: Array,
    ngrams: Array,
) -> Mapping[str, Mapping[str, float]]:
    """Thresholds at which no more than a strength's share of each set of ordinary traffic is stopped by any
    head of requests (``kept_to_share``); ``ORDINARY`` counts as one set."""
    logits = calibration.logits(encoder, ngrams)
    likeliest = calibration.hazards(encoder).argmax(axis=1)
    labels = label_matrix(rows)
    heads = [
        Fired(
            sigmoid(logits[:, HEADS.index(head)]),
            np.array([_key(head, HAZARDS[number], found) for number in likeliest]),
            labels[:, HEADS.index(head)] == 1,
        )
        for head in OF_TRAFFIC
    ]
    traffic = [row.source if row.source == ORDINARY else _traffic(row) for row in rows]
    return kept_to_share(found, heads, np.array(traffic))


def _key(head: Head, hazard: str, found: Mapping[str, Mapping[str, float]]) -> str:
    own = f"{head.value}.{hazard}"
    return own if head is Head.HARMFUL_REQUEST and own in found else head.value


def _traffic(row: Row) -> str:
    """The set of ordinary requests that a row is of, or nothing."""
    source = sources("development").get(row.source)
    return row.source if source is not None and source.ordinary and not row.response else ""


def _crowded(likeliest: NDArray[np.int64], traffic: NDArray[np.str_]) -> Iterator[int]:
    """The hazards that most of a set of traffic is taken for."""
    for name in sorted(set(traffic) - {""}):
        counts = np.bincount(likeliest[traffic == name], minlength=len(HAZARDS))
        if counts.sum() >= ENOUGH and counts.max() > ENOUGH / 2 and counts.max() > 0.5 * counts.sum():
            yield int(counts.argmax())


def _limits(chances: Array, shares: Mapping[str, float]) -> dict[str, float]:
    return {name: float(np.quantile(chances, 1 - share)) for name, share in shares.items()}


def _raised(
    base: Mapping[str, float],
    chance: Array,
    rows: NDArray[np.bool_],
    traffic: NDArray[np.str_],
    least: float,
) -> dict[str, float]:
    """``base``, raised until each set of traffic among ``rows`` keeps to its share."""
    found = dict(base)
    shares = {name: max(share / 2, least) for name, share in STRENGTHS.items()}
    for name in sorted(set(traffic) - {""}):
        mine = chance[rows & (traffic == name)]
        if len(mine) >= ENOUGH:
            limits = _limits(mine, shares)
            found = {strength: max(value, limits[strength]) for strength, value in found.items()}
    return found
