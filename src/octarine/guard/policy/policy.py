"""A policy: layers with nothing left open, and looked through once so that deciding is a few look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from octarine.core.results import Action
from octarine.guard.normalise.results import Budget
from octarine.guard.policy.ask import NOBODY, Ask
from octarine.guard.policy.categories import prefixes, unknown_kind
from octarine.guard.policy.file.nodes import Mark
from octarine.guard.policy.file.reading import BUDGET, MAX_CHARACTERS, MODEL_WINDOWS
from octarine.guard.policy.layer import (
    CategoryRule,
    Item,
    Layer,
    Pattern,
    Position,
    Strength,
    Topic,
    Unscannable,
    WordList,
    compose,
)
from octarine.guard.policy.watermark import PictureMark

POSITIONS = tuple(position for position in Position if position is not Position.SYSTEM)
"""What is scanned unless a policy says otherwise: all that may come from outside."""
CHARACTERS = 200_000
"""``max_characters`` unless a policy says otherwise."""
WINDOWS = 512
"""``model_windows`` unless a policy says otherwise: some 90,000 characters of English or 23,000 of Chinese,
and some six seconds of one core."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done about a category, with nothing left open."""

    category: str
    action: Action
    sensitivity: Strength | float
    positions: frozenset[Position]
    shadow: bool


@dataclass(frozen=True)
class Policy:
    """What the guard does about what it finds. Made by ``read_policy`` or ``Policy.of``."""

    layer: Layer

    @staticmethod
    def of(*layers: Layer) -> Policy:
        """The layers, each laid over the one before.

        Raises:
            DataError: they do not make a policy: a category without action, one that nothing finds …
        """
        policy = Policy(compose(*layers).finished())
        _check(policy)
        return policy

    @property
    def name(self) -> str:
        """Its name."""
        return self.layer.name

    @property
    def version(self) -> str:
        """Its version."""
        return self.layer.version

    @cached_property
    def id(self) -> str:
        """``NAME@VERSION``, as verdicts record it."""
        return f"{self.name}@{self.version}"

    @property
    def description(self) -> str:
        """What it is for."""
        return self.layer.description

    @cached_property
    def shadow(self) -> bool:
        """Whether the whole policy only watches."""
        return bool(self.layer.shadow)

    @cached_property
    def positions(self) -> frozenset[Position]:
        """What is scanned."""
        return self._meant(POSITIONS if self.layer.positions is None else self.layer.positions)

    @cached_property
    def words(self) -> tuple[WordList, ...]:
        """The word lists, by id."""
        return tuple(item for _, item in sorted(self.layer.words.items()) if item is not None)

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """The patterns, by id."""
        return tuple(item for _, item in sorted(self.layer.patterns.items()) if item is not None)

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        """The denied topics, by id."""
        return tuple(item for _, item in sorted(self.layer.topics.items()) if item is not None)

    @property
    def weights(self) -> str:
        """Folder of the model tier's weights; empty for those that come with Octarine."""
        return self.layer.weights

    @property
    def ask(self) -> Ask | None:
        """Whom to ask where the model tier is unsure; None for nobody."""
        return self.layer.ask

    @property
    def watermark(self) -> PictureMark | None:
        """How pictures that a model makes are marked; None where they are not."""
        return self.layer.watermark

    def asking(self, adapter: str) -> Policy:
        """The same policy with ``adapter`` in the place of whom it asks, in the band that the weights' card
        gives; with ``nobody`` there.

        Raises:
            InputError: no adapter has that name.
        """
        from octarine.guard.adapters.names import split_adapter

        if adapter.strip() == NOBODY:
            return Policy(replace(self.layer, ask=None))
        split_adapter(adapter)
        return Policy(replace(self.layer, ask=Ask(adapter.strip())))

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """Every category that the policy names → what is done about it and all below it.

        Each setting comes from the longest beginning of the category that says it; what ``categories`` says
        of exactly a word list's, pattern's or topic's category stands over what the item itself says.
        """
        said = _said(self)
        return {name: rule for name in said if (rule := self._resolved(name, said)) is not None}

    def rule(self, category: str) -> Rule | None:
        """The rule of the longest beginning of ``category`` that is named; None where none is."""
        rules = self.rules
        while category:
            found = rules.get(category)
            if found is not None:
                return found
            category = category.rpartition(".")[0]
        return None

    def looks_for(self, position: Position | str) -> frozenset[str]:
        """The named categories whose finding at ``position`` would change or flag anything."""
        return frozenset(
            name
            for name, rule in self.rules.items()
            if position in rule.positions
            and rule.action is not Action.ALLOW
            and rule.sensitivity != Strength.NONE
        )

    @cached_property
    def unscannable(self) -> Mapping[Unscannable, Action]:
        """What happens to what cannot be scanned: blocked unless the policy says otherwise."""
        return {kind: self.layer.unscannable.get(kind, Action.BLOCK) for kind in Unscannable}

    @property
    def max_characters(self) -> int:
        """The longest text that is scanned."""
        return self.layer.limits.get(MAX_CHARACTERS, CHARACTERS)

    @property
    def model_windows(self) -> int:
        """The most windows of one text that the model tier is asked about; rules see all of it. What is
        longer is ``long_text``, which cannot be scanned."""
        return self.layer.limits.get(MODEL_WINDOWS, WINDOWS)

    @cached_property
    def budget(self) -> Budget:
        """The normaliser's."""
        return Budget(**{name: value for name, value in self.layer.limits.items() if name in BUDGET})

    def mark(self, *place: str) -> Mark:
        """Where ``place`` is written, or what holds it."""
        while place:
            if place in self.layer.marks:
                return self.layer.marks[place]
            place = place[:-1]
        return Mark(self.name, 1, 1)

    def _meant(self, positions: Iterable[Position]) -> frozenset[Position]:
        """``system`` takes ``tool_descriptions`` with it, unless the policy's own positions name those:
        policies that were written before they had a name look at them still."""
        named, scanned = frozenset(positions), self.layer.positions or ()
        if Position.SYSTEM not in named or Position.TOOL_DESCRIPTIONS in scanned:
            return named
        return named | {Position.TOOL_DESCRIPTIONS}

    def _resolved(self, name: str, said: Mapping[str, CategoryRule]) -> Rule | None:
        whole = CategoryRule()
        for beginning in reversed(prefixes(name)):
            if beginning in said:
                whole = said[beginning].over(whole)
        if whole.action is None:
            return None
        asked = self.positions if whole.positions is None else self.positions & self._meant(whole.positions)
        sensitivity = Strength.MEDIUM if whole.sensitivity is None else whole.sensitivity
        return Rule(name, whole.action, sensitivity, asked, self.shadow or bool(whole.shadow))


