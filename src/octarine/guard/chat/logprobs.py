"""What says a text once more in another form: log-probabilities and the numbers of tokens. Of a text that is
covered none of it may go out; of a streamed one each goes out with the token that it belongs to, none before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from octarine.guard.chat.slots import Slot
from octarine.guard.conversations.positions import OUTPUT

REPEATS = frozenset(
    {"logprobs", "prompt_logprobs", "completion_probabilities", "token_ids", "prompt_token_ids", "tokens"}
    | {"output_ids", "input_ids"}
)
"""Fields that do."""
_OWN_NUMBERS = frozenset(
    {"arguments", "input", "code", "action", "operation", "tools", "annotations", "usage", "parsed"}
)
"""Fields whose lists of numbers are no tokens."""
_SPELT = ("content", "refusal")


class LogprobGate:
    """Holds entries back until their tokens have gone out. Once the text that goes out is another than the
    one that came, none goes out any more: they would give away what was covered.

    Args:
        name: of the text, as log-probabilities call it.
    """

    def __init__(self, name: str = "content") -> None:
        self._name = name
        self._waiting: deque[tuple[int, Any]] = deque()
        self._came = bytearray()
        self._gone = 0
        self._closed = False

    def take(self, logprobs: Any) -> None:
        """Entries as they came with a chunk."""
        entries = logprobs.get(self._name) if isinstance(logprobs, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            self._came += _bytes(entry)
            self._waiting.append((len(self._came), entry))

    def release(self, text: str) -> dict[str, Any] | None:
        """What belongs to ``text``, which goes out now."""
        data = text.encode("utf-8", "surrogatepass")
        if self._came[self._gone : self._gone + len(data)] != data:
            self._closed = True
        self._gone += len(data)
        return self._out(self._gone)

    def rest(self, came: str) -> dict[str, Any] | None:
        """What is left once all of the text ``came`` has gone out: of tokens that say nothing, like that of
        the end. None where not all of it has."""
        if self._gone != len(came.encode("utf-8", "surrogatepass")):
            return None
        return self._out(len(self._came))

    def _out(self, until: int) -> dict[str, Any] | None:
        found = []
        while self._waiting and self._waiting[0][0] <= until:
            found.append(self._waiting.popleft()[1])
        return {self._name: found} if found and not self._closed else None


class LogprobGates:
    """One for each text of a choice that has log-probabilities."""

    def __init__(self) -> None:
        self._gates = {name: LogprobGate(name) for name in _SPELT}

    def take(self, logprobs: Any) -> None:
        """Entries as they came with a chunk."""
        for gate in self._gates.values():
            gate.take(logprobs)

    def release(self, delta: dict[str, Any]) -> dict[str, Any] | None:
        """What belongs to the texts of ``delta``, which goes out now."""
        texts = {name: delta[name] for name in self._gates if isinstance(delta.get(name), str)}
        return _together(self._gates[name].release(text) for name, text in texts.items())

    def rest(self, came: dict[str, str]) -> dict[str, Any] | None:
        """``LogprobGate.rest`` of each text."""
        return _together(self._gates[name].rest(text) for name, text in came.items() if name in self._gates)


def spelt(logprobs: Any, path: str, said: Iterable[str]) -> Iterator[Slot]:
    """The texts that log-probabilities spell, but for those that are ``said`` and so looked at beside them.
    Alternatives to a token, single words that nobody said, are not among them. Writing to one changes
    nothing: where any is covered, the log-probabilities must go."""
    if not isinstance(logprobs, dict):
        return
    known = frozenset(said)
    for name in (*_SPELT, "tokens"):
        entries = logprobs.get(name)
        if not isinstance(entries, list):
            continue
        data = b"".join(map(_bytes, entries))
        if (text := data.decode("utf-8", "replace")) and text not in known:
            yield Slot(OUTPUT, f"{path}.{name}", text, holder={name: text}, key=name)


def forget(holder: dict[str, Any], names: Iterable[str]) -> None:
    """Take out of some fields of ``holder``, however deep, what repeats a text in another form."""
    for name in names:
        value = holder[name]
        if name in _OWN_NUMBERS:
            continue
        if value and isinstance(value, dict | list) and (name in REPEATS or are_numbers(value)):
            holder[name] = None
        else:
            _forget_in(value)


def _forget_in(node: Any) -> None:
    if isinstance(node, dict):
        forget(node, tuple(node))
    elif isinstance(node, list):
        for one in node:
            _forget_in(one)


def are_numbers(value: Any) -> bool:
    """Whether something is a list of whole numbers, as those of tokens are."""
    return isinstance(value, list) and all(type(one) is int for one in value)


def _together(found: Iterable[dict[str, Any] | None]) -> dict[str, Any] | None:
    told = {name: entries for one in found if one for name, entries in one.items()}
    return told or None


def _bytes(entry: Any) -> bytes:
    if isinstance(entry, str):
        return entry.encode("utf-8", "surrogatepass")
    if not isinstance(entry, dict):
        return b""
    numbers = entry.get("bytes")
    if isinstance(numbers, list) and all(type(one) is int and 0 <= one < 256 for one in numbers):
        return bytes(numbers)
    token = entry.get("token")
    return token.encode("utf-8", "surrogatepass") if isinstance(token, str) else b""
