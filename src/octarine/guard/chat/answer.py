"""A whole chat completion on its way to the client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Judged, Piece
from octarine.guard.chat.logprobs import forget, spelt
from octarine.guard.chat.messages import as_one, calls
from octarine.guard.chat.refusals import Refusal, upstream_failed
from octarine.guard.chat.slots import Slot, beside, field_leaves
from octarine.guard.conversations.positions import OUTPUT

Json = dict[str, Any]
FILTERED = "content_filter"
_LISTS = ("content", "reasoning_details")
"""Lists whose texts are read as one."""
SAID = ("message", "text", "logprobs")
"""Fields of a choice that hold what the model says."""
NOT_BESIDE = frozenset({"choices", "prompt_logprobs"})
"""Fields of a completion that are looked at by themselves, or tell of the request."""


def judge_chat(check: AnswerCheck, body: Any) -> Judged:
    """Every choice of a completion, and what stands beside them; a choice that is blocked becomes the
    policy's message, and all of them where something beside them is. What repeats a text that was changed in
    another form (log-probabilities, numbers of tokens) is taken out: it would give it away.

    Raises:
        Refusal: 502, it is no chat completion.
    """
    pieces: list[Piece] = []
    blocked, altered = None, False
    for index, choice in enumerate(choices_of(body)):
        found, verdict, changed = _judge_choice(check, choice, f"choices[{index}]")
        pieces += found
        if verdict is not None:
            blocked = blocked or verdict
            _refuse(choice, verdict)
        altered = altered or changed
    found, verdict, changed = check.judge(beside(body, NOT_BESIDE), said=False)
    pieces += found
    others = tuple(name for name in body if name != "choices")
    if verdict is not None:
        blocked = blocked or verdict
        for choice in body["choices"]:
            _refuse(choice, verdict)
    if blocked is not None and all(choice.get("finish_reason") == FILTERED for choice in body["choices"]):
        # What stood beside it may say it again.
        for name in others:
            if next(beside({name: body[name]}, frozenset()), None) is not None:
                del body[name]
    if altered or changed:
        forget(body, (name for name in others if name in body))
    return Judged(body, tuple(pieces), blocked)


def choices_of(body: Any) -> list[Json]:
    """The choices of a completion or a chunk.

    Raises:
        Refusal: 502, there are none.
    """
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise no_completion("it has no list of choices")
    return choices


def message_slots(message: Json, path: str) -> Iterator[Slot]:
    """Every text of an answer: what the model says, thinks, declines, and hands to tools."""
    for name, value in message.items():
        if name in ("tool_calls", "function_call"):
            yield from calls(value, f"{path}.{name}", OUTPUT)
        elif name in _LISTS and isinstance(value, list):
            for slot in map(as_one, field_leaves(message, name, path, OUTPUT)):
                yield slot if slot.group is None else replace(slot, group=_LISTS.index(name))
        else:
            yield from field_leaves(message, name, path, OUTPUT)


def _judge_choice(check: AnswerCheck, choice: Json, path: str) -> tuple[list[Piece], Verdict | None, bool]:
    message = choice.get("message")
    if not isinstance(message, dict):
        raise no_completion(f"{path} has no message")
    slots = list(message_slots(message, f"{path}.message"))
    if "text" in choice:
        slots += field_leaves(choice, "text", path, OUTPUT)
    slots += spelt(choice, path, [slot.text or "" for slot in slots])
    pieces, blocked, changed = check.judge(slots)
    if blocked is None:
        found, blocked, also = check.judge(beside(choice, SAID, path), said=False)
        pieces += found
        changed = changed or also
    if changed:
        forget(choice, tuple(choice))
    return pieces, blocked, changed


def _refuse(choice: Json, verdict: Verdict) -> None:
    """Put the policy's message in place of a choice, of which nothing stays."""
    index = {"index": choice["index"]} if type(choice.get("index")) is int else {}
    choice.clear()
    choice |= {**index, "message": refused_message(verdict), "logprobs": None, "finish_reason": FILTERED}


def refused_message(verdict: Verdict) -> Json:
    """What stands in place of an answer."""
    return {"role": "assistant", "content": verdict.message, "refusal": None}


def refused_chat(request: str, model: str, choices: int, verdict: Verdict) -> Json:
    """The answer to a request that went no further."""
    return {
        "id": f"chatcmpl-{request}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": index,
                "message": refused_message(verdict),
                "logprobs": None,
                "finish_reason": FILTERED,
            }
            for index in range(choices)
        ],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    }


def as_chunks(completion: Json, *, usage: bool) -> Iterator[Json]:
    """A whole completion as the chunks of a stream.

    Args:
        usage: whether the count of tokens comes last, in a chunk without a choice; who did not ask expects
            none.
    """
    head = {name: value for name, value in completion.items() if name not in ("choices", "usage")}
    head["object"] = "chat.completion.chunk"
    for choice in completion["choices"]:
        message = dict(choice["message"])
        if isinstance(message.get("tool_calls"), list):
            message["tool_calls"] = [
                {"index": place, **call} if isinstance(call, dict) else call
                for place, call in enumerate(message["tool_calls"])
            ]
        rest = {name: value for name, value in choice.items() if name not in ("message", "finish_reason")}
        yield {**head, "choices": [{**rest, "delta": message, "finish_reason": None}]}
        reason = choice.get("finish_reason") or "stop"
        yield {**head, "choices": [{"index": choice.get("index", 0), "delta": {}, "finish_reason": reason}]}
    if usage and isinstance(completion.get("usage"), dict):
        yield {**head, "choices": [], "usage": completion["usage"]}


def no_completion(why: str) -> Refusal:
    """The upstream answered with something else."""
    return upstream_failed(
        f"The model's server answered with something that is no chat completion: {why}.", code="bad_upstream"
    )
