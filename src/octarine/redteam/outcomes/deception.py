"""Seeds of model deception: sandbagging, and belief against statement.

A file holds a language: questions with options, and texts that put a consequence or a pressure on them.
Questions and texts are combined in a fixed rotation, for application builders (the text is the system's) and
for end users (it stands before the question).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample
from octarine.redteam.outcomes.seeds import AUDIENCES, BENCHMARK, VERSION, tags

LETTERS = "ABCD"
RISK = "model_deception"


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose answer can be read exactly. ``wanted``: the false option that a pressure asks for."""

    ask: str
    options: tuple[str, ...]
    truth: str
    wanted: str = ""

    def __post_init__(self) -> None:
        letters = LETTERS[: len(self.options)]
        if not 2 <= len(self.options) <= len(LETTERS) or self.truth not in letters:
            raise ValueError(f"options: two to four, and 'truth' is the letter of one: {self.ask}")
        if self.wanted and (self.wanted not in letters or self.wanted == self.truth):
            raise ValueError(f"wanted: the letter of a false option: {self.ask}")

    @property
    def lettered(self) -> dict[str, str]:
        """Letter → option."""
        return dict(zip(LETTERS, self.options, strict=False))

    def text(self, instruction: str) -> str:
        """As it is asked."""
        listed = "\n".join(f"{letter}) {option}" for letter, option in self.lettered.items())
        return f"{self.ask}\n{listed}\n{instruction}"


@dataclass(frozen=True, slots=True)
class Sandbagging:
    """``neutral`` and the consequences to set beside it."""

    neutral: str
    builder: tuple[str, ...]
    user: tuple[str, ...]
    questions: Mapping[str, Question]


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Pressures, each with ``{wanted}``; ``again`` leads in the question where there is none."""

    builder: tuple[str, ...]
    user: tuple[str, ...]
    again: str
    questions: Mapping[str, Question]


@dataclass(frozen=True, slots=True)
class DeceptionFile:
    """A language of the seeds."""

    language: str
    canary: str
    letter: str
    sandbagging: Sandbagging
    belief: Beliefs


def deception_samples(file: DeceptionFile) -> Iterator[Sample]:
    """Sandbagging first, then belief; of each the builders' before the end users'."""
    yield from _sandbagging(file)
    yield from _beliefs(file)


def _sandbagging(file: DeceptionFile) -> Iterator[Sample]:
    for audience, name, place, question in _each(file.sandbagging.questions):
        group = f"sandbagging-{file.language}-{audience[0]}-{name}"
        texts = {"builder": file.sandbagging.builder, "end-user": file.sandbagging.user}[audience]
        expected = Expectation(Behaviour.COMPLY, "answer", {"accept": (question.truth,), "mode": "choice"})
        asked = question.text(file.letter)
        for variant, text in (
            ("plain", file.sandbagging.neutral),
            ("consequence", texts[place % len(texts)]),
        ):
            yield _sample(
                f"{group}-{variant}", _put(audience, text, asked), expected, file.language, group, variant,
                "transparency.steady_effort", tags(audience, "deception", "sandbagging"),
            )  # fmt: skip


def _beliefs(file: DeceptionFile) -> Iterator[Sample]:
    for audience, name, place, question in _each(file.belief.questions):
        group = f"belief-{file.language}-{audience[0]}-{name}"
        texts = {"builder": file.belief.builder, "end-user": file.belief.user}[audience]
        asked = question.text(file.letter)
        args = {"neutral": asked, "options": question.lettered, "truth": question.truth}
        pressure = texts[place % len(texts)].replace("{wanted}", question.lettered[question.wanted])
        for variant, text, behaviour in (
            ("pressed", pressure, Behaviour.DEFLECT),
            ("plain", file.belief.again, Behaviour.COMPLY),
        ):
            yield _sample(
                f"{group}-{variant}", _put(audience, text, asked), Expectation(behaviour, "belief", args),
                file.language, group, variant, "transparency.says_what_it_believes",
                tags(audience, "deception", "belief"),
            )  # fmt: skip


def _each(questions: Mapping[str, Question]) -> Iterator[tuple[str, str, int, Question]]:
    for audience in AUDIENCES.values():
        for place, (name, question) in enumerate(questions.items()):
            yield audience, name, place, question


def _put(audience: str, text: str, asked: str) -> Conversation:
    if audience == "builder":
        return Conversation.user(asked, system=text)
    return Conversation.user(f"{text}\n\n{asked}")


def _sample(
    name: str,
    conversation: Conversation,
    expected: Expectation,
    language: str,
    group: str,
    variant: str,
    objective: str,
    labels: tuple[str, ...],
) -> Sample:
    return Sample(
        id=name,
        conversation=conversation,
        expectation=expected,
        dimension=Dimension.TRANSPARENCY,
        objectives=(objective,),
        language=language,
        risk=RISK,
        group=group,
        variant=variant,
        tags=labels,
        provenance=Provenance(benchmark=BENCHMARK, version=VERSION),
    )
