"""What a response says beside its output: what it repeats of the request, names and numbers, and all else."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Piece
from octarine.guard.chat.logprobs import forget
from octarine.guard.chat.refusals import Refusal, upstream_failed
from octarine.guard.chat.slots import beside, is_structural

Json = dict[str, Any]
_REPEATED = frozenset(
    {"instructions", "input", "prompt", "tools", "tool_choice", "metadata", "text", "reasoning", "user"}
    | {"conversation", "previous_response_id", "include", "safety_identifier", "prompt_cache_key"}
    | {"prompt_cache_retention", "prompt_cache_options", "context_management", "moderation", "stream_options"}
)
"""What a response repeats of its request: it was looked at there, and an answer is not judged by it."""
_KNOWN = _REPEATED | {"output", "output_text", "billing"}


class Head:
    """All of a streamed response but its output. Until the end only what repeats the request, names and
    numbers go out; all else at the end, as it was told last.

    Attributes:
        json: what may go out.
    """

    def __init__(self, model: str) -> None:
        self.json = bare_response("resp_unknown", model)
        self._others: Json = {}

    def take(self, event: Json) -> Json:
        """The response in an event.

        Raises:
            Refusal: 502, there is none.
        """
        body = event.get("response")
        if not isinstance(body, dict):
            raise no_response("an event holds no response")
        for name, value in body.items():
            if name in ("output", "output_text"):
                continue
            if name in _KNOWN or is_structural(name, value):
                self.json = {**self.json, name: value}
                self._others.pop(name, None)
            else:
                self._others[name] = value
        return body

    def judged(self, check: AnswerCheck, *, changed: bool) -> tuple[list[Piece], Verdict | None]:
        """What was decided about what goes out at the end, and the verdict that blocks it; where none does it
        is in ``json`` now.

        Args:
            changed: whether any text of the output was changed.
        """
        pieces, verdict, _ = judge_head(check, self._others, changed=changed)
        if verdict is None:
            self.json = {**self.json, **self._others}
        return pieces, verdict


def judge_head(check: AnswerCheck, body: Json, *, changed: bool) -> tuple[list[Piece], Verdict | None, bool]:
    """What was decided about all that a response says beside its output, the verdict that blocks, and whether
    any of it was changed. What repeats a changed text in another form is taken out.

    Args:
        changed: whether any text of the output was.
    """
    pieces, verdict, also = check.judge(beside(body, _KNOWN), said=False)
    if changed or also:
        forget(body, _others(body))
    return pieces, verdict, also


def bare(body: Json) -> None:
    """Take all texts out of a response that its model's server says beside its output, and what repeats one
    in another form."""
    for name in _others(body):
        if next(beside({name: body[name]}, ()), None) is not None:
            del body[name]
    forget(body, _others(body))


def _others(body: Json) -> Iterable[str]:
    return tuple(name for name in body if name not in _KNOWN)


def bare_response(name: str, model: str) -> Json:
    """A response of which nothing is known."""
    return {
        "id": name,
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": model,
        "output": [],
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "usage": None,
    }


def no_response(why: str) -> Refusal:
    """The upstream answered with something else."""
    return upstream_failed(
        f"The model's server answered with something that is no response: {why}.", code="bad_upstream"
    )
