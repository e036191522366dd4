"""A streamed response on its way to the client: the upstream's events in, those out that may go.

Texts of messages and reasoning go out as ``OutputStream`` lets them, the first part of each; what is said in
several parts is read as one, so the others wait until the item has ended. Every other item goes out once it
is whole, because half an argument cannot be judged. What goes out is told anew, numbered by itself, and the
response at the end holds what went out and nothing else. Everything here runs in a thread, no input or
output.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, OpenOutput, Piece
from octarine.guard.chat.refusals import Refusal, streamed_error, upstream_failed
from octarine.guard.chat.slots import leaves
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.responses.answer import (
    items_of,
    judge_items,
    part_slots,
    parts_of,
    refuse,
    refused_message,
    text_of,
)
from octarine.guard.responses.head import Head, no_response
from octarine.guard.responses.parts import KEPT, Held, Item, Part, judge_parts, kept
from octarine.guard.responses.places import MOST_ITEMS, field_of, index_of, item_of, number_of, part_of
from octarine.guard.responses.telling import KINDS, Events, Teller
from octarine.guard.streaming.text import StreamedText

Json = dict[str, Any]
_STREAMED = ("message", "reasoning")
_THOUGHTS = ("reasoning_text", "summary_text")
_BY_EVENT = {f"response.{name}": kind for kind, (name, _) in KINDS.items()}
_WITH_THEIR_ITEM = (
    "response.function_call_arguments.",
    "response.custom_tool_call_input.",
    "response.mcp_",
    "response.web_search_call.",
    "response.file_search_call.",
    "response.code_interpreter_call",
    "response.output_text.annotation.",
)
"""Events that say beforehand what an item or a part says whole."""


class ResponseEvents:
    """One streamed response, event by event as parsed JSON; see ``chat.events.Chunks``.

    Args:
        check: of the request that it answers.
        model: that was asked for.
    """

    def __init__(self, check: AnswerCheck, model: str, open_output: OpenOutput) -> None:
        self.blocked: Verdict | None = None
        self._check = check
        self._open = open_output
        self._teller = Teller()
        self._head = Head(model)
        self._begun = False
        self._finished = False
        self._items: dict[int, Item] = {}
        self._done: set[int] = set()
        self._whole: set[int] = set()
        self._changed = False
        self._out: list[Json] = []
        self._parts: list[Part] = []
        self._pieces: list[Piece] = []
        self._left_out: set[str] = set()

    @property
    def over(self) -> bool:
        """Whether nothing that may still come could go out."""
        return self.blocked is not None

    @property
    def left_out(self) -> frozenset[str]:
        """Events that nothing here knows, and that did not go out."""
        return frozenset(self._left_out)

    def pieces(self) -> tuple[Piece, ...]:
        """Every text so far, and what was decided about it."""
        return (*(part.piece() for part in self._parts), *self._pieces)

    def take(self, chunk: Any) -> Iterator[Json]:
        """Events that may go out for one that came.

        Raises:
            Refusal: 502, it is none, or an error.
        """
        if self._finished:
            return
        if not isinstance(chunk, dict) or not isinstance(kind := chunk.get("type"), str):
            if isinstance(chunk, dict) and chunk.get("error"):
                raise streamed_error(chunk["error"], self._check.cleared)
            raise no_response("an event is no object with a type")
        if kind == "error":
            raise streamed_error(chunk.get("error") or chunk, self._check.cleared)
        yield from self._told(kind, chunk)

    def close(self, *, done: bool = True) -> Iterator[Json]:
        """Nothing: the last event has gone out. The protocol says the end by an event.

        Raises:
            Refusal: 502, the answer is not whole.
        """
        if not self._finished:
            raise upstream_failed(
                "The model's server ended the connection before its answer was complete.",
                code="upstream_incomplete",
            )
        return iter(())

    def failed(self, refusal: Refusal) -> Iterator[Json]:
        """An error behind what has gone out."""
        yield from self._teller.error(refusal)

    def _told(self, kind: str, event: Json) -> Iterator[Json]:
        stem, _, end = kind.rpartition(".")
        if kind in ("response.created", "response.queued", "response.in_progress"):
            yield from self._headed(kind, event)
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            yield from self._ended(kind, event)
        elif kind == "response.output_item.added":
            yield from self._added(event)
        elif kind == "response.output_item.done":
            yield from self._item_done(index_of(event), item_of(event))
        elif stem in ("response.content_part", "response.reasoning_summary_part"):
            yield from self._part_event(event, ended=end == "done")
        elif stem in _BY_EVENT and end in ("delta", "done"):
            yield from self._text_event(_BY_EVENT[stem], event, ended=end == "done")
        elif not kind.startswith(_WITH_THEIR_ITEM):
            self._left_out.add(kind[:60])

    def _headed(self, kind: str, event: Json) -> Iterator[Json]:
        self._head.take(event)
        self._begun = True
        yield from self._teller.tell(kind, response=self._head.json)

    def _started(self) -> Iterator[Json]:
        if not self._begun:
            self._begun = True
            yield from self._teller.tell("response.created", response=self._head.json)

    def _added(self, event: Json) -> Iterator[Json]:
        yield from self._started()
        index, item = index_of(event), item_of(event)
        known = self._items.get(index)
        if known is not None and not known.announced:
            # Its texts came before it.
            known.announced = True
            return
        if known is not None or index in self._done:
            raise no_response("an item begins twice")
        if item.get("type") in _STREAMED:
            yield from self._open_item(index, item)
        else:
            self._whole.add(index)

    def _open_item(self, index: int, item: Json, *, announced: bool = True) -> Iterator[Json]:
        if len(self._out) >= MOST_ITEMS:
            raise no_response("it has too many items")
        made = self._items[index] = Item(item, len(self._out), announced=announced)
        self._out.append(made.json)
        yield from self._teller.tell(
            "response.output_item.added", output_index=made.index, item=dict(made.json)
        )

    def _unannounced(self, event: Json, kind: str) -> Iterator[Json]:
        """Begin the item that a text of ``kind`` belongs to, where the upstream has told of none: of what
        type it is nobody knows."""
        index = index_of(event)
        if index in self._items or index in self._done or index in self._whole:
            return
        yield from self._started()
        thought = kind in _THOUGHTS or field_of(event) == "summary"
        made = {"type": "reasoning"} if thought else {"type": "message", "role": "assistant"}
        name = kept({"id": event.get("item_id")}) if event.get("item_id") else {}
        yield from self._open_item(index, {**name, **made, "status": "in_progress"}, announced=False)

    def _part_event(self, event: Json, *, ended: bool) -> Iterator[Json]:
        part, field, number = part_of(event), field_of(event), number_of(event)
        yield from self._unannounced(event, part["type"])
        item = self._items.get(index_of(event))
        if item is None:
            self._unused(event, "part")
            return
        if ended:
            yield from self._part_done(item, field, number, part)
        elif part["type"] in KINDS:
            yield from self._begin_part(item, field, number, part["type"])

    def _unused(self, event: Json, name: str) -> None:
        """Note what comes behind the end of an item; of one that goes out whole it says nothing new."""
        if index_of(event) in self._done - self._whole:
            self._left_out.add(name)

    def _begin_part(self, item: Item, field: str, number: int, kind: str) -> Iterator[Json]:
        if (field, number) in item.parts:
            return
        # What is said in several parts is read as one: all but the first wait for the rest of them.
        held = Held() if any(name == field for name, _ in item.parts) else None
        said = StreamedText(held) if held else self._check.request.stream(self._open)
        part = item.parts[field, number] = Part(kind, field, number, item.where, said, held)
        self._parts.append(part)
        yield from part.begin(self._teller)

    def _text_event(self, kind: str, event: Json, *, ended: bool) -> Iterator[Json]:
        yield from self._unannounced(event, kind)
        item = self._items.get(index_of(event))
        if item is None:
            self._unused(event, kind)
            return
        field, number = field_of(event), number_of(event)
        yield from self._begin_part(item, field, number, kind)
        part = item.parts[field, number]
        if ended:
            yield from self._said(part, part.finish(event.get(KINDS[kind][1]), self._teller))
        elif isinstance(delta := event.get("delta"), str):
            yield from self._said(part, part.feed(delta, event.get("logprobs"), self._teller))
        else:
            raise no_response("a piece of a text is no text")

    def _said(self, part: Part, told: Events) -> Iterator[Json]:
        yield from told
        if part.said.blocked and not self.blocked:
            yield from self._cut(part.said.blocked)

    def _part_done(self, item: Item, field: str, number: int, given: Json) -> Iterator[Json]:
        kind = given.get("type")
        if kind not in KINDS:
            yield from self._whole_part(item, field, number, given)
            return
        yield from self._begin_part(item, field, number, kind)
        part = item.parts[field, number]
        if part.told:
            return
        yield from self._said(part, part.finish(given.get(KINDS[part.kind][1]), self._teller))
        if self.blocked:
            return
        if part.held:
            found = given.get("annotations")
            part.held.annotations = found if isinstance(found, list) else []
            return
        part.annotations = yield from self._annotations(given)
        if not self.blocked:
            yield from part.end(self._teller)

    def _annotations(self, part: Json) -> Any:
        """Those that may go out, after the events of a block where there is one."""
        found = part.get("annotations")
        if not isinstance(found, list) or not found:
            return []
        pieces, verdict, changed = self._check.judge(leaves(found, "annotations", OUTPUT))
        self._pieces += pieces
        if verdict is not None:
            yield from self._cut(verdict)
        return [] if changed or verdict is not None else found

    def _whole_part(self, item: Item, field: str, number: int, given: Json) -> Iterator[Json]:
        """A part of a kind that does not go out in pieces."""
        pieces, verdict, _ = self._check.judge(part_slots(given, f"output[{item.index}].{field}[{number}]"))
        self._pieces += pieces
        if verdict is not None:
            yield from self._cut(verdict)
        else:
            self._left_out.add("part")

    def _item_done(self, index: int, given: Json) -> Iterator[Json]:
        if index in self._done:
            return
        yield from self._started()
        self._done.add(index)
        item = self._items.get(index)
        if given["type"] not in _STREAMED:
            if item is not None:
                # Texts of it came before it, and went out as those of a message.
                yield from self._close(item, {})
                self._items.pop(index, None)
            if not self.blocked:
                yield from self._whole_item(given)
            return
        if item is None:
            yield from self._open_item(index, given)
            item = self._items[index]
        for field in item.fields:
            for number, part in enumerate(parts_of(given, field)):
                yield from self._part_done(item, field, number, part)
                if self.blocked:
                    return
        yield from self._close(item, given)
        self._items.pop(index, None)

    def _close(self, item: Item, given: Json) -> Iterator[Json]:
        for _, part in sorted(item.parts.items()):
            if not part.told and not part.waits:
                yield from self._said(part, part.finish(None, self._teller))
                if self.blocked:
                    return
                yield from part.end(self._teller)
        yield from self._let_go(item)
        if self.blocked:
            return
        item.json |= kept(given, KEPT[3:])
        item.gather()
        self._changed = self._changed or not item.same
        yield from self._teller.tell("response.output_item.done", output_index=item.index, item=item.json)

    def _let_go(self, item: Item) -> Iterator[Json]:
        """The parts that were held, all parts judged as those of a whole item are; none where any is
        blocked."""
        parts = [part for _, part in sorted(item.parts.items())]
        waiting = [part for part in parts if part.waits]
        if not waiting:
            return
        pieces, verdict = judge_parts(self._check, item.json["type"], item.index, parts)
        self._pieces += pieces
        for part in waiting:
            yield from part.finish(None, self._teller)
            if verdict is None:
                yield from part.end(self._teller)
        if verdict is not None:
            yield from self._cut(verdict)

    def _whole_item(self, given: Json) -> Iterator[Json]:
        given.setdefault("id", f"item_{len(self._out)}")
        pieces, verdict, changed = judge_items(self._check, [(len(self._out), given)])
        self._pieces += pieces
        self._changed = self._changed or changed
        if verdict is not None:
            yield from self._cut(verdict)
            return
        yield from self._teller.item(given, len(self._out))
        self._out.append(given)

    def _ended(self, kind: str, event: Json) -> Iterator[Json]:
        yield from self._started()
        body = self._head.take(event)
        if kind == "response.failed":
            # Some servers then say nothing but why.
            body = body | {"output": body.get("output") or []}
        for index, item in enumerate(items_of(body)):
            yield from self._item_done(index, item)
            if self.blocked:
                return
        for index in sorted(self._items):
            yield from self._close(self._items[index], {})
            if self.blocked:
                return
            del self._items[index]
        if self._whole - self._done:
            self._left_out.add("item")
        pieces, verdict = self._head.judged(self._check, changed=self._changed)
        self._pieces += pieces
        if verdict is not None:
            yield from self._cut(verdict)
            return
        self._head.json["output"] = self._out
        self._finished = True
        yield from self._teller.tell(kind, response=self._head.json)

    def _cut(self, verdict: Verdict) -> Iterator[Json]:
        """The end of a response that was blocked: what has gone out stands, and where no text has, the
        policy's message."""
        self.blocked = verdict
        yield from self._started()
        said = bool(text_of(self._gathered()))
        for item in self._items.values():
            for _, part in sorted(item.parts.items()):
                if part.told:
                    continue
                if not said and part.kind == "output_text" and part.quiet:
                    yield from part.say_instead(verdict.message, self._teller)
                    said = True
                yield from part.end(self._teller)
            item.gather()
            item.json["status"] = "incomplete"
            yield from self._teller.tell("response.output_item.done", output_index=item.index, item=item.json)
        if not said:
            message = refused_message(str(self._head.json["id"]), verdict)
            yield from self._teller.item(message, len(self._out))
            self._out.append(message)
        self._items.clear()
        refuse(self._head.json, self._out)
        self._finished = True
        yield from self._teller.tell("response.incomplete", response=self._head.json)

    def _gathered(self) -> list[Json]:
        for item in self._items.values():
            item.gather()
        return self._out
