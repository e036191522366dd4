"""The texts of a request or an answer, where they stand in its JSON.

Nothing is translated: a text that the guard changes is written back to where it was read, and all else stays
as it came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from octarine.guard.chat.refusals import Refusal, invalid
from octarine.guard.conversations.positions import OUTPUT

MOST = 2_048
"""Texts of one request."""
NAMES = frozenset(
    {
        "role",
        "id",
        "type",
        "object",
        "index",
        "tool_call_id",
        "call_id",
        "item_id",
        "finish_reason",
        "status",
        "phase",
    }
    | {"signature", "thought_signature", "encrypted_content"}
)
"""Fields that hold a name or a seal, and no text that a model or a person reads."""
SEALS = frozenset({"signature", "thought_signature", "encrypted_content"})
STRUCTURAL = NAMES | {
    "model",
    "provider",
    "system_fingerprint",
    "service_tier",
    "truncation",
    "format",
    "stop_reason",
    "native_finish_reason",
}
"""The same of an answer, at its top and beside what a choice says."""
_SEAL = re.compile(r"[!-~]*")
"""How one is written; words with blanks between them, and other letters, are a text."""
_NAME = re.compile(r"[A-Za-z0-9_.:/$-]{1,128}")
"""What cannot say anything worth checking."""
MEDIA = {
    "image_url": "picture",
    "input_image": "picture",
    "image": "picture",
    "images": "picture",
    "image_file": "picture",
    "input_audio": "sound",
    "audio": "sound",
    "audio_url": "sound",
    "output_audio": "sound",
    "video": "video",
    "video_url": "video",
    "input_video": "video",
    "file": "document",
    "input_file": "document",
    "document": "document",
}
"""Fields and types of what is no text → the policy's word for it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One text.

    Attributes:
        position: as policies name it.
        path: as errors and the audit log name it: ``messages[2].content``.
        text: what is to be looked at; None for what nothing here can read.
        message: index of its message.
        holder, key: where it stands; no holder for a text that is put together from others.
        unscannable: why there is no text, in the policy's word.
        group: as ``Place`` has it: texts that a model reads as one.
        parsed: whether what stands there is a JSON value, and ``text`` its JSON.
    """

    position: str
    path: str
    text: str | None = None
    message: int = 0
    holder: Any = None
    key: str | int = ""
    unscannable: str = ""
    group: int | None = None
    parsed: bool = False

    @property
    def changed(self) -> bool:
        """Whether another text stands there now."""
        if self.holder is None or self.text is None:
            return False
        told: Any = json.loads(self.text) if self.parsed else self.text
        return bool(self.holder[self.key] != told)

    def write(self, text: str) -> None:
        """Put another text in its place."""
        if self.holder is not None:
            self.holder[self.key] = _value(text) if self.parsed else text


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        # A bare number, covered.
        return text


def leaves(node: Any, path: str, position: str, message: int = 0, *, media: bool = True) -> Iterator[Slot]:
    """Every text below ``node``, names of fields included where they may say something.

    Args:
        media: whether fields that are called like pictures and files are ones.
    """
    if isinstance(node, dict):
        for key in node:
            if not _NAME.fullmatch(key):
                yield Slot(position, f"{path}[…]", key, message)
            yield from field_leaves(node, key, path, position, message, media=media)
    elif isinstance(node, list):
        for index in range(len(node)):
            yield from _leaf(node, index, f"{path}[{index}]", position, message, media)


def field_leaves(
    holder: dict[str, Any], key: str, path: str, position: str, message: int = 0, *, media: bool = True
) -> Iterator[Slot]:
    """Every text at and below ``holder[key]``; see ``leaves``."""
    value = holder[key]
    here = ".".join(filter(None, (path, key if _NAME.fullmatch(key) else "…")))
    if media and key in MEDIA and value not in (None, "", [], {}):
        yield Slot(position, here, None, message, unscannable=MEDIA[key])
    elif not (isinstance(value, str) and key in NAMES and _unread(key, value)):
        yield from _leaf(holder, key, here, position, message, media)


def beside(holder: dict[str, Any], known: Container[str], path: str = "") -> Iterator[Slot]:
    """Every text of an answer in fields that are not ``known``, but for those that hold a name."""
    for name, value in holder.items():
        if name not in known and not is_structural(name, value):
            yield from field_leaves(holder, name, path, OUTPUT)


def is_structural(name: str, value: Any) -> bool:
    """Whether a field of an answer says nothing: it holds a number, nothing, or a name where one belongs."""
    if isinstance(value, str):
        return not value or (name in STRUCTURAL and _unread(name, value))
    return not value or isinstance(value, bool | int | float)


def text_slot(holder: Any, key: str | int, path: str, position: str, message: int = 0) -> Slot:
    """The text at ``holder[key]``."""
    return Slot(position, path, holder[key], message, holder, key)


def json_slot(holder: Any, key: str | int, path: str, position: str, message: int = 0) -> Slot:
    """The value at ``holder[key]`` as one text, in which every leaf is looked at."""
    text = json.dumps(holder[key], ensure_ascii=False)
    return Slot(position, path, text, message, holder, key, parsed=True)


def bounded(slots: list[Slot], most_characters: int) -> list[Slot]:
    """``slots``, unless they are too many or too long to be looked at in reasonable time.

    Raises:
        Refusal: 400 or 413.
    """
    if len(slots) > MOST:
        raise invalid(f"More than {MOST:,} texts in one request.", code="too_many_texts")
    if sum(len(slot.text or "") for slot in slots) > most_characters:
        raise Refusal(
            413, f"More than {most_characters:,} characters of text in one request.", code="request_too_large"
        )
    return slots


def _unread(key: str, value: str) -> bool:
    """Whether a field of ``NAMES`` holds one, or a seal."""
    return bool((_SEAL if key in SEALS else _NAME).fullmatch(value))


def _leaf(holder: Any, key: str | int, path: str, position: str, message: int, media: bool) -> Iterator[Slot]:
    value = holder[key]
    if isinstance(value, str):
        if value:
            yield Slot(position, path, value, message, holder, key)
    else:
        yield from leaves(value, path, position, message, media=media)
