"""A streamed chat completion on its way to the user: chunks in, those parts of them out that may go.

Text goes out as ``OutputStream`` lets it; tool calls, lists and objects once they are whole, because half of
one cannot be judged; log-probabilities with the text that they belong to. What stands beside the choices or
beside what a choice says goes out with the end, as it was told last. Everything here runs in a thread, no
input or output.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.answer import FILTERED, NOT_BESIDE, choices_of, message_slots
from octarine.guard.chat.held import Calls, Text, garbage, gathered, numbered
from octarine.guard.chat.inspection import AnswerCheck, OpenOutput, Piece, open_output
from octarine.guard.chat.logprobs import REPEATS, LogprobGates, are_numbers, forget
from octarine.guard.chat.refusals import streamed_error, upstream_failed
from octarine.guard.chat.slots import MEDIA, beside, is_structural
from octarine.guard.conversations.positions import OUTPUT

Json = dict[str, Any]
_HEAD = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
_READ = frozenset({"choices", "usage", "error", "obfuscation", *_HEAD})
_CHOICE = frozenset({"index", "delta", "logprobs", "finish_reason"})
_IN = "message."
"""Before the name of a text that stands in the message, and not beside it."""
_MOST_CHOICES = 128


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
        self._cleared: dict[tuple[str, str], str] = {}
        self._beside: Json = {}
        self._told: Json = {}
        self._pieces: list[Piece] = []
        self._left_out: set[str] = set()
        self._blocked: Verdict | None = None

    @property
    def over(self) -> bool:
        """Whether nothing that may still come could go out: every choice was blocked."""
        return len(self._choices) >= self._asked and all(one.blocked for one in self._choices.values())

    @property
    def blocked(self) -> Verdict | None:
        """The first verdict that blocked a choice, or something beside them."""
        return next((one.blocked for one in self._choices.values() if one.blocked), self._blocked)

    @property
    def left_out(self) -> frozenset[str]:
        """Fields that came in a form that cannot be judged piece by piece, and did not go out."""
        inside = {name for one in self._choices.values() for name in one.left_out}
        return frozenset(self._left_out | inside)

    def pieces(self) -> tuple[Piece, ...]:
        """Every text so far, and what was decided about it."""
        inside = (piece for _, one in sorted(self._choices.items()) for piece in one.pieces())
        return (*inside, *self._pieces)

    def take(self, chunk: Any) -> Iterator[Json]:
        """The chunks that may go out for one that came.

        Raises:
            Refusal: 502, it is no chunk, or an error.
        """
        if not isinstance(chunk, dict):
            raise garbage("a chunk is no object")
        if chunk.get("error"):
            raise streamed_error(chunk["error"], self._check.cleared)
        self._take_head(chunk)
        counted = isinstance(chunk.get("usage"), dict) and self._clear(chunk["usage"])
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
        if told and self._all_finished:
            self._add_beside(told[-1])
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
        told = [event for one in unfinished for event in self._events(one.close(None))]
        if not told and self._beside:
            told += self._events(one.nothing() for one in [*self._choices.values()][:1])
        for last in told[-1:]:
            self._add_beside(last)
        yield from told

    @property
    def _all_finished(self) -> bool:
        return len(self._choices) >= self._asked and all(one.finished for one in self._choices.values())

    def _take_head(self, chunk: Json) -> None:
        for name, value in chunk.items():
            if name in _HEAD:
                if is_structural(name, value):
                    self._head[name] = value
                elif isinstance(value, str):
                    self._head[name] = self._clear_name(name, value)
            elif name in MEDIA:
                self._left_out.add(name)
            elif name not in _READ and value is not None and self._told.get(name) != value:
                self._beside[name] = value

    def _clear_name(self, name: str, value: str) -> str:
        if (name, value) not in self._cleared:
            self._cleared[name, value] = self._check.cleared(value, name)
        return self._cleared[name, value]

    def _clear(self, usage: Json) -> bool:
        """Whether nothing in a count of tokens is worth a change."""
        _, verdict, changed = self._check.judge(beside(usage, frozenset(), "usage"), said=False)
        if verdict is not None or changed:
            self._left_out.add("usage")
        return verdict is None and not changed

    def _add_beside(self, last: Json) -> None:
        """What stands beside the choices goes out with the ``last`` chunk."""
        fields, self._beside = self._beside, {}
        if self.over:
            # It may say again what was blocked.
            return
        self._told |= fields
        pieces, verdict, changed = self._check.judge(beside(fields, NOT_BESIDE), said=False)
        self._pieces += pieces
        if verdict is not None:
            self._blocked = self._blocked or verdict
            self._left_out |= set(fields)
            for choice in last["choices"]:
                choice["finish_reason"] = choice["finish_reason"] and FILTERED
            return
        if changed or any(one.changed for one in self._choices.values()):
            forget(fields, tuple(fields))
        last |= fields

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
    """One choice of a streamed answer. What goes out of it has the form of a choice: its texts under
    ``delta`` and, where a server says them there, beside it."""

    def __init__(self, index: int, check: AnswerCheck, open_output: OpenOutput) -> None:
        self.index = index
        self.blocked: Verdict | None = None
        self.finished = False
        self.changed = False
        self.left_out: set[str] = set()
        self._check = check
        self._open = open_output
        self._path = f"choices[{index}]"
        self._texts: dict[str, Text] = {}
        self._calls = Calls()
        self._lists: Json = {}
        self._beside: Json = {}
        self._repeats: dict[str, list[Any]] = {}
        self._pieces: list[Piece] = []
        self._logprobs = LogprobGates()
        self._said = False

    def pieces(self) -> list[Piece]:
        """Every text so far."""
        texts = (
            Piece(OUTPUT, f"{self._path}.{at}", text.said.came, text.said.verdict)
            for at, text in self._texts.items()
        )
        return [*texts, *self._pieces]

    def take(self, choice: Json) -> Iterator[Json]:
        """The choices of chunks that may go out for one that came."""
        if self.finished:
            return
        delta = choice.get("delta")
        if not isinstance(delta, dict | None):
            raise garbage("the delta of a choice is no object")
        self._logprobs.take(choice.get("logprobs"))
        out: Json = {"delta": {}}
        for name, value in (delta or {}).items():
            self._field(name, value, out)
        for name, value in choice.items():
            if name not in _CHOICE and value is not None:
                self._other(name, value, out)
        if not self.blocked and (out["delta"] or len(out) > 1):
            yield self._chunk(out)
        reason = choice.get("finish_reason")
        if self.blocked:
            yield from self._refused(out)
        elif isinstance(reason, str):
            yield from self.close(reason)

    def nothing(self) -> Json:
        """It once more, with nothing in it."""
        return self._form({"delta": {}}, None, None)

    def close(self, reason: str | None) -> Iterator[Json]:
        """The rest of the choice, and its end."""
        out: Json = {"delta": {}}
        for at in self._texts:
            self._end_text(at, out)
        calls = self._calls.whole()
        held = calls | self._lists
        changed = False
        if not self.blocked:
            changed = self._judge_held(held)
        if self.blocked:
            yield from self._refused(out)
            return
        self.changed = changed or not all(text.same for text in self._texts.values())
        if self.changed:
            forget(self._lists, tuple(self._lists))
            forget(self._beside, tuple(self._beside))
            held |= self._lists
        out["delta"] |= numbered(held)
        if out["delta"] or len(out) > 1:
            yield self._chunk(out)
        self.finished = True
        said = {
            at.removeprefix(_IN): text.said.came for at, text in self._texts.items() if at.startswith(_IN)
        }
        rest = self._beside | ({} if self.changed else self._repeats)
        reason = reason or ("tool_calls" if calls else "stop")
        yield self._form({"delta": {}} | rest, reason, self._logprobs.rest(said))

    def _judge_held(self, held: Json) -> bool:
        """Whether what goes out once it is whole was changed; ``blocked`` is set where it must not go."""
        pieces, self.blocked, changed = self._check.judge(message_slots(held, f"{self._path}.message"))
        self._pieces += pieces
        if self.blocked is None:
            others = beside(self._beside, frozenset(), self._path)
            pieces, self.blocked, also = self._check.judge(others, said=False)
            self._pieces += pieces
            changed = changed or also
        return changed

    def _field(self, name: str, value: Any, out: Json) -> None:
        """A field of a delta."""
        if value is None or self.blocked:
            return
        if name == "tool_calls":
            self._calls.take(value)
        elif name == "function_call":
            self._calls.take_function(value)
        elif name == "role":
            out["delta"]["role"] = "assistant"
        elif isinstance(value, str):
            self._take_text(f"{_IN}{name}", value, out)
        elif isinstance(value, bool | int | float):
            out["delta"][name] = value
        elif value and name in MEDIA:
            self.left_out.add(name)
        elif value:
            self._lists[name] = gathered(self._lists.get(name), value)

    def _other(self, name: str, value: Any, out: Json) -> None:
        """A field beside the delta."""
        if self.blocked:
            return
        if name in MEDIA or (name in REPEATS and not are_numbers(value)):
            # Words in place of numbers say the text once more, in pieces that nobody could judge.
            self.left_out.add(name)
        elif value and are_numbers(value):
            self._repeats.setdefault(name, []).extend(value)
        elif isinstance(value, str) and not is_structural(name, value):
            self._take_text(name, value, out)
        else:
            self._beside[name] = value

    def _take_text(self, at: str, value: str, out: Json) -> None:
        if not value:
            # Some servers name every field in every chunk.
            return
        if at == f"{_IN}content" and at not in self._texts:
            # What was said before in another field, a line of thought, goes out before what is said now.
            for other in self._texts:
                self._end_text(other, out)
        if self.blocked:
            return
        if at not in self._texts:
            self._texts[at] = Text(lambda: self._check.request.stream(self._open))
        text = self._texts[at]
        self._say(at, text.feed(value), out)
        self._heard(at, text)

    def _end_text(self, at: str, out: Json) -> None:
        if self.blocked:
            return
        text = self._texts[at]
        self._say(at, text.end(), out)
        self._heard(at, text)

    def _heard(self, at: str, text: Text) -> None:
        self.blocked = text.said.blocked
        if text.lost:
            self.left_out.add(at.removeprefix(_IN))

    def _say(self, at: str, text: str, out: Json) -> None:
        if text:
            holder, name = (out["delta"] if at.startswith(_IN) else out), at.removeprefix(_IN)
            holder[name] = holder.get(name, "") + text
            self._said = True

    def _refused(self, out: Json) -> Iterator[Json]:
        """The end of a choice that was blocked: what could go before, and the policy's message where nothing
        has gone out."""
        assert self.blocked
        self.finished = self.changed = True
        if not self._said:
            out["delta"]["content"] = self.blocked.message
        if out["delta"] or len(out) > 1:
            yield self._form(out, None, None)
        yield self._form({"delta": {}}, FILTERED, None)

    def _chunk(self, out: Json) -> Json:
        return self._form(out, None, self._logprobs.release(out["delta"]))

    def _form(self, out: Json, reason: str | None, logprobs: Json | None) -> Json:
        return {"index": self.index, **out, "logprobs": logprobs, "finish_reason": reason}
