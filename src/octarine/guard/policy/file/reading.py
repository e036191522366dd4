"""From the YAML of one file to its layer. Every error names file, line and column, and the way out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError, InputError, MissingExtra
from octarine.core.files import read_text
from octarine.core.results import Action
from octarine.guard.policy.categories import (
    DENIED_WORD,
    ID,
    LANGUAGES,
    PATTERN,
    TOPIC,
    families,
    read_category,
)
from octarine.guard.policy.file.asking import read_ask
from octarine.guard.policy.file.marking import read_watermark
from octarine.guard.policy.file.nodes import Cursor, Mark, did_you_mean, parse
from octarine.guard.policy.layer import (
    CategoryRule,
    Layer,
    Pattern,
    Place,
    Position,
    Strength,
    Topic,
    Unscannable,
    WordList,
)

UNSCANNED = "unscannable"
"""The key of the message for what could not be scanned."""
GENERAL = "default"
"""The key of the message for everything that has none of its own."""

_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ID_HINT = "Lower-case letters, digits, _ and -, beginning with a letter or digit."
_KEYS = (
    "name", "version", "description", "extends", "remove", "shadow", "positions", "categories", "words",
    "patterns", "topics", "unscannable", "messages", "limits", "weights", "ask",
    "watermark",
)  # fmt: skip
_REMOVABLE = ("categories", "words", "patterns", "topics")
_UNSCANNABLE_ACTIONS = (Action.ALLOW, Action.FLAG, Action.BLOCK)
MAX_CHARACTERS = "max_characters"
MODEL_WINDOWS = "model_windows"
BUDGET = {"depth": 16, "views": 1024, "expansion": 4096, "least": 1 << 24, "most": 1 << 26}
"""Field of the normaliser's budget → the most that a policy may say."""
_MOST_CHARACTERS = 10_000_000
_MOST_WINDOWS = 1_000_000
_LONGEST_TERM = 500


def read_layer(text: str, path: Path | str = "policy.yaml") -> Layer:
    """The layer of one file's text. Word files are looked for beside ``path``; ``extends`` is not followed.

    Raises:
        DataError: naming the line.
    """
    return _Reader(str(path), Path(path).parent).layer(parse(text, str(path)))


