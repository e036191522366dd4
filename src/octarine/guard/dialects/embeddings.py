"""``POST /v1/embeddings``: texts in, vectors out. No vector says that something is blocked: an error does."""

from __future__ import annotations

from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Judged
from octarine.guard.chat.refusals import invalid, upstream_failed
from octarine.guard.chat.slots import Slot, bounded, field_leaves, text_slot
from octarine.guard.dialects.dialect import Asked, Json, Limits, Unstreamed

_UNREAD = frozenset({"model", "user", "encoding_format", "dimensions", "input"})
"""Fields whose texts no model reads, and the input, which is read by itself."""


class Embeddings(Unstreamed):
    """See ``Dialect``."""

    path = "embeddings"

    def read(self, body: Json, limits: Limits) -> Asked:
        """Look through a request: its input, and every text of a field that nothing here knows."""
        slots = list(_input(body))
        for name in body:
            if name not in _UNREAD:
                slots += field_leaves(body, name, "", "user")
        return Asked(body, bounded(slots, limits.characters), model=str(body.get("model", "")))

    def judge(self, check: AnswerCheck, body: Any) -> Judged:
        """Nothing but vectors: an answer of another form may say anything."""
        listed = body.get("data") if isinstance(body, dict) else None
        if not isinstance(listed, list) or not all(
            isinstance(one, dict) and "embedding" in one for one in listed
        ):
            raise upstream_failed(
                "The model's server answered with something unusable: it holds no embeddings.",
                code="bad_upstream",
            )
        return Judged(body, (), None)

    def refused(self, name: str, question: Asked, verdict: Verdict) -> None:
        """None: there is no such answer."""


def _input(body: Json) -> list[Slot]:
    """The texts of the input.

    Raises:
        Refusal: 400, there are none, or tokens in their place: numbers cannot be looked at.
    """
    given = body.get("input")
    if isinstance(given, str) and given:
        return [text_slot(body, "input", "input", "user")]
    if isinstance(given, list) and given and all(isinstance(one, str) for one in given):
        return [text_slot(given, at, f"input[{at}]", "user") for at in range(len(given))]
    if isinstance(given, list) and any(isinstance(one, int | list) for one in given):
        raise invalid(
            "'input' holds tokens, and nothing here can read them. Send text.", "input", "unsupported_content"
        )
    raise invalid("'input' must be a text or a list of texts.", "input")
