"""How far documents bear out an answer, sentence by sentence.

A logistic combination of lexical features (``evidence``) in nine languages, without a model. It sees numbers,
names, denials and words that the documents do not have. It does not see what takes understanding: a
contradiction in other words, a conclusion that does not follow; and free paraphrase looks unsupported to it.
What it was fitted on is on its card, ``data/weights.toml``. ``judge`` asks a model instead.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from octarine.guard.grounding.evidence import FEATURES, Evidence, Place
from octarine.guard.grounding.words import Sentence, sentences
from octarine.guard.scan.language import guess_language

THRESHOLD = 0.5
"""Support under which a sentence counts as unsupported unless the user says otherwise."""
_LEAST = 2
"""Words that a sentence must say to claim something."""


@dataclass(frozen=True, slots=True)
class SentenceSupport:
    """One sentence of an answer.

    Attributes:
        start, end: ``[start, end)`` in code points of the answer.
        support: 0 to 1, that the documents bear it out; 1 for what claims nothing (a greeting, a question).
        evidence: the sentence of the documents that says most of it; None where none shares a word.
        reasons: what speaks against it, the weightiest first, as named in ``evidence.FEATURES``.
    """

    start: int
    end: int
    support: float
    evidence: Place | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grounding:
    """How far documents bear out an answer.

    Attributes:
        score: support of its weakest sentence, 1 where it claims nothing.
        sentences: every sentence.
        threshold: support under which one counts as unsupported.
    """

    score: float
    sentences: tuple[SentenceSupport, ...]
    threshold: float = THRESHOLD

    @property
    def unsupported(self) -> tuple[tuple[int, int], ...]:
        """The spans of sentences that the documents do not bear out."""
        return tuple((one.start, one.end) for one in self.sentences if one.support < self.threshold)

    @property
    def grounded(self) -> bool:
        """Whether every sentence is borne out."""
        return not self.unsupported


def check_grounding(
    answer: str,
    documents: Sequence[str],
    question: str | None = None,
    *,
    threshold: float = THRESHOLD,
    language: str = "",
) -> Grounding:
    """How far ``documents`` bear out ``answer``.

    Args:
        question: what was asked; an answer may take up its words.
        threshold: support under which a sentence is unsupported.
        language: ISO 639-1 of the answer; guessed where it is empty. Documents in another language bear
            nothing out.

    Raises:
        InputError: there is no document, or the threshold lies outside 0 to 1.
    """
    from octarine.core.errors import InputError

    if isinstance(documents, str) or not documents:
        raise InputError("grounding: no documents are given", hint="Give a list of texts.")
    if not 0.0 <= threshold <= 1.0:
        raise InputError(f"grounding: the threshold must lie in [0, 1], not {threshold}")
    code = language or guess_language(answer)
    supports = support(answer, Evidence(documents, question or "", code), code)
    return Grounding(min((one.support for one in supports), default=1.0), supports, threshold)


def support(answer: str, evidence: Evidence, language: str) -> tuple[SentenceSupport, ...]:
    """Every sentence of an answer against documents that were read before."""
    return tuple(_supported(one, evidence) for one in sentences(answer, language))


def claims(sentence: Sentence) -> bool:
    """Whether a sentence says something that documents could bear out."""
    if sentence.text.rstrip().endswith(("?", "？", "؟")):
        return False
    content = [word for word in sentence.words if word.content]
    return len(content) >= _LEAST or any(word.number or word.name for word in content)


def _supported(sentence: Sentence, evidence: Evidence) -> SentenceSupport:
    if not claims(sentence):
        return SentenceSupport(sentence.start, sentence.end, 1.0, None, ())
    found = evidence.find(sentence)
    bias, weights = _weights()
    parts = [weight * value for weight, value in zip(weights, found.features, strict=True)]
    against = sorted((part, name) for part, name in zip(parts, FEATURES, strict=True) if part > 0)
    reasons = tuple(name for _, name in reversed(against))
    return SentenceSupport(
        sentence.start, sentence.end, 1.0 / (1.0 + math.exp(bias + sum(parts))), found.place, reasons
    )


@cache
def _weights() -> tuple[float, tuple[float, ...]]:
    source = resources.files("octarine.guard.grounding") / "data" / "weights.toml"
    read = tomllib.loads(source.read_text("utf-8"))
    return float(read["bias"]), tuple(float(read["weights"][name]) for name in FEATURES)
