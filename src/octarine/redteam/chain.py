"""Techniques one after another, checked for type before anything runs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from octarine.core.content import Conversation, Modality
from octarine.core.errors import InputError
from octarine.core.protocols import NotApplicable
from octarine.redteam.applying import applied, last_user, recognised
from octarine.redteam.technique import TEXT, Effect, Need, Script, Technique, Turns

TARGET = "to"
"""The parameter that names the language a technique leaves the text in."""
RULE = "rule"
"""The path of a step that needed no model."""


@dataclass(frozen=True, slots=True)
class Step:
    """One technique as it ran. ``path``: ``rule``, or ``model:NAME`` where that model wrote the text."""

    technique: str
    parameters: Mapping[str, Any]
    path: str

    def __str__(self) -> str:
        """As in ``Provenance.techniques``: the id, a slash, everything else as JSON."""
        return f"{self.technique}/{json.dumps({**self.parameters, 'path': self.path}, sort_keys=True)}"

    @staticmethod
    def read(text: str) -> Step:
        """What ``str`` wrote."""
        name, _, rest = text.partition("/")
        values = json.loads(rest) if rest else {}
        return Step(name, {k: v for k, v in values.items() if k != "path"}, values.get("path", RULE))


@dataclass(frozen=True)
class Chain:
    """Techniques in order; itself a ``core`` ``Transform``.

    Raises:
        InputError: when it is made, naming the pair that does not fit and why.
    """

    steps: tuple[Technique, ...]

    def __post_init__(self) -> None:
        for place, step in enumerate(self.steps):
            if reason := unfit(self.steps[:place], step):
                before = " | ".join(earlier.id for earlier in self.steps[:place])
                raise InputError(f"'{step.id}' cannot come after '{before}': it {reason[0]}", hint=reason[1])

    @property
    def id(self) -> str:
        """The ids, joined."""
        return " | ".join(step.id for step in self.steps)

    name = id

    @property
    def category(self) -> str:
        """The categories, joined; one name where there is one."""
        return " + ".join(dict.fromkeys(step.category.value for step in self.steps))

    @property
    def inputs(self) -> frozenset[Modality]:
        """Those of the first."""
        return self.steps[0].inputs if self.steps else TEXT

    @property
    def outputs(self) -> frozenset[Modality]:
        """Everything that a message may hold in the end."""
        return frozenset().union(*(step.outputs for step in self.steps)) if self.steps else TEXT

    @property
    def languages(self) -> frozenset[str]:
        """Those that every technique can be said in; empty: any."""
        limited = [step.languages for step in self.steps if step.languages]
        return reduce(frozenset.intersection, limited) if limited else frozenset()

    @property
    def scripts(self) -> frozenset[Script]:
        """Those of the first."""
        return self.steps[0].scripts if self.steps else frozenset()

    @property
    def needs(self) -> frozenset[Need]:
        """What any of them needs."""
        return frozenset().union(*(step.needs for step in self.steps)) if self.steps else frozenset()

    @property
    def turns(self) -> Turns:
        """One, unless a technique makes more."""
        return next((step.turns for step in self.steps if step.turns is not Turns.ONE), Turns.ONE)

    def __iter__(self) -> Iterator[Technique]:
        return iter(self.steps)

    def __or__(self, other: Technique | Chain) -> Chain:
        """First these, then the other."""
        return Chain((*self.steps, *(other.steps if isinstance(other, Chain) else (other,))))

    def missing(self, *, writer: bool = False) -> str:
        """See ``Technique.missing``: of the first that is not available."""
        reasons = ((step.id, step.missing(writer=writer)) for step in self.steps)
        return next((f"{name} {reason}" for name, reason in reasons if reason), "")

    def __call__(
        self, conversation: Conversation, rng: Any, *, language: str = ""
    ) -> Conversation | NotApplicable:
        """See ``Technique.__call__``. Each technique has a generator of its own, spawned from ``rng``."""
        language = language or language_of(conversation)
        coded = ""
        for step, own in zip(self.steps, spawned(rng, len(self.steps)), strict=True):
            made = after(coded, step, conversation, own, language)
            if isinstance(made, NotApplicable):
                return type(made)(f"{step.id}: {made.reason}")
            conversation, language = made, str(step.values.get(TARGET) or language)
            coded = step.id if step.effect is Effect.ENCODES else coded
        return conversation


def after(
    coded: str, step: Technique, conversation: Conversation, rng: np.random.Generator, language: str
) -> Conversation | NotApplicable:
    """``step``, where the text is in the code ``coded`` ("": in none): breaking lines anew does a text no
    harm, but blanks are signs of many a code."""
    made = applied(step, conversation, rng, language)
    keeps = isinstance(made, Conversation) and step.effect is Effect.KEEPS and step.outputs == TEXT
    if coded and keeps and isinstance(made, Conversation) and _loses_blanks(conversation.prompt, _all(made)):
        return NotApplicable(f"loses blanks that '{coded}' needs exactly")
    return made


def _loses_blanks(text: str, made: str) -> bool:
    """Whether blanks in a row, or at the end of a line, are gone."""
    rows = [Counter(map(len, re.findall(r"(?<=\S) {2,}", one))) for one in (text, made)]
    lines = text.split("\n")
    edges = [line[:3] for line in lines if line[:1] == " "] + [
        line[-3:] for line in lines if line[-1:] == " "
    ]
    return bool(rows[0] - rows[1]) or any(edge not in made for edge in edges)


def _all(conversation: Conversation) -> str:
    calls = [call.arguments for message in conversation.messages for call in message.tool_calls]
    tools = [f"{tool.description} {tool.parameters}" for tool in conversation.tools]
    return "\n".join([*(message.text for message in conversation.messages), *calls, *tools])


def spawned(rng: np.random.Generator, count: int) -> list[np.random.Generator]:
    """Generators of which none depends on how much another one drew."""
    return [np.random.default_rng(seeds) for seeds in rng.integers(2**63, size=(count, 2))]


def language_of(conversation: Conversation) -> str:
    """The language of the last user message; "" where there is none or it cannot be told."""
    place = last_user(conversation)
    return "" if place is None else recognised(conversation.messages[place].text)


def unfit(before: tuple[Technique, ...], step: Technique) -> tuple[str, str] | None:
    """Why ``step`` cannot come after ``before``, and the way out; None where it can."""
    if not before:
        return None
    moved = next((earlier for earlier in reversed(before) if earlier.outputs != TEXT), None)
    holds = moved.outputs - TEXT if moved else TEXT
    if not step.inputs & holds:
        found = ", ".join(sorted(holds))
        return f"works on {', '.join(sorted(step.inputs))}; by then there is {found}", "Put it before."
    long = next((earlier for earlier in before if earlier.turns is not Turns.ONE), None)
    if long and step.turns is not Turns.ONE:
        return f"makes turns, and so does '{long.id}'", "Take one of the two."
    if long and not moved:
        return f"would change the last turn of '{long.id}' alone", f"Put it before '{long.id}'."
    coded = next((earlier for earlier in before if earlier.effect is Effect.ENCODES), None)
    if coded and step.effect is Effect.ALTERS:
        return (
            f"alters letters that '{coded.id}' needs exactly: nobody could undo it",
            f"Put it before '{coded.id}'.",
        )
    if step.effect is not Effect.ENCODES and any(earlier.id == step.id for earlier in before):
        return "is there already", "Once is enough."
    return None
