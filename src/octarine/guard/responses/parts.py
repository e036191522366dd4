"""A part of a streamed response's item: a text that goes out while it comes."""

from __future__ import annotations

from typing import Any

from octarine.guard.chat.inspection import Piece
from octarine.guard.chat.logprobs import LogprobGate
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.responses.telling import KINDS, Events, Teller, empty, index_name
from octarine.guard.streaming.text import StreamedText

Json = dict[str, Any]


class Part:
    """One text.

    Args:
        kind: its type, one of ``telling.KINDS``.
        field: of the item it is in: ``content`` or ``summary``.
        item: name and place of that item in what goes out.

    Attributes:
        annotations: what may go out of them; set before its end.
        told: whether its end has gone out.
    """

    def __init__(self, kind: str, field: str, number: int, item: Json, said: StreamedText) -> None:
        self.kind = kind
        self.field = field
        self.number = number
        self.annotations: list[Any] = []
        self.told = False
        self.said = said
        self._where = item | {index_name(field): number}
        self._gate = LogprobGate()
        self._logprobs: list[Any] = []
        self._finished = False
        self._instead = ""

    @property
    def json(self) -> Json:
        """The part as it went out."""
        text = self.said.passed + self._instead
        part = empty({"type": self.kind}) | {KINDS[self.kind][1]: text}
        if self.kind == "output_text":
            same = text == self.said.came
            part |= {"annotations": self.annotations if same else [], "logprobs": self._logprobs}
        return part

    @property
    def quiet(self) -> bool:
        """Whether nothing of it has gone out."""
        return not self.said.passed

    def piece(self) -> Piece:
        """What was decided about it."""
        path = f"output[{self._where['output_index']}].{self.field}[{self.number}]"
        return Piece(OUTPUT, path, self.said.came, self.said.verdict)

    def begin(self, teller: Teller) -> Events:
        """Its beginning."""
        return teller.part_added(self._where, {"type": self.kind})

    def feed(self, text: str, logprobs: Any, teller: Teller) -> Events:
        """What may go out of it now."""
        if self._finished:
            return ()
        self._gate.take({"content": logprobs})
        return self._delta(self.said.feed(text), teller)

    def finish(self, whole: Any, teller: Teller) -> Events:
        """The rest; ``whole`` is all of the text, as the upstream says it again."""
        if self._finished:
            return ()
        told: Events = ()
        came = self.said.came
        if isinstance(whole, str) and len(whole) > len(came) and whole.startswith(came):
            told = self.feed(whole[len(came) :], None, teller)
        if self.said.blocked:
            return told
        self._finished = True
        told += self._delta(self.said.finish(), teller)
        if not self.said.blocked and (left := self._gate.rest(self.said.came)):
            self._logprobs += left["content"]
        return told

    def end(self, teller: Teller) -> Events:
        """Its end."""
        self.told = self._finished = True
        return teller.part_done(self._where, self.json)

    def say_instead(self, text: str, teller: Teller) -> Events:
        """Another text where nothing of its own has gone out."""
        self._instead = text
        return teller.delta(self._where, self.kind, text)

    def _delta(self, text: str, teller: Teller) -> Events:
        if not text:
            return ()
        released = self._gate.release(text)
        entries = released["content"] if released else []
        self._logprobs += entries
        return teller.delta(self._where, self.kind, text, entries)
