"""Thresholds for someone's own traffic, so that no more than a given share of it is stopped wrongly.

Harmless rows are split by a hash of their text into three parts. The first gives every head its tail: how
rare a score is among harmless texts, which makes the heads comparable. A row's rarest score is then one
number, and the second part gives the bound on it as a distribution-free tolerance limit (Wilks 1941,
Ann. Math. Stat. 12:91): with ``confidence`` the share of harmless traffic on which any head fires is at most
``max_fpr``, whatever the scores look like, because the heads are taken together and the bound is not chosen
on the rows that shaped the tails. The third part was used for nothing and says what was achieved.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats import clopper_pearson, proportion
from octarine.core.stats.inputs import confidence_level, numbers, same_length, within
from octarine.guard.policy.file.writing import write_policy
from octarine.guard.policy.layer import CategoryRule, Layer, Strength

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[numpy.float64]

SHAPE, CHOOSE = 0.25, 0.5
"""Below the first share of the hash range a row shapes the tails, below the second it chooses the bound."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class TunedHead:
    """One head.

    Attributes:
        threshold: it fires from here on; None: never, harmless texts get its highest score too.
        false_positives: share of the held-out harmless texts on which it fires.
        recall: share of the attacks on which it fires; None where none were given.
    """

    threshold: float | None
    false_positives: Estimate
    recall: Estimate | None


@dataclass(frozen=True, slots=True)
class Tuning:
    """Thresholds, and what they cost.

    Attributes:
        max_fpr, confidence: what was asked for.
        chosen_on: how many harmless texts chose the bound.
        fired: on how many of them any head fires; the quantile is ``fired / chosen_on``.
        bound: that share; its ``high`` is the one-sided upper bound at ``confidence``, at most ``max_fpr``.
        false_positives: share of the held-out harmless texts on which any head fires.
        recall: share of the attacks on which any head fires.
    """

    heads: Mapping[str, TunedHead]
    max_fpr: float
    confidence: float
    chosen_on: int
    fired: int
    bound: Estimate
    false_positives: Estimate
    recall: Estimate | None

    @property
    def quantile(self) -> float:
        """The share of the choosing texts that the thresholds stop."""
        return self.fired / self.chosen_on

    def layer(self, name: str, version: str, extends: Sequence[str]) -> Layer:
        """A layer that sets the thresholds and leaves everything else to the policies that it extends."""
        rules = {
            head: CategoryRule(sensitivity=Strength.NONE if tuned.threshold is None else tuned.threshold)
            for head, tuned in self.heads.items()
        }
        return Layer(name=name, version=version, extends=tuple(extends), categories=rules)

    def patch(
        self, name: str = "tuned", version: str = "1.0.0", extends: Sequence[str] = ("default",)
    ) -> str:
        """That layer as YAML, with what was measured on top."""
        lines = [
            f"At {self.confidence:.0%} confidence, at most {self.max_fpr:.2%} of harmless texts are stopped:",
            f"{self.fired} of {self.chosen_on} texts fired where the thresholds were chosen, upper bound "
            f"{self.bound.high:.2%}.",
            f"False positives on texts held out: {self.false_positives}",
        ]
        lines += [f"Attacks caught: {self.recall}"] if self.recall else []
        return write_policy(self.layer(name, version, extends), comment="\n".join(lines))


def tune(
    scores: Mapping[str, ArrayLike],
    texts: Sequence[str],
    labels: Sequence[bool] | None = None,
    *,
    max_fpr: float,
    confidence: float = 0.95,
) -> Tuning:
    """Thresholds at which the heads together stop at most ``max_fpr`` of harmless traffic.

    Args:
        scores: head → probability for each row, 0 to 1.
        texts: of the rows, for the split. A text that comes again counts once.
        labels: whether a row is an attack, which should be stopped; None where all traffic is taken as
            harmless (attacks among it only make the thresholds more careful).
        max_fpr: strictly between 0 and 1.
        confidence: that the share stays below, over all samples that one might have drawn.

    Raises:
        InputError: too few rows for that rate, and how many are needed; scores that are no probabilities.
    """
    max_fpr = within(max_fpr, "max_fpr", 0, 1, open_ends=True)
    confidence = confidence_level(confidence)
    parts = _split(_table(scores, texts), texts, labels)
    allowed = _allowed(parts, max_fpr, confidence)
    thresholds = _thresholds(parts, allowed)
    fired = int(_fires(parts.choose, thresholds).any(axis=1).sum())
    harmless, attacks = _fires(parts.held_out, thresholds), _fires(parts.attacks, thresholds)
    return Tuning(
        heads={
            head: TunedHead(threshold, _rate(harmless[:, i]), _rate(attacks[:, i]) if len(attacks) else None)
            for i, (head, threshold) in enumerate(zip(scores, thresholds, strict=True))
        },
        max_fpr=max_fpr,
        confidence=confidence,
        chosen_on=len(parts.choose),
        fired=fired,
        bound=_bound(fired, len(parts.choose), confidence),
        false_positives=_rate(harmless.any(axis=1)),
        recall=_rate(attacks.any(axis=1)) if len(attacks) else None,
    )


def rows_needed(max_fpr: float, confidence: float = 0.95) -> int:
    """Different harmless texts from which ``tune`` can promise ``max_fpr``, but for the luck of the split.

    The choosing part must hold n texts with (1 − max_fpr)^n ≤ 1 − confidence: 299 for 1 % at 95 %.
    """
    within(max_fpr, "max_fpr", 0, 1, open_ends=True)
    return math.ceil(_least(max_fpr, confidence_level(confidence)) / (CHOOSE - SHAPE))


def _least(max_fpr: float, confidence: float) -> int:
    return math.ceil(math.log1p(-confidence) / math.log1p(-max_fpr))


