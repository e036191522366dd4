"""The parts of a streamed response's item: texts that go out while they come, or once all have come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from octarine.core.results import Action, Verdict
from octarine.guard.chat.inspection import AnswerCheck, Piece
from octarine.guard.chat.logprobs import LogprobGate
from octarine.guard.chat.slots import is_structural
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.responses.answer import judge_items
from octarine.guard.responses.telling import KINDS, Events, Teller, empty, index_name
from octarine.guard.streaming.text import StreamedText

Json = dict[str, Any]
KEPT = ("id", "type", "role", "status", "phase", "encrypted_content")
"""Fields of an item that goes out in pieces, beside its parts."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What may go out of a text that was held, and the verdict on it."""

    text: str
    verdict: Verdict


class Held:
    """What lets nothing of a text out until somebody else has judged it; stands in for ``OutputStream``.

    Attributes:
        decided: None before.
        annotations: as they came, not yet judged.
    """

    def __init__(self) -> None:
        self.decided: Decided | None = None
        self.annotations: list[Any] = []

    @property
    def blocked(self) -> Verdict | None:
        """None: it is known at the end."""
        return None

    def feed(self, chunk: str) -> str:
        """Nothing."""
        return ""

    def finish(self) -> Decided:
        """All of it, once it has been judged."""
        assert self.decided is not None
        return self.decided


class Part:
    """One text.

    Args:
        kind: its type, one of ``telling.KINDS``.
        field: of the item it is in: ``content`` or ``summary``.
        item: name and place of that item in what goes out.
        held: what ``said`` asks, where its text waits for the end of the item.

    Attributes:
        annotations: what may go out of them; set before its end.
        told: whether its end has gone out.
    """

    def __init__(
        self,
        kind: str,
        field: str,
        number: int,
        item: Json,
        said: StreamedText,
        held: Held | None = None,
    ) -> None:
        self.kind = kind
        self.field = field
        self.number = number
        self.annotations: list[Any] = []
        self.told = False
        self.said = said
        self.held = held
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
        elif self._logprobs:
            part["logprobs"] = self._logprobs
        return part

    @property
    def came(self) -> Json:
        """The part as it came."""
        listed = {"annotations": self.held.annotations} if self.held and self.held.annotations else {}
        return {"type": self.kind, KINDS[self.kind][1]: self.said.came, **listed}

    @property
    def waits(self) -> bool:
        """Whether it is held and nothing has been decided."""
        return self.held is not None and self.held.decided is None

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
        if self.said.blocked or self.waits:
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


class Item:
    """A message or a line of thought that goes out while it comes.

    Attributes:
        announced: whether the upstream has told of it before it told of its texts.
    """

    def __init__(self, item: Json, index: int, *, announced: bool = True) -> None:
        self.index = index
        self.announced = announced
        self.json = kept(item)
        self.json.setdefault("id", f"item_{index}")
        self.fields = ("content",) if item["type"] == "message" else ("summary", "content")
        self.parts: dict[tuple[str, int], Part] = {}
        self.json[self.fields[0]] = []

    @property
    def same(self) -> bool:
        """Whether all of its texts that came have gone out as they came."""
        return all(part.said.passed == part.said.came for part in self.parts.values())

    @property
    def where(self) -> Json:
        """Its name and place in what goes out."""
        return {"item_id": self.json["id"], "output_index": self.index}

    def gather(self) -> None:
        """Put together what went out."""
        for field in self.fields:
            found = [part.json for (name, _), part in sorted(self.parts.items()) if name == field]
            if found or field in self.json:
                self.json[field] = found


def kept(item: Json, names: Sequence[str] = KEPT) -> Json:
    """The fields of an item that go out with its parts: names and seals, and no text in their place."""
    return {name: item[name] for name in names if name in item and is_structural(name, item[name])}


def judge_parts(
    check: AnswerCheck, kind: str, index: int, parts: Sequence[Part]
) -> tuple[list[Piece], Verdict | None]:
    """Decide about the parts that wait: all parts of an item judged as those of a whole one are. Where any is
    blocked, no text of those that waited may go out.

    Args:
        kind: type of the item.
        index: of the item in what goes out.
        parts: all of them, in their order.

    Returns: what was decided about all that is no text of a part, and the first verdict that blocks.
    """
    item: Json = {"type": kind}
    nodes: list[tuple[str, Json]] = []
    for part in parts:
        fellows = item.setdefault(part.field, [])
        name = f"output[{index}].{part.field}[{len(fellows)}].{KINDS[part.kind][1]}"
        fellows.append(part.came)
        nodes.append((name, fellows[-1]))
    pieces, blocked, _ = judge_items(check, [(index, item)])
    found = {piece.path: piece.verdict for piece in pieces}
    for part, (name, node) in zip(parts, nodes, strict=True):
        verdict = found.pop(name, None) or Verdict(Action.ALLOW, policy=check.request.guard.policy.id)
        if part.held and part.waits:
            part.held.decided = Decided("" if blocked else node[KINDS[part.kind][1]], verdict)
            part.annotations = [] if blocked else node.get("annotations", [])
    return [piece for piece in pieces if piece.path in found], blocked
