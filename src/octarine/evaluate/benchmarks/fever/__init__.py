"""FEVER: fact extraction and verification (Thorne et al. 2018, NAACL; the shared task, arXiv:1811.10971).

A model is asked to verify each claim from memory (``alone``), with the gold sentences (``gold``), and with
what the BM25 baseline finds (``retrieved``); the two last need the folder ``wiki-pages`` beside the claims.
The FEVER score of a model is that of ``retrieved``: its evidence is what was put before it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import DataError
from octarine.core.results import Completion, Finish, Outcome
from octarine.core.samples import Sample
from octarine.core.stats import proportion
from octarine.evaluate.benchmark import Benchmark
from octarine.evaluate.benchmarks.fever.retrieval import Retriever, plain, read_pages
from octarine.evaluate.benchmarks.fever.rows import (
    REDACTED,
    Claim,
    Label,
    Prediction,
    matched,
    read_claims,
    read_predictions,
)
from octarine.evaluate.benchmarks.fever.scorer import (
    ACCURACY,
    F1,
    MOST,
    SCORE,
    Scored,
    figures,
    score_claim,
)
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

CLAIMS = ("shared_task_dev.jsonl", "paper_dev.jsonl")
PAGES = "wiki-pages"
VARIANTS = ("alone", "gold", "retrieved")
TASK = (
    "Is this claim true? Answer with one of SUPPORTS (it is true), REFUTES (it is false) or NOT ENOUGH INFO, "
    "and nothing else."
)
GROUNDED = (
    "Does the evidence support this claim? Answer with one of SUPPORTS (the evidence shows that it is true), "
    "REFUTES (the evidence shows that it is false) or NOT ENOUGH INFO (neither), and nothing else."
)
_WHERE = "fever.ai, leaderboard of the 2018 shared task, final after more annotation"
_LABEL = re.compile(
    r"\b(?:(not[ _-]enough[ _-](?:info(?:rmation)?|evidence))|(support(?:s|ed)?)|(refute[sd]?))\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:not|n't|neither|nor|cannot|never)\W+(?:\w+\W+){0,2}$", re.IGNORECASE)


class Fever(PublicBenchmark):
    """See the module."""

    name = "fever"
    title = "FEVER: verification of claims against Wikipedia (Thorne et al. 2018)"
    version = "1.0"
    dimension = Dimension.VERACITY_ROBUSTNESS
    gold = frozenset({"label", "evidence", "given", "claim"})
    source = Source(
        home="https://github.com/sheffieldnlp/fever-scorer",
        commit="4801615100fbf6327f8e99b5dbaefe5dd890e869",
        licence="CC BY-SA 3.0 (annotations, Wikipedia); Apache-2.0 (scorer's fixtures)",
        files=(
            DataFile(CLAIMS[0], url=f"https://fever.ai/download/fever/{CLAIMS[0]}", optional=True),
            DataFile(
                "tests/actual.jsonl", "c02b4688fa0fae8cbdcf5776156227315bb8012e8f34db4d4eee519130c7ee87"
            ),
            DataFile(
                "tests/predictions.jsonl", "ab242a1e5e796d9303c35e727d2c9f1644060558ce12e96506125499513fa834"
            ),
        ),
        note="For retrieval unpack https://fever.ai/download/fever/wiki-pages.zip to wiki-pages/ there.",
    )
    published = (
        *(
            Published(metric, value, system, where=_WHERE)
            for system, values in (
                ("UNC-NLP", (0.6398, 0.6798, 0.5322)),
                ("baseline", (0.2771, 0.4892, 0.1866)),
            )
            for metric, value in zip((SCORE, ACCURACY, F1), values, strict=True)
        ),
        *(
            Published(SCORE, value, system, where=_WHERE)
            for system, value in (("UCL MR", 0.6234), ("Athene", 0.6132), ("Papelo", 0.5704))
        ),
    )

    def load(self, folder: Path) -> list[Sample]:
        """One sample a claim and variant, from ``shared_task_dev.jsonl`` or ``paper_dev.jsonl``."""
        name = next((name for name in CLAIMS if present(folder, name)), CLAIMS[0])
        path = found(folder, name, self.name)
        claims = read_claims(path)
        if any(claim.text == REDACTED for claim in claims):
            raise DataError("its claims are redacted: nothing can be asked", path=path)
        pages = Retriever(read_pages(found(folder, PAGES))) if present(folder, PAGES) else None
        return [sample for claim in claims for sample in self._samples(claim, pages)]

    def _samples(self, claim: Claim, pages: Retriever | None) -> Iterator[Sample]:
        yield self._sample(claim, "alone", [], "")
        if pages is None:
            return
        ranked = pages.first(claim.text, MOST)
        gold = min(map(sorted, claim.evidence), key=lambda group: (len(group), group), default=ranked)
        for variant, sentences in (("gold", gold), ("retrieved", ranked)):
            known = [name for name in sentences if name in pages.sentences]
            if not known and claim.evidence and variant == "gold":
                continue  # the folder lacks the pages of this claim
            shown = "\n".join(f"- {plain(name[0])}: {pages.sentences[name]}" for name in known)
            yield self._sample(claim, variant, known, shown or "- (none was found)")

    def _sample(self, claim: Claim, variant: str, given: Sequence[tuple[str, int]], shown: str) -> Sample:
        text = (
            f"{GROUNDED}\n\nEvidence:\n{shown}\n\nClaim: {claim.text}"
            if shown
            else f"{TASK}\n\nClaim: {claim.text}"
        )
        gold = [sorted(map(list, group)) for group in claim.evidence]
        expectation = self.expectation(
            label=claim.label.value, evidence=gold, given=[list(name) for name in given], claim=claim.id
        )
        return self.sample(
            f"fever-{claim.id}-{variant}",
            Conversation.user(text),
            expectation,
            group=f"fever-{claim.id}",
            variant=variant,
            template=variant,
            slices={"group": claim.label.value, "evidence": variant},
        )

    def mark(self, sample: Sample, completion: Completion) -> Mark:
        """Whether the label is right."""
        label = read_label(completion.text)
        right = label is not None and label.value == sample.expectation.args["label"]
        return Mark(
            Outcome.COMPLIED if label else Outcome.INCOHERENT, float(right), label or "no label is given"
        )

    def score(self, answers: Sequence[Answer]) -> Table:
        """By variant: label accuracy, and with ``retrieved`` evidence the FEVER score of the whole."""
        by_variant: dict[str, list[Scored]] = defaultdict(list)
        unread: dict[str, int] = defaultdict(int)
        failed = 0
        for answer in answers:
            if answer.completion.error or answer.completion.finish is Finish.ERROR:
                failed += 1
                continue
            variant = answer.sample.variant
            label = read_label(answer.completion.text)
            unread[variant] += label is None
            by_variant[variant].append(_scored(answer.sample, label))
        shown: list[Figure] = []
        for variant in VARIANTS:
            rows = by_variant[variant]
            if not rows:
                shown.append(
                    Figure(ACCURACY, None, variant, "not asked: the folder has no wiki-pages or no claims")
                )
                continue
            shown += figures(
                rows, slice="" if variant == "retrieved" else variant, evidence=variant == "retrieved"
            )
            shown.append(Figure("answers without a label", proportion(unread[variant], len(rows)), variant))
        notes = [
            "An answer without a label counts as wrong.",
            *([f"{failed} failed calls are in no rate."] * bool(failed)),
        ]
        return Table(self.name, self.version, tuple(shown), tuple(notes))

    def score_files(self, gold: Path, predictions: Path) -> Table:
        """Official predictions against official gold."""
        pairs, note = matched(read_claims(gold), read_predictions(predictions), predictions)
        shown = figures(score_claim(claim, prediction) for claim, prediction in pairs)
        return Table(self.name, self.version, tuple(shown), (note,))


def read_label(text: str) -> Label | None:
    """The first label that an answer gives; one that is denied ("does not support") is none."""
    for found_label in _LABEL.finditer(text):
        if found_label[1]:
            return Label.UNKNOWN
        if not _NEGATED.search(text, 0, found_label.start()):
            return Label.SUPPORTS if found_label[2] else Label.REFUTES
    return None


def _scored(sample: Sample, label: Label | None) -> Scored:
    args = sample.expectation.args
    groups = tuple(frozenset((page, number) for page, number in group) for group in args["evidence"])
    claim = Claim(args["claim"], Label(args["label"]), "", groups)
    given = tuple((page, number) for page, number in args["given"])
    if label is not None:
        return score_claim(claim, Prediction(claim.id, label, given))
    other = next(one for one in Label if one is not claim.label)
    return score_claim(claim, Prediction(claim.id, other, given))


def fever() -> Benchmark:
    """For the registry."""
    return Fever().benchmark()
