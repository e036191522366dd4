"""What policy files say. A layer says as little as its file; the rest comes from the layers below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import reduce
from typing import TypeVar

from octarine.core.results import Action
from octarine.guard.policy.ask import Ask
from octarine.guard.policy.file.nodes import Mark
from octarine.guard.policy.watermark import PictureMark

V = TypeVar("V")
Place = tuple[str, ...]


class Position(StrEnum):
    """Where in a conversation a text stands."""

    SYSTEM = "system"
    TOOL_DESCRIPTIONS = "tool_descriptions"
    """The tools on offer: names, descriptions, schemas. A policy that does not name them looks at
    them where it looks at ``system``."""
    HISTORY = "history"
    """Earlier turns, the user's and the model's."""
    USER = "user"
    """The user's last message."""
    TOOL_ARGUMENTS = "tool_arguments"
    """What the model hands to a tool."""
    TOOL_RESULTS = "tool_results"
    """What a tool, a search or a retriever brings back, and documents: all that others wrote."""
    OUTPUT = "output"


class Strength(StrEnum):
    """How much a category lets through. The classifier's card says which threshold that is."""

    NONE = "none"
    """Never acts."""
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    """Acts on faint suspicion: catches most, and stops the most harmless texts."""


class Unscannable(StrEnum):
    """What cannot be looked at."""

    PICTURE = "picture"
    SOUND = "sound"
    VIDEO = "video"
    DOCUMENT = "document"
    """A file in a format that nothing here reads."""
    LONG_TEXT = "long_text"
    """More characters than ``limits.max_characters``, or more windows than ``limits.model_windows`` where the
    policy asks the model tier."""
    BUDGET = "budget"
    """Decoding was not finished when the normaliser's budget ran out."""
    MALFORMED = "malformed"
    """Bytes that are no text."""
    SCRIPT = "script"
    """Text in a script that the model tier does not read, where it is asked; rules look at it."""


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """What is done about a category. None: not said here.

    Attributes:
        sensitivity: a strength, or a threshold on the probability, 0 to 1.
        shadow: watch only.
        positions: where it is looked for.
        fresh: forget what the layers below say of it; with nothing else said, the category is removed.
    """

    action: Action | None = None
    sensitivity: Strength | float | None = None
    shadow: bool | None = None
    positions: tuple[Position, ...] | None = None
    fresh: bool = False

    @property
    def removed(self) -> bool:
        """Whether it only takes away."""
        return self == CategoryRule(fresh=True)

    def over(self, below: CategoryRule) -> CategoryRule:
        """This one laid over ``below``: field by field."""
        if self.fresh:
            return self
        said = {name.name: getattr(self, name.name) for name in fields(self) if name.name != "fresh"}
        return replace(below, **{name: value for name, value in said.items() if value is not None})


@dataclass(frozen=True, slots=True)
class WordList:
    """Denied words and phrases. ``category`` is ``denied_word.ID`` unless said.

    ``action`` may be left to ``categories``. ``languages`` empty: all.
    """

    id: str
    terms: tuple[str, ...]
    category: str
    action: Action | None = None
    languages: tuple[str, ...] = ()
    whole_word: bool = True
    shadow: bool | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern in RE2 syntax. ``validate``: a check of the rule tier that a match must pass, by name."""

    id: str
    pattern: str
    category: str
    action: Action | None = None
    validate: str = ""
    shadow: bool | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic to stay off, described for a scorer that is passed in."""

    id: str
    description: str
    category: str
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()
    action: Action | None = None
    threshold: float = 0.5
    shadow: bool | None = None


Item = WordList | Pattern | Topic


@dataclass(frozen=True, slots=True)
class Layer:
    """One file, or several laid over each other. None and an absent key: not said here.

    Attributes:
        extends: the policies that it is laid over, as written.
        words, patterns, topics: by id; None takes an inherited one away.
        unscannable: what happens to what cannot be scanned.
        messages: (language, category) → text for the user; the category is empty for the general text.
        limits: name → number: ``max_characters``, ``model_windows``, the fields of the normaliser's budget.
        weights: folder of the model tier's; empty for those that come with Octarine.
        ask: whom to ask where the model tier is unsure; nobody where it names no adapter.
        watermark: how pictures that a model makes are marked; not at all where it names no key.
        marks: place → where it is written.
    """

    name: str
    version: str
    description: str = ""
    extends: tuple[str, ...] = ()
    shadow: bool | None = None
    positions: tuple[Position, ...] | None = None
    categories: Mapping[str, CategoryRule] = field(default_factory=dict)
    words: Mapping[str, WordList | None] = field(default_factory=dict)
    patterns: Mapping[str, Pattern | None] = field(default_factory=dict)
    topics: Mapping[str, Topic | None] = field(default_factory=dict)
    unscannable: Mapping[Unscannable, Action] = field(default_factory=dict)
    messages: Mapping[tuple[str, str], str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    weights: str = ""
    ask: Ask | None = None
    watermark: PictureMark | None = None
    marks: Mapping[Place, Mark] = field(default_factory=dict, compare=False, repr=False)

    def over(self, below: Layer) -> Layer:
        """This one laid over ``below``."""
        categories = dict(below.categories)
        for name, rule in self.categories.items():
            categories[name] = rule.over(categories[name]) if name in categories else rule
        return Layer(
            name=self.name,
            version=self.version,
            description=self.description,
            extends=below.extends,
            shadow=below.shadow if self.shadow is None else self.shadow,
            positions=below.positions if self.positions is None else self.positions,
            categories=categories,
            words={**below.words, **self.words},
            patterns={**below.patterns, **self.patterns},
            topics={**below.topics, **self.topics},
            unscannable={**below.unscannable, **self.unscannable},
            messages={**below.messages, **self.messages},
            limits={**below.limits, **self.limits},
            weights=self.weights or below.weights,
            ask=self.ask or below.ask,
            watermark=self.watermark or below.watermark,
            marks={**below.marks, **self.marks},
        )

    def finished(self) -> Layer:
        """With nothing below: what was taken away is gone."""
        own = {"denied_word": self.words, "pattern": self.patterns, "topic": self.topics}
        made = {item.category for items in own.values() for item in items.values() if item is not None}
        gone = {f"{family}.{name}" for family, items in own.items() for name in items if items[name] is None}
        kept = {
            name: rule
            for name, rule in self.categories.items()
            if not rule.removed and name not in gone - made
        }
        return replace(
            self,
            extends=(),
            categories={name: replace(rule, fresh=False) for name, rule in kept.items()},
            words=_kept(self.words),
            patterns=_kept(self.patterns),
            topics=_kept(self.topics),
            ask=self.ask if self.ask and self.ask.adapter else None,
            watermark=self.watermark if self.watermark and self.watermark.key else None,
        )


def _kept(items: Mapping[str, V | None]) -> Mapping[str, V | None]:
    return {name: item for name, item in items.items() if item is not None}


def compose(first: Layer, *others: Layer) -> Layer:
    """Each laid over the one before. Associative; the last gives its name and version, the first ``extends``.

    Categories are laid over each other field by field (a later layer may set a threshold alone); word lists,
    patterns, topics, positions and single messages as a whole.
    """
    return reduce(lambda below, layer: layer.over(below), others, first)
