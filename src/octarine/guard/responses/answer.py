"""A whole response on its way to the client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Judged, Piece
from octarine.guard.chat.logprobs import forget, spelt
from octarine.guard.chat.messages import as_one
from octarine.guard.chat.slots import Slot, field_leaves
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.responses.head import bare, bare_response, judge_head, no_response
from octarine.guard.responses.request import unseen

Json = dict[str, Any]
_HANDED_OVER = frozenset({"arguments", "input", "code", "action", "operation"})
_FOUND = frozenset({"output", "outputs", "results", "sources", "tools"})
_PARTS = ("content", "summary")
_WITH_PARTS = ("message", "reasoning")
FILTERED = {"reason": "content_filter"}
_NONE_USED = {
    "input_tokens": 0,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 0,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 0,
}


def judge_response(check: AnswerCheck, body: Any) -> Judged:
    """Every item of a response, and what stands beside them; where anything is blocked, the policy's message
    stands in place of all. What only repeats the request stays as it is.

    Raises:
        Refusal: 502, it is no response.
    """
    items = items_of(body)
    pieces, verdict, changed = judge_items(check, enumerate(items))
    if verdict is None:
        found, verdict, _ = judge_head(check, body, changed=changed)
        pieces += found
    if verdict is not None:
        bare(body)
        refuse(body, [refused_message(str(body.get("id", "")), verdict)])
    elif "output_text" in body:
        # Some servers say everything twice.
        body["output_text"] = text_of(items)
    return Judged(body, tuple(pieces), verdict)


def items_of(body: Any) -> list[Json]:
    """The items of a response.

    Raises:
        Refusal: 502, there are none.
    """
    items = body.get("output") if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(typed(item) for item in items):
        raise no_response("it has no list of output items")
    return items


def typed(node: Any) -> bool:
    """Whether something is an item or a part."""
    return isinstance(node, dict) and isinstance(node.get("type"), str)


def judge_items(
    check: AnswerCheck, items: Iterable[tuple[int, Json]]
) -> tuple[list[Piece], Verdict | None, bool]:
    """What was decided about items, each with its place in the output, the first verdict that blocks, and
    whether any was changed; they are changed in their places, all in one go.

    Log-probabilities, numbers of tokens and annotations of a text that was changed are taken out: the ones
    would give it away, the others point at places of the text that came.
    """
    groups = [(item, holder, list(slots)) for index, item in items for holder, slots in _groups(item, index)]
    pieces, verdict, changed = check.judge(slot for *_, slots in groups for slot in slots)
    if verdict is None and changed:
        for item, holder, slots in groups:
            if any(slot.changed for slot in slots):
                holder |= {name: [] for name in ("logprobs", "annotations") if name in holder}
                forget(holder, [name for name in holder if name not in _PARTS])
                forget(item, [name for name in item if name not in _PARTS])
    return pieces, verdict, changed


def _groups(item: Json, index: int) -> Iterator[tuple[Json, Iterator[Slot]]]:
    """The texts of an item: those of each part of its content together, then the others."""
    path = f"output[{index}]"
    for name in _PARTS:
        parts = parts_of(item, name)
        for number, part in enumerate(parts):
            found = part_slots(part, f"{path}.{name}[{number}]", index)
            # What the parts of an item say is read as one; one alone is judged block by block.
            yield part, map(as_one, found) if len(parts) > 1 else found
    yield item, _others(item, path, index)


def parts_of(item: Json, name: str) -> list[Json]:
    """The parts of a message's content or of a line of thought. What no message and no thought calls so may
    be something else, and has none then.

    Raises:
        Refusal: 502, they are none.
    """
    parts = item.get(name)
    if parts is None:
        return []
    if isinstance(parts, list) and all(typed(part) for part in parts):
        return parts
    if item["type"] in _WITH_PARTS:
        raise no_response(f"'{name}' of an item is no list of parts")
    return []


def part_slots(part: Json, path: str, index: int = 0) -> Iterator[Slot]:
    """The texts of one part of the item at ``index``."""
    if unscannable := unseen(part["type"]):
        yield Slot(OUTPUT, path, None, index, unscannable=unscannable)
        return
    for name in part:
        if name == "logprobs":
            said = [value for value in part.values() if isinstance(value, str)]
            yield from spelt(part, path, said)
        elif name != "obfuscation":
            yield from field_leaves(part, name, path, OUTPUT, index)


def _others(item: Json, path: str, index: int) -> Iterator[Slot]:
    if unscannable := unseen(item["type"]):
        yield Slot(OUTPUT, path, None, index, unscannable=unscannable)
        return
    for name in item:
        if name in _PARTS and parts_of(item, name):
            continue
        position = "tool_arguments" if name in _HANDED_OVER else "tool_results" if name in _FOUND else OUTPUT
        yield from field_leaves(item, name, path, position, index)


def text_of(items: list[Json]) -> str:
    """What a response says, as clients put it together."""
    parts = [part for item in items if item.get("type") == "message" for part in parts_of(item, "content")]
    return "".join(str(part.get("text", "")) for part in parts if part.get("type") == "output_text")


def refuse(body: Json, items: list[Json]) -> None:
    """Make a response one that was filtered."""
    body |= {"output": items, "status": "incomplete", "incomplete_details": FILTERED, "error": None}
    if "output_text" in body:
        body["output_text"] = text_of(items)


def refused_message(name: str, verdict: Verdict) -> Json:
    """The item that stands in place of an answer. A text and no refusal: clients show ``output_text``."""
    return {
        "id": f"msg_{name.removeprefix('resp_').removeprefix('req_')}_filtered",
        "type": "message",
        "role": "assistant",
        "status": "incomplete",
        "content": [{"type": "output_text", "text": verdict.message, "annotations": [], "logprobs": []}],
    }


def refused_response(name: str, model: str, verdict: Verdict) -> Json:
    """The answer to a request that went no further."""
    body = bare_response(f"resp_{name.removeprefix('req_')}", model)
    refuse(body, [refused_message(name, verdict)])
    return body | {"usage": _NONE_USED}