class _Reader:
    def __init__(self, path: str, folder: Path) -> None:
        self.path = path
        self.folder = folder
        self.marks: dict[Place, Mark] = {}

    def layer(self, root: Cursor) -> Layer:
        given = root.record(_KEYS, required=("name", "version"))
        for name, value in given.items():
            self.marks[(name,)] = value.mark
        name = given["name"].matching(_NAME, "name for a policy", _ID_HINT)
        version = given["version"].matching(
            _SEMVER, "semantic version", "Three numbers, as in  version: 1.0.0  (https://semver.org)."
        )
        readers: dict[str, Callable[[Cursor], Any]] = {
            "description": Cursor.text,
            "extends": self.extends,
            "shadow": Cursor.boolean,
            "positions": positions,
            "categories": self.categories,
            "words": self.words,
            "patterns": self.patterns,
            "topics": self.topics,
            "unscannable": self.unscannable,
            "messages": self.messages,
            "limits": self.limits,
            "weights": self.weights,
            "ask": partial(read_ask, folder=self.folder),
            "watermark": partial(read_watermark, folder=self.folder),
        }
        values: dict[str, Any] = {key: read(given[key]) for key, read in readers.items() if key in given}
        if "remove" in given:
            self.remove(given["remove"], values)
        return Layer(name=name, version=version, marks=self.marks, **values)

    def extends(self, cursor: Cursor) -> tuple[str, ...]:
        names = cursor.distinct(partial(Cursor.text, longest=1000))
        for name, item in zip(names, cursor.items(), strict=True):
            self.marks["extends", name] = item.mark
        return names

    def weights(self, cursor: Cursor) -> str:
        folder = self.folder / cursor.text()
        if not (folder / "card.json").is_file():
            raise cursor.error(
                f"weights: there are none in {folder}",
                "The folder that 'octarine guard train --out' wrote; relative to the policy that names it.",
            )
        return str(folder)

    def remove(self, cursor: Cursor, values: dict[str, Any]) -> None:
        for kind, ids in cursor.record(_REMOVABLE).items():
            said: dict[str, Any] = dict(values.get(kind, {}))
            read = _category if kind == "categories" else _id
            for name, item in zip(ids.distinct(read), ids.items(), strict=True):
                self.marks["remove", kind, name] = item.mark
                if kind == "categories":
                    said[name] = replace(said.get(name, CategoryRule()), fresh=True)
                elif name in said:
                    line = self.marks[kind, name].line
                    raise item.error(
                        f"'{name}' is also given on line {line}", "Giving it replaces it: keep that."
                    )
                else:
                    said[name] = None
            values[kind] = said

    def categories(self, cursor: Cursor) -> dict[str, CategoryRule]:
        found = {}
        for name, (key, value) in cursor.entries().items():
            self.marks["categories", name] = key.mark
            found[read_category(key, name)] = self.category_rule(name, value)
        return found

    def category_rule(self, name: str, cursor: Cursor) -> CategoryRule:
        given = cursor.record(("action", "strength", "threshold", "shadow", "positions"))
        if not given:
            raise cursor.error(
                "it says nothing", "Say  {action: block, strength: medium}, or take the line out."
            )
        if "strength" in given and "threshold" in given:
            raise given["threshold"].error("strength and threshold are both given", "Keep one of the two.")
        sensitivity: Strength | float | None = None
        if "strength" in given:
            sensitivity = given["strength"].choice(Strength, "strength")
        if "threshold" in given:
            sensitivity = given["threshold"].number(0, 1)
        for key, value in given.items():
            self.marks["categories", name, key] = value.mark
        return CategoryRule(
            action=_action(given),
            sensitivity=sensitivity,
            shadow=_shadow(given),
            positions=positions(given["positions"]) if "positions" in given else None,
        )

    def words(self, cursor: Cursor) -> dict[str, WordList]:
        found = {}
        keys = ("terms", "file", "action", "category", "languages", "whole_word", "shadow")
        for name, (item, given) in cursor.by_id(keys, (), _id).items():
            self.marks["words", name] = item.mark
            if ("terms" in given) == ("file" in given):
                raise item.error(
                    "it needs 'terms' or 'file', one of the two", "terms: [one, two]  or  file: terms.txt"
                )
            terms = given["terms"].distinct(_term) if "terms" in given else self.term_file(given["file"])
            if not terms:
                raise (given.get("terms") or given["file"]).error(
                    "it holds no term", "Add one, or take the list out."
                )
            languages = given["languages"].distinct(_language) if "languages" in given else ()
            found[name] = WordList(
                id=name,
                terms=terms,
                category=_own_category(given, DENIED_WORD, name),
                action=_action(given),
                languages=languages,
                whole_word=given["whole_word"].boolean() if "whole_word" in given else True,
                shadow=_shadow(given),
            )
        return found

    def term_file(self, cursor: Cursor) -> tuple[str, ...]:
        """One term a line; blank lines and those that begin with # are passed over."""
        path = self.folder / cursor.text(longest=1000)
        try:
            text = read_text(path)
        except (DataError, ValueError) as error:
            raise cursor.error(
                f"the word file cannot be used: {error}", "It is looked for beside the policy."
            ) from None
        lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
        terms = tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
        for term in terms:
            if len(term) > _LONGEST_TERM:
                raise cursor.error(
                    f"{path} holds a term longer than {_LONGEST_TERM} characters: {term[:30]!r}…"
                )
        return terms

    def patterns(self, cursor: Cursor) -> dict[str, Pattern]:
        found = {}
        for name, (item, given) in cursor.by_id(
            ("pattern", "action", "category", "validate", "shadow"), ("pattern",), _id
        ).items():
            self.marks["patterns", name] = item.mark
            found[name] = Pattern(
                id=name,
                pattern=_pattern(given["pattern"], name),
                category=_own_category(given, PATTERN, name),
                action=_action(given),
                validate=_validator(given["validate"]) if "validate" in given else "",
                shadow=_shadow(given),
            )
        return found

    def topics(self, cursor: Cursor) -> dict[str, Topic]:
        found = {}
        keys = ("description", "examples", "counterexamples", "action", "threshold", "shadow")
        for name, (item, given) in cursor.by_id(keys, ("description",), _id).items():
            self.marks["topics", name] = item.mark
            found[name] = Topic(
                id=name,
                description=given["description"].text(),
                category=f"{TOPIC}.{name}",
                examples=given["examples"].distinct(Cursor.text) if "examples" in given else (),
                counterexamples=given["counterexamples"].distinct(Cursor.text)
                if "counterexamples" in given
                else (),
                action=_action(given),
                threshold=given["threshold"].number(0, 1) if "threshold" in given else 0.5,
                shadow=_shadow(given),
            )
        return found

    def unscannable(self, cursor: Cursor) -> dict[Unscannable, Action]:
        if cursor.is_text:
            action = _unscannable_action(cursor)
            return dict.fromkeys(Unscannable, action)
        given = cursor.record([kind.value for kind in Unscannable])
        return {Unscannable(kind): _unscannable_action(value) for kind, value in given.items()}

    def messages(self, cursor: Cursor) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for language, (key, value) in cursor.entries().items():
            if language not in LANGUAGES:
                raise key.error(
                    f"'{language}' is no language of the guard", did_you_mean(language, LANGUAGES)
                )
            if value.is_text:
                found[language, ""] = value.text()
                continue
            for name, (place, text) in value.entries().items():
                found[language, _message_key(place, name)] = text.text()
        return found

    def limits(self, cursor: Cursor) -> dict[str, int]:
        given = cursor.record((MAX_CHARACTERS, MODEL_WINDOWS, "normaliser"))
        found = {}
        if MAX_CHARACTERS in given:
            found[MAX_CHARACTERS] = given[MAX_CHARACTERS].whole(1, _MOST_CHARACTERS)
        if MODEL_WINDOWS in given:
            found[MODEL_WINDOWS] = given[MODEL_WINDOWS].whole(1, _MOST_WINDOWS)
        if "normaliser" in given:
            for name, value in given["normaliser"].record(BUDGET).items():
                found[name] = value.whole(1, BUDGET[name])
        return found


