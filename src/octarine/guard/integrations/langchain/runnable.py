"""A runnable whose input and output are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.runnables import Runnable, RunnableConfig

from octarine.core.errors import InputError
from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, inspect
from octarine.guard.chat.slots import bounded
from octarine.guard.guard import Guard
from octarine.guard.integrations.exchange import LIMITS, Blocked, OnBlock, check_choice, guard_of
from octarine.guard.integrations.langchain.options import read_options
from octarine.guard.integrations.langchain.streamed import Streamed
from octarine.guard.integrations.langchain.values import answer_slots, copied, read, written

Json = dict[str, Any]


class _Asked(NamedTuple):
    """What the runnable inside is given."""

    input: Any
    kwargs: Json


def guarded(
    runnable: Runnable[Any, Any], policy: Guard | str | Path = "default", *, blocked: OnBlock = "raise"
) -> GuardRunnable:
    """``runnable`` behind the guard; see ``GuardRunnable``."""
    return GuardRunnable(runnable, policy, blocked=blocked)


class GuardRunnable(Runnable[Any, Any]):  # type: ignore[misc]
    """A runnable whose input, keyword arguments and output are looked at. Answers stream as the guard lets
    them: the first text piece by piece, further content blocks and tool calls once the answer is whole.

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
        asked, check, verdict = self._asked(input, kwargs)
        if verdict is not None:
            return self._refused(verdict, output=False)
        return self._answered(check, self.runnable.invoke(asked.input, config, **asked.kwargs))

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """See ``invoke``; the guard is asked in threads."""
        asked, check, verdict = await asyncio.to_thread(self._asked, input, kwargs)
        if verdict is not None:
            return self._refused(verdict, output=False)
        answer = await self.runnable.ainvoke(asked.input, config, **asked.kwargs)
        return await asyncio.to_thread(self._answered, check, answer)

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any | None) -> Iterator[Any]:
        """See ``invoke``."""
        asked, check, verdict = self._asked(input, kwargs)
        if verdict is not None:
            yield self._refused(verdict, output=False, chunk=True)
            return
        answer = Streamed(check)
        for chunk in self.runnable.stream(asked.input, config, **asked.kwargs):
            yield from answer.feed(chunk)
            if answer.blocked is not None:
                break
        yield from self._ended(answer)

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> AsyncIterator[Any]:
        """See ``ainvoke``."""
        asked, check, verdict = await asyncio.to_thread(self._asked, input, kwargs)
        if verdict is not None:
            yield self._refused(verdict, output=False, chunk=True)
            return
        answer = Streamed(check)
        async for chunk in self.runnable.astream(asked.input, config, **asked.kwargs):
            for one in await asyncio.to_thread(answer.feed, chunk):
                yield one
            if answer.blocked is not None:
                break
        for one in await asyncio.to_thread(self._ended, answer):
            yield one

    def _asked(self, given: Any, kwargs: Json) -> tuple[_Asked, AnswerCheck, Verdict | None]:
        holder, slots, prompt = read(given)
        options, more = read_options(kwargs)
        # A runnable may remember what it was asked before.
        inspected = inspect(self.guard, bounded([*slots, *more], LIMITS.characters), prompt, elsewhere=True)
        verdict = inspected.blocked[1] if inspected.blocked else None
        return _Asked(written(holder[0]), written(options)), AnswerCheck(inspected), verdict

    def _answered(self, check: AnswerCheck, answer: Any) -> Any:
        holder = [copied(answer)]
        _, verdict, _ = check.judge(answer_slots(holder))
        return written(holder[0]) if verdict is None else self._refused(verdict, output=True, like=answer)

    def _ended(self, answer: Streamed) -> list[Any]:
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