def _items(policy: Policy) -> tuple[tuple[str, Item], ...]:
    kinds: tuple[tuple[str, tuple[Item, ...]], ...] = (
        ("words", policy.words),
        ("patterns", policy.patterns),
        ("topics", policy.topics),
    )
    return tuple((kind, item) for kind, items in kinds for item in items)


def _of_item(item: Item) -> CategoryRule:
    sensitivity = item.threshold if isinstance(item, Topic) else None
    return CategoryRule(item.action, sensitivity, item.shadow)


def _said(policy: Policy) -> dict[str, CategoryRule]:
    """Category → what is said of exactly it, by items and by ``categories``."""
    said: dict[str, CategoryRule] = {}
    for _, item in _items(policy):
        said[item.category] = _of_item(item).over(said.get(item.category, CategoryRule()))
    for name, rule in policy.layer.categories.items():
        said[name] = rule.over(said.get(name, CategoryRule()))
    return said


def _check(policy: Policy) -> None:
    """What only the whole can say. Errors stand where the value is written."""
    made: dict[str, tuple[str, Item]] = {}
    for kind, item in _items(policy):
        mark = policy.mark(kind, item.id)
        other_kind, other = made.setdefault(item.category, (kind, item))
        if _of_item(other) != _of_item(item):
            line = policy.mark(other_kind, other.id).line
            raise mark.error(
                f"{kind}: '{item.id}' and '{other.id}' (line {line}) ask for different things",
                "Say the action under categories, or give one of them a category of its own.",
            )
        if item.category not in policy.rules:
            hint = (
                f"Add  action: block  to it, or say it under categories:  {item.category}: {{action: block}}"
            )
            raise mark.error(f"{kind}: nothing says what to do about '{item.id}'", hint)
    for name, rule in policy.layer.categories.items():
        mark = policy.mark("categories", name)
        unknown = unknown_kind(name, made)
        if unknown is not None:
            raise mark.error(f"categories: nothing ever finds '{name}'", unknown)
        if name not in policy.rules:
            hint = f"Add one:  {name}: {{action: block}}"
            raise mark.error(f"categories.{name}: no action is given here or in a broader category", hint)
        _check_positions(policy, name, rule)


def _check_positions(policy: Policy, name: str, rule: CategoryRule) -> None:
    if rule.positions is None or policy.positions.issuperset(rule.positions):
        return
    mark, whole = policy.mark("categories", name, "positions"), policy.layer.marks.get(("positions",))
    if whole is not None and whole.path != mark.path:
        return  # A later file may narrow what is scanned, and need not repeat every category.
    left_out = next(position for position in rule.positions if position not in policy.positions)
    where = f" on line {whole.line}" if whole else ""
    raise mark.error(
        f"categories.{name}: the policy does not scan '{left_out}'",
        f"Add it to the policy's own positions{where}, or take it out here.",
    )
