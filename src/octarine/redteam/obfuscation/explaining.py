"""Encodings as techniques: what is written round an encoded body, and how it is undone.

A body alone is no usable prompt, so a covering sentence in the seed's language names the encoding, tells the
key, and asks for an answer. With ``explained`` false the body stands alone; a key that was drawn is then its
first line, so that the body can still be undone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from octarine.core.protocols import NotApplicable
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Apply, Category, Effect, Inverse, Parameter, Script, Technique

EXPLAINED = Parameter("explained", True, "Whether a sentence names the encoding and asks for an answer.")
ANSWER = Parameter("answer", "plain", "How the answer is to be written.", choices=("plain", "encoded"))
STATED = Parameter("stated", True, "Whether the key is told.")
_OURS = {EXPLAINED.name, ANSWER.name, STATED.name}


@dataclass(frozen=True)
class Key:
    """What a cipher is keyed with; the parameter ``name``, drawn where it is not set.

    Attributes:
        draw: one for this seed. ``kind``: its type, int or str; as a text it is one line.
    """

    draw: Callable[[Seed], Any]
    meaning: str
    kind: type = str
    low: float | None = None
    high: float | None = None
    name: str = "key"

    @property
    def parameter(self) -> Parameter:
        """As declared."""
        return Parameter(self.name, None, self.meaning, low=self.low, high=self.high, kind=self.kind)


@cache
def known_data(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("data", name).read_text("utf-8"))


def known_as(id: str, name: str, language: str) -> str:
    """What an encoding is called, or how it works, in ``language``; in English where that is not
    written down, else ``name``."""
    names = known_data("names.toml").get(id, {})
    return str(names.get(language) or names.get("en") or name)


def covered(seed: Seed, body: str, how: str, *, key: str = "", answer_encoded: bool = False) -> str:
    """``body`` with a sentence in the seed's language that says ``how`` it is written and asks for an
    answer."""
    texts = known_data("explaining.toml")
    spoken = texts.get(seed.language, texts["en"])
    values = {
        "how": how,
        "key": spoken["key"].replace("{key}", key) if key else "",
        "answer": spoken["answer"] if answer_encoded else "",
        "body": body,
    }
    return _SLOT.sub(lambda match: values[match[1]], str(seed.pick(spoken["texts"])))


_SLOT = re.compile(r"\{(how|key|answer|body)\}")


def encoded(
    id: str,
    name: str,
    mechanism: str,
    *,
    group: str,
    encode: Callable[..., str | NotApplicable],
    decode: Callable[..., str],
    reference: str,
    key: Key | None = None,
    parameters: Iterable[Parameter] = (),
    scripts: frozenset[Script] = frozenset(),
    survives: Callable[[str], str] | None = None,
    detail: Callable[..., str] | None = None,
    draws: bool = False,
) -> Technique:
    """A reversible technique.

    ``encode(text, **values)`` and ``decode(body, **values)`` take the values of ``parameters`` and of the
    ``key`` by name; ``encode`` takes the ``seed`` too where it ``draws``. ``detail(**values)`` says what the
    parameters change in the name ("twice"), in signs that every language reads. A body that is empty is not
    applicable.
    """
    own = (*((key.parameter, STATED) if key else ()), *parameters, EXPLAINED, ANSWER)
    return Technique(
        id=id,
        name=name,
        category=Category.OBFUSCATION,
        group=group,
        mechanism=mechanism,
        apply=_encoding(id, name, encode, key, detail, draws),
        effect=Effect.ENCODES,
        scripts=scripts,
        parameters=own,
        inverse=_decoding(decode, key),
        survives=survives or _same,
        reference=reference,
    )


def _same(text: str) -> str:
    return text


def _of_the_function(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in _OURS}


def _encoding(
    id: str,
    name: str,
    encode: Callable[..., str | NotApplicable],
    key: Key | None,
    detail: Callable[..., str] | None,
    draws: bool,
) -> Apply:
    def apply(seed: Seed) -> str | NotApplicable:
        values = _of_the_function(seed.parameters)
        drawn = key is not None and values[key.name] is None
        if key and drawn:
            values[key.name] = key.draw(seed)
        body = encode(seed.text, **values, **({"seed": seed} if draws else {}))
        if isinstance(body, NotApplicable) or not body:
            return body or NotApplicable("has nothing that this encodes")
        told = str(values[key.name]) if key and seed["stated"] else ""
        if not seed["explained"]:
            return f"{told}\n{body}" if drawn and told else body
        how = known_as(id, name, seed.language) + (detail(**values) if detail else "")
        return covered(seed, body, how, key=told, answer_encoded=seed["answer"] == "encoded")

    return apply


def _decoding(decode: Callable[..., str], key: Key | None) -> Inverse:
    def inverse(text: str, parameters: Mapping[str, Any]) -> str:
        values = _of_the_function(parameters)
        if key and values[key.name] is None:
            told, _, text = text.partition("\n")
            values[key.name] = key.kind(told)
        try:
            return decode(text, **values)
        except (TypeError, ArithmeticError, AttributeError) as error:
            raise ValueError(
                error
            ) from None  # a foreign text: numbers that no character has, JSON of other kinds

    return inverse
