"""What says a text once more in another form: log-probabilities and the numbers of tokens. Of a text that is
covered none of it may go out; of a streamed one each goes out with the token that it belongs to, none before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Iterator
from typing import Any

from octarine.guard.chat.slots import Slot, field_leaves, is_structural, leaves
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
_ENTRY = frozenset({"token", "bytes", "logprob", "top_logprobs"})
"""Fields of an entry that every client knows."""


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
            self._waiting.append((len(self._came), _known(entry)))

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


def spelt(holder: dict[str, Any], path: str, said: Iterable[str]) -> Iterator[Slot]:
    """The texts of the log-probabilities in ``holder``: what their tokens spell, but for texts that are
    ``said`` and so looked at beside them, and whatever else they say. Alternatives to a token, single words
    that nobody said, are not among them. Where any is covered, the log-probabilities must go."""
    given = holder.get("logprobs")
    here = f"{path}.logprobs"
    if isinstance(given, list):
        yield from _spelt(given, here, frozenset(said))
    elif not isinstance(given, dict):
        yield from field_leaves({"logprobs": given}, "logprobs", path, OUTPUT)
    else:
        known = frozenset(said)
        for name, value in given.items():
            if name in (*_SPELT, "tokens") and isinstance(value, list):
                yield from _spelt(value, f"{here}.{name}", known)
            elif name != "top_logprobs":
                yield from field_leaves(given, name, here, OUTPUT)


def _spelt(entries: list[Any], path: str, said: Container[str]) -> Iterator[Slot]:
    """What the tokens of ``entries`` spell, by their bytes and by their names, and what else these say."""
    spellings = (b"".join(map(_bytes, entries)), b"".join(map(_name, entries)))
    for text in dict.fromkeys(data.decode("utf-8", "replace") for data in spellings):
        if text and text not in said:
            yield Slot(OUTPUT, path, text, holder={"": text}, key="")
    for at, entry in enumerate(entries):
        if isinstance(entry, dict):
            for name in entry:
                if name not in _ENTRY or (name == "token" and not isinstance(entry[name], str)):
                    yield from field_leaves(entry, name, f"{path}[{at}]", OUTPUT)
        elif not isinstance(entry, str):
            yield from leaves(entry, f"{path}[{at}]", OUTPUT)


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
    return _name(entry)


def _name(entry: Any) -> bytes:
    """What an entry calls its token: of one that ends within a character no text."""
    token = entry.get("token") if isinstance(entry, dict) else entry
    return token.encode("utf-8", "surrogatepass") if isinstance(token, str) else b""


def _known(entry: Any) -> Any:
    """An entry without what nothing here knows."""
    if not isinstance(entry, dict):
        return entry
    return {name: value for name, value in entry.items() if name in _ENTRY or is_structural(name, value)}
