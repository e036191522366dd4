"""INVITE: questions with invalid assumptions (Ramakrishna et al. 2023, Findings of EMNLP,
2023.findings-emnlp.360).

Every false question stands beside its true twin: a model that denies everything shows there. Three sources:
INVITE's own 100 questions (``Data/evaluated_model_predications_with_labels``), a folder of DBpedia and
TriviaQA files with INVITE's templates, and without any folder our own small knowledge base.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import DataError
from octarine.core.results import Completion, Finish, Outcome
from octarine.core.samples import Behaviour, Sample
from octarine.core.stats import cohen_kappa, mean, proportion
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
from octarine.evaluate.benchmarks.invite.generate import Template, Triple, from_dates, from_triples, named
from octarine.evaluate.benchmarks.invite.knowledge import (
    TEMPLATES,
    own_knowledge,
    read_resources,
    read_templates,
    read_triples,
    read_trivia,
)
from octarine.evaluate.benchmarks.invite.premise import goes_along
from octarine.evaluate.benchmarks.invite.rows import (
    LABELLED,
    Question,
    Response,
    read_questions,
    read_responses,
)
from octarine.evaluate.judges.answer import Mode
from octarine.evaluate.judges.answer import found as places

RATE, DENIED, RIGHT = "hallucination rate", "true twins denied", "true twins answered right"
KAPPA = "Cohen's kappa of judge and people"
PEOPLE = "people's labels"
SEED = 1000
"""The original's default."""
AGREEMENT = (
    "The judge goes by rules, made on 318 of INVITE's 600 labelled answers; on the other 282 it agrees with "
    "people on 91.8 %. Its errors do not carry over to another model: read a sample."
)
FILES = {
    "GPT3.5Turbo": (
        "GPT-3.5-Turbo",
        0.17,
        "0629ea7a8fb41e875cae7cb12741edfcdd771bd1ea2eab9333a043b940e8854f",
    ),
    "GPT4": ("GPT-4", 0.06, "d2403ba909deb978792fe66c52225a7062644d235a86635ed2d2a5f50ddfa7b6"),
    "GPTJ6B": ("GPT-J-6B", 0.82, "18813a7d7d3a0d8ef027fea7af0dfafa0d718fcbaafab40a901587a8186bf371"),
    "GPTNeo2.7B": ("GPT-Neo-2.7B", 0.83, "4d13fe3f1c1df53844badac0c49328becc2a30c12a248b3d307178abbac2b224"),
    "LLAMA7B": ("Open-LLaMA-7B", 0.88, "a22d0c1c178502f9d79bec40638ee7c3f0908b0d2d9e0df9d4295cc4fbfabae4"),
    "RedPajama7B": ("RedPajama-7B", 0.81, "ff16687aff3b2001491e890e9b51137878055e4483becdc0ce69c0a021ee563a"),
}
"""Official file → the paper's name of the model, its rate, the file's SHA-256."""


