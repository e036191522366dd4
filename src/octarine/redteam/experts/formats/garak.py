"""garak: its hit log, and its report.

Read after garak 0.17.1 (``evaluators/base.py``, ``attempt.py``). Earlier versions wrote prompts and outputs
as bare strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import DataError
from octarine.core.results import Completion
from octarine.redteam.experts.rows import Entry, Found, Row, field_of, strings, text_of

COMPLETE = 2
"""The status of an attempt that was answered and scored; a report holds each one unscored, too."""
THRESHOLD = 0.5
"""Scores from here on are hits, where a report does not tell its own threshold."""


def read(entries: Iterable[Entry], path: str) -> Iterator[Found]:
    """A row for each line of a hit log, and for each answer of a report that a detector calls a hit."""
    model, threshold = "", THRESHOLD
    for line, value in entries:
        try:
            if not isinstance(value, dict):
                raise DataError("not a record of garak's: expected an object", path=path, line=line)
            kind = value.get("entry_type")
            if kind == "start_run setup":
                model, threshold = _target(value), _threshold(value)
            elif kind == "attempt" and value.get("status") == COMPLETE:
                yield from _attempt(value, model, threshold, path, line)
            elif kind is None:
                yield _hit(value, path, line)
        except DataError as error:
            yield error


def _hit(value: dict[str, Any], path: str, line: int) -> Row:
    for name in ("prompt", "output", "probe", "detector"):
        if name not in value:
            raise DataError(f"no line of a hit log: the key '{name}' is missing", path=path, line=line)
    score, detector = value.get("score"), text_of(value, "detector")
    return Row(
        line=line,
        conversation=_conversation(value["prompt"], path, line),
        answer=Completion.of_text(_text(value["output"], path, line)),
        model=_name(text_of(value, "generator")),
        categories=(text_of(value, "probe"),),
        made_by=(text_of(value, "probe"),),
        seed=_seed(value.get("triggers"), text_of(value, "probe")),
        language=_language(value["prompt"]),
        verdict=f"{detector} scores {score}; goal: {text_of(value, 'goal')}",
    )


def _attempt(
    value: dict[str, Any], model: str, threshold: float, path: str, line: int
) -> Iterator[Row | DataError]:
    outputs, results = value.get("outputs"), value.get("detector_results")
    if not isinstance(outputs, list) or not isinstance(results, dict):
        raise DataError("an attempt without outputs or detector results", path=path, line=line)
    for place, output in enumerate(outputs):
        hits = {name: scores[place] for name, scores in results.items() if _is_hit(scores, place, threshold)}
        if output is None or not hits:
            continue
        said = ", ".join(f"{name} scores {score}" for name, score in sorted(hits.items()))
        probe = text_of(value, "probe_classname").removeprefix("probes.")
        try:
            yield Row(
                line=line,
                conversation=_asked(value, place, path, line),
                answer=Completion.of_text(_text(output, path, line)),
                model=model,
                categories=(probe,),
                made_by=(probe,),
                seed=_seed(field_of(value, "notes", "triggers"), probe),
                language=_language(value.get("prompt")),
                verdict=f"{said}; goal: {text_of(value, 'goal')}",
            )
        except DataError as error:
            yield error


def _is_hit(scores: Any, place: int, threshold: float) -> bool:
    score = scores[place] if isinstance(scores, list) and place < len(scores) else None
    return isinstance(score, int | float) and score >= threshold


def _asked(value: dict[str, Any], place: int, path: str, line: int) -> Conversation:
    """All that was said before the answer: of an attack over turns its turns, else the prompt."""
    conversations = value.get("conversations")
    if isinstance(conversations, list) and place < len(conversations):
        turns = field_of(conversations[place], "turns")
        if isinstance(turns, list) and turns:
            last = max(
                (i for i, turn in enumerate(turns) if field_of(turn, "role") == "assistant"), default=0
            )
            if last:
                return _conversation({"turns": turns[:last]}, path, line)
    return _conversation(value.get("prompt"), path, line)


def _conversation(prompt: Any, path: str, line: int) -> Conversation:
    turns = field_of(prompt, "turns")
    if not isinstance(turns, list):
        return Conversation.user(_text(prompt, path, line))
    messages = []
    for turn in turns:
        role = text_of(turn, "role")
        if role not in ("system", "user", "assistant"):
            raise DataError(f"there is no role '{role}'", path=path, line=line)
        messages.append(Message(Role(role), (Part.of_text(_text(field_of(turn, "content"), path, line)),)))
    if not messages:
        raise DataError("the prompt has no turns", path=path, line=line)
    return Conversation(tuple(messages))


def _text(message: Any, path: str, line: int) -> str:
    if isinstance(message, str):
        return message
    if name := text_of(message, "data_path"):
        raise DataError(
            f"the message carries the file '{name}', which the log does not hold",
            path=path,
            line=line,
            hint="Leave such lines out with --skip-bad.",
        )
    text = field_of(message, "text")
    if not isinstance(text, str):
        raise DataError("a message without text", path=path, line=line)
    return text


def _seed(triggers: Any, probe: str) -> str:
    """Probes that encode keep what they encoded as the trigger."""
    found = list(strings(triggers))
    return found[0] if len(found) == 1 and probe.startswith("encoding.") else ""


def _language(prompt: Any) -> str:
    turns = field_of(prompt, "turns")
    message = field_of(turns[-1], "content") if isinstance(turns, list) and turns else prompt
    return text_of(message, "lang").partition("-")[0].strip("*")


def _target(setup: dict[str, Any]) -> str:
    kind = text_of(setup, "plugins.target_type") or text_of(setup, "plugins.model_type")
    name = text_of(setup, "plugins.target_name") or text_of(setup, "plugins.model_name")
    return _name(f"{kind} {name}")


def _threshold(setup: dict[str, Any]) -> float:
    found = setup.get("run.eval_threshold")
    return float(found) if isinstance(found, int | float) else THRESHOLD


def _name(generator: str) -> str:
    """``openai gpt-4o`` as one of ours: ``openai:gpt-4o``."""
    kind, _, name = generator.strip().partition(" ")
    return f"{kind}:{name}" if name not in ("", "None") else kind
