"""A streamed chat completion on its way to the user: chunks in, those parts of them out that may go.

Text goes out as ``OutputStream`` lets it; tool calls once they are whole, because half an argument cannot be
judged; log-probabilities with the text that they belong to. Everything here runs in a thread, no input or
output.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.answer import FILTERED, choices_of, message_slots
from octarine.guard.chat.inspection import AnswerCheck, OpenOutput, Piece, open_output
from octarine.guard.chat.logprobs import LogprobGate
from octarine.guard.chat.refusals import Refusal, streamed_error, upstream_failed
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.streaming.text import StreamedText

Json = dict[str, Any]
_HEAD = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
_MOST_CHOICES = 128


class _Text:
    """One text of a choice, which may go on after its end: it is then judged anew with all that it said
    before, so that nothing passes in two parts that would not as one.

    Attributes:
        over: whether it was ended and has not gone on.
        lost: whether what it says can no longer go out, because what has gone out would not have as part of
            the whole.
    """

    def __init__(self, path: str, open_text: Callable[[], StreamedText]) -> None:
        self.path = path
        self.over = False
        self.lost = False
        self.said = open_text()
        self._open = open_text
        self._gone = ""

    def piece(self) -> Piece:
        return Piece(OUTPUT, self.path, self.said.came, self.said.verdict)

    def feed(self, text: str) -> str:
        """What may go out now."""
        if self.over:
            self.over = False
            text, self._gone, self.said = self.said.came + text, self.said.passed, self._open()
        return self._new(self.said.feed(text))

    def end(self) -> str:
        """The rest that may go out."""
        if self.over:
            return ""
        self.over = True
        return self._new(self.said.finish())

    def _new(self, text: str) -> str:
        """What of it has not gone out before."""
        known = min(len(text), len(self._gone))
        self.lost = self.lost or text[:known] != self._gone[:known]
        self._gone = self._gone[known:]
        return "" if self.lost else text[known:]


class ChunkStream:
    """One streamed answer, chunk by chunk as parsed JSON.

    Args:
        check: of the request that it answers.
        choices: how many were asked for.
        open_output: gives the stream that judges one text.
    """

    def __init__(self, check: AnswerCheck, choices: int, open_output: OpenOutput = open_output) -> None:
        self._check = check
        self._open = open_output
        self._asked = choices
        self._choices: dict[int, _Choice] = {}
        self._head: Json = {"object": "chat.completion.chunk"}

    @property
    def over(self) -> bool:
        """Whether nothing that may still come could go out: every choice was blocked."""
        return len(self._choices) >= self._asked and all(one.blocked for one in self._choices.values())

    @property
    def blocked(self) -> Verdict | None:
        """The first verdict that blocked a choice."""
        return next((one.blocked for one in self._choices.values() if one.blocked), None)

    @property
    def left_out(self) -> frozenset[str]:
        """Fields that came in a form that cannot be judged piece by piece, and did not go out."""
        return frozenset(name for one in self._choices.values() for name in one.left_out)

    def pieces(self) -> tuple[Piece, ...]:
        """Every text so far, and what was decided about it."""
        return tuple(piece for _, one in sorted(self._choices.items()) for piece in one.pieces())

    def take(self, chunk: Any) -> Iterator[Json]:
        """The chunks that may go out for one that came.

        Raises:
            Refusal: 502, it is no chunk, or an error.
        """
        if not isinstance(chunk, dict):
            raise garbage("a chunk is no object")
        if chunk.get("error"):
            raise streamed_error(chunk["error"])
        self._head |= {name: chunk[name] for name in _HEAD if name in chunk}
        counted = isinstance(chunk.get("usage"), dict)
        came = [] if counted and chunk.get("choices") is None else choices_of(chunk)
        told = [one for choice in came for one in self._events(self._choice(choice).take(choice))]
        if counted:
            # Who asked for no usage looks for a choice in every chunk: it stays with those it came with.
            if not came:
                told.append({**self._head, "choices": []})
            elif not told and all(self._choice(choice).finished for choice in came):
                told += self._events(self._choice(choice).nothing() for choice in came[:1])
            for last in told[-1:]:
                last["usage"] = chunk["usage"]
        yield from told

    def close(self, *, done: bool = True) -> Iterator[Json]:
        """What is left when the model has ended.

        Args:
            done: whether the model said that its stream is whole.

        Raises:
            Refusal: 502, it ended before its answer did.
        """
        unfinished = [one for one in self._choices.values() if not one.finished]
        if (unfinished and not done) or not (self._choices or done):
            raise upstream_failed(
                "The model's server ended the connection before its answer was complete.",
                code="upstream_incomplete",
            )
        for one in unfinished:
            yield from self._events(one.close(None))

    def _choice(self, choice: Json) -> _Choice:
        index = choice.get("index", 0)
        if type(index) is not int or not 0 <= index < _MOST_CHOICES:
            raise garbage("the index of a choice is no number")
        if index not in self._choices:
            self._choices[index] = _Choice(index, self._check, self._open)
        return self._choices[index]

    def _events(self, choices: Iterator[Json]) -> Iterator[Json]:
        for choice in choices:
            yield {**self._head, "choices": [choice]}


class _Choice:
    """One choice of a streamed answer."""

    def __init__(self, index: int, check: AnswerCheck, open_output: OpenOutput) -> None:
        self.index = index
        self.blocked: Verdict | None = None
        self.finished = False
        self.left_out: set[str] = set()
        self._check = check
        self._open = open_output
        self._texts: dict[str, _Text] = {}
        self._calls: list[tuple[int, Json]] = []
        self._open_calls: dict[int, Json] = {}
        self._function: Json = {}
        self._pieces: list[Piece] = []
        self._logprobs = LogprobGate()
        self._said = False

    def pieces(self) -> list[Piece]:
        """Every text so far."""
        return [*(text.piece() for text in self._texts.values()), *self._pieces]

    def take(self, choice: Json) -> Iterator[Json]:
        """The choices of chunks that may go out for one that came."""
        if self.finished:
            return
        delta = choice.get("delta")
        if not isinstance(delta, dict | None):
            raise garbage("the delta of a choice is no object")
        self._logprobs.take(choice.get("logprobs"))
        out: Json = {}
        for name, value in (delta or {}).items():
            self._field(name, value, out)
            if self.blocked:
                break
        if out and not self.blocked:
            yield self._chunk(out)
        reason = choice.get("finish_reason")
        if self.blocked:
            yield from self._refused(out)
        elif isinstance(reason, str):
            yield from self.close(reason)

    def nothing(self) -> Json:
        """It once more, with nothing in it."""
        return self._form({}, None, None)

    def close(self, reason: str | None) -> Iterator[Json]:
        """The rest of the choice, and its end."""
        out: Json = {}
        for name in self._texts:
            self._end_text(name, out)
        calls = self._whole_calls()
        if calls and not self.blocked:
            pieces, self.blocked, _ = self._check.judge(
                message_slots(calls, f"choices[{self.index}].message")
            )
            self._pieces += pieces
        if self.blocked:
            yield from self._refused(out)
            return
        if out or calls:
            yield self._chunk(out | self._as_delta(calls))
        self.finished = True
        said = self._texts.get("content")
        left = self._logprobs.rest(said.said.came) if said else None
        yield self._form({}, reason or ("tool_calls" if calls else "stop"), left)

    def _field(self, name: str, value: Any, out: Json) -> None:
        if value is None:
            return
        if name == "tool_calls":
            self._take_calls(value)
        elif name == "function_call":
            _merge(self._function, value)
        elif name == "role":
            out["role"] = "assistant"
        elif isinstance(value, str):
            self._take_text(name, value, out)
        elif isinstance(value, bool | int | float):
            out[name] = value
        elif value:
            self.left_out.add(name)

    def _take_text(self, name: str, value: str, out: Json) -> None:
        if not value:
            # Some servers name every field in every chunk.
            return
        if name == "content" and name not in self._texts:
            # What was said before in another field, a line of thought, goes out before what is said now.
            for other in self._texts:
                self._end_text(other, out)
        if self.blocked:
            return
        if name not in self._texts:
            path = f"choices[{self.index}].message.{name}"
            self._texts[name] = _Text(path, lambda: self._check.request.stream(self._open))
        text = self._texts[name]
        self._say(name, text.feed(value), out)
        self._heard(name, text)

    def _end_text(self, name: str, out: Json) -> None:
        if self.blocked:
            return
        text = self._texts[name]
        self._say(name, text.end(), out)
        self._heard(name, text)

    def _heard(self, name: str, text: _Text) -> None:
        self.blocked = text.said.blocked
        if text.lost:
            self.left_out.add(name)

    def _say(self, name: str, text: str, out: Json) -> None:
        if text:
            out[name] = out.get(name, "") + text
            self._said = True

    def _take_calls(self, value: Any) -> None:
        if not isinstance(value, list):
            raise garbage("tool_calls is no list")
        for place, call in enumerate(value):
            if not isinstance(call, dict):
                raise garbage("a tool call is no object")
            index = call.get("index", place)
            if type(index) is not int:
                raise garbage("the index of a tool call is no number")
            _merge(self._call(index, call), call)

    def _call(self, index: int, piece: Json) -> Json:
        """The call that a piece belongs to: some servers give every call the same index."""
        held = self._open_calls.get(index)
        if held is None or _begins_another(held, piece):
            held = self._open_calls[index] = {}
            self._calls.append((index, held))
        return held

    def _whole_calls(self) -> Json:
        calls: Json = {}
        if self._calls:
            calls["tool_calls"] = [call for _, call in sorted(self._calls, key=lambda one: one[0])]
        if self._function:
            calls["function_call"] = self._function
        return calls

    @staticmethod
    def _as_delta(calls: Json) -> Json:
        listed = calls.get("tool_calls", [])
        numbered = [{**call, "index": place} for place, call in enumerate(listed)]
        return {**calls, **({"tool_calls": numbered} if numbered else {})}

    def _refused(self, out: Json) -> Iterator[Json]:
        """The end of a choice that was blocked: what could go before, and the policy's message where nothing
        has gone out."""
        assert self.blocked
        self.finished = True
        if not self._said:
            out = {**out, "content": self.blocked.message}
        if out:
            yield self._form(out, None, None)
        yield self._form({}, FILTERED, None)

    def _chunk(self, delta: Json) -> Json:
        said = delta.get("content")
        return self._form(delta, None, self._logprobs.release(said) if isinstance(said, str) else None)

    def _form(self, delta: Json, reason: str | None, logprobs: Json | None) -> Json:
        return {"index": self.index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}


def _merge(held: Json, piece: Any) -> None:
    """Add a piece of a tool call: what it hands over is put together, all else is set."""
    if not isinstance(piece, dict):
        raise garbage("a tool call is no object")
    for name, value in piece.items():
        if name in ("arguments", "input"):
            told = value if isinstance(value, str) else "" if value is None else json.dumps(value)
            held[name] = held.get(name, "") + told
        elif isinstance(value, dict):
            inner = held.setdefault(name, {})
            if not isinstance(inner, dict):
                raise garbage("a tool call changes its form")
            _merge(inner, value)
        elif value not in (None, "") or name not in held:
            # Some servers say what they have said before as "" in every later piece.
            held[name] = value


def _begins_another(held: Json, piece: Json) -> bool:
    """Whether a piece is of another call than ``held``. Another id alone is none: some servers make one up
    for every piece."""
    names = (one.get("name") for one in (piece.get("function"), piece.get("custom")) if isinstance(one, dict))
    old, new = held.get("id"), piece.get("id")
    return bool(old and new and old != new and any(names))


def garbage(why: str) -> Refusal:
    """The model streamed something else."""
    return upstream_failed(
        f"The model's server streamed something that is no chat completion: {why}.", code="bad_upstream"
    )
