"""An answer that comes in chunks: texts, messages, or anything else that is added up."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

from langchain_core.messages import AIMessageChunk, merge_content

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, opened
from octarine.guard.chat.slots import Slot, field_leaves
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.integrations.langchain.values import answer_slots, copied, written
from octarine.guard.streaming.text import Output

_REST = ("tool_calls", "tool_call_chunks", "invalid_tool_calls", "additional_kwargs", "response_metadata",
         "usage_metadata", "name", "chunk_position")  # fmt: skip
"""What a message may bring beside its content."""
_STRING, _UNNUMBERED = object(), object()
"""Places of a text: the whole content; blocks without a number, of which each goes on from the one before."""


class Streamed:
    """What goes out is what would go out of the whole answer. The first text goes out as it may; other
    content blocks, tool calls and all else once the answer is whole, because whoever adds up the chunks
    reads a text on where another has cut in, and a model reads all blocks as one.

    Attributes:
        last: the last chunk.
        said: whether any text has gone out.
        blocked: the verdict that blocks the answer.
    """

    def __init__(self, check: AnswerCheck) -> None:
        self._check = check
        self._text: Output | None = None
        self._passed = ""
        self._form: Callable[[str], Any] = str
        self._place: Any = None
        self._cut: tuple[int, int] | None = None
        self._came: list[str | AIMessageChunk] = []
        self._others: list[Any] = []
        self.last: Any = None
        self.said = False
        self.blocked: Verdict | None = None

    def feed(self, chunk: Any) -> list[Any]:
        """Chunks that may go out now."""
        self.last = chunk
        if isinstance(chunk, str | AIMessageChunk):
            return self._message(chunk)
        self._others.append(chunk)
        return []

    def finish(self) -> list[Any]:
        """The rest; what is no text is looked at as a whole."""
        out: list[Any] = []
        if self.blocked is None and self._cut is None and self._text is not None:
            ended = self._text.finish()
            if not ended.verdict.allowed:
                self.blocked = ended.verdict
            out += self._told(ended.text)
        if self.blocked is None and self._came:
            out += self._rest_of_blocks(self._cut) if self._cut is not None else self._rest()
        if self.blocked is None and self._others:
            out += self._judged(_sum(self._others))
        return out

    def _message(self, chunk: str | AIMessageChunk) -> list[Any]:
        out: list[Any] = []
        self._came.append(chunk)
        content = chunk if isinstance(chunk, str) else chunk.content
        listed = isinstance(content, list)
        for number, block in enumerate(content if listed else [content]):
            if self._cut is None and not self._goes_on(block, listed=listed):
                self._cut = (len(self._came) - 1, number)
            if self._cut is None:
                out += self._says(_text_of(block) or "", _form(chunk, block, listed=listed))
        return out

    def _goes_on(self, block: Any, *, listed: bool) -> bool:
        """Whether a block is more of the first text."""
        text = _text_of(block)
        if text is None or not _only_text(block):
            return False
        if not text:
            return True
        place = _STRING
        if listed:
            place = _UNNUMBERED if isinstance(block, str) else block.get("index", _UNNUMBERED)
        goes_on = self._text is None or place == self._place
        self._place = place
        return goes_on

    def _says(self, text: str, form: Callable[[str], Any]) -> list[Any]:
        if not text or self.blocked is not None:
            return []
        if self._text is None:
            self._text = opened(self._check.request)
        self._form = form
        passed = self._text.feed(text)
        self.blocked = self._text.blocked
        return self._told(passed)

    def _told(self, text: str) -> list[Any]:
        self._passed += text
        self.said = self.said or bool(text)
        return [self._form(text)] if text else []

    def _rest(self) -> list[Any]:
        """What messages brought beside their text."""
        more: list[Any] = [one for one in self._came if any(getattr(one, name, None) for name in _REST)]
        if not more and self._text is None:
            more = [one for one in self._came[-1:] if not isinstance(one, str)]
        return self._judged(_added([_bare(one, type(one.content)()) for one in more])) if more else []

    def _rest_of_blocks(self, cut: tuple[int, int]) -> list[Any]:
        """What the whole answer is, but for what has gone out of its first text."""
        came = [AIMessageChunk(one) if isinstance(one, str) else one for one in self._came]
        added = _added(came)
        added = added.model_copy(update={"content": _joined(added.content)})
        whole = self._judged(added)
        if self.blocked is None:
            self._judge_in_order("".join(_said(one.content) for one in came), _said(added.content))
        if self.blocked is not None:
            return []
        first, number = cut
        contents = [one.content for one in came[:first]]
        if number:
            contents.append(came[first].content[:number])
        gone = merge_content(contents[0], *contents[1:]) if contents else []
        gone = [gone] if isinstance(gone, str) else _joined(gone)
        (message,) = whole
        left, passed = [], self._passed
        for block, before in zip(message.content, gone, strict=False):
            text = _text_of(block) or ""
            known = min(len(text), len(passed))
            # Where what has gone out would not have as part of the whole, no more of it goes out.
            rest = text[known:] if text[:known] == passed[:known] else ""
            passed = passed[known:]
            left += _left(block, before, rest)
        self.said = self.said or bool(str(message.text))
        return [_bare(message, [*left, *message.content[len(gone) :]])]

    def _judge_in_order(self, came: str, whole: str) -> None:
        """Judge what is said in the order in which it came, where that is another than of the whole."""
        if came != whole:
            _, self.blocked, _ = self._check.judge([Slot(OUTPUT, "output", came)])

    def _judged(self, whole: Any) -> list[Any]:
        holder = [copied(whole)]
        _, self.blocked, _ = self._check.judge(answer_slots(holder))
        return [written(holder[0])] if self.blocked is None else []


def _text_of(block: Any) -> str | None:
    """What a block says; None for one that is no text."""
    if isinstance(block, str):
        return block
    text = block.get("text") if block.get("type") == "text" else None
    return text if isinstance(text, str) else None


def _said(content: Any) -> str:
    return content if isinstance(content, str) else "".join(_text_of(block) or "" for block in content)


def _joined(blocks: list[Any]) -> list[Any]:
    """Blocks of a text without a number as one: where a stream cuts it means nothing."""
    joined: list[Any] = []
    for block in blocks:
        last: Any = joined[-1] if joined else None
        if isinstance(block, str) and isinstance(last, str):
            joined[-1] = last + block
        elif _unnumbered(block) and _unnumbered(last):
            joined[-1] = {**last, "text": last["text"] + block["text"]}
        else:
            joined.append(block)
    return joined


def _unnumbered(block: Any) -> bool:
    return (
        isinstance(block, dict) and "index" not in block and _text_of(block) is not None and _only_text(block)
    )


def _only_text(block: Any) -> bool:
    """Whether there is nothing in a block of text that is to be looked at beside it."""
    if isinstance(block, str):
        return True
    return not any(slot for name in block if name != "text" for slot in field_leaves(block, name, "", OUTPUT))


def _form(chunk: str | AIMessageChunk, block: Any, *, listed: bool) -> Callable[[str], Any]:
    """Makes chunks that say a text as ``block`` said it."""
    if isinstance(chunk, str):
        return str

    def made(text: str) -> AIMessageChunk:
        said = text if isinstance(block, str) else {**block, "text": text}
        return AIMessageChunk(content=[said] if listed else text, id=chunk.id)

    return made


def _left(block: Any, before: Any, rest: str) -> list[Any]:
    """What is yet to go out of a block: the rest of its text, and what came to it ``before`` did not have."""
    if isinstance(block, str):
        return [rest] if rest else []
    known = before if isinstance(before, dict) else {}
    more = {name: value for name, value in block.items() if name != "text" and value != known.get(name)}
    if not rest and not more:
        return []
    named = {name: block[name] for name in ("type", "index", "id") if name in block}
    return [{**named, **more, "text": rest}] if _text_of(block) is not None else [block]


def _bare(message: AIMessageChunk, content: Any) -> AIMessageChunk:
    """``message`` with another content; log-probabilities would give away what is covered."""
    told = {name: value for name, value in message.response_metadata.items() if name != "logprobs"}
    return message.model_copy(update={"content": content, "response_metadata": told})


def _added(chunks: list[AIMessageChunk]) -> AIMessageChunk:
    added: AIMessageChunk = chunks[0] + chunks[1:] if len(chunks) > 1 else chunks[0]
    return added


def _sum(chunks: list[Any]) -> Any:
    try:
        return reduce(add, chunks)
    except TypeError:
        # As LangChain itself does with what cannot be added up: the last one is the whole.
        return chunks[-1]
