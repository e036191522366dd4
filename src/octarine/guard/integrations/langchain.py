"""Any LangChain runnable behind the guard::

    from octarine.guard.integrations.langchain import guarded

    chain = prompt | guarded(ChatOpenAI(), "default") | StrOutputParser()

Inputs are texts, messages, prompt values and documents, alone or in dictionaries and lists; outputs too. Tool
calls are looked at as well.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Iterator
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from octarine.core.errors import InputError, MissingExtra
from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, inspect, opened
from octarine.guard.chat.messages import as_one, calls
from octarine.guard.chat.slots import MEDIA, Slot, bounded, leaves, text_slot
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.guard import Guard
from octarine.guard.integrations.exchange import LIMITS, Blocked, OnBlock, check_choice, guard_of
from octarine.guard.streaming.text import Output

try:
    from langchain_core.documents import Document
    from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
    from langchain_core.prompt_values import ChatPromptValue, PromptValue, StringPromptValue
    from langchain_core.runnables import Runnable, RunnableConfig
except ImportError:
    raise MissingExtra("langchain", "a guarded runnable") from None

_POSITIONS = {"system": "system", "developer": "system", "tool": "tool_results", "function": "tool_results"}
_SAID = ("text", "text-plain", "reasoning", "thinking", "tool_use", "tool_call", "tool_call_chunk",
         "server_tool_call", "tool_result", "server_tool_result", "input_json_delta", "refusal")  # fmt: skip
"""Kinds of content blocks whose texts all stand in them."""


def guarded(
    runnable: Runnable[Any, Any], policy: Guard | str | Path = "default", *, blocked: OnBlock = "raise"
) -> GuardRunnable:
    """``runnable`` behind the guard; see ``GuardRunnable``."""
    return GuardRunnable(runnable, policy, blocked=blocked)


class GuardRunnable(Runnable[Any, Any]):  # type: ignore[misc]
    """A runnable whose input and output are looked at. Answers stream as the guard lets them; tool calls go
    out once the answer is whole.

    Args:
        policy: a guard, the name of a policy, or the path of one.
        blocked: ``raise``: ``Blocked``; ``answer``: the policy's message, as a text where the runnable says
            texts, else as an ``AIMessage`` whose ``finish_reason`` is ``content_filter``. Of a stream what
            has gone out before stands.
    """

    def __init__(
        self,
        runnable: Runnable[Any, Any],
        policy: Guard | str | Path = "default",
        *,
        blocked: OnBlock = "raise",
    ) -> None:
        check_choice(blocked)
        if not isinstance(runnable, Runnable):
            raise InputError(f"guarded takes a runnable, not {type(runnable).__name__}")
        self.runnable = runnable
        self.guard = guard_of(policy)
        self._blocked = blocked

    @property
    def InputType(self) -> Any:  # noqa: N802 - LangChain's name
        """That of the runnable inside."""
        return self.runnable.InputType

    @property
    def OutputType(self) -> Any:  # noqa: N802 - LangChain's name
        """That of the runnable inside."""
        return self.runnable.OutputType

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """See ``Runnable``.

        Raises:
            Blocked: unless that is to be answered.
        """
        checked, check, verdict = self._asked(input)
        if verdict is not None:
            return self._refused(verdict, output=False)
        return self._answered(check, self.runnable.invoke(checked, config, **kwargs))

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """See ``invoke``; the guard is asked in threads."""
        checked, check, verdict = await asyncio.to_thread(self._asked, input)
        if verdict is not None:
            return self._refused(verdict, output=False)
        answer = await self.runnable.ainvoke(checked, config, **kwargs)
        return await asyncio.to_thread(self._answered, check, answer)

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any | None) -> Iterator[Any]:
        """See ``invoke``."""
        checked, check, verdict = self._asked(input)
        if verdict is not None:
            yield self._refused(verdict, output=False, chunk=True)
            return
        answer = _Streamed(check)
        for chunk in self.runnable.stream(checked, config, **kwargs):
            yield from answer.feed(chunk)
            if answer.blocked is not None:
                break
        yield from self._ended(answer)

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> AsyncIterator[Any]:
        """See ``ainvoke``."""
        checked, check, verdict = await asyncio.to_thread(self._asked, input)
        if verdict is not None:
            yield self._refused(verdict, output=False, chunk=True)
            return
        answer = _Streamed(check)
        async for chunk in self.runnable.astream(checked, config, **kwargs):
            for one in await asyncio.to_thread(answer.feed, chunk):
                yield one
            if answer.blocked is not None:
                break
        for one in await asyncio.to_thread(self._ended, answer):
            yield one

    def _asked(self, given: Any) -> tuple[Any, AnswerCheck, Verdict | None]:
        holder, slots, prompt = _read(given)
        # A runnable may remember what it was asked before.
        inspected = inspect(self.guard, bounded(slots, LIMITS.characters), prompt, elsewhere=True)
        verdict = inspected.blocked[1] if inspected.blocked else None
        return _written(holder[0]), AnswerCheck(inspected), verdict

    def _answered(self, check: AnswerCheck, answer: Any) -> Any:
        holder = [_copied(answer)]
        _, verdict, _ = check.judge(_answer_slots(holder))
        return _written(holder[0]) if verdict is None else self._refused(verdict, output=True, like=answer)

    def _ended(self, answer: _Streamed) -> list[Any]:
        out = answer.finish()
        if answer.blocked is not None:
            out.append(
                self._refused(answer.blocked, output=True, like=answer.last, chunk=True, said=answer.said)
            )
        return out

    def _refused(
        self, verdict: Verdict, *, output: bool, like: Any = None, chunk: bool = False, said: bool = False
    ) -> Any:
        """What comes in place of an answer; behind one that has begun to go out, a message without text."""
        if self._blocked == "raise":
            raise Blocked(verdict, output=output)
        text = "" if said else verdict.message
        if isinstance(like, str) or (like is None and self.runnable.OutputType is str):
            return text
        kind = AIMessageChunk if chunk else AIMessage
        return kind(content=text, response_metadata={"finish_reason": "content_filter"})


class _Streamed:
    """An answer that comes in chunks: texts, messages, or anything else that is added up."""

    def __init__(self, check: AnswerCheck) -> None:
        self._check = check
        self._text: Output | None = None
        self._held: list[Any] = []
        self._came: list[Any] = []
        self.last: Any = None
        self.said = False
        self.blocked: Verdict | None = None

    def feed(self, chunk: Any) -> list[Any]:
        """Chunks that may go out now."""
        self.last = chunk
        if isinstance(chunk, str):
            return self._texts(chunk, chunk)
        if isinstance(chunk, AIMessageChunk) and isinstance(chunk.content, str) and chunk.content:
            text = chunk.content
            if not _only_text(chunk):
                # What it says goes on from the chunk before; what else it brings waits.
                self._held.append(_bare(chunk, ""))
                chunk = AIMessageChunk(content=text, id=chunk.id)
            return [_bare(chunk, passed) for passed in self._texts(text, chunk)]
        self._held.append(chunk)
        return []

    def finish(self) -> list[Any]:
        """The rest; what is no text is looked at as a whole."""
        out: list[Any] = []
        if self._text is not None and self.blocked is None:
            ended = self._text.finish()
            if not ended.verdict.allowed:
                self.blocked = ended.verdict
            if ended.text:
                self.said = True
                text_like = next((one for one in self._came if not isinstance(one, str)), None)
                out.append(ended.text if text_like is None else _bare(text_like, ended.text))
        if self.blocked is None and self._held:
            holder = [_copied(_sum(self._held))]
            _, self.blocked, _ = self._check.judge(_answer_slots(holder))
            if self.blocked is None:
                out.append(_written(holder[0]))
        return out

    def _texts(self, text: str, like: Any) -> list[str]:
        if not self._came:
            self._came.append(like)
        if self._text is None:
            self._text = opened(self._check.request)
        passed = self._text.feed(text)
        self.blocked = self._text.blocked
        self.said = self.said or bool(passed)
        return [passed] if passed else []


def _only_text(chunk: AIMessageChunk) -> bool:
    calls = chunk.tool_call_chunks or chunk.tool_calls or chunk.invalid_tool_calls
    return not calls and not chunk.additional_kwargs


def _bare(chunk: AIMessageChunk, text: str) -> AIMessageChunk:
    """A chunk that says ``text``; log-probabilities would give away what is covered."""
    told = {name: value for name, value in chunk.response_metadata.items() if name != "logprobs"}
    return chunk.model_copy(update={"content": text, "response_metadata": told})


def _sum(chunks: list[Any]) -> Any:
    try:
        return reduce(add, chunks)
    except TypeError:
        # As LangChain itself does with what cannot be added up: the last one is the whole.
        return chunks[-1]


class _Told:
    """A message, and what of it is looked at, in a form that can be written into."""

    def __init__(self, message: BaseMessage) -> None:
        self.message = message
        self.fields: dict[str, Any] = {"content": copy.deepcopy(message.content)}
        if asked := getattr(message, "tool_calls", None):
            self.fields["tool_calls"] = [
                {"name": one["name"], "arguments": copy.deepcopy(one["args"])} for one in asked
            ]
        for name in ("additional_kwargs", "invalid_tool_calls"):
            if value := getattr(message, name, None):
                self.fields[name] = copy.deepcopy(value)

    def slots(self, path: str, position: str, at: int = 0) -> Iterator[Slot]:
        """Its texts."""
        fields = self.fields
        if isinstance(fields["content"], str):
            yield text_slot(fields, "content", f"{path}.content", position, at)
        else:
            yield from _blocks(fields["content"], f"{path}.content", position, at)
        for name in ("tool_calls", "additional_kwargs", "invalid_tool_calls"):
            if name in fields:
                yield from calls(fields[name], f"{path}.{name}", position, at)

    def written(self) -> BaseMessage:
        """The message with what was written."""
        update = {name: value for name, value in self.fields.items() if name != "tool_calls"}
        if "tool_calls" in self.fields:
            update["tool_calls"] = [
                {**call, "args": told["arguments"]}
                for call, told in zip(
                    getattr(self.message, "tool_calls", ()), self.fields["tool_calls"], strict=True
                )
            ]
        if all(getattr(self.message, name) == value for name, value in update.items()):
            return self.message
        if getattr(self.message, "tool_call_chunks", None):
            # They hold the arguments once more, as the model wrote them.
            update["tool_call_chunks"] = []
        metadata = getattr(self.message, "response_metadata", None) or {}
        update["response_metadata"] = {name: value for name, value in metadata.items() if name != "logprobs"}
        return self.message.model_copy(update=update)


def _blocks(blocks: list[Any], path: str, position: str, at: int) -> Iterator[Slot]:
    for number, block in enumerate(blocks):
        here = f"{path}[{number}]"
        kind = "text" if isinstance(block, str) else str(block.get("type", ""))
        if isinstance(block, str):
            yield as_one(text_slot(blocks, number, here, position, at))
        elif kind not in _SAID:
            yield Slot(position, here, None, at, unscannable=MEDIA.get(kind, "document"))
        else:
            yield from map(as_one, leaves(block, here, position, at))


def _read(given: Any) -> tuple[list[Any], list[Slot], str]:
    """An input, held so that it can be written into, its texts, and the last of the user's."""
    holder = [_copied(given)]
    told = list(_told(holder))
    last = max((at for at, one in enumerate(told) if one.message.type == "human"), default=-1)
    positions = {
        id(one): (at, _POSITIONS.get(_role(one.message), "user" if at == last else "history"))
        for at, one in enumerate(told)
    }
    slots = list(_walk(holder, "input", "user", positions))
    if last >= 0:
        return holder, slots, str(told[last].message.text)
    return holder, slots, "\n".join(slot.text for slot in slots if slot.text and slot.position == "user")


