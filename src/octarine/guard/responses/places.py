"""Where an event of a streamed response belongs."""

from __future__ import annotations

from typing import Any

from octarine.guard.responses.answer import typed
from octarine.guard.responses.head import no_response
from octarine.guard.responses.telling import index_name

Json = dict[str, Any]
MOST_ITEMS = 1_024


def item_of(event: Json) -> Json:
    """The item that an event holds.

    Raises:
        Refusal: 502, there is none.
    """
    item = event.get("item")
    if not isinstance(item, dict) or not typed(item):
        raise no_response("an event holds no item")
    return item


def part_of(event: Json) -> Json:
    """The part that an event holds.

    Raises:
        Refusal: 502, there is none.
    """
    part = event.get("part")
    if not isinstance(part, dict) or not typed(part):
        raise no_response("an event holds no part")
    return part


def index_of(event: Json) -> int:
    """The place of its item in the output.

    Raises:
        Refusal: 502, it is none.
    """
    return _whole(event.get("output_index"))


def field_of(event: Json) -> str:
    """The field of the item that its part stands in."""
    return "summary" if "summary_index" in event else "content"


def number_of(event: Json) -> int:
    """The place of its part in that field.

    Raises:
        Refusal: 502, it is none.
    """
    return _whole(event.get(index_name(field_of(event)), 0))


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < MOST_ITEMS:
        raise no_response("the place of an item or a part is no number")
    return value
