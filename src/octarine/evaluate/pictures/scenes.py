"""What can be drawn: one declaration a kind, checked when a benchmark file is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from octarine.evaluate.judges.arguments import parse

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "black": "#1c1c1c",
        "blue": "#2458c5",
        "brown": "#7a4a21",
        "green": "#2a8a3e",
        "grey": "#8a8a8a",
        "orange": "#ef8a17",
        "pink": "#e878b0",
        "purple": "#7b3fb5",
        "red": "#cc2b2b",
        "white": "#ffffff",
        "yellow": "#f2cf1f",
    }
)
SHAPES = ("circle", "square", "triangle", "star")
MOST_LINES = 14
MOST_CHARACTERS = 60


def _require_drawable(*texts: str) -> None:
    for text in texts:
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"'{text[:20]}…' is longer than {MOST_CHARACTERS} characters")
        odd = re.search(r"[^\x20-\x7e]", text)
        if odd:
            raise ValueError(f"'{odd[0]}' cannot be drawn: the font that comes with Pillow has ASCII only")


def _require_colour(name: str) -> None:
    if name not in COLOURS:
        raise ValueError(f"there is no colour '{name}' (known: {', '.join(COLOURS)})")


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart: a title, and a name, a value and perhaps a colour for each bar; ``figures``: whether the
    values stand over the bars."""

    title: str
    names: tuple[str, ...]
    values: tuple[float, ...]
    colours: tuple[str, ...] = ()
    figures: bool = True

    def __post_init__(self) -> None:
        _require_drawable(self.title, *self.names)
        for name in self.colours:
            _require_colour(name)
        if not 2 <= len(self.names) <= 8 or len(self.names) != len(self.values) or min(self.values) < 0:
            raise ValueError("names: from 2 to 8, and as many values, none below zero")


@dataclass(frozen=True, slots=True)
class Table:
    """A printed table; the first row is its head."""

    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        _require_drawable(*(cell for row in self.rows for cell in row))
        if not 2 <= len(self.rows) <= MOST_LINES or len({len(row) for row in self.rows}) != 1:
            raise ValueError(f"rows: from 2 to {MOST_LINES}, all of one length")


@dataclass(frozen=True, slots=True)
class Sign:
    """A board by a road, before houses: ``text`` of one to four lines."""

    text: tuple[str, ...]
    colour: str = "blue"

    def __post_init__(self) -> None:
        _require_drawable(*self.text)
        _require_colour(self.colour)
        if not 1 <= len(self.text) <= 4:
            raise ValueError("text: from 1 to 4 lines")


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of paper (a letter, a receipt, a badge, a screen): a heading, lines, and at its foot small pale
    print, where an instruction can be hidden."""

    lines: tuple[str, ...]
    heading: str = ""
    small: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_drawable(self.heading, *self.lines, *self.small)
        if not 1 <= len(self.lines) + len(self.small) <= MOST_LINES:
            raise ValueError(f"lines: from 1 to {MOST_LINES}, the small ones counted")


@dataclass(frozen=True, slots=True)
class Shapes:
    """Coloured shapes in rows of four, in reading order: (shape, colour)."""

    shapes: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.shapes) <= 12:
            raise ValueError("shapes: from 1 to 12")
        for shape, colour in self.shapes:
            _require_colour(colour)
            if shape not in SHAPES:
                raise ValueError(f"there is no shape '{shape}' (known: {', '.join(SHAPES)})")


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock face with two hands, at ``HH:MM``."""

    time: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"(?:[01]?\d|2[0-3]):[0-5]\d", self.time):
            raise ValueError(f"'{self.time}' is no time of day (07:45)")


Scene = Bars | Table | Sign | Page | Shapes | Clock
SCENES: Mapping[str, type[Scene]] = MappingProxyType(
    {"bars": Bars, "table": Table, "sign": Sign, "page": Page, "shapes": Shapes, "clock": Clock}
)
"""Kind → declaration."""


def read_scene(declared: Mapping[str, Any]) -> Scene:
    """The scene that ``{"kind": ..., ...}`` declares.

    Raises:
        ValueError: naming the unknown kind, or the field.
    """
    kind = declared.get("kind")
    if not isinstance(kind, str) or kind not in SCENES:
        raise ValueError(f"{kind!r} is no kind of picture (known: {', '.join(SCENES)})")
    rest = {key: value for key, value in declared.items() if key != "kind"}
    try:
        cls: Any = SCENES[kind]
        scene: Scene = parse(cls, rest)
    except ValueError as error:
        raise ValueError(f"{kind}: {error}") from None
    return scene
