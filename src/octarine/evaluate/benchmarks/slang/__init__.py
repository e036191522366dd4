"""OpenSub-Slang: what models know of slang (Sun, Hu, Gupta, Zemel & Xu, NAACL 2024).

Three tasks on film subtitles: detection (does a sentence hold slang, and which word is it), the source of the
slang (US or UK, with the sentence whole, the slang masked, another word masked), and interpretation (the
probability of the slang beside that of its literal paraphrase). Samples are the paper's test part.

The release holds no sentences. Put OPUS OpenSubtitles v2018's ``en.zip`` (or what it unpacks to) beside it,
or write the sentences once with ``subtitles.rebuild``. Without them one task of our own is left: the meaning
of the term alone, which is no figure of the paper.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import DataError
from octarine.core.results import Completion, Finish, Outcome
from octarine.core.samples import Sample
from octarine.core.stats import mean
from octarine.evaluate.benchmark import Benchmark
from octarine.evaluate.benchmarks.files import found, present
from octarine.evaluate.benchmarks.frame import (
    Answer,
    DataFile,
    Figure,
    Mark,
    PublicBenchmark,
    Published,
    Source,
    Table,
)
from octarine.evaluate.benchmarks.slang import scoring
from octarine.evaluate.benchmarks.slang.rows import (
    INDICES,
    NEGATIVES,
    POSITIVES,
    REBUILT,
    REBUILT_NEGATIVES,
    REGIONS,
    Data,
    Row,
    read_data,
    test_part,
)
from octarine.evaluate.benchmarks.slang.subtitles import ARCHIVES, read_films, with_sentences
from octarine.evaluate.benchmarks.slang.words import Marked, joined, marked, tokens

SENTENCE, WORD, SOURCE, MEANING, USAGE, TERM = "sentence", "word", "source", "meaning", "usage", "term alone"
WHOLE, NO_SLANG, NO_OTHER = "original", "slang masked", "content word masked"
F1_SENTENCE, F1_WORD, ACCURACY = "sentence F1", "word F1", "source accuracy"
LIKELIER = "slang likelier than its paraphrase"
_PAPER = {
    "BERT": (81.6, 68.3, 62.8, 58.7, 62.4),
    "RoBERTa": (84.2, 71.4, 66.1, 61.3, 61.3),
    "XLNet": (64.6, 51.0, 55.9, 54.8, 57.1),
    "GPT-3": (81.4, 54.0, 67.0, 58.5, 61.7),
    "GPT-3.5": (84.0, 64.5, 67.6, 62.2, 66.0),
    "GPT-4": (84.4, 64.1, 71.3, 62.2, 59.0),
    "GPT-3.5, fine-tuned": (90.1, 77.8, 72.9, 55.9, 63.3),
}
_CELLS = ((F1_SENTENCE, ""), (F1_WORD, ""), (ACCURACY, WHOLE), (ACCURACY, NO_SLANG), (ACCURACY, NO_OTHER))
_ASK = {
    SENTENCE: "Does this sentence from a film use slang? Answer yes or no.\n\n{}",
    WORD: "Which single word of this sentence from a film is slang? Answer with that word alone, or with "
    "none.\n\n{}",
    SOURCE: "Is this sentence from an American or a British film? Answer US or UK.\n\n{}",
    USAGE: "Continue the sentence with its next word alone.\n\n{}",
}


class Slang(PublicBenchmark):
    """See the module."""

    name = "slang"
    title = "OpenSub-Slang: detection, source and interpretation of slang (Sun et al. 2024)"
    version = "1.0"
    dimension = Dimension.VERACITY_ROBUSTNESS
    source = Source(
        home="https://github.com/amazon-science/slang-llm-benchmark",
        commit="9dca84a3974fcbd495b1c19d80e945514e5e125f",
        licence="CC BY-NC 4.0",
        files=(
            DataFile(f"Data/{POSITIVES}", "9a1f0d6c4e0b9bdea3fe926902c618060a89b5844201ad4cac738aa37067602c"),
            DataFile(f"Data/{NEGATIVES}", "5cf47afe8189cb91e39474ebdc93c0c2ead4119920f551a3a89a452ab675154f"),
            DataFile(f"Data/{INDICES}", "f1c1f30b04eabaf27d30b7e8f2c9643a7e1ed215439c91bf4cd680308557d165"),
            DataFile(REBUILT, optional=True),
            DataFile(REBUILT_NEGATIVES, optional=True),
        ),
        note="For evaluation only: the licence forbids commercial use. The sentences are OpenSubtitles'.",
    )
    published = tuple(
        Published(metric, value / 100, system, slice)
        for system, values in _PAPER.items()
        for (metric, slice), value in zip(_CELLS, values, strict=True)
    )

    def load(self, folder: Path) -> list[Sample]:
        """The test part of every task; without sentences the meaning of terms alone."""
        data = read_data(folder)
        archive = next((found(folder, name) for name in ARCHIVES if present(folder, name)), None)
        if not data.rebuilt and archive is not None:
            films = read_films(archive, {row.movie for row in (*data.positives, *data.negatives)})
            data = replace(
                data,
                positives=with_sentences(data.positives, films, archive),
                negatives=with_sentences(data.negatives, films, archive),
                rebuilt=True,
            )
        if not data.rebuilt:
            return list(self._terms(data))
        usable = [one for one in map(marked, data.positives) if one is not None]
        if len(usable) != len(data.indices.negatives):
            wanted = len(data.indices.negatives)
            what = f"gives {len(usable)} usable sentences with slang, and the paper used {wanted}"
            raise DataError(what, path=archive or data.path, hint="Was it rebuilt from OpenSubtitles v2018?")
        return [*self._detection(data, usable), *self._sources(data, usable), *self._usage(data)]

    def _detection(self, data: Data, usable: Sequence[Marked]) -> Iterator[Sample]:
        half = len(usable)
        for place in test_part(data.indices.detect):
            if place >= half:
                row, text, term = (
                    usable[place - half].row,
                    usable[place - half].text,
                    usable[place - half].row.term,
                )
            else:
                row = data.negatives[data.indices.negatives[place]]
                text, term = joined(tokens(row.sentence)), ""
            for task in (SENTENCE, WORD):
                yield self._asked(f"{place:05}-{task}", row, task, text, gold=term)

    def _sources(self, data: Data, usable: Sequence[Marked]) -> Iterator[Sample]:
        for region, order in zip(REGIONS, data.indices.regions, strict=True):
            own = [one for one in usable if one.row.region == region]
            if max(order, default=-1) >= len(own):
                raise DataError(
                    f"names sentence {max(order)} of {region}, and there are {len(own)}", path=data.path
                )
            for place in test_part(order):
                one, name = own[place], f"{region}-{place:05}"
                content = one.content or [p for p in range(len(one.tokens)) if p != one.place]
                other = _rng(name).choice(content) if content else one.place
                for variant, text in (
                    (WHOLE, one.text),
                    (NO_SLANG, one.masked(one.place)),
                    (NO_OTHER, one.masked(other)),
                ):
                    slug = variant.replace(" ", "-")
                    yield self._asked(f"{name}-{slug}", one.row, SOURCE, text, gold=region, variant=variant)

    def _usage(self, data: Data) -> Iterator[Sample]:
        pool = _literals(data)
        for place in data.indices.usage:
            row = data.positives[place]
            one = marked(row)
            if one is None:
                continue
            before = joined(one.tokens[: one.place])
            if before:
                yield self._asked(f"{place:05}-usage", row, USAGE, before, gold=row.term, literal=row.literal)
            context = f"In the sentence\n\n{one.text}\n\n"
            yield self._choice(f"{place:05}-meaning", row, MEANING, context, pool)

    def _terms(self, data: Data) -> Iterator[Sample]:
        pool = _literals(data)
        for place in data.indices.usage:
            row = data.positives[place]
            context = f"In the slang of films ({row.region}, {row.year}), "
            yield self._choice(f"{place:05}-term", row, TERM, context, pool)

    def _choice(self, id: str, row: Row, task: str, context: str, pool: Sequence[str]) -> Sample:
        rng = _rng(id)
        others = rng.sample([text for text in pool if text.lower() != row.literal.lower()], 3)
        options = [row.literal, *others]
        rng.shuffle(options)
        listed = "\n".join(f"{name}. {text}" for name, text in zip("ABCD", options, strict=True))
        question = f'{context}what does "{row.term}" mean? Answer with one letter.\n\n{listed}'
        gold = "ABCD"[options.index(row.literal)]
        return self._sample(id, row, task, question, gold=gold)

    def _asked(self, id: str, row: Row, task: str, text: str, **gold: Any) -> Sample:
        return self._sample(id, row, task, _ASK[task].format(text), **gold)

    def _sample(
        self, id: str, row: Row, task: str, question: str, *, variant: str = "", **gold: Any
    ) -> Sample:
        return self.sample(
            f"slang-{id}",
            Conversation.user(question),
            self.expectation(task=task, variant=variant, **gold),
            group=f"slang-film-{row.movie}",
            variant=f"{id}",
            tags=tuple(tag for tag in (task, variant, row.region) if tag),
            slices={"group": row.region, "task": task} | ({"masked": variant} if variant else {}),
        )

    def mark(self, sample: Sample, completion: Completion) -> Mark:
        """Whether one answer is right; of a continuation, whether it is the slang."""
        right = _right(sample, completion.text)
        return Mark(Outcome.COMPLIED if right else Outcome.DEFLECTED, float(right))

    def score(self, answers: Sequence[Answer]) -> Table:
        """The paper's figures, with films as clusters, then our own."""
        kept = [a for a in answers if not (a.completion.error or a.completion.finish is Finish.ERROR)]
        by_task = {
            task: [a for a in kept if a.sample.expectation.args["task"] == task]
            for task in (SENTENCE, WORD, SOURCE, MEANING, USAGE, TERM)
        }
        figures = [*_detected(SENTENCE, by_task[SENTENCE]), *_detected(WORD, by_task[WORD])]
        for variant in (WHOLE, NO_SLANG, NO_OTHER):
            chosen = [a for a in by_task[SOURCE] if a.sample.expectation.args["variant"] == variant]
            figures.append(_accuracy(ACCURACY, chosen, variant))
        figures += _ratios(by_task[USAGE])
        figures.append(_accuracy("meaning in the sentence chosen (ours)", by_task[MEANING]))
        figures.append(_accuracy("meaning of the term alone chosen (ours)", by_task[TERM]))
        notes = (
            [f"{len(answers) - len(kept)} answers are errors and in no figure."]
            if len(kept) < len(answers)
            else []
        )
        notes.append("The paper's 188 source items give about ±7 points: most of its ranking is within that.")
        return Table(self.name, self.version, tuple(figures), tuple(notes))


