"""``POST /v1/images/generations``: a text in, pictures out. Nothing here looks into pictures; what is said
beside them (``revised_prompt``) is judged. No picture says that something is blocked: an error does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Judged
from octarine.guard.chat.refusals import Refusal, invalid, upstream_failed
from octarine.guard.chat.slots import STRUCTURAL, Slot, bounded, field_leaves, text_slot
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.dialects.dialect import Asked, Json, Limits, Unstreamed

PIXELS = ("b64_json", "url")
"""Fields of a picture that are the picture."""
_UNREAD = frozenset(
    {
        "model", "prompt", "n", "size", "quality", "style", "response_format", "user", "background",
        "moderation", "output_format", "output_compression", "partial_images", "stream",
    }
)  # fmt: skip
"""Fields whose texts no model reads, and the prompt, which is read by itself."""
_TOLD = STRUCTURAL | {"created", "data", "usage", "size", "quality", "background", "output_format"}


class Images(Unstreamed):
    """See ``Dialect``."""

    path = "images/generations"

    def read(self, body: Json, limits: Limits) -> Asked:
        """Look through a request: its prompt, and every text of a field that nothing here knows."""
        prompt = body.get("prompt")
        if not isinstance(prompt, str) or not prompt:
            raise invalid("'prompt' must be a text.", "prompt")
        if body.get("stream"):
            told = "Pictures are not streamed here: unfinished ones cannot be marked. Leave 'stream' out."
            raise invalid(told, "stream", "unsupported_content")
        slots = [text_slot(body, "prompt", "prompt", "user")]
        for name in body:
            if name not in _UNREAD:
                slots += field_leaves(body, name, "", "user")
        return Asked(body, bounded(slots, limits.characters), prompt, str(body.get("model", "")))

    def judge(self, check: AnswerCheck, body: Any) -> Judged:
        """Everything but the pictures themselves."""
        pieces, blocked, _ = check.judge(list(_texts(body, pictures_of(body))), said=False)
        return Judged(body, tuple(pieces), blocked)

    def refused(self, name: str, question: Asked, verdict: Verdict) -> None:
        """None: there is no such answer."""


def pictures_of(body: Any) -> list[Json]:
    """The pictures of an answer.

    Raises:
        Refusal: 502, it is of another form.
    """
    listed = body.get("data") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) and _is_picture(one) for one in listed):
        raise _unusable("it holds no pictures")
    return listed


def _is_picture(one: Json) -> bool:
    given = [one[name] for name in PIXELS if one.get(name) is not None]
    return len(given) == 1 and isinstance(given[0], str)


def _texts(body: Json, pictures: list[Json]) -> Iterator[Slot]:
    for name in body:
        if name not in _TOLD:
            yield from field_leaves(body, name, "", OUTPUT)
    for at, picture in enumerate(pictures):
        for name in picture:
            if name not in PIXELS:
                yield from field_leaves(picture, name, f"data[{at}]", OUTPUT)


def _unusable(why: str) -> Refusal:
    return upstream_failed(
        f"The model's server answered with something unusable: {why}.", code="bad_upstream"
    )
