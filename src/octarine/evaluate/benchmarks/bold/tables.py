"""From what was read of every answer to figures by group: a value, Wikipedia's, and their difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy

from octarine.core.estimate import Estimate
from octarine.core.stats import holm, mean, paired_difference, paired_p_value, proportion
from octarine.core.stats.inputs import Bounds
from octarine.evaluate.benchmarks.bold.loading import DOMAINS, Prompt
from octarine.evaluate.benchmarks.frame import Figure

if TYPE_CHECKING:
    from octarine.core.stats.inputs import BoolArray, FloatArray

WIKIPEDIA = "_wikipedia"
DIFFERENCE = "_difference"
RATE = (0.0, 1.0)
RESAMPLES = 2000
NOTHING_READ = "no text of this slice says anything to this metric"


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric of every answer and of the Wikipedia sentence of the same prompt.

    Attributes:
        answers, wikipedia: shape (prompts,); NaN where the metric says nothing of a text.
        domains: where it applies; ``groups`` narrows that, empty for all.
        note: stands at every figure of the metric.
    """

    metric: str
    answers: FloatArray
    wikipedia: FloatArray
    bounds: Bounds = RATE
    domains: tuple[str, ...] = DOMAINS
    groups: frozenset[str] = frozenset()
    note: str = ""

    def applies(self, prompt: Prompt) -> bool:
        return prompt.domain in self.domains and (not self.groups or prompt.slice in self.groups)


@dataclass(frozen=True, slots=True)
class Cells:
    """Which prompts belong to each slice, in the order of the paper: everything, domains, groups."""

    prompts: Sequence[Prompt]
    domains: dict[str, BoolArray]
    groups: dict[str, BoolArray]
    entities: Sequence[str]

    @staticmethod
    def of(prompts: Sequence[Prompt]) -> Cells:
        domain = numpy.array([prompt.domain for prompt in prompts])
        group = numpy.array([prompt.slice for prompt in prompts])
        found = [name for name in DOMAINS if (domain == name).any()]
        inside = {name: list(dict.fromkeys(group[domain == name].tolist())) for name in found}
        return Cells(
            prompts,
            {name: domain == name for name in found},
            {name: group == name for names in inside.values() for name in names},
            [f"{prompt.domain}/{prompt.entity}" for prompt in prompts],
        )

    def clusters(self, chosen: BoolArray) -> list[str]:
        """The article of each chosen prompt: sentences of one article are no independent observations."""
        return [self.entities[int(place)] for place in numpy.flatnonzero(chosen)]


def figures(reading: Reading, cells: Cells, seed: int = 0) -> list[Figure]:
    """The figures of one metric; p-values of the groups are adjusted together (Holm)."""
    applies = numpy.array([reading.applies(prompt) for prompt in cells.prompts])
    slices = {"": applies} | cells.domains | cells.groups
    if len(cells.domains) == 1 or len(reading.domains) == 1:
        del slices[""]
    kept = {name: chosen & applies for name, chosen in slices.items() if (chosen & applies).any()}
    found: list[Figure] = []
    for name, chosen in kept.items():
        found += _cell(reading, name, chosen, cells, seed)
    return [*found, *_differences(reading, kept, cells, seed)]


def _cell(reading: Reading, name: str, chosen: BoolArray, cells: Cells, seed: int) -> Iterator[Figure]:
    for suffix, values in (("", reading.answers), (WIKIPEDIA, reading.wikipedia)):
        known = chosen & ~numpy.isnan(values)
        left = int(chosen.sum() - known.sum())
        if not known.any():
            yield Figure(reading.metric + suffix, None, name, _joined(reading.note, NOTHING_READ))
            continue
        estimate = mean(
            values[known], cells.clusters(known), rng=numpy.random.default_rng(seed), bounds=reading.bounds
        )
        unread = f"{left} of {int(chosen.sum())} texts say nothing to this metric" if left else ""
        yield Figure(reading.metric + suffix, estimate, name, _joined(reading.note, unread))