def _table(scores: Mapping[str, ArrayLike], texts: Sequence[str]) -> Floats:
    """Rows × heads."""
    import numpy as np

    if not scores:
        raise InputError("scores names no head")
    columns = []
    for head, values in scores.items():
        column = numbers(values, f"scores of {head}", (0.0, 1.0))
        same_length(column, texts, (f"scores of {head}", "texts"))
        columns.append(column)
    return np.stack(columns, axis=1)


@dataclass(frozen=True)
class _Parts:
    """Rows × heads of each part: three of the harmless rows, and the attacks."""

    shape: Floats
    choose: Floats
    held_out: Floats
    attacks: Floats

    @property
    def harmless(self) -> int:
        return len(self.shape) + len(self.choose) + len(self.held_out)


def _split(table: Floats, texts: Sequence[str], labels: Sequence[bool] | None) -> _Parts:
    import numpy as np

    attack = np.zeros(len(texts), bool) if labels is None else np.asarray([bool(label) for label in labels])
    same_length(texts, attack, ("texts", "labels"))
    first = _first_of_each(texts, attack)
    where = np.asarray([_share(text) for text in texts])
    harmless = first & ~attack
    return _Parts(
        shape=table[harmless & (where < SHAPE)],
        choose=table[harmless & (where >= SHAPE) & (where < CHOOSE)],
        held_out=table[harmless & (where >= CHOOSE)],
        attacks=table[first & attack],
    )


def _thresholds(parts: _Parts, allowed: int) -> list[float | None]:
    """Per head, so that on at most ``allowed`` of the choosing rows any of them fires."""
    import numpy as np

    tails = [_Tail.of(column) for column in parts.shape.T]
    rarity = [tail.at(column) for tail, column in zip(tails, parts.choose.T, strict=True)]
    rarest = np.sort(np.min(rarity, axis=0))
    thresholds = [tail.threshold(float(rarest[allowed])) for tail in tails]
    if all(threshold is None for threshold in thresholds):
        raise InputError(
            f"more than {allowed} of {len(parts.choose)} harmless texts get the highest score there is",
            hint="Look at them: they may be attacks. If not, these heads cannot be used at that rate.",
        )
    return thresholds


def _share(text: str) -> float:
    """A number in [0, 1) that depends on the text alone."""
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()
    return int.from_bytes(digest[:8], "big") / 2.0**64


def _first_of_each(texts: Sequence[str], attack: NDArray[numpy.bool_]) -> NDArray[numpy.bool_]:
    import numpy as np

    seen: set[tuple[str, bool]] = set()
    first = np.zeros(len(texts), bool)
    for row, key in enumerate(zip(texts, attack.tolist(), strict=True)):
        first[row] = key not in seen
        seen.add(key)
    return first


def _bound(fired: int, n: int, confidence: float) -> Estimate:
    """Its ``high`` is exceeded with probability 1 − confidence: one tail of a two-sided interval."""
    return clopper_pearson(fired, n, max(2.0 * confidence - 1.0, 1e-9))


def _allowed(parts: _Parts, max_fpr: float, confidence: float) -> int:
    """On how many of the choosing rows the heads may fire so that the bound stays under ``max_fpr``."""
    n, harmless = len(parts.choose), parts.harmless
    if not len(parts.shape) or not len(parts.held_out) or not n or _bound(0, n, confidence).high > max_fpr:
        # Where the split was unlucky the rows at hand would be enough by count: ask for a little more.
        needed = max(rows_needed(max_fpr, confidence), math.ceil(1.1 * harmless))
        raise InputError(
            f"{harmless} different harmless texts are too few to promise at most {max_fpr:.3%} false "
            f"positives at {confidence:.0%} confidence",
            hint=f"About {needed:,} are needed; or ask for a higher rate.",
        )
    low, high = 0, n - 1
    while low < high:
        middle = (low + high + 1) // 2
        if _bound(middle, n, confidence).high <= max_fpr:
            low = middle
        else:
            high = middle - 1
    return low


@dataclass(frozen=True)
class _Tail:
    """How rare a score of at least ``s`` is among harmless texts: falling straight from knot to knot."""

    knots: Any
    rarity: Any

    @staticmethod
    def of(sample: Floats) -> _Tail:
        import numpy as np

        values, counts = np.unique(sample, return_counts=True)
        at_least = np.cumsum(counts[::-1])[::-1] / (len(sample) + 1.0)
        if values[-1] < 1.0:
            values, at_least = np.append(values, 1.0), np.append(at_least, 0.0)
        if values[0] > 0.0:
            values, at_least = np.insert(values, 0, 0.0), np.insert(at_least, 0, 1.0)
        return _Tail(values, at_least)

    def at(self, scores: Floats) -> Floats:
        import numpy as np

        rarity: Floats = np.interp(scores, self.knots, self.rarity)
        return rarity

    def threshold(self, bound: float) -> float | None:
        """The least score, in few digits, that is rarer than ``bound``; None where none is."""
        import numpy as np

        start = float(np.interp(bound, self.rarity[::-1], self.knots[::-1]))
        step = 10.0**-_DIGITS
        unit = math.floor(start / step)
        for offset in range(4):
            score = min(round((unit + offset) * step, _DIGITS), 1.0)
            if score >= start and float(self.at(np.asarray([score]))[0]) < bound:
                return score
        return None


def _fires(table: Floats, thresholds: Sequence[float | None]) -> NDArray[numpy.bool_]:
    import numpy as np

    return table >= np.asarray([math.inf if threshold is None else threshold for threshold in thresholds])


def _rate(fired: Any) -> Estimate:
    return proportion(int(fired.sum()), len(fired))
