"""The events of a response, numbered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from octarine.guard.chat.refusals import Refusal

Json = dict[str, Any]
Events = tuple[Json, ...]
KINDS = {
    "output_text": ("output_text", "text"),
    "refusal": ("refusal", "refusal"),
    "reasoning_text": ("reasoning_text", "text"),
    "summary_text": ("reasoning_summary_text", "text"),
}
"""Type of a part → what its events are called, and the field that holds its text."""
_HANDED_OVER = {
    "function_call": ("arguments", "function_call_arguments"),
    "custom_tool_call": ("input", "custom_tool_call_input"),
}


class Teller:
    """Makes events; each has the next ``sequence_number``."""

    def __init__(self) -> None:
        self._next = 0

    def tell(self, kind: str, **fields: Any) -> Events:
        """One event."""
        self._next += 1
        # What is told now is not changed by what comes later.
        told = {name: dict(value) if isinstance(value, dict) else value for name, value in fields.items()}
        return ({"type": kind, "sequence_number": self._next - 1, **told},)

    def error(self, refusal: Refusal) -> Events:
        """An error, in both forms that clients know."""
        error = refusal.body["error"]
        fields = {name: error[name] for name in ("code", "message", "param")}
        return self.tell("error", **fields, error=error)

    def item(self, item: Json, index: int) -> Events:
        """A whole item, from its beginning to its end."""
        where = {"item_id": item.get("id", ""), "output_index": index}
        return (
            *self.tell("response.output_item.added", output_index=index, item=begun(item)),
            *self._parts(item, where),
            *self._handed_over(item, where),
            *self.tell("response.output_item.done", output_index=index, item=item),
        )

    def response(self, body: Json) -> Events:
        """A whole response, from its beginning to its end."""
        started = {**body, "status": "in_progress", "output": [], "incomplete_details": None, "error": None}
        started = {name: value for name, value in started.items() if name != "output_text"} | {"usage": None}
        return (
            *self.tell("response.created", response=started),
            *self.tell("response.in_progress", response=started),
            *(one for index, item in enumerate(body["output"]) for one in self.item(item, index)),
            *self.tell(last_event(body), response=body),
        )

    def part_added(self, where: Json, part: Json) -> Events:
        """The beginning of a part; ``where`` as ``place`` gives it."""
        return self.tell(f"response.{_part_event(where)}.added", **where, part=empty(part))

    def part_done(self, where: Json, part: Json) -> Events:
        """The end of a part: its text, its annotations, and itself."""
        kind = part.get("type", "")
        told: Events = ()
        if kind in KINDS:
            name, field = KINDS[kind]
            spelt = kind == "output_text" or part.get("logprobs")
            logprobs = {"logprobs": part.get("logprobs") or []} if spelt else {}
            told = self.tell(f"response.{name}.done", **where, **{field: part.get(field, "")}, **logprobs)
        for number, one in enumerate(part.get("annotations") or ()):
            told += self.tell(
                "response.output_text.annotation.added", **where, annotation_index=number, annotation=one
            )
        return told + self.tell(f"response.{_part_event(where)}.done", **where, part=part)

    def delta(self, where: Json, kind: str, text: str, logprobs: list[Any] | None = None) -> Events:
        """A piece of a text."""
        more = {"logprobs": logprobs or []} if kind == "output_text" or logprobs else {}
        return self.tell(f"response.{KINDS[kind][0]}.delta", **where, delta=text, **more)

    def _parts(self, item: Json, where: Json) -> Iterator[Json]:
        for field in ("summary", "content"):
            parts = item.get(field)
            if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
                # Of an item that nothing here knows: it is told at its end.
                continue
            for number, part in enumerate(parts):
                here = where | {index_name(field): number}
                yield from self.part_added(here, part)
                kind = part.get("type", "")
                if kind in KINDS and part.get(KINDS[kind][1]):
                    yield from self.delta(here, kind, part[KINDS[kind][1]], part.get("logprobs"))
                yield from self.part_done(here, part)

    def _handed_over(self, item: Json, where: Json) -> Iterator[Json]:
        field, name = _HANDED_OVER.get(item.get("type", ""), ("", ""))
        value = item.get(field)
        if not isinstance(value, str):
            return
        if value:
            yield from self.tell(f"response.{name}.delta", **where, delta=value)
        more = {"name": item.get("name", "")} if field == "arguments" else {}
        yield from self.tell(f"response.{name}.done", **where, **{field: value}, **more)


def index_name(field: str) -> str:
    """What an event calls the place of a part."""
    return "summary_index" if field == "summary" else "content_index"


def _part_event(where: Json) -> str:
    return "reasoning_summary_part" if "summary_index" in where else "content_part"


def empty(part: Json) -> Json:
    """A part before anything is said in it."""
    kind = part.get("type", "")
    if kind not in KINDS:
        return part
    listed: Json = {"annotations": [], "logprobs": []} if kind == "output_text" else {}
    return {"type": kind, KINDS[kind][1]: "", **listed}


def begun(item: Json) -> Json:
    """An item before anything is said in it."""
    emptied: Json = {name: [] for name in ("content", "summary") if isinstance(item.get(name), list)}
    field = _HANDED_OVER.get(item.get("type", ""), ("",))[0]
    if isinstance(item.get(field), str):
        emptied |= {field: ""}
    return {**item, "status": "in_progress", **emptied} if "status" in item else {**item, **emptied}


def last_event(body: Json) -> str:
    """The event that ends a response."""
    status = body.get("status")
    return f"response.{status if status in ('incomplete', 'failed') else 'completed'}"