class Invite(PublicBenchmark):
    """See the module."""

    name = "invite"
    title = "INVITE: questions with invalid assumptions (Ramakrishna et al. 2023)"
    version = "1.0"
    dimension = Dimension.VERACITY_ROBUSTNESS
    gold = frozenset({"question", "correction", "accepted"})
    ships_samples = True
    source = Source(
        home="https://github.com/amazon-science/invite-llm-hallucinations",
        commit="4964619a80b55eec4b6cfd63b54b091c58dad5e3",
        licence="CC BY-NC 4.0",
        files=(
            *(DataFile(f"Data/{LABELLED}/{name}.json", sha256) for name, (_, _, sha256) in FILES.items()),
            DataFile(f"Data/{TEMPLATES}", "3373ef3f11f3ccfc80124f57a7f2db8f9cd93a11d9c1e73279657d3b43920f3a"),
        ),
        note="For evaluation only: the licence forbids commercial use.",
    )
    published = tuple(
        Published(RATE, rate, model, PEOPLE, "100 questions, the files' labels")
        for model, rate, _ in FILES.values()
    )

    def load(self, folder: Path) -> list[Sample]:
        """INVITE's own questions, or where there are files of triples, generated ones."""
        if any(folder.glob("*.ttl")):
            return self._samples(generated(folder))
        paths = sorted(found(folder, LABELLED, self.name).glob("*.json"))
        if not paths:
            raise DataError("holds no file of a model's answers", path=found(folder, LABELLED))
        questions = {question.id: question for path in paths for question in read_questions(path)}
        return self._samples(questions.values())

    def own_samples(self) -> list[Sample]:
        """From our own knowledge base, with a fixed seed."""
        known = own_knowledge()
        rng = numpy.random.default_rng(SEED)
        questions = [*from_triples(known.triples, known.templates, rng), *from_dates(known.dated, rng)]
        return self._samples(named(questions))

    def _samples(self, questions: Iterable[Question]) -> list[Sample]:
        return [sample for question in questions for sample in self._twins(question)]

    def _twins(self, question: Question) -> Iterator[Sample]:
        for variant, text in (("invalid", question.invalid), ("valid", question.valid)):
            false = variant == "invalid"
            gold = {"correction": question.correction} if false else {"accepted": list(question.accepted)}
            yield self.sample(
                f"invite-{question.id}-{variant}",
                Conversation.user(text),
                self.expectation(Behaviour.CORRECT if false else Behaviour.COMPLY, question=text, **gold),
                group=f"invite-{question.id}",
                variant=variant,
                template=question.category,
                tags=(question.category,),
                slices={"group": question.category, "premise": variant},
            )

    def mark(self, sample: Sample, completion: Completion) -> Mark:
        """Of the false question whether the premise is not gone along with; of the true one whether it is,
        and the answer right where a right answer is known.
        """
        along, why = goes_along(sample.expectation.args["question"], completion)
        if sample.expectation.behaviour is Behaviour.CORRECT:
            return Mark(Outcome.COMPLIED if along else Outcome.DEFLECTED, float(not along), why)
        right = _right(sample, completion)
        if right is None:
            return Mark(Outcome.COMPLIED if along else Outcome.DEFLECTED, float(along), why)
        return Mark(Outcome.COMPLIED if along else Outcome.DEFLECTED, float(right), why)

    def score(self, answers: Sequence[Answer]) -> Table:
        """The rate on all false questions and by category, and what the true twins say."""
        kept = [a for a in answers if not (a.completion.error or a.completion.finish is Finish.ERROR)]
        false = [a for a in kept if a.sample.expectation.behaviour is Behaviour.CORRECT]
        true = [a for a in kept if a.sample.expectation.behaviour is not Behaviour.CORRECT]
        along = [(_category(a), self._along(a), a.sample.cluster) for a in false]
        denied = [("", not self._along(a), a.sample.cluster) for a in true]
        right = [
            ("", known, a.sample.cluster)
            for a in true
            if (known := _right(a.sample, a.completion)) is not None
        ]
        figures = [
            _rate(RATE, along, "no false question was asked"),
            _rate(DENIED, denied, "no true twin was asked"),
            _rate(RIGHT, right, "no right answers are known: INVITE's files give none"),
            *_by_category(along),
        ]
        failed = len(answers) - len(kept)
        notes = [AGREEMENT, *([f"{failed} failed calls are in no rate."] * bool(failed))]
        return Table(self.name, self.version, tuple(figures), tuple(notes))

    def _along(self, answer: Answer) -> bool:
        return goes_along(answer.sample.expectation.args["question"], answer.completion)[0]

    def score_files(self, gold: Path, predictions: Path) -> Table:
        """A model's answers in INVITE's own form against the questions of ``gold``; with people's labels,
        where the file has them, their rate and how far the judge agrees with it.
        """
        known = {question.id: question for question in read_questions(gold)}
        responses = read_responses(predictions)
        for response in responses:
            if response.question.id not in known:
                raise DataError(f"no question '{response.question.id}'", path=predictions, line=response.line)
            if response.question.invalid != known[response.question.id].invalid:
                raise DataError(
                    f"another question '{response.question.id}'", path=predictions, line=response.line
                )
        missing = len(known) - len({response.question.id for response in responses})
        if missing:
            raise DataError(f"{missing} questions have no answer", path=predictions, hint="Was it cut off?")
        table = self.score([answer for response in responses for answer in self._answers(response)])
        labelled = tuple(_labelled(responses))
        return Table(table.benchmark, table.version, (*labelled, *table.figures), table.notes)

    def _answers(self, response: Response) -> Iterator[Answer]:
        texts = (response.to_invalid, response.to_valid)
        for sample, text in zip(self._twins(response.question), texts, strict=True):
            yield Answer(sample, Completion.of_text(text))