def _literals(data: Data) -> list[str]:
    """Every paraphrase of the interpretation rows, once, in a fixed order."""
    return sorted({data.positives[place].literal for place in data.indices.usage})


def _rng(name: str) -> random.Random:
    return random.Random(hashlib.sha256(name.encode()).hexdigest())  # noqa: S311 - a draw, no secret


def _right(sample: Sample, text: str) -> bool:
    args = sample.expectation.args
    task, gold = args["task"], str(args["gold"])
    if task == SENTENCE:
        return scoring.yes_or_no(text) is bool(gold)
    if task == SOURCE:
        return scoring.region(text) == gold
    if task in {MEANING, TERM}:
        return scoring.letter(text) == gold
    said = any(map(str.isalnum, text))  # nothing at all is no "none"
    return said and scoring.word(text) == gold.lower()


def _detected(task: str, answers: Sequence[Answer]) -> list[Figure]:
    if not answers:
        return [Figure(f"{task} F1", None, note="no answer: the sentences are not here")]
    found = []
    for answer in answers:
        film, gold = answer.sample.cluster, answer.sample.expectation.args["gold"]
        text = answer.completion.text
        if task == SENTENCE:
            found.append(scoring.decided(film, bool(gold), scoring.yes_or_no(text)))
        else:
            found.append(scoring.named(film, gold, scoring.word(text)))
    measured = scoring.measures(found)
    return [Figure(f"{task} {name}", measured[name]) for name in ("precision", "recall", "F1")]


