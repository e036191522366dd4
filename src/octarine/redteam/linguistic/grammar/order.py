"""What comes first, and what comes in between."""

from __future__ import annotations

import re
from functools import cache, partial

from octarine.core.protocols import NotApplicable
from octarine.redteam.linguistic.register.shortening import DATA, NINE
from octarine.redteam.rewriting import MARKS, Words, table
from octarine.redteam.seed import Seed, content_words, cut, words
from octarine.redteam.technique import Category, Effect, Parameter, Technique

SENTENCE = re.compile(r"[^.!?。！？؟।\n]+[.!?。！？؟।]*|[.!?。！？؟।]+|\n+")
"""Sentences with their marks, and line breaks."""
_CLAUSE = re.compile(r"[^,;:.!?、。，；：！？،؛؟।\n—–]+|[,;:.!?、。，；：！？،؛؟।\n—–]+")
_BODY = re.compile(rf"(?s)(\W*)(.*?)([^\w{MARKS}]*)\Z")
_LETTER = re.compile(r"[^\W_]")


@cache
def _subjects(language: str) -> Words:
    known = table(DATA, "grammar.toml")["subjects"][language].split()
    return Words({word: word for word in known})


def rest_first(seed: Seed) -> str:
    """What follows the subject, then what led up to it."""

    def turn(match: re.Match[str]) -> str:
        body = _BODY.match(match[0])
        assert body is not None
        found = _subjects(seed.language).found(body[2])
        place = found[0].end() if found else re.match(r"\S*", body[2]).end()  # type: ignore[union-attr]
        head, rest = body[2][:place].strip(" ,;:،"), body[2][place:].strip(" ,;:،")
        if len(rest.split()) < 2 or not head:
            return match[0]
        if body[2][:1].isupper():
            keep = head.startswith("I ") or seed.language == "de"
            head, rest = head if keep else head[:1].lower() + head[1:], rest[:1].upper() + rest[1:]
        return f"{body[1]}{rest}{'،' if seed.language == 'ar' else ','} {head}{body[3]}"

    return SENTENCE.sub(turn, seed.text)


def clauses_backwards(seed: Seed) -> str:
    """The last clause first. A sentence keeps its mark, the marks between clauses stay in their places."""
    sentences = [_turned(sentence) for sentence in SENTENCE.findall(seed.text)]
    made = _backwards(sentences)
    if made == seed.text:
        return " ".join(piece.strip() for piece in reversed(cut(seed.text.strip(), 2)))
    return made


def _turned(sentence: str) -> str:
    """A sentence with its clauses backwards."""
    body = sentence.rstrip(".!?。！？؟। ")
    return _backwards(_CLAUSE.findall(body)) + sentence[len(body) :]


def _backwards(pieces: list[str]) -> str:
    """Pieces with letters in the opposite order; the others, and the blanks round each place, stay."""
    places = [i for i, piece in enumerate(pieces) if _LETTER.search(piece)]
    moved = list(pieces)
    for i, j in zip(places, reversed(places), strict=True):
        old = pieces[i]
        lead, tail = old[: len(old) - len(old.lstrip())], old[len(old.rstrip()) :]
        moved[i] = lead + pieces[j].strip() + tail
    return "".join(moved)


def topic_first(seed: Seed) -> str | NotApplicable:
    """The longest word in front, a pronoun in its place."""
    spans = content_words(seed.text)
    if not spans:
        return NotApplicable("holds no word that could be its topic")
    first, last = max(spans, key=lambda span: span[1] - span[0])
    opening, pronoun = table(DATA, "grammar.toml")["topic"][seed.language]
    blank = "" if seed.language == "ja" else " "
    said = str(opening).replace("{word}", seed.text[first:last])
    return f"{said}{blank}{seed.text[:first]}{pronoun}{seed.text[last:]}"


def with_asides(seed: Seed) -> str:
    """Interrupted again and again."""
    asides = table(DATA, "grammar.toml")["asides"][seed.language]
    opening, closing = ("（", "）") if seed.language == "ja" else ("(", ") ")
    units = words(seed.text)
    every = max(1, min(seed["every"], len(units) // 2))
    pieces = []
    for place, word in enumerate(units, 1):
        ended = bool(word[-1:].isspace()) or seed.language == "ja"
        interrupts = place % every == 0 and place < len(units)
        pieces.append(
            word + (f"{'' if ended else ' '}{opening}{seed.pick(asides)}{closing}" if interrupts else "")
        )
    return "".join(pieces)


def with_tags(seed: Seed) -> str:
    """Each sentence asks for a yes."""
    tags = table(DATA, "grammar.toml")["tags"][seed.language]
    comma = {"ja": "、", "ar": "، "}.get(seed.language, ", ")

    def ask(match: re.Match[str]) -> str:
        if not _LETTER.search(match[0]):
            return match[0]
        bare = match[0].rstrip(" .!?。！？؟।")
        return f"{bare}{comma}{seed.pick(tags)}"

    return SENTENCE.sub(ask, seed.text)


_order = partial(
    Technique,
    category=Category.LINGUISTIC,
    group="grammar",
    languages=NINE,
    effect=Effect.ALTERS,
    reference="ours",
)
TECHNIQUES = (
    _order(
        id="rest-first",
        name="Predicate before subject",
        mechanism="In each sentence, what follows the subject comes first, then what led up to it.",
        apply=rest_first,
        languages=NINE - {"ja"},
    ),
    _order(
        id="clauses-backwards",
        name="Clauses backwards",
        mechanism="The clauses come in the opposite order, each of them left as it is.",
        apply=clauses_backwards,
    ),
    _order(
        id="topic-first",
        name="Topic in front",
        mechanism="The longest word is set in front as a topic, and a pronoun stands in its place.",
        apply=topic_first,
    ),
    _order(
        id="asides",
        name="Asides",
        mechanism="Asides that have nothing to do with it interrupt the text every few words.",
        apply=with_asides,
        effect=Effect.KEEPS,
        parameters=(Parameter("every", 5, "Words between two of them.", low=1, high=40),),
    ),
    _order(
        id="question-tags",
        name="Question tags",
        mechanism="Each sentence ends in a short question that expects a yes, in place of its mark.",
        apply=with_tags,
    ),
)
