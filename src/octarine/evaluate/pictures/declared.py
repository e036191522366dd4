"""From a declaration in a benchmark file to a picture in a conversation."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from octarine.core.codec import canonical
from octarine.core.content import Conversation, Modality, Part
from octarine.evaluate.pictures.scenes import read_scene

MEDIA_TYPE = "image/png"
NEEDED = "pictures"
"""What ``missing`` says: the name of the extra too."""


def picture_part(declared: Mapping[str, Any]) -> Part:
    """A part that names what to draw and holds no bytes yet.

    Raises:
        ValueError: where it declares no picture that can be drawn.
    """
    read_scene(declared)
    return Part(Modality.IMAGE, media_type=MEDIA_TYPE, drawing=canonical(declared))


def missing(conversation: Conversation) -> str:
    """``NEEDED`` where a picture has to be drawn and Pillow, which draws it, is not installed."""
    wanted = any(part.drawing for message in conversation.messages for part in message.parts)
    return NEEDED if wanted and importlib.util.find_spec("PIL") is None else ""


def drawn(conversation: Conversation) -> Conversation:
    """The same conversation with the bytes of every declared picture.

    Raises:
        MissingExtra: where Pillow is not installed.
    """
    if not any(part.drawing for message in conversation.messages for part in message.parts):
        return conversation
    messages = tuple(
        replace(message, parts=tuple(map(_drawn, message.parts))) for message in conversation.messages
    )
    return replace(conversation, messages=messages)


def part_data(part: Part) -> bytes | None:
    """A picture's bytes: those it carries, or drawn; None where there are none and nothing draws it."""
    if part.data is not None or not part.drawing:
        return part.data
    return _png(part.drawing) if importlib.util.find_spec("PIL") else None


def _drawn(part: Part) -> Part:
    if not part.drawing or part.data is not None:
        return part
    return replace(Part.of_bytes(part.modality, _png(part.drawing), part.media_type), drawing=part.drawing)


@lru_cache(maxsize=64)
def _png(drawing: str) -> bytes:
    from octarine.evaluate.pictures.drawing import png

    return png(read_scene(json.loads(drawing)))