def _answer_slots(holder: list[Any]) -> Iterator[Slot]:
    return _walk(holder, "output", OUTPUT, {})


def _walk(
    node: list[Any] | dict[Any, Any], path: str, usual: str, positions: dict[int, tuple[int, str]]
) -> Iterator[Slot]:
    """Every text below ``node``; what nothing here knows is unscannable."""
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        here = f"{path}.{key}" if isinstance(node, dict) else f"{path}[{key}]"
        if isinstance(value, str):
            yield text_slot(node, key, here, usual)
        elif isinstance(value, _Told):
            at, position = positions.get(id(value), (0, usual))
            yield from value.slots(here, position, at)
        elif isinstance(value, _Page):
            yield text_slot(value.fields, "page_content", here, "tool_results" if usual != OUTPUT else OUTPUT)
        elif isinstance(value, list | dict):
            yield from _walk(value, here, usual, positions)
        elif not isinstance(value, bool | int | float | None):
            yield Slot(usual, here, None, unscannable="document")


def _told(node: Any) -> Iterator[_Told]:
    if isinstance(node, _Told):
        yield node
    elif isinstance(node, list | dict):
        for one in node.values() if isinstance(node, dict) else node:
            yield from _told(one)


def _role(message: BaseMessage) -> str:
    return str(getattr(message, "role", "")) or message.type


class _Page:
    """A document that a retriever brought."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.fields = {"page_content": document.page_content}

    def written(self) -> Document:
        """The document with what was written."""
        return self.document.model_copy(update=self.fields)


class _Values(list[Any]):
    """What was a prompt value of messages."""


def _copied(given: Any) -> Any:
    """``given`` so that it can be written into: messages as ``_Told``, all else copied."""
    if isinstance(given, StringPromptValue):
        return given.text
    if isinstance(given, PromptValue):
        return _Values(_Told(message) for message in given.to_messages())
    if isinstance(given, BaseMessage):
        return _Told(given)
    if isinstance(given, Document):
        return _Page(given)
    if isinstance(given, list | tuple):
        return [_copied(one) for one in given]
    if isinstance(given, dict):
        return {name: _copied(value) for name, value in given.items()}
    return given


def _written(copied: Any) -> Any:
    """The other way."""
    if isinstance(copied, _Told | _Page):
        return copied.written()
    if isinstance(copied, _Values):
        return ChatPromptValue(messages=[one.written() for one in copied])
    if isinstance(copied, list):
        return [_written(one) for one in copied]
    if isinstance(copied, dict):
        return {name: _written(value) for name, value in copied.items()}
    return copied
