"""Techniques that are texts: read from TOML (ours) and YAML or TOML (a user's).

::

    technique:
      - id: museum-placard
        name: Museum placard
        category: framing
        group: fiction
        mechanism: The request is the caption of an exhibit that the reader is to complete.
        reference: ours
        texts:
          en: ["Caption of exhibit 12, to be completed: “{title}”. …", …]
          de: [...]

A text is a message in place of the last user message, or a list of turns, ``{system: …}``, ``{user: …}``,
``{assistant: …}``; an empty ``assistant`` is left for the model to fill. ``redteam.slots`` lists what stands
in braces. Several texts of a language are variants: one is drawn, or ``variant`` names it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, cast

import yaml

from octarine.core.content import Message, Part, Role
from octarine.core.errors import DataError
from octarine.core.files import read_text
from octarine.redteam.seed import AWAITED, Seed
from octarine.redteam.slots import MOST_PIECES, SLOT, filled, slots_in
from octarine.redteam.technique import LANGUAGES, Category, Effect, Made, Parameter, Technique, Turns

Text = str | tuple[tuple[Role, str], ...]
_ROLES = {"system": Role.SYSTEM, "user": Role.USER, "assistant": Role.ASSISTANT}
_REQUIRED = ("id", "name", "group", "mechanism", "texts")
_PLAIN = {"seed", "title", "quoted", "json", "topic"}
"""Slots that leave the seed as it was, to a reader."""
_KNOWN = {*_REQUIRED, "category", "reference", "instruction", "effect", "parent"}
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FORM = "technique: [{id: …, name: …, category: …, group: …, mechanism: …, texts: {en: ['… {seed} …']}}]"


@dataclass(frozen=True, slots=True)
class Templates:
    """The function of a technique that is texts: language → variants."""

    texts: Mapping[str, tuple[Text, ...]]

    def __call__(self, seed: Seed) -> Made:
        """A message, or messages."""
        variants = self.texts[seed.language]
        chosen = seed["variant"]
        text = seed.pick(variants) if chosen is None else variants[(chosen - 1) % len(variants)]
        if isinstance(text, str):
            return filled(text, seed.text)
        return _turns(text, seed)


def _turns(turns: Sequence[tuple[Role, str]], seed: Seed) -> list[Message]:
    """The pieces of a seed are counted over all turns, so that none is said twice."""
    mark = "\x00"
    whole = filled(mark.join(text for _, text in turns), seed.text.replace(mark, " ")).split(mark)
    messages = []
    for (role, _), text in zip(turns, whole, strict=True):
        awaited = role is Role.ASSISTANT and not text
        messages.append(AWAITED if awaited else Message(role, (Part.of_text(text),)))
    last = messages[-1]
    return [*messages[:-1], Message(last.role, (*seed.others, *last.parts), last.tool_calls)]


def read_techniques(path: Path | Traversable, category: Category | None = None) -> tuple[Technique, ...]:
    """The techniques of a file. ``category``: that of those that name none.

    Raises:
        DataError: naming the file, the technique and what is wrong.
    """
    return tuple(read_entry(entry, str(path), category) for entry in read_entries(path))


def read_entries(path: Path | Traversable) -> list[Mapping[str, Any]]:
    """The declarations of a file, as they are written there. Raises DataError, naming the file."""
    name = str(path)
    text = read_text(path) if isinstance(path, Path) else path.read_text("utf-8")
    try:
        found = tomllib.loads(text) if name.endswith(".toml") else yaml.safe_load(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise DataError(f"not {'TOML' if name.endswith('.toml') else 'YAML'}: {error}", path=name) from None
    entries = found.get("technique") if isinstance(found, Mapping) else None
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise DataError("no list 'technique'", path=name, hint=_FORM)
    return entries


def read_entry(entry: Mapping[str, Any], path: str, category: Category | None = None) -> Technique:
    """The technique that a mapping declares. Raises DataError: ``path``, the technique, what is wrong."""
    where = f"technique '{entry.get('id', '?')}'"
    for key in _REQUIRED:
        if not entry.get(key):
            raise DataError(f"{where}: '{key}' is missing", path=path)
    if not _KEBAB.fullmatch(str(entry["id"])):
        raise DataError(f"{where}: the id is not in kebab-case", path=path, hint="As in museum-placard.")
    if unknown := entry.keys() - _KNOWN:
        raise DataError(f"{where}: unknown key '{min(unknown)}'", path=path, hint=f"Known: {sorted(_KNOWN)}")
    effect = _named(Effect, entry.get("effect", "keeps"), f"{where}: effect", path)
    if effect is Effect.ENCODES:
        raise DataError(f"{where}: a text undoes nothing, so its effect is keeps or alters", path=path)
    texts = _texts(entry["texts"], where, path)
    every = [text for variants in texts.values() for text in variants]
    if entry.get("instruction") and _turn_kind(every) is not Turns.ONE:
        raise DataError(f"{where}: a writer writes one message, and its texts have turns", path=path)
    return Technique(
        id=str(entry["id"]),
        name=str(entry["name"]),
        category=_named(Category, entry.get("category", category), f"{where}: category", path),
        group=str(entry["group"]),
        mechanism=" ".join(str(entry["mechanism"]).split()),
        apply=Templates(texts),
        effect=effect,
        turns=_turn_kind(every),
        languages=frozenset(texts),
        parameters=(Parameter("variant", None, "Which of the texts of a language.", kind=int, low=1),),
        wraps=all(isinstance(text, str) and slots_in(text) <= _PLAIN for text in every),
        reference=str(entry.get("reference", "")),
        instruction=" ".join(str(entry.get("instruction", "")).split()),
        parent=str(entry.get("parent", "")),
    )


def _named(kind: Any, value: Any, where: str, path: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        said = "missing, one" if value is None else f"'{value}' is none"
        raise DataError(f"{where}: {said} of {', '.join(kind)}", path=path) from None


def _turn_kind(texts: Sequence[Text]) -> Turns:
    longer = [text for text in texts if not isinstance(text, str)]
    if not longer:
        return Turns.ONE
    live = any(role is Role.ASSISTANT and not said for text in longer for role, said in text)
    return Turns.LIVE if live else Turns.SEVERAL


def _texts(found: Any, where: str, path: str) -> dict[str, tuple[Text, ...]]:
    if not isinstance(found, Mapping):
        raise DataError(f"{where}: 'texts' maps languages to lists", path=path)
    texts: dict[str, tuple[Text, ...]] = {}
    for language, variants in found.items():
        if language not in LANGUAGES:
            raise DataError(f"{where}: '{language}' is none of {', '.join(LANGUAGES)}", path=path)
        if not isinstance(variants, list) or not variants:
            raise DataError(f"{where}: {language}: not a list of texts", path=path)
        texts[language] = tuple(_text(variant, f"{where}: {language}", path) for variant in variants)
    return texts


def _text(found: Any, where: str, path: str) -> Text:
    turns = [{"user": found}] if isinstance(found, str) else found
    if not isinstance(turns, list) or not turns:
        raise DataError(f"{where}: neither a text nor a list of turns", path=path)
    read: list[tuple[Role, str]] = []
    for turn in turns:
        if not isinstance(turn, Mapping) or len(turn) != 1 or next(iter(turn)) not in _ROLES:
            raise DataError(
                f"{where}: a turn is one of {{system: …}}, {{user: …}}, {{assistant: …}}", path=path
            )
        role, text = next(iter(turn.items()))
        read.append((_ROLES[role], str(text)))
    _check_turns(read, where, path)
    _check_slots(" ".join(text for _, text in read), where, path)
    return found if isinstance(found, str) else cast(Text, tuple(read))


def _check_turns(turns: Sequence[tuple[Role, str]], where: str, path: str) -> None:
    if any(not text.strip() and role is not Role.ASSISTANT for role, text in turns):
        raise DataError(f"{where}: a turn of the system's or the user's is empty", path=path)
    if turns[-1] == (Role.ASSISTANT, ""):
        hint = "The answer to the last message is the one under test: leave the turn out."
        raise DataError(f"{where}: the last turn is left open", path=path, hint=hint)


def _check_slots(text: str, where: str, path: str) -> None:
    if not slots_in(text):
        raise DataError(f"{where}: it says nothing of its seed", path=path, hint="Put {seed} in it.")
    pieces = {int(number) for name, number in SLOT.findall(text) if name == "piece" and number}
    if pieces and max(pieces) > MOST_PIECES:
        raise DataError(f"{where}: more than {MOST_PIECES} pieces", path=path)
    if left := set(range(1, max(pieces, default=0) + 1)) - pieces:
        raise DataError(f"{where}: pieces are left out: {sorted(left)}", path=path)
