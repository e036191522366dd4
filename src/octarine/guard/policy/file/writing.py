"""From a policy back to YAML that a person likes to read, and that reads as the same policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import yaml

from octarine.guard.policy.ask import NOBODY, SIDES, Ask
from octarine.guard.policy.file.marking import NOTHING
from octarine.guard.policy.file.reading import BUDGET, GENERAL, MAX_CHARACTERS, MODEL_WINDOWS
from octarine.guard.policy.layer import (
    CategoryRule,
    Item,
    Layer,
    Pattern,
    Strength,
    Topic,
    Unscannable,
    WordList,
)
from octarine.guard.policy.policy import Policy
from octarine.guard.policy.watermark import PictureMark


class _OneLine(dict[str, Any]):
    """Written as ``{a: 1, b: 2}``."""


class _Words(list[Any]):
    """Written as ``[a, b]``."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(
    _OneLine, lambda d, x: d.represent_mapping("tag:yaml.org,2002:map", x, flow_style=True)
)
_Dumper.add_representer(
    _Words, lambda d, x: d.represent_sequence("tag:yaml.org,2002:seq", x, flow_style=True)
)


def write_policy(policy: Policy | Layer, *, comment: str = "") -> str:
    """YAML that reads as an equal policy or layer, terms of word files included; ``comment`` goes on top."""
    layer = policy.layer if isinstance(policy, Policy) else policy
    body = yaml.dump(_values(layer), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    lines = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    return lines + body


def _values(layer: Layer) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": layer.name,
        "version": layer.version,
        "description": layer.description or None,
        "extends": _Words(layer.extends) or None,
        "remove": _removed(layer),
        "shadow": layer.shadow,
        "positions": None if layer.positions is None else _Words(map(str, layer.positions)),
        "categories": {name: _category(rule) for name, rule in layer.categories.items() if not rule.removed},
        "words": [_item(item) for item in layer.words.values() if item],
        "patterns": [_item(item) for item in layer.patterns.values() if item],
        "topics": [_item(item) for item in layer.topics.values() if item],
        "unscannable": _unscannable(layer),
        "messages": _messages(layer),
        "limits": _limits(layer.limits),
        "weights": layer.weights or None,
        "ask": _ask(layer.ask) if layer.ask else None,
        "watermark": _watermark(layer.watermark) if layer.watermark else None,
    }
    return {name: value for name, value in values.items() if value is not None and value not in ([], {})}


def _ask(ask: Ask) -> str | dict[str, Any]:
    if ask == Ask(ask.adapter):
        return ask.adapter or NOBODY
    price = {one.name: value for one in fields(ask.price) if (value := getattr(ask.price, one.name))}
    values: dict[str, Any] = {"adapter": ask.adapter, "band": _Words(ask.band or ())}
    values |= {"sides": _Words(ask.sides) if ask.sides != SIDES else [], "price": _OneLine(price)}
    return {name: value for name, value in values.items() if value}


def _watermark(mark: PictureMark) -> str | dict[str, Any]:
    if not mark.key:
        return NOTHING
    values = {"key": mark.key, "payload": mark.payload or None, "psnr": mark.psnr, "urls": str(mark.urls)}
    return _OneLine({name: value for name, value in values.items() if value is not None})


def _removed(layer: Layer) -> dict[str, _Words]:
    removed = {
        "categories": _Words(name for name, rule in layer.categories.items() if rule.fresh),
        "words": _Words(name for name, item in layer.words.items() if item is None),
        "patterns": _Words(name for name, item in layer.patterns.items() if item is None),
        "topics": _Words(name for name, item in layer.topics.items() if item is None),
    }
    return {kind: names for kind, names in removed.items() if names}


def _category(rule: CategoryRule) -> _OneLine:
    values = _OneLine()
    if rule.action is not None:
        values["action"] = str(rule.action)
    if isinstance(rule.sensitivity, Strength):
        values["strength"] = str(rule.sensitivity)
    elif rule.sensitivity is not None:
        values["threshold"] = rule.sensitivity
    if rule.shadow is not None:
        values["shadow"] = rule.shadow
    if rule.positions is not None:
        values["positions"] = _Words(map(str, rule.positions))
    return values


def _item(item: Item) -> dict[str, Any]:
    values: dict[str, Any] = {"id": item.id}
    match item:
        case WordList():
            own = "denied_word"
            values |= {"terms": list(item.terms), "languages": _Words(item.languages)}
            if not item.whole_word:
                values["whole_word"] = False
        case Pattern():
            own = "pattern"
            values |= {"pattern": item.pattern, "validate": item.validate}
        case Topic():
            own = "topic"
            values |= {
                "description": item.description,
                "examples": list(item.examples),
                "counterexamples": list(item.counterexamples),
                "threshold": item.threshold,
            }
    values["action"] = str(item.action) if item.action is not None else None
    values["shadow"] = item.shadow
    values["category"] = item.category if item.category != f"{own}.{item.id}" else None
    return {name: value for name, value in values.items() if value is not None and value not in ("", [])}


def _unscannable(layer: Layer) -> str | dict[str, str] | None:
    said = {str(kind): str(action) for kind, action in layer.unscannable.items()}
    if len(said) == len(Unscannable) and len(set(said.values())) == 1:
        return next(iter(said.values()))
    return said or None


def _messages(layer: Layer) -> dict[str, Any]:
    messages: dict[str, dict[str, str]] = {}
    for (language, category), text in layer.messages.items():
        messages.setdefault(language, {})[category or GENERAL] = text
    return {
        language: texts[GENERAL] if set(texts) == {GENERAL} else texts for language, texts in messages.items()
    }


def _limits(limits: Mapping[str, int]) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: limits[name] for name in (MAX_CHARACTERS, MODEL_WINDOWS) if name in limits
    }
    budget = _OneLine({name: limits[name] for name in BUDGET if name in limits})
    return values | ({"normaliser": budget} if budget else {})