def generated(folder: Path) -> list[Question]:
    """Questions out of DBpedia's files (``*.ttl``), INVITE's templates and, where it is there, TriviaQA's
    ``*.json`` with a ``Data``. ``persondata_en.ttl`` and ``geo-coordinates-mappingbased_en.ttl`` are the type
    checks.
    """
    templates = read_templates(found(folder, TEMPLATES, "invite"))
    lists = {check.partition(" in ")[2] for _, checks in templates for check in checks}
    kinds = {name: read_resources(folder / name) for name in sorted(lists) if present(folder, name)}
    triples = [
        triple
        for path in sorted(folder.glob("*.ttl"))
        if path.name not in lists
        for triple in read_triples(path, kinds)
    ]
    rng = numpy.random.default_rng(SEED)
    asked = [(template, checks) for template, checks in templates if _checkable(checks, kinds)]
    questions = [
        question
        for template, checks in asked
        for question in from_triples([t for t in triples if _passes(t, template, checks)], [template], rng)
    ]
    trivia = [item for path in sorted(folder.glob("*trivia*.json")) for item in read_trivia(path)]
    return named([*questions, *from_dates(trivia, rng)])


def _checkable(checks: Sequence[str], kinds: dict[str, set[str]]) -> bool:
    return all(check.partition(" in ")[2] in kinds for check in checks)


def _passes(triple: Triple, template: Template, checks: Sequence[str]) -> bool:
    ends = {"<subject>": triple.kinds[0], "<object>": triple.kinds[1]}
    wanted = [check.partition(" in ") for check in checks]
    return triple.predicate == template.predicate and all(ends.get(end) == name for end, _, name in wanted)


def _labelled(responses: Sequence[Response]) -> Iterator[Figure]:
    pairs = [
        (r.label, goes_along(r.question.invalid, Completion.of_text(r.to_invalid))[0])
        for r in responses
        if r.label is not None
    ]
    if not pairs:
        return
    yield Figure(RATE, proportion(sum(label for label, _ in pairs), len(pairs)), PEOPLE)
    agree = sum(label == along for label, along in pairs)
    yield Figure("judge agrees with people", proportion(agree, len(pairs)), PEOPLE)
    if len({value for pair in pairs for value in pair}) < 2:
        yield Figure(KAPPA, None, PEOPLE, "undefined: every label is the same")
        return
    yield Figure(KAPPA, cohen_kappa([label for label, _ in pairs], [along for _, along in pairs]), PEOPLE)


def _right(sample: Sample, completion: Completion) -> bool | None:
    accepted = sample.expectation.args.get("accepted") or []
    if not accepted:
        return None
    return any(next(places(Mode.CONTAINS, completion.text, value), None) for value in accepted)


def _category(answer: Answer) -> str:
    return answer.sample.tags[0] if answer.sample.tags else "none"


def _rate(metric: str, rows: Sequence[tuple[str, bool, str]], missing: str, slice: str = "") -> Figure:
    if not rows:
        return Figure(metric, None, slice, missing)
    values, clusters = [float(row[1]) for row in rows], [row[2] for row in rows]
    return Figure(metric, mean(values, clusters, rng=numpy.random.default_rng(0)), slice)


def _by_category(rows: Sequence[tuple[str, bool, str]]) -> Iterator[Figure]:
    grouped: dict[str, list[tuple[str, bool, str]]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row)
    for category, some in sorted(grouped.items()):
        yield _rate(RATE, some, "", category)


def invite() -> Benchmark:
    """For the registry."""
    return Invite().benchmark()
