"""promptfoo: ``results.json`` and ``output.jsonl``.

Read after ``EvaluateResult`` in its ``src/types/index.ts``; versions 2 and 3 of the summary hold the same
results.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import DataError
from octarine.core.results import Completion
from octarine.redteam.experts.rows import Entry, Found, Row, field_of, text_of

ERROR = 2
"""``failureReason`` of a test that did not come to an answer."""


def read(entries: Iterable[Entry], path: str) -> Iterator[Found]:
    """A row for each test that an assertion rejected; what passed and what did not run is no finding."""
    for line, value in entries:
        try:
            if not isinstance(value, dict) or not isinstance(value.get("success"), bool):
                raise DataError("not a result: the key 'success' is missing", path=path, line=line)
            if not value["success"] and value.get("failureReason") != ERROR:
                yield _row(value, path, line)
        except DataError as error:
            yield error


def _row(value: dict[str, Any], path: str, line: int) -> Row:
    response = value.get("response")
    output = field_of(response, "output")
    if output is None:
        raise DataError("a failed test without an answer (response.output)", path=path, line=line)
    plugin, strategy = _metadata(value, "pluginId"), _metadata(value, "strategyId")
    reason = text_of(value, "gradingResult", "reason")
    return Row(
        line=line,
        conversation=_conversation(value, path, line),
        answer=Completion.of_text(
            output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        ),
        model=text_of(value, "provider", "id") or text_of(value, "provider"),
        categories=(plugin,) if plugin else (),
        made_by=(strategy,) if strategy and strategy != "basic" else (),
        seed=_metadata(value, "originalText") or _metadata(value, "goal"),
        language=_metadata(value, "language"),
        verdict=f"rejected with score {value.get('score')}: {reason}".rstrip(": "),
        severity=_metadata(value, "severity"),
    )


def _metadata(value: dict[str, Any], name: str) -> str:
    return text_of(value, "metadata", name) or text_of(value, "testCase", "metadata", name)


def _conversation(value: dict[str, Any], path: str, line: int) -> Conversation:
    """What was said before the answer: the history of a strategy over turns, the messages of a chat prompt,
    or the prompt."""
    history = field_of(value, "metadata", "redteamHistory")
    if isinstance(history, list) and history:
        return _of_history(history, path, line)
    raw = field_of(value, "prompt", "raw")
    raw = value.get("prompt") if raw is None else raw
    if not isinstance(raw, str) or not raw:
        raise DataError("a test without a prompt (prompt.raw)", path=path, line=line)
    return Conversation(_chat(raw) or Conversation.user(raw).messages)


def _of_history(history: list[Any], path: str, line: int) -> Conversation:
    messages: list[Message] = []
    for place, turn in enumerate(history):
        asked, answered = field_of(turn, "prompt"), field_of(turn, "output")
        if not isinstance(asked, str):
            raise DataError("a turn of redteamHistory without a prompt", path=path, line=line)
        messages.append(Message(Role.USER, (Part.of_text(asked),)))
        if place < len(history) - 1 and isinstance(answered, str):
            messages.append(Message(Role.ASSISTANT, (Part.of_text(answered),)))
    return Conversation(tuple(messages))


def _chat(raw: str) -> tuple[Message, ...]:
    """The messages of a prompt that is a chat in JSON; none where it is no such thing."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return ()
    roles = {role.value: role for role in Role} | {"developer": Role.SYSTEM}
    if not isinstance(found, list) or not found:
        return ()
    if not all(text_of(one, "role") in roles and isinstance(field_of(one, "content"), str) for one in found):
        return ()
    return tuple(Message(roles[one["role"]], (Part.of_text(one["content"]),)) for one in found)