def _differences(reading: Reading, kept: dict[str, BoolArray], cells: Cells, seed: int) -> list[Figure]:
    """Answers minus Wikipedia over the same prompts."""
    both = ~numpy.isnan(reading.answers) & ~numpy.isnan(reading.wikipedia)
    found: list[Figure] = []
    p_values: dict[int, float] = {}
    for name, chosen in kept.items():
        known = chosen & both
        if not known.any():
            found.append(Figure(reading.metric + DIFFERENCE, None, name, NOTHING_READ))
            continue
        ours, theirs, clusters = reading.answers[known], reading.wikipedia[known], cells.clusters(known)
        rng = numpy.random.default_rng(seed)
        estimate = paired_difference(ours, theirs, clusters, rng=rng, bounds=reading.bounds)
        if name in cells.groups:
            p_values[len(found)] = paired_p_value(ours, theirs, clusters, rng=rng)
        found.append(Figure(reading.metric + DIFFERENCE, estimate, name, reading.note))
    adjusted = holm(p_values.values())
    for place, p in zip(p_values, adjusted, strict=True):
        note = f"p {_p(p)} (sign flips of whole articles, Holm over {len(adjusted)} groups)"
        found[place] = replace(found[place], note=_joined(found[place].note, note))
    return found


def polar_ratio(
    metric: str, answers: FloatArray, wikipedia: FloatArray, cells: Cells, domain: str
) -> Iterator[Figure]:
    """Male texts to one female text (−1 and 1 of ``answers``), by group of ``domain`` and for all of it.

    The interval is that of the male share of all polar texts. Source: Dhamala et al. 2021.
    """
    names = [domain, *(name for name in cells.groups if name.startswith(f"{domain}/"))]
    for name in names:
        chosen = cells.domains[domain] if name == domain else cells.groups[name]
        for suffix, values in (("", answers), (WIKIPEDIA, wikipedia)):
            yield _ratio(metric + suffix, values[chosen], name)


def _ratio(metric: str, values: FloatArray, name: str) -> Figure:
    male, female = int((values == -1).sum()), int((values == 1).sum())
    counts = f"{male} male and {female} female of {len(values)} texts"
    if not female:
        return Figure(metric, None, name, f"{counts}: no ratio")
    share = proportion(male, male + female)

    def odds(rate: float) -> float:
        return rate / (1.0 - rate) if rate < 1.0 else numpy.inf

    estimate = Estimate(
        odds(share.value),
        odds(share.low),
        odds(share.high),
        male + female,
        male + female,
        f"odds of {share.method}",
    )
    return Figure(metric, estimate, name, counts)


def average_ratio(metric: str, values: FloatArray, cells: Cells, domain: str, seed: int = 0) -> Figure:
    """The mean over groups of their ratio, groups without a female text left out: the paper's one number.

    The interval is percentiles over articles drawn anew within each group; half a text is added to a group
    whose draw has no female one.
    """
    names = [name for name in cells.groups if name.startswith(f"{domain}/")]
    counted = [_by_article(values, cells, name) for name in names]
    kept = [(male, female) for male, female in counted if female.sum()]
    if not kept:
        return Figure(metric, None, domain, "no group has a female text: no ratio")
    value = float(numpy.mean([male.sum() / female.sum() for male, female in kept]))
    rng = numpy.random.default_rng(seed)
    drawn = numpy.mean([_drawn_ratios(male, female, rng) for male, female in kept], axis=0)
    low, high = numpy.quantile(drawn, [0.025, 0.975])
    polar = int(sum(male.sum() + female.sum() for male, female in kept))
    articles = sum(len(male) for male, _ in kept)
    note = f"{len(names) - len(kept)} of {len(names)} groups have no female text and are left out"
    estimate = Estimate(value, min(low, value), max(high, value), polar, articles, "bootstrap of articles")
    return Figure(metric, estimate, domain, note if len(kept) < len(names) else "")


def _by_article(values: FloatArray, cells: Cells, name: str) -> tuple[FloatArray, FloatArray]:
    """Male and female texts of each article of a group."""
    chosen = cells.groups[name]
    articles, codes = numpy.unique(cells.clusters(chosen), return_inverse=True)
    inside = values[chosen]
    male = numpy.bincount(codes[inside == -1], minlength=len(articles)).astype(numpy.float64)
    female = numpy.bincount(codes[inside == 1], minlength=len(articles)).astype(numpy.float64)
    return male, female


def _drawn_ratios(male: FloatArray, female: FloatArray, rng: numpy.random.Generator) -> FloatArray:
    weights = rng.multinomial(len(male), numpy.full(len(male), 1.0 / len(male)), size=RESAMPLES)
    ratios: FloatArray = (weights @ male) / numpy.maximum(weights @ female, 0.5)
    return ratios


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
