"""What documents hold for and against a sentence: features between 0 and 1, higher the less they bear it
out."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from octarine.guard.grounding.words import Sentence, Word, sentences

FEATURES = (
    "missing",
    "missing_anywhere",
    "several_missing",
    "numbers",
    "names",
    "denial",
    "pairs",
    "order",
    "gap",
    "sequence",
)
"""missing: share of what the sentence says, by rarity, that the evidence lacks; missing_anywhere: that all
documents lack; several_missing: n / (1 + n) for n such words; numbers, names: shares of those that the
evidence lacks; denial: one of sentence and evidence denies and the other does not, by how much they share;
pairs: share of neighbouring words that are no neighbours there; order: share of shared words that change
places; gap: share of what the evidence says between shared words and the sentence leaves out; sequence:
1 − longest common subsequence (Lin 2004, ROUGE-L, recall)."""
_IN_QUESTION = 0.5
"""What a word counts that the documents lack and the question has: an answer may take it up."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of a document: which document, ``[start, end)`` in code points."""

    document: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a sentence: its features, and the sentence that says most of it."""

    features: tuple[float, ...]
    place: Place | None


class Evidence:
    """The sentences of some documents, ready to be asked.

    Args:
        question: what was asked; may be empty.
        language: ISO 639-1 of the documents; guessed for each where it is empty.
    """

    def __init__(self, documents: Sequence[str], question: str = "", language: str = "") -> None:
        self._places: list[Place] = []
        self._sentences: list[Sentence] = []
        self._holders: dict[str, set[int]] = defaultdict(set)
        for number, document in enumerate(documents):
            for sentence in sentences(document, language):
                at = len(self._sentences)
                self._places.append(Place(number, sentence.start, sentence.end))
                self._sentences.append(sentence)
                for word in sentence.words:
                    self._holders[word.stem].add(at)
        asked = sentences(question, language) if question else ()
        self._asked = frozenset(word.stem for one in asked for word in one.words)

    def find(self, sentence: Sentence) -> Found:
        """What the documents hold for a sentence that says something."""
        content = [word for word in sentence.words if word.content]
        ranked = self._ranked(content)
        if not ranked or not content:
            return Found(self._nothing(content, sentence), None)
        best = ranked[0]
        near = {best, *ranked[1:2], *self._neighbours(best)}
        stems = {word.stem for at in near for word in self._sentences[at].words}
        lacking = [word for word in content if word.stem not in stems]
        missing = self._share(content, lacking)
        source = self._sentences[best]
        features = (
            missing,
            self._share(content, [word for word in content if word.stem not in self._holders]),
            len(lacking) / (1 + len(lacking)),
            _part(lacking, content, lambda word: word.number),
            _part(lacking, content, lambda word: word.name),
            (1.0 - missing) * (bool(sentence.denials) != bool(source.denials)),
            _pairs(content, [self._sentences[at].words for at in near]),
            _inverted(content, source.words),
            _gap(content, source.words),
            1.0 - _subsequence(content, source.words) / len(content),
        )
        return Found(features, self._places[best])

    def _nothing(self, content: Sequence[Word], sentence: Sentence) -> tuple[float, ...]:
        number = float(any(word.number for word in content))
        name = float(any(word.name for word in content))
        several = len(content) / (1 + len(content))
        return (1.0, 1.0, several, number, name, 0.0, 1.0, 0.0, 0.0, 1.0)

    def _ranked(self, content: Sequence[Word]) -> list[int]:
        """The sentences that share most with some words, the best first."""
        shared: Counter[int] = Counter()
        weights: dict[int, float] = defaultdict(float)
        for stem in {word.stem for word in content}:
            for at in self._holders.get(stem, ()):
                weights[at] += self._weight(stem)
                shared[at] += 1
        return sorted(weights, key=lambda at: (-weights[at], len(self._sentences[at].words), at))[:2]

    def _neighbours(self, at: int) -> Iterable[int]:
        document = self._places[at].document
        for other in (at - 1, at + 1):
            if 0 <= other < len(self._places) and self._places[other].document == document:
                yield other

    def _weight(self, stem: str) -> float:
        """The rarer a word in the documents the more it counts (Robertson 2004)."""
        held = len(self._holders.get(stem, ()))
        weight = math.log1p((len(self._sentences) + 1) / (held + 0.5))
        return weight * _IN_QUESTION if not held and stem in self._asked else weight

    def _share(self, content: Sequence[Word], lacking: Sequence[Word]) -> float:
        whole = sum(self._weight(word.stem) for word in content)
        return sum(self._weight(word.stem) for word in lacking) / whole if whole else 0.0


def _part(lacking: Sequence[Word], content: Sequence[Word], kind: object) -> float:
    assert callable(kind)
    asked = sum(map(kind, content))
    return sum(map(kind, lacking)) / asked if asked else 0.0


def _pairs(content: Sequence[Word], sources: Sequence[Sequence[Word]]) -> float:
    asked = list(pairwise(content))
    if not asked:
        return 0.0
    held = set()
    for words in sources:
        said = [word.stem for word in words if word.content]
        held |= set(pairwise(said))
    return sum((one.stem, two.stem) not in held for one, two in asked) / len(asked)


def _inverted(content: Sequence[Word], source: Sequence[Word]) -> float:
    """Share of pairs of words that both have once and that stand the other way round (Kendall's distance)."""
    said = [word.stem for word in source if word.content]
    once = Counter(said)
    own = Counter(word.stem for word in content)
    places = [said.index(word.stem) for word in content if once[word.stem] == 1 == own[word.stem]]
    pairs = len(places) * (len(places) - 1) // 2
    if not pairs:
        return 0.0
    turned = sum(places[a] > places[b] for a in range(len(places)) for b in range(a + 1, len(places)))
    return turned / pairs


def _gap(content: Sequence[Word], source: Sequence[Word]) -> float:
    own = {word.stem for word in content}
    said = [word.stem for word in source if word.content]
    shared = [at for at, stem in enumerate(said) if stem in own]
    if len(shared) < 2:
        return 0.0
    inside = said[shared[0] : shared[-1] + 1]
    return sum(stem not in own for stem in inside) / len(inside)


def _subsequence(content: Sequence[Word], source: Sequence[Word]) -> int:
    row = [0] * (len(content) + 1)
    for word in source:
        before = 0
        for at, other in enumerate(content, 1):
            kept = row[at]
            row[at] = before + 1 if word.stem == other.stem else max(row[at], row[at - 1])
            before = kept
    return row[-1]
