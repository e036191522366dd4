"""``POST /v1/images/generations``, ``/edits`` and ``/variations``: a text and pictures in, pictures out.

Nothing here looks into pictures. Those that come in are what the policy says of pictures; what is said beside
those that go out (``revised_prompt``) is judged. No picture says that something is blocked: an error does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Judged
from octarine.guard.chat.refusals import Refusal, invalid, upstream_failed
from octarine.guard.chat.slots import (
    STRUCTURAL,
    Slot,
    bounded,
    field_leaves,
    says,
    telling_names,
    text_slot,
)
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.dialects.dialect import Asked, Json, Limits, Unstreamed

PIXELS = ("b64_json", "url")
"""Fields of a picture that are the picture."""
_UNREAD = frozenset(
    {
        "model", "prompt", "n", "size", "quality", "style", "response_format", "user", "background",
        "moderation", "output_format", "output_compression", "partial_images", "stream", "input_fidelity",
    }
)  # fmt: skip
"""Fields whose texts no model reads, and the prompt, which is read by itself."""
_TOLD = STRUCTURAL | {"created", "data", "usage", "size", "quality", "background", "output_format"}
_GIVEN = ("image", "image[]")
"""Fields of the pictures that are worked on."""
_PICTURES = frozenset({*_GIVEN, "mask"})
"""Fields of a form that hold a picture, as a file or in any other way."""
_UNSTREAMED: tuple[Any, ...] = (None, False, "", "false", "False", "0", "null")
"""What ``stream`` is where no stream is asked for, in JSON and in forms."""


@dataclass(frozen=True, slots=True)
class FileField:
    """A file in a form, as a dialect sees it: that it is there."""

    filename: str = ""


class Images(Unstreamed):
    """See ``Dialect``."""

    path = "images/generations"
    form = False
    """Whether requests are forms; a field of one is a text, a ``FileField``, or a list of those."""

    def read(self, body: Json, limits: Limits) -> Asked:
        """Look through a request: its prompt, and every text of a field that nothing here knows."""
        prompt = self._prompt(body)
        if body.get("stream") not in _UNSTREAMED:
            told = "Pictures are not streamed here: unfinished ones cannot be marked. Leave 'stream' out."
            raise invalid(told, "stream", "unsupported_content")
        slots = [text_slot(body, "prompt", "prompt", "user")] if prompt else []
        for name in body:
            if name not in _UNREAD or _holds_file(body[name]):
                slots += self._field(body, name)
        model = body.get("model", "")
        name = "" if isinstance(model, FileField) else str(model)
        return Asked(body, bounded(slots, limits.characters), prompt, name)

    def _prompt(self, body: Json) -> str:
        prompt = body.get("prompt")
        if not isinstance(prompt, str) or not prompt:
            raise invalid("'prompt' must be a text.", "prompt")
        return prompt

    def _field(self, body: Json, name: str) -> Iterator[Slot]:
        return field_leaves(body, name, "", "user")

    def judge(self, check: AnswerCheck, body: Any) -> Judged:
        """Everything but the pictures themselves."""
        pieces, blocked, _ = check.judge(list(_texts(body, pictures_of(body))), said=False)
        return Judged(body, tuple(pieces), blocked)

    def refused(self, name: str, question: Asked, verdict: Verdict) -> None:
        """None: there is no such answer."""


class ImageEdits(Images):
    """Pictures changed as a text says. Requests are forms."""

    path = "images/edits"
    form = True

    def read(self, body: Json, limits: Limits) -> Asked:
        """Look through a request; the pictures in it cannot be looked at, which the policy decides about."""
        files = _all(body.get(name) for name in _GIVEN)
        if not any(isinstance(one, FileField) for one in files):
            raise invalid("'image' must be a file in the form.", "image")
        return super().read(body, limits)

    def _field(self, body: Json, name: str) -> Iterator[Slot]:
        if name in _PICTURES or _holds_file(body[name]):
            noun = "picture" if name in _PICTURES else "document"
            yield Slot("user", "…" if says(name) else name, None, unscannable=noun)
        else:
            yield from telling_names([name], "", "user")
            yield from field_leaves(body, name, "", "user")


class ImageVariations(ImageEdits):
    """Pictures that are like a picture."""

    path = "images/variations"

    def _prompt(self, body: Json) -> str:
        return super()._prompt(body) if "prompt" in body else ""


def _all(values: Iterable[Any]) -> list[Any]:
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def _holds_file(value: Any) -> bool:
    return any(isinstance(one, FileField) for one in _all([value]))


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
