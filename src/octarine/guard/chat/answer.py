"""A whole chat completion on its way to the client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Judged, Piece
from octarine.guard.chat.messages import as_one, calls
from octarine.guard.chat.refusals import Refusal, upstream_failed
from octarine.guard.chat.slots import Slot, field_leaves
from octarine.guard.conversations.positions import OUTPUT

FILTERED = "content_filter"


def judge_chat(check: AnswerCheck, body: Any) -> Judged:
    """Every choice of a completion; a blocked one becomes the policy's message. Log-probabilities of a text
    that was changed are taken out: they would give it away.

    Raises:
        Refusal: 502, it is no chat completion.
    """
    pieces: list[Piece] = []
    blocked = None
    for index, choice in enumerate(choices_of(body)):
        message = choice.get("message")
        if not isinstance(message, dict):
            raise no_completion(f"choices[{index}] has no message")
        found, verdict, changed = check.judge(message_slots(message, f"choices[{index}].message"))
        pieces += found
        if verdict is not None:
            blocked = blocked or verdict
            choice["message"] = refused_message(verdict)
            choice["finish_reason"] = FILTERED
        if changed and "logprobs" in choice:
            choice["logprobs"] = None
    return Judged(body, tuple(pieces), blocked)


def choices_of(body: Any) -> list[dict[str, Any]]:
    """The choices of a completion or a chunk.

    Raises:
        Refusal: 502, there are none.
    """
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise no_completion("it has no list of choices")
    return choices


def message_slots(message: dict[str, Any], path: str) -> Iterator[Slot]:
    """Every text of an answer: what the model says, thinks, declines, and hands to tools."""
    for name, value in message.items():
        if name in ("tool_calls", "function_call"):
            yield from calls(value, f"{path}.{name}", OUTPUT)
        elif name == "content" and isinstance(value, list):
            yield from map(as_one, field_leaves(message, name, path, OUTPUT))
        else:
            yield from field_leaves(message, name, path, OUTPUT)


def refused_message(verdict: Verdict) -> dict[str, Any]:
    """What stands in place of an answer."""
    return {"role": "assistant", "content": verdict.message, "refusal": None}


def refused_chat(request: str, model: str, choices: int, verdict: Verdict) -> dict[str, Any]:
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


def as_chunks(completion: dict[str, Any], *, usage: bool) -> Iterator[dict[str, Any]]:
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
