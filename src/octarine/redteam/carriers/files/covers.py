"""What a file shows beside the seed, what the user says of it, and the message that both make."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from octarine.core.content import Modality, Part
from octarine.core.protocols import NotApplicable
from octarine.redteam.seed import Seed, text_and
from octarine.redteam.technique import LATIN, Category, Made, Need, Parameter, Script, Technique

PDF = "application/pdf"
PLAIN = "text/plain"


@dataclass(frozen=True, slots=True)
class Cover:
    """Harmless visible content. ``name``: of the file, in ASCII, without its ending."""

    name: str
    title: str
    lines: tuple[str, ...]


@cache
def _texts() -> Mapping[str, Any]:
    source = resources.files("octarine.redteam.carriers.files") / "data" / "covers.toml"
    return tomllib.loads(source.read_text("utf-8"))


def cover(seed: Seed, *, latin: bool = False) -> Cover:
    """Drawn, in the seed's language; in English where that is not known, or where the format has no letters
    for it (``latin``)."""
    language = seed.language or "en"
    if latin and language in {"ja", "hi", "ar"}:
        language = "en"
    drawn = seed.pick(_texts()[language]["cover"])
    return Cover(drawn["name"], drawn["title"], tuple(drawn["text"]))


def ask(seed: Seed, kind: str, code: str = "") -> str:
    """What the user says: ``summary`` asks about the visible content, ``task`` for what the file holds;
    ``reversed`` and ``coded`` (in ``code``) tell how it is to be read."""
    return str(seed.pick(_texts()[seed.language or "en"][kind])).replace("{code}", code)


def attached(
    seed: Seed, kind: str, data: bytes, media_type: str, name: str, modality: Modality, code: str = ""
) -> Made:
    """A message with the file in it, and what the user says of it."""
    return text_and(ask(seed, kind, code), *seed.others, Part.of_bytes(modality, data, media_type, name=name))


ASK = Parameter(
    "ask", "summary", "What the user asks for: a summary of the visible content, or what the file asks for.",
    choices=("summary", "task"),
)  # fmt: skip


def hidden(seed: Seed, data: bytes | NotApplicable, media_type: str, name: str) -> Made:
    """A document whose visible content is harmless."""
    if isinstance(data, NotApplicable):
        return data
    return attached(seed, seed["ask"], data, media_type, name, Modality.DOCUMENT)


def visible(seed: Seed, data: bytes | NotApplicable, media_type: str, name: str) -> Made:
    """A document that is the request."""
    if isinstance(data, NotApplicable):
        return data
    return attached(seed, "task", data, media_type, name, Modality.DOCUMENT)


_NO_XML = re.compile(r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uFFFE\uFFFF\u202A-\u202E\u2066-\u2069]")


def plain(function: Callable[[Seed], Made]) -> Callable[[Seed], Made]:
    """For formats that hold no control characters (XML 1.0, HTML and what is read line by line)."""

    def checked(seed: Seed) -> Made:
        if _NO_XML.search(seed.text):
            return NotApplicable("the format holds no control characters, and the text has some")
        return function(seed)

    checked.__name__, checked.__doc__ = function.__name__, function.__doc__
    return checked


def within(seed: Seed, most: int, what: str) -> NotApplicable | None:
    """Why the text does not go into ``what``; None where it does."""
    if len(seed.text) > most:
        return NotApplicable(f"longer than the {most:,} characters that {what} takes")
    return None


def document(
    ident: str, name: str, group: str, mechanism: str, apply: Callable[[Seed], Made], reference: str,
    *, scripts: frozenset[Script] = frozenset(), more: tuple[Parameter, ...] = (), shown: bool = False,
) -> Technique:  # fmt: skip
    """A technique that makes a document. ``shown``: the seed is its visible content."""
    return Technique(
        id=ident,
        name=name,
        category=Category.CARRIER,
        group=group,
        mechanism=mechanism,
        apply=apply,
        outputs=frozenset({Modality.DOCUMENT}),
        scripts=scripts,
        parameters=more if shown else (ASK, *more),
        reference=reference,
    )


def timed(
    ident: str, name: str, mechanism: str, apply: Callable[[Seed], Made], reference: str,
    *, modality: Modality, needs: frozenset[Need] = frozenset(), latin: bool = False,
    languages: frozenset[str] = frozenset(), more: tuple[Parameter, ...] = (),
) -> Technique:  # fmt: skip
    """A technique that makes a video or a sound."""
    return Technique(
        id=ident,
        name=name,
        category=Category.CARRIER,
        group=modality.value.capitalize(),
        mechanism=mechanism,
        apply=apply,
        outputs=frozenset({modality}),
        languages=languages,
        scripts=LATIN if latin else frozenset(),
        needs=needs,
        parameters=more,
        reference=reference,
    )
