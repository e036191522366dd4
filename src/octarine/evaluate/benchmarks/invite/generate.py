"""Questions with a false premise out of triples, each with its true twin.

Source: Ramakrishna et al. 2023, section 3. For a true triple (s, p, o) one argument is replaced by another
entity of the same place and kind that does not stand in p with the other argument. Where the original's years
of the future end at 2099, ours are centuries away unless ``today`` is given; a day of the month that no month
has needs no clock.

The world is taken as closed: what the triples do not say is held to be false. That is wrong wherever a
knowledge base has gaps; in our own small one every pair was chosen so that it is right.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy

from octarine.core.errors import InputError
from octarine.evaluate.benchmarks.invite.rows import Question

FAR = (2300, 2899)
"""Years of the future that stay so."""
_YEAR = re.compile(r"(?<!\d)(?:1\d{3}|20\d\d)(?!\d)")
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_DAY = re.compile(rf"(?<!\d){_NUMBER}(?= (?:of )?(?:{_MONTH})\b)|(?P<month>\b(?:{_MONTH}) ){_NUMBER}(?!\w)")
"""A day beside its month, before or after it."""


@dataclass(frozen=True, slots=True)
class Triple:
    """What is true. ``kinds`` are those of subject and object: only an entity of the same kind replaces one.
    ``answers`` are the right answers to the question that the predicate asks."""

    subject: str
    predicate: str
    object: str
    kinds: tuple[str, str] = ("", "")
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """What a predicate asks, with ``<subject>`` and ``<object>``; ``<new_subject>`` or ``<new_object>`` marks
    the one that is replaced. ``correction`` is what a good answer to the false question says.
    """

    predicate: str
    question: str
    correction: str

    @property
    def replaces_object(self) -> bool:
        """Whether it is the object that is replaced."""
        return "<new_object>" in self.question


@dataclass(frozen=True, slots=True)
class Dated:
    """A true question that holds a date, and the right answers to it."""

    question: str
    answers: tuple[str, ...]


def from_triples(
    triples: Sequence[Triple], templates: Iterable[Template], rng: numpy.random.Generator, *, most: int = 50
) -> list[Question]:
    """At most ``most`` questions a template, each of its triples once and in random order.

    Raises:
        InputError: a template that replaces nothing.
    """
    by_predicate: dict[str, list[Triple]] = defaultdict(list)
    for triple in dict.fromkeys(triples):
        by_predicate[triple.predicate].append(triple)
    found = []
    for template in templates:
        if "<new_" not in template.question:
            raise InputError(f"the template '{template.question}' replaces neither subject nor object")
        known = by_predicate[template.predicate]
        order = rng.permutation(len(known))
        questions = (_question(known[place], known, template, rng) for place in order)
        found += [question for question in questions if question][:most]
    return [_named(question, n) for n, question in enumerate(found)]


def _question(
    triple: Triple, known: Sequence[Triple], template: Template, rng: numpy.random.Generator
) -> Question | None:
    """None where nothing of the kind is false with the other argument."""
    place = 1 if template.replaces_object else 0
    own, kept = _ends(triple, place)
    true = {_ends(other, place)[0] for other in known if _ends(other, place)[1] == kept}
    others = sorted(
        {_ends(other, place)[0] for other in known if other.kinds[place] == triple.kinds[place]} - true
    )
    if not others:
        return None
    wrong = others[int(rng.integers(len(others)))]
    return Question(
        "",
        template.predicate.rpartition("/")[2],
        _filled(template.question, triple, wrong),
        _filled(template.question, triple, own),
        _filled(template.correction, triple, wrong),
        triple.answers,
    )


def _ends(triple: Triple, place: int) -> tuple[str, str]:
    ends = (triple.subject, triple.object)
    return ends[place], ends[1 - place]


def _filled(text: str, triple: Triple, new: str) -> str:
    values: Mapping[str, str] = {
        "subject": triple.subject,
        "object": triple.object,
        "new_subject": new,
        "new_object": new,
    }
    return re.sub(r"<(new_)?(subject|object)>", lambda found: values[found[0][1:-1]], text).strip()


def from_dates(
    dated: Iterable[Dated], rng: numpy.random.Generator, *, today: date | None = None
) -> Iterator[Question]:
    """A question on a day that no month has, for each date with a day and month; one on a year of the future,
    for each with a year alone. What holds neither gives nothing.

    With ``today`` the year is 1 to 80 years after it, which goes stale; without it lies in ``FAR``.
    """
    low, high = (today.year + 1, today.year + 80) if today else FAR
    for item in dated:
        category, invalid, correction = "invalidDate", "", "There is no such date."
        if _DAY.search(item.question):
            day = int(rng.integers(32, 99))
            invalid = _DAY.sub(rf"\g<month>{ordinal(day)}", item.question, count=1)
        elif _YEAR.search(item.question):
            year = str(int(rng.integers(low, high + 1)))
            category, correction = "futureDate", f"The year {year} is in the future."
            invalid = _YEAR.sub(year, item.question)
        if invalid:
            yield Question("", category, invalid, item.question, correction, item.answers)


def ordinal(number: int) -> str:
    """``1`` → ``1st``."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _named(question: Question, number: int) -> Question:
    return Question(
        f"{question.category}_{number}",
        question.category,
        question.invalid,
        question.valid,
        question.correction,
        question.accepted,
    )


def named(questions: Iterable[Question]) -> list[Question]:
    """With ids in the manner of the official files."""
    return [_named(question, number) for number, question in enumerate(questions)]