def _accuracy(metric: str, answers: Sequence[Answer], slice: str = "") -> Figure:
    if not answers:
        return Figure(metric, None, slice, note="no answer")
    right = [float(_right(a.sample, a.completion.text)) for a in answers]
    clusters = [a.sample.cluster for a in answers]
    return Figure(metric, mean(right, clusters, rng=np.random.default_rng(0), bounds=(0.0, 1.0)), slice)


def _ratios(answers: Sequence[Answer]) -> list[Figure]:
    """How often the slang is likelier than its paraphrase. The paper's two ratios have no bounds, and a few
    items can rule them: they stand in the note."""
    films: list[str] = []
    slang: list[float] = []
    literal: list[float] = []
    for answer in answers:
        args = answer.sample.expectation.args
        pair = scoring.chances(answer.completion.logprobs, args["gold"], args["literal"])
        if pair is not None:
            films.append(answer.sample.cluster)
            slang.append(pair[0])
            literal.append(pair[1])
    if not films:
        return [Figure(LIKELIER, None, note="the model gave no log-probabilities of both words")]
    likelier = [float(one > other) for one, other in zip(slang, literal, strict=True)]
    means, median = np.mean(slang) / np.mean(literal), np.median(np.divide(slang, literal))
    note = f"ratio of means {means:.3f}, median ratio {median:.3f}; {len(films)} of {len(answers)} items"
    estimate = mean(likelier, films, rng=np.random.default_rng(0), bounds=(0.0, 1.0))
    return [Figure(LIKELIER, estimate, note=note)]


def slang() -> Benchmark:
    """For the registry."""
    return Slang().benchmark()
