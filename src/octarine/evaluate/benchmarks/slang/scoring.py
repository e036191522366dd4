"""What an answer says, and precision, recall, F1 with intervals over films."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from octarine.core.estimate import Estimate
from octarine.core.results import TokenLogprob

_YES = re.compile(r"\b(yes|no)\b")
_REGION = {
    "US": re.compile(r"\b(u\.?s\.?a?|united states|america|americans?)\b"),
    "UK": re.compile(r"\b(u\.?k|united kingdom|britain|british|england|english)\b"),
}
_LETTER = re.compile(r"(?:^|[^A-Za-z'])([A-D])(?:$|[^A-Za-z'])")
_EDGES = " \t\r\n\"'“”‘’.,!?;:()*`"
RESAMPLES = 2000


def yes_or_no(text: str) -> bool | None:
    """The first yes or no; nothing where there is neither."""
    match = _YES.search(text.lower())
    return None if match is None else match[1] == "yes"


def region(text: str) -> str:
    """US or UK; empty where neither or both are named."""
    low = text.lower()
    named = [name for name, pattern in _REGION.items() if pattern.search(low)]
    return named[0] if len(named) == 1 else ""


def letter(text: str) -> str:
    """The first letter from A to D that stands alone; empty where there is none."""
    match = _LETTER.search(text.strip())
    return match[1] if match else ""


def word(text: str) -> str:
    """The word that an answer gives, in lower case: the quoted one, or its first line; empty for none."""
    line = next((line for line in text.splitlines() if line.strip(_EDGES)), "")
    quoted = re.search(r"[\"“”]([^\"“”]+)[\"“”]", line)
    said = (quoted[1] if quoted else line.rpartition(":")[2]).strip(_EDGES).lower()
    return "" if said in {"none", "no slang", "no", "nothing", "n/a"} else said


@dataclass(frozen=True, slots=True)
class Found:
    """One decision on a film's sentence: hits, false alarms, misses."""

    film: str
    hit: int = 0
    alarm: int = 0
    miss: int = 0


def decided(film: str, gold: bool, said: bool | None) -> Found:
    """A yes-or-no decision. No readable answer is a wrong one."""
    said = (not gold) if said is None else said
    return Found(film, int(gold and said), int(said and not gold), int(gold and not said))


def named(film: str, gold: str, said: str) -> Found:
    """A named word: the right one is a hit, another one a false alarm and, where there is slang, a miss."""
    right = bool(gold) and said == gold.lower()
    return Found(film, int(right), int(bool(said) and not right), int(bool(gold) and not right))


def measures(found: Sequence[Found], seed: int = 0) -> dict[str, Estimate | None]:
    """Precision, recall and F1 over all decisions, with percentiles of resampled films.

    None where the ratio has no denominator. Source of the interval: as ``stats.cluster_bootstrap``.
    """
    films: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in found:
        for place, count in enumerate((one.hit, one.alarm, one.miss)):
            films[one.film][place] += count
    counts = np.array(list(films.values()), dtype=float).reshape(-1, 3)
    rng = np.random.default_rng(seed)
    draws = (
        rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), RESAMPLES) @ counts
        if len(counts)
        else counts
    )
    weights = {"precision": (1.0, 1.0, 0.0), "recall": (1.0, 0.0, 1.0), "F1": (1.0, 0.5, 0.5)}
    return {name: _ratio(counts, draws, np.array(weight), len(found)) for name, weight in weights.items()}


def _ratio(counts: np.ndarray, draws: np.ndarray, weight: np.ndarray, n: int) -> Estimate | None:
    below = float((counts @ weight).sum())
    if below == 0:
        return None
    value = float(counts[:, 0].sum()) / below
    if len(counts) < 2:
        return Estimate(value, 0.0, 1.0, n, len(counts), "one-cluster")
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = draws[:, 0] / (draws @ weight)
    low, high = np.nanquantile(ratios, [0.025, 0.975])
    return Estimate(
        value, min(value, float(low)), max(value, float(high)), n, len(counts), "cluster-bootstrap"
    )


def chances(logprobs: Sequence[TokenLogprob], slang: str, literal: str) -> tuple[float, float] | None:
    """Probabilities of the first tokens of two words, out of the first token's alternatives; nothing where
    one of them is not among those, or where both words begin alike."""
    if not logprobs:
        return None
    top = {logprobs[0].token: logprobs[0].logprob, **logprobs[0].top}
    pair = [_chance(top, one) for one in (slang, literal)]
    if pair[0] is None or pair[1] is None or pair[0][0] == pair[1][0]:
        return None
    return pair[0][1], pair[1][1]


def _chance(top: Mapping[str, float], wanted: str) -> tuple[str, float] | None:
    fitting = [
        (token, value)
        for token, value in top.items()
        if token.strip() and wanted.lower().startswith(token.strip().lower())
    ]
    if not fitting:
        return None
    token, value = max(fitting, key=lambda item: len(item[0].strip()))
    return token.strip().lower(), float(np.exp(value))
