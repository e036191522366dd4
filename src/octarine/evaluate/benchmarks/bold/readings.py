"""Every metric of BOLD, read of answers and of Wikipedia alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy

from octarine.core.errors import MissingExtra
from octarine.core.protocols import Judge
from octarine.evaluate.benchmarks import harm
from octarine.evaluate.benchmarks.bold import norms, polarity, regard, sentiment, words
from octarine.evaluate.benchmarks.bold.loading import Prompt
from octarine.evaluate.benchmarks.bold.tables import Cells, Reading, average_ratio, figures, polar_ratio
from octarine.evaluate.benchmarks.frame import Figure

if TYPE_CHECKING:
    from octarine.core.stats.inputs import FloatArray

RATIO, RATIO_MEAN = "gender_ratio", "gender_ratio_mean"
PROFESSION = ("profession",)
PEOPLE = ("gender", "race")


@dataclass(frozen=True, slots=True)
class Texts:
    """What is scored: of each prompt the answer's text and Wikipedia's, names taken out, and what the model
    added to the prompt, as it wrote it."""

    prompts: Sequence[Prompt]
    answers: Sequence[str]
    humans: Sequence[str]
    added: Sequence[str]


@dataclass(frozen=True, slots=True)
class Lexicons:
    """What the user has beside the data; each None where it is not there.

    In a folder: ``vad.csv`` (or ``.tsv``), ``be5.csv`` (``.tsv``), ``embedding.txt`` (``.txt.gz``),
    ``regard``.
    """

    vad: Path | None = None
    be5: Path | None = None
    embedding: Path | None = None
    regard: Path | None = None

    @staticmethod
    def of(folder: Path) -> Lexicons:
        """Those that ``folder`` has."""

        def there(*names: str) -> Path | None:
            return next((folder / name for name in names if (folder / name).exists()), None)

        return Lexicons(
            there("vad.csv", "vad.tsv"),
            there("be5.csv", "be5.tsv"),
            there("embedding.txt", "embedding.txt.gz"),
            there("regard"),
        )


def every_figure(texts: Texts, lexicons: Lexicons, judge: Judge | None) -> Iterator[Figure]:
    """All figures, in the order of the paper; what needs something that is not here is a missing cell."""
    cells = Cells.of(texts.prompts)
    yield from sentiment_figures(texts, cells)
    yield from toxicity_figures(texts, cells, judge)
    yield from regard_figures(texts, cells, lexicons.regard)
    yield from norm_figures(texts, cells, norms.VAD, lexicons.vad)
    yield from norm_figures(texts, cells, norms.BE5, lexicons.be5)
    yield from polarity_figures(texts, cells, lexicons.embedding)


def missing(metric: str, needs: str) -> Figure:
    """The one cell of a metric that could not be read."""
    return Figure(metric, None, "", needs)


def sentiment_figures(texts: Texts, cells: Cells) -> Iterator[Figure]:
    """Shares of positive and of negative texts."""
    ours, theirs = sentiment.compound(texts.answers), sentiment.compound(texts.humans)
    for name, call in (("positive", _positive), ("negative", _negative)):
        yield from figures(Reading(f"sentiment_{name}", call(ours), call(theirs)), cells)


def _positive(scores: FloatArray) -> FloatArray:
    return (scores >= sentiment.POSITIVE).astype(numpy.float64)


def _negative(scores: FloatArray) -> FloatArray:
    return (scores <= sentiment.NEGATIVE).astype(numpy.float64)


def toxicity_figures(texts: Texts, cells: Cells, judge: Judge | None) -> Iterator[Figure]:
    """The share of texts that the judge calls harmful, with what is known of its errors."""
    if judge is None:
        yield missing("toxicity", "needs the judge 'guard_harm': pip install 'octarine[guard]'")
        return
    prompts = texts.prompts
    asked = [prompt.text for prompt in prompts]
    rest = [prompt.wikipedia[len(prompt.text) :].strip() for prompt in prompts]
    try:
        ours = harm.harmful(judge, list(zip(asked, texts.added, strict=True)))
        theirs = harm.harmful(judge, list(zip(asked, rest, strict=True)))
    except MissingExtra as error:
        yield missing("toxicity", str(error))
        return
    yield from figures(Reading("toxicity", ours, theirs, note=harm.UNVALIDATED), cells)


def regard_figures(texts: Texts, cells: Cells, folder: Path | None) -> Iterator[Figure]:
    """Shares of positive and of negative regard, of the four groups that the classifier knows."""
    if folder is None:
        yield missing("regard", "needs a regard classifier: a folder lexicons/regard beside the data")
        return
    chosen = [place for place, prompt in enumerate(texts.prompts) if prompt.slice in regard.GROUPS]
    if not chosen:
        return
    classifier = regard.open_classifier(folder)
    ours, theirs = (numpy.full(len(texts.prompts), numpy.nan) for _ in range(2))
    ours[chosen] = regard.regard([texts.answers[place] for place in chosen], classifier)
    theirs[chosen] = regard.regard([texts.humans[place] for place in chosen], classifier)
    for name, value in (("positive", 1.0), ("negative", -1.0)):
        read = (_where(ours, value), _where(theirs, value))
        yield from figures(Reading(f"regard_{name}", *read, domains=PEOPLE, groups=regard.GROUPS), cells)


def _where(values: FloatArray, value: float) -> FloatArray:
    return numpy.where(numpy.isnan(values), numpy.nan, (values == value).astype(numpy.float64))


def norm_figures(texts: Texts, cells: Cells, kind: norms.Norms, path: Path | None) -> Iterator[Figure]:
    """Each norm of one lexicon."""
    if path is None:
        yield missing(kind.name, f"needs a lexicon by path: lexicons/{kind.name}.csv beside the data")
        return
    lexicon = norms.read_norms(path, kind)
    ours, known = norms.norms_of(texts.answers, lexicon, kind)
    theirs, _ = norms.norms_of(texts.humans, lexicon, kind)
    note = f"{path.name} has {known.mean():.2f} of a text's content words"
    for column, name in enumerate(kind.columns):
        reading = Reading(name, ours[:, column], theirs[:, column], (kind.least, 1.0), note=note)
        yield from figures(reading, cells)


def polarity_figures(texts: Texts, cells: Cells, embedding: Path | None) -> Iterator[Figure]:
    """Gender polarity of texts about professions."""
    if "profession" not in cells.domains:
        return
    ours = numpy.array([float(polarity.by_words(text)) for text in texts.answers])
    theirs = numpy.array([float(polarity.by_words(text)) for text in texts.humans])
    chosen = cells.domains["profession"]
    ties = sum(polarity.is_tie(text) for text, inside in zip(texts.answers, chosen, strict=True) if inside)
    yield from _polar("gender_words", ours, theirs, cells, f"{ties} ties of words that are there: neutral")
    yield from polar_ratio(RATIO, ours, theirs, cells, "profession")
    yield average_ratio(RATIO_MEAN, ours, cells, "profession")
    yield average_ratio(f"{RATIO_MEAN}_wikipedia", theirs, cells, "profession")
    if embedding is None:
        yield missing("gender_embedding", "needs a debiased embedding by path: lexicons/embedding.txt")
        return
    inside = [
        text for text, kept in zip((*texts.answers, *texts.humans), (*chosen, *chosen), strict=True) if kept
    ]
    bias = polarity.read_bias(embedding, {word for text in inside for word in words.words_of(text)})
    read = zip(
        ("gender_wavg", "gender_max"),
        polarity.by_embedding(texts.answers, bias),
        polarity.by_embedding(texts.humans, bias),
        strict=True,
    )
    for name, answers, humans in read:
        yield from _polar(name, polarity.polar(answers), polarity.polar(humans), cells, "")


def _polar(metric: str, ours: FloatArray, theirs: FloatArray, cells: Cells, note: str) -> Iterator[Figure]:
    for name, value in (("male", -1.0), ("female", 1.0)):
        read = (_where(ours, value), _where(theirs, value))
        yield from figures(Reading(f"{metric}_{name}", *read, domains=PROFESSION, note=note), cells)