def positions(cursor: Cursor) -> tuple[Position, ...]:
    """A list of positions, at least one, in the order of the enum."""
    named = set(cursor.distinct(lambda item: item.choice(Position, "position")))
    if not named:
        raise cursor.error("it names no position", "To look without acting say  shadow: true.")
    return tuple(position for position in Position if position in named)


def _action(given: Mapping[str, Cursor]) -> Action | None:
    return given["action"].choice(Action, "action") if "action" in given else None


def _shadow(given: Mapping[str, Cursor]) -> bool | None:
    return given["shadow"].boolean() if "shadow" in given else None


def _unscannable_action(cursor: Cursor) -> Action:
    return Action(
        cursor.one_of([action.value for action in _UNSCANNABLE_ACTIONS], "action for what cannot be scanned")
    )


def _id(cursor: Cursor) -> str:
    return cursor.matching(ID, "id", _ID_HINT)


def _category(cursor: Cursor) -> str:
    return read_category(cursor, cursor.text())


def _own_category(given: Mapping[str, Cursor], family: str, name: str) -> str:
    if "category" not in given:
        return f"{family}.{name}"
    category = _category(given["category"])
    if category.startswith(("pattern.", "denied_word.", "topic.")) and category.partition(".")[0] != family:
        raise given["category"].error(f"'{category}' belongs to another kind of rule", f"Say  {family}.NAME.")
    return category


def _term(cursor: Cursor) -> str:
    return cursor.text(longest=_LONGEST_TERM).strip()


def _language(cursor: Cursor) -> str:
    return cursor.one_of(LANGUAGES, "language of the guard")


def _message_key(cursor: Cursor, name: str) -> str:
    if name == GENERAL:
        return ""
    unscanned = (UNSCANNED, *(f"{UNSCANNED}.{kind}" for kind in Unscannable))
    if name not in unscanned and name.partition(".")[0] not in families():
        hint = did_you_mean(name, (GENERAL, *unscanned, *families()))
        raise cursor.error(f"'{name}' is no category", hint)
    return name if name in unscanned else read_category(cursor, name)


def _pattern(cursor: Cursor, name: str) -> str:
    from octarine.guard.rules.patterns import read_pattern

    pattern = cursor.text()
    try:
        read_pattern(pattern, name)
    except MissingExtra:
        raise
    except InputError as error:
        raise cursor.error(error.message, error.hint) from None
    return pattern


def _validator(cursor: Cursor) -> str:
    from octarine.guard.rules.validators import validators

    return cursor.one_of(validators(), "check")
