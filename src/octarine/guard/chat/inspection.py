"""Asking the guard about the texts of a request and of an answer. All of it runs in threads."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from octarine.core.results import Action, Verdict
from octarine.guard import Guard
from octarine.guard.chat.slots import Slot, text_slot
from octarine.guard.conversations.cover import Cover
from octarine.guard.conversations.positions import HEADS, OUTPUT, TOOL_ARGUMENTS, Place
from octarine.guard.conversations.structure import restored
from octarine.guard.policy.messages import message
from octarine.guard.scan.language import guess_language
from octarine.guard.streaming.text import Output, StreamedText

_PLACES = 10**8
_COVERED = (Action.MASK, Action.REPLACE)


OpenOutput = Callable[..., Output]
"""(guard, prompt, the user's language, placeholders) → a stream to be judged; where the policy asks whether
answers are grounded, ``documents`` by name, too."""


class Piece(NamedTuple):
    """A text and what was decided about it. No verdict: it ended before there could be one."""

    position: str
    path: str
    text: str | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer that may go out. ``blocked``: the first verdict that blocked any of it."""

    body: dict[str, Any]
    pieces: tuple[Piece, ...]
    blocked: Verdict | None


@dataclass(frozen=True)
class Inspected:
    """A request after the guard has seen it; what is covered has been written into its slots.

    Attributes:
        blocked: where the first text stands that is blocked, and its verdict.
        placeholders: of all texts together.
        language: the user's; empty where no user spoke.
    """

    guard: Guard
    pieces: tuple[Piece, ...]
    blocked: tuple[Slot, Verdict] | None
    placeholders: Mapping[str, str] = field(repr=False)
    prompt: str
    language: str
    documents: tuple[str, ...] = field(default=(), repr=False)

    @property
    def action(self) -> Action:
        """The hardest."""
        return hardest(self.pieces)

    def stream(self, open_output: OpenOutput) -> StreamedText:
        """A text of an answer to it, to be judged while it comes."""
        return StreamedText(opened(self, open_output))


def inspect(guard: Guard, slots: Sequence[Slot], prompt: str, elsewhere: bool = False) -> Inspected:
    """Every text of a request, wherever the policy looks; equal things get equal placeholders throughout.

    Texts that are covered are written back into their slots; one that cannot be written back is blocked.

    Args:
        elsewhere: whether the model also sees what an earlier request said. Placeholders of that one must not
            be taken for those of this one, so these are numbered from a place that nobody can guess.
    """
    looked = [slot for slot in slots if slot.position in guard.policy.positions]
    language = guess_language(prompt) if prompt else ""
    cover = Cover(behind=secrets.randbelow(_PLACES) + 1_000 if elsewhere else 0)
    verdicts = guard.check_pieces([_place(slot) for slot in looked], cover, message_language=language)
    found = [
        (slot, _writable(guard, slot, verdict, language))
        for slot, verdict in zip(looked, verdicts, strict=True)
    ]
    for slot, verdict in found:
        if verdict.action in _COVERED and slot.text is not None:
            slot.write(verdict.text)
    pieces = tuple(Piece(slot.position, slot.path, slot.text, verdict) for slot, verdict in found)
    blocked = next(((slot, verdict) for slot, verdict in found if not verdict.allowed), None)
    documents = _documents(slots, found) if guard.grounds else ()
    return Inspected(guard, pieces, blocked, cover.values(), prompt, language, documents)


class AnswerCheck:
    """Judges the texts of answers to one request, and puts back what placeholders stand for.

    What a model says is judged as ``output``, the arguments of its tool calls as ``tool_arguments``; see
    ``guard.conversations.screening.screen_answer`` for what becomes of personal data in those.
    """

    def __init__(self, request: Inspected) -> None:
        self.request = request

    def judge(self, slots: Iterable[Slot], *, said: bool = True) -> tuple[list[Piece], Verdict | None, bool]:
        """What was decided about each text, the first verdict that blocks, and whether any text was
        changed.

        Args:
            said: whether the model says them: what only stands beside an answer rests on no document.
        """
        slots = list(slots)
        verdicts = self._verdicts(slots, self.request.documents if said else ())
        pieces = [
            Piece(slot.position, slot.path, slot.text, verdict)
            for slot, verdict in zip(slots, verdicts, strict=True)
        ]
        blocked = next((verdict for verdict in verdicts if not verdict.allowed), None)
        if blocked is not None:
            return pieces, blocked, True
        changed = False
        for slot, verdict in zip(slots, verdicts, strict=True):
            if slot.text is None:
                continue
            text = self._restored(slot, verdict.text)
            if text != slot.text:
                slot.write(text)
                changed = True
        return pieces, None, changed

    def cleared(self, text: str, path: str = "error.message") -> str:
        """What of a text beside an answer may go out; nothing where it is blocked."""
        holder = {"text": text}
        _, blocked, _ = self.judge([text_slot(holder, "text", path, OUTPUT)], said=False)
        return "" if blocked else holder["text"]

    def _verdicts(self, slots: Sequence[Slot], documents: Sequence[str]) -> list[Verdict]:
        """All in one go: what a model reads as one text is looked at as one."""
        request, guard = self.request, self.request.guard
        looked = [slot for slot in slots if slot.position in guard.policy.positions]
        found = iter(
            guard.check_pieces(
                [_place(slot, leaving=slot.position == TOOL_ARGUMENTS) for slot in looked],
                # What is covered in the answer alone must not be called as something of the request is.
                Cover(request.placeholders),
                prompt=request.prompt,
                message_language=request.language,
                documents=documents,
            )
        )
        return [
            _writable(guard, slot, next(found), request.language)
            if slot.position in guard.policy.positions
            else Verdict(Action.ALLOW, policy=guard.policy.id, text=slot.text or "")
            for slot in slots
        ]

    def _restored(self, slot: Slot, text: str) -> str:
        values = self.request.placeholders
        if slot.position == TOOL_ARGUMENTS:
            return restored(text, values)
        return self.request.guard.restore(values, text)


def hardest(pieces: Iterable[Piece]) -> Action:
    """The hardest action among some verdicts."""
    actions = [piece.verdict.action for piece in pieces if piece.verdict is not None]
    return max(actions, key=lambda action: action.severity, default=Action.ALLOW)


def open_output(
    guard: Guard,
    prompt: str,
    language: str,
    placeholders: Mapping[str, str],
    *,
    documents: Sequence[str] = (),
) -> Output:
    """The guard's own stream."""
    from octarine.guard.streaming import OutputStream

    return OutputStream(
        guard, prompt, message_language=language, placeholders=placeholders, documents=documents
    )


def opened(request: Inspected, open_output: OpenOutput = open_output) -> Output:
    """A stream that judges one text of the answer to a request."""
    more = {"documents": request.documents} if request.documents else {}
    return open_output(request.guard, request.prompt, request.language, request.placeholders, **more)


def _writable(guard: Guard, slot: Slot, verdict: Verdict, language: str) -> Verdict:
    """The verdict, or a block where a text is to be covered that stands where nothing can be written: as the
    name of a field, or as all there is."""
    if slot.holder is not None or slot.text is None or verdict.action not in _COVERED:
        return verdict
    categories = [span.category for span in verdict.spans]
    told = message(guard.policy, language or guess_language(slot.text), categories)
    return replace(verdict, action=Action.BLOCK, text="", message=told, placeholders={})


def _documents(slots: Sequence[Slot], found: Sequence[tuple[Slot, Verdict]]) -> tuple[str, ...]:
    """What answers may rest on, as the model sees it, wherever the policy looks; names of tools and files are
    none of it."""
    seen = {id(slot): verdict.text for slot, verdict in found}
    given = [slot for slot in slots if slot.position == "tool_results" and slot.key != "name"]
    return tuple(text for slot in given if (text := seen.get(id(slot), slot.text)))


def _place(slot: Slot, *, leaving: bool = False) -> Place:
    if slot.text is None:
        return Place(slot.message, slot.position, part=0, unscannable=slot.unscannable)
    return Place(
        slot.message,
        slot.position,
        part=0,
        text=slot.text,
        heads=HEADS[slot.position],
        group=slot.group,
        leaving=leaving,
    )
