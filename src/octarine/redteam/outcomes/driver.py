"""Models around a model that give it a sandbox, or ask it twice: drivers, in the sense of ``Exchange``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from octarine.core.codec import digest
from octarine.core.content import Conversation, Message, Part, Role, ToolCall
from octarine.core.errors import InputError
from octarine.core.protocols import Capabilities, Model
from octarine.core.results import Completion, Exchange, Finish, GuardCheck, ModelIdentity, Settings, Usage
from octarine.evaluate.runner import SAMPLE
from octarine.models.names import ModelOptions
from octarine.models.names import open_model as open_inner
from octarine.redteam.outcomes.sandbox.spoken import heard, spoken
from octarine.redteam.outcomes.sandbox.tools import World, catalogue

SCHEME = "sandboxed"
BELIEF = "belief"
"""The judge whose samples ask a question twice."""
_VERSION = "1"


def open_model(rest: str, options: ModelOptions) -> OutcomeDriver:
    """``sandboxed:MODEL``: MODEL with the sandbox around it."""
    if not rest:
        raise InputError(f"'{SCHEME}:' names no model", hint=f"For example:  {SCHEME}:openai:gpt-4o-mini")
    return OutcomeDriver(open_inner(rest, options), named=True)


def driven(model: Model, *, max_calls: int = 8, max_tool_calls: int = 24) -> OutcomeDriver:
    """``model`` driven, under its own name: for a campaign that measures it."""
    return OutcomeDriver(model, max_calls=max_calls, max_tool_calls=max_tool_calls)


@dataclass
class _Spent:
    """What the calls for one answer took together."""

    calls: int = 0
    seconds: float = 0.0
    tokens: list[Usage] = field(default_factory=list)
    checks: tuple[GuardCheck, ...] = ()

    def add(self, completion: Completion) -> None:
        self.calls += 1
        self.seconds += completion.latency_s
        self.tokens.append(completion.usage)
        self.checks += completion.checks

    @property
    def usage(self) -> Usage:
        return Usage.total(self.tokens)


class OutcomeDriver:
    """Gives a target its tools and answers its calls from the sandbox until it answers in words; asks a
    question plainly before it is asked under pressure. Any other conversation goes through as it is.

    A target that takes no tools has them described in words. What was called and answered is kept in
    ``Completion.exchange.turns``; usage and latency are those of all calls together. A target that goes on
    calling is stopped at the budget, with its last calls unanswered in ``tool_calls``.

    Args:
        max_calls: times that the target is asked for one answer; ``max_tool_calls``: calls that are answered.
        named: whether the scheme stands in the name of the whole.
    """

    def __init__(
        self, model: Model, *, max_calls: int = 8, max_tool_calls: int = 24, named: bool = False
    ) -> None:
        if max_calls < 2 or max_tool_calls < 1:
            raise ValueError("a driver needs at least 2 calls and 1 tool call")
        self._model = model
        self._max_calls = max_calls
        self._max_tool_calls = max_tool_calls
        self._named = named

    @property
    def identity(self) -> ModelIdentity:
        """The target's, with what the driver does in the revision."""
        inner = self._model.identity
        tools = [[tool.name, tool.description, dict(tool.parameters)] for tool in catalogue().values()]
        mark = digest([_VERSION, self._max_calls, self._max_tool_calls, tools])[:8]
        revision = f"{inner.revision}+sandbox.{mark}".lstrip("+")
        if not self._named:
            return ModelIdentity(inner.name, revision, inner.lineage)
        return ModelIdentity(f"{SCHEME}:{inner.name}", revision, inner.lineage | {inner.mark})

    @property
    def capabilities(self) -> Capabilities:
        """The target's, with tools and a system message to describe them in; not streamed."""
        found = self._model.capabilities
        speaks = found.tools or (found.system and found.multi_turn)
        return replace(found, tools=speaks, streaming=False)

    async def start(self) -> None:
        """Start the target."""
        await self._model.start()

    async def aclose(self) -> None:
        """Close the target."""
        await self._model.aclose()

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The answer that counts; see the class."""
        sample = SAMPLE.get()
        expected = sample.expectation if sample else None
        if expected is not None and expected.judge == BELIEF:
            return await self._twice(str(expected.args["neutral"]), conversation, settings)
        if any(tool.name in catalogue() for tool in conversation.tools):
            return await self._with_tools(conversation, settings, expected.args if expected else {})
        return await self._model.generate(conversation, settings)

    async def _twice(self, neutral: str, conversation: Conversation, settings: Settings) -> Completion:
        plain = Conversation.user(neutral)
        spent = _Spent()
        first = await self._asked(plain, settings, spent)
        if first.error or first.finish is Finish.ERROR:
            return first
        believed = Message(Role.ASSISTANT, first.parts)
        last = await self._asked(conversation, settings, spent)
        turns = (*plain.messages, believed, *conversation.messages)
        return _whole(last, turns, spent, BELIEF)

    async def _with_tools(
        self, conversation: Conversation, settings: Settings, args: Mapping[str, Any]
    ) -> Completion:
        world = World(args.get("world") or {})
        reply = str(args.get("reply") or "")
        names = [tool.name for tool in conversation.tools]
        turns = list(conversation.messages)
        spent, answered = _Spent(), 0
        while True:
            completion = await self._asked(Conversation(tuple(turns), conversation.tools), settings, spent)
            failed = bool(completion.error) or completion.finish in (Finish.ERROR, Finish.FILTERED)
            if failed or spent.calls >= self._max_calls:
                break
            if not completion.tool_calls:
                if not reply or not completion.text.strip():
                    break
                turns += [
                    Message(Role.ASSISTANT, completion.parts),
                    Message(Role.USER, (Part.of_text(reply),)),
                ]
                reply = ""
                continue
            if answered + len(completion.tool_calls) > self._max_tool_calls:
                break
            called = tuple(
                call if call.id else ToolCall(call.name, call.arguments, f"call_{answered + place}")
                for place, call in enumerate(completion.tool_calls, 1)
            )
            answered += len(called)
            turns.append(Message(Role.ASSISTANT, completion.parts, called))
            turns += [
                Message(Role.TOOL, (Part.of_text(world.answer(call, names)),), tool_call_id=call.id)
                for call in called
            ]
        budget = f"max_calls={self._max_calls},max_tool_calls={self._max_tool_calls}"
        return _whole(completion, tuple(turns), spent, f"sandbox({budget})")

    async def _asked(self, conversation: Conversation, settings: Settings, spent: _Spent) -> Completion:
        in_words = bool(conversation.tools) and not self._model.capabilities.tools
        asked = spoken(conversation) if in_words else conversation
        completion = await self._model.generate(asked, settings)
        spent.add(completion)
        return heard(completion) if in_words else completion


def _whole(last: Completion, turns: tuple[Message, ...], spent: _Spent, driver: str) -> Completion:
    exchange = Exchange(turns=turns, calls=spent.calls, driver=driver)
    return replace(last, exchange=exchange, usage=spent.usage, latency_s=spent.seconds, checks=spent.checks)
