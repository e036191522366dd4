"""What changed between two policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from octarine.guard.policy.ask import Ask
from octarine.guard.policy.layer import Item, Position
from octarine.guard.policy.policy import Policy, Rule
from octarine.guard.policy.watermark import PictureMark

Value = str | bool | float | tuple[str, ...] | None


class Subject(StrEnum):
    """What a change is about."""

    POLICY = "policy"
    CATEGORY = "category"
    WORDS = "words"
    PATTERN = "pattern"
    TOPIC = "topic"
    UNSCANNABLE = "unscannable"
    MESSAGE = "message"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that differs.

    Attributes:
        id: of the category, list … that it is about; ``LANGUAGE`` or ``LANGUAGE/CATEGORY`` for a message.
        setting: which of its settings; empty where the thing as a whole came or went.
        old, new: the values, None where there was none. Of lists (terms, examples, positions), ``old`` holds
            what was taken out and ``new`` what was put in.
    """

    subject: Subject
    id: str
    setting: str
    old: Value
    new: Value

    def __str__(self) -> str:
        what = " ".join(part for part in (self.subject, self.id, self.setting) if part)
        if isinstance(self.old, tuple) and isinstance(self.new, tuple):
            moved = [f"−{item!r}" for item in self.old] + [f"+{item!r}" for item in self.new]
            return f"{what}: {', '.join(moved)}"
        return f"{what}: {_shown(self.old)} → {_shown(self.new)}"


def compare(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Every difference in what the two do, in a fixed order; names, versions and descriptions aside.

    Settings are compared as they take effect: a category that one policy names and the other only covers by a
    broader one differs only where the outcome does. Equal policies give nothing.
    """
    return tuple(
        change
        for changes in (
            _policy(old, new),
            _categories(old, new),
            _items(Subject.WORDS, old.words, new.words),
            _items(Subject.PATTERN, old.patterns, new.patterns),
            _items(Subject.TOPIC, old.topics, new.topics),
            _mapped(Subject.UNSCANNABLE, old.unscannable, new.unscannable),
            _mapped(Subject.MESSAGE, _messages(old), _messages(new)),
            _mapped(Subject.LIMIT, _limits(old), _limits(new)),
        )
        for change in changes
    )


def _asked(ask: Ask | None) -> str:
    if ask is None:
        return "nobody"
    price = {one.name: value for one in fields(ask.price) if (value := getattr(ask.price, one.name))}
    band = f" from {ask.band[0]:g} up to {ask.band[1]:g}" if ask.band else ""
    paid = f" at {', '.join(f'{name} {value:g}' for name, value in price.items())}" if price else ""
    return f"{ask.adapter}{band}, {' and '.join(ask.sides)}{paid}"


def _marked(mark: PictureMark | None) -> str:
    if mark is None:
        return "nothing"
    strength = f" at {mark.psnr:g} dB" if mark.psnr else ""
    return f"{mark.key} with {mark.payload:#x}{strength}, addresses: {mark.urls}"


def _policy(old: Policy, new: Policy) -> Iterator[Change]:
    if old.shadow != new.shadow:
        yield Change(Subject.POLICY, "", "shadow", old.shadow, new.shadow)
    if old.weights != new.weights:
        yield Change(Subject.POLICY, "", "weights", old.weights or "Octarine's", new.weights or "Octarine's")
    if old.ask != new.ask:
        yield Change(Subject.POLICY, "", "ask", _asked(old.ask), _asked(new.ask))
    if old.watermark != new.watermark:
        yield Change(Subject.POLICY, "", "watermark", _marked(old.watermark), _marked(new.watermark))
    yield from _moved(Subject.POLICY, "", "positions", _ordered(old.positions), _ordered(new.positions))


def _categories(old: Policy, new: Policy) -> Iterator[Change]:
    for name in sorted({*old.rules, *new.rules}):
        before, after = old.rule(name), new.rule(name)
        if before is None or after is None:
            yield Change(Subject.CATEGORY, name, "", _rule(before), _rule(after))
            continue
        for setting in ("action", "sensitivity", "shadow"):
            yield from _changed(
                Subject.CATEGORY, name, setting, getattr(before, setting), getattr(after, setting)
            )
        yield from _moved(
            Subject.CATEGORY, name, "positions", _ordered(before.positions), _ordered(after.positions)
        )


def _items(subject: Subject, old: Iterable[Item], new: Iterable[Item]) -> Iterator[Change]:
    before, after = {item.id: item for item in old}, {item.id: item for item in new}
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            yield Change(subject, name, "", _presence(name in before), _presence(name in after))
            continue
        for slot in fields(before[name]):
            one, other = getattr(before[name], slot.name), getattr(after[name], slot.name)
            differ = _moved if isinstance(one, tuple) else _changed
            yield from differ(subject, name, slot.name, one, other)


def _mapped(subject: Subject, old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        yield from _changed(subject, name, "", old.get(name), new.get(name))


def _changed(subject: Subject, name: str, setting: str, old: Value, new: Value) -> Iterator[Change]:
    if old != new:
        yield Change(subject, name, setting, _plain(old), _plain(new))


def _moved(
    subject: Subject, name: str, setting: str, old: tuple[str, ...], new: tuple[str, ...]
) -> Iterator[Change]:
    """Order apart: none of the lists has one that counts."""
    taken, given = set(new), set(old)
    out, in_ = (
        tuple(item for item in old if item not in taken),
        tuple(item for item in new if item not in given),
    )
    if out or in_:
        yield Change(subject, name, setting, out, in_)


def _ordered(positions: Iterable[Position]) -> tuple[str, ...]:
    named = frozenset(positions)
    return tuple(position.value for position in Position if position in named)


def _rule(rule: Rule | None) -> str | None:
    return None if rule is None else f"{rule.action} at {_plain(rule.sensitivity)}"


def _presence(there: bool) -> str | None:
    return "present" if there else None


def _plain(value: Value) -> Value:
    return str(value) if isinstance(value, str) else value


def _shown(value: Value) -> str:
    return "nothing" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _messages(policy: Policy) -> dict[str, str]:
    said = policy.layer.messages.items()
    return {f"{language}/{category}" if category else language: text for (language, category), text in said}


def _limits(policy: Policy) -> dict[str, Value]:
    budget = policy.budget
    named = {slot.name: getattr(budget, slot.name) for slot in fields(budget)}
    return {"max_characters": policy.max_characters, "model_windows": policy.model_windows, **named}
