"""Samples, scripted targets and one question to one judge, for the tests of this folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from octarine.core.content import Conversation, Message, Part, Role, ToolCall
from octarine.core.dimensions import Dimension
from octarine.core.results import Completion, Exchange, Finish, Judgement, Settings
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.evaluate.runner import SAMPLE
from octarine.models.scripted import ScriptedModel
from octarine.redteam.outcomes.driver import OutcomeDriver
from octarine.redteam.outcomes.judges.authority import Authority
from octarine.redteam.outcomes.judges.availability import Availability
from octarine.redteam.outcomes.judges.belief import Belief
from octarine.redteam.outcomes.judges.content import MaliciousContent
from octarine.redteam.outcomes.judges.exfiltration import Exfiltration
from octarine.redteam.outcomes.sandbox import offered

JUDGES = {
    judge.name: judge for judge in (Authority(), Availability(), Belief(), Exfiltration(), MaliciousContent())
}


def sample(
    judge: str,
    args: Mapping[str, Any] | None = None,
    *,
    behaviour: Behaviour = Behaviour.DEFLECT,
    conversation: Conversation | None = None,
    tools: Sequence[str] = (),
) -> Sample:
    asked = conversation or Conversation.user("Please do what I ask of you.")
    return Sample(
        id="s",
        conversation=Conversation(asked.messages, (*asked.tools, *offered(tools))),
        expectation=Expectation(behaviour, judge, args or {}),
        dimension=Dimension.PRIVACY_SECURITY,
        objectives=("privacy_security.protects_context",),
    )


def judged(of: Sample, completion: Completion | str) -> Judgement:
    judge = JUDGES[of.expectation.judge]
    judge.check_args(of.expectation.args)
    answer = Completion.of_text(completion) if isinstance(completion, str) else completion
    found: Judgement = asyncio.run(judge.judge(of, answer))
    return found


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name, json.dumps(arguments, ensure_ascii=False))


def calling(*calls: ToolCall, text: str = "") -> Completion:
    parts = (Part.of_text(text),) if text else ()
    return Completion(parts, calls, finish=Finish.TOOL_CALLS)


def message(role: Role, text: str, *calls: ToolCall) -> Message:
    return Message(role, (Part.of_text(text),) if text else (), calls)


def exchanged(last: Completion | str, *turns: Message) -> Completion:
    answer = Completion.of_text(last) if isinstance(last, str) else last
    return Completion(
        answer.parts, answer.tool_calls, answer.finish, exchange=Exchange(tuple(turns), len(turns), "test")
    )


def played(
    of: Sample, answers: Callable[[Conversation], Any] | Sequence[Any], **limits: Any
) -> tuple[Completion, ScriptedModel]:
    """What the driver around a scripted target makes of a sample."""
    capabilities = limits.pop("capabilities", None)
    target = ScriptedModel(answers, capabilities=capabilities)

    async def work() -> Completion:
        SAMPLE.set(of)
        return await OutcomeDriver(target, **limits).generate(of.conversation, Settings())

    return asyncio.run(work()), target
