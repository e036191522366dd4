"""From pictures to the parts of a message: the files, and a prompt that points at them."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from octarine.core.content import Modality, Part
from octarine.redteam.seed import Seed, text_and
from octarine.redteam.technique import (
    LANGUAGES,
    TEXT,
    Category,
    Effect,
    Made,
    Need,
    Parameter,
    Script,
    Technique,
)

if TYPE_CHECKING:
    from PIL.Image import Image

IMAGE = frozenset({Modality.IMAGE})
WHOLE = "whole_"
"""How the key of a hint begins that needs no opening sentence before it."""
FONT = Parameter(
    "font", None, "A font file, or part of a font's name; left out: the first that has the letters."
)
_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}


@dataclass(frozen=True, slots=True)
class File:
    """A picture as bytes."""

    data: bytes
    media_type: str = "image/png"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Pictures and what the prompt is to say of them: ``said`` fills the braces of its hint;
    ``prompt`` stands
    in place of the opening sentence."""

    pictures: Sequence[Image | File]
    said: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    prompt: str = ""


Draw = Callable[[Seed], "Image | Sequence[Image] | Drawn"]


@dataclass(frozen=True, slots=True)
class Carrier:
    """The function of a technique that draws. ``draw``: MODULE:FUNCTION of this package, imported when it is
    first called, since it needs Pillow. ``hint``: a key in data/LANGUAGE.toml, or "" for none."""

    draw: str
    hint: str = ""
    on_pictures: bool = False

    def __call__(self, seed: Seed) -> Made:
        """The pictures, then the prompt."""
        from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw

        try:
            made = _function(self.draw)(seed)
        except CannotDraw as problem:
            return problem.outcome
        drawn = made if isinstance(made, Drawn) else Drawn(made if isinstance(made, Sequence) else [made])
        others = [part for part in seed.others if part.modality is not Modality.IMAGE or not self.on_pictures]
        parts = [_part(picture) for picture in drawn.pictures]
        return text_and(_prompt(seed, self, drawn), *others, *parts)


@cache
def _function(name: str) -> Draw:
    module, _, function = name.partition(":")
    found: Draw = getattr(import_module(f"octarine.redteam.carriers.pictures.{module}"), function)
    return found


def _part(picture: Image | File) -> Part:
    file = picture if isinstance(picture, File) else saved(picture)
    return Part.of_bytes(Modality.IMAGE, file.data, file.media_type, name=file.name)


def saved(image: Image, kind: str = "PNG", **how: Any) -> File:
    """An image as a file. PNG is packed fast, not small."""
    out = io.BytesIO()
    fast = {"compress_level": 1} if kind == "PNG" else {}
    image.save(out, kind, **{**fast, **how})
    return File(out.getvalue(), _TYPES[kind])


def _prompt(seed: Seed, carrier: Carrier, drawn: Drawn) -> str:
    held = carrier.on_pictures and any(part.modality is Modality.IMAGE for part in seed.others)
    alone = carrier.hint.startswith(WHOLE)
    opening = (
        seed.text if held else drawn.prompt or ("" if alone else seed.pick(phrases("opening", seed.language)))
    )
    hint = seed.pick(phrases(carrier.hint, seed.language)) if carrier.hint else ""
    for name, value in drawn.said.items():
        hint = hint.replace(f"{{{name}}}", value)
    between = "" if seed.language == "ja" or not opening or not hint else " "
    return f"{opening}{between}{hint}"


def phrases(key: str, language: str) -> Sequence[str]:
    """The variants of a sentence in a language; in English where it is none of the nine."""
    found = _texts(language if language in LANGUAGES else "en")[key]
    return [found] if isinstance(found, str) else found


@cache
def _texts(language: str) -> Mapping[str, str | Sequence[str]]:
    path = files("octarine.redteam.carriers.pictures") / "data" / f"{language}.toml"
    return tomllib.loads(path.read_text("utf-8"))


def picture(
    id: str,
    name: str,
    mechanism: str,
    draw: str,
    *,
    group: str,
    hint: str = "",
    reference: str = "ours",
    effect: Effect = Effect.KEEPS,
    parameters: tuple[Parameter, ...] = (),
    scripts: frozenset[Script] = frozenset(),
    needs: frozenset[Need] = frozenset(),
    on_pictures: bool = False,
    font: bool = True,
) -> Technique:
    """A technique that draws. ``on_pictures``: it changes the pictures that a message holds."""
    return Technique(
        id=id,
        name=name,
        category=Category.CARRIER,
        group=group,
        mechanism=mechanism,
        apply=Carrier(draw, hint, on_pictures),
        effect=effect,
        inputs=TEXT | IMAGE if on_pictures else TEXT,
        outputs=IMAGE,
        scripts=scripts,
        needs=frozenset({Need.PICTURES}) | needs,
        parameters=(*parameters, *((FONT,) if font else ())),
        reference=reference,
    )
