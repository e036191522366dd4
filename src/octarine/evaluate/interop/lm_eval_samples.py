"""The rows of ``samples_TASK_DATE.jsonl``: one for each document and filter."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from octarine.core.codec import Json, canonical
from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import DataError
from octarine.core.files import json_lines, read_text
from octarine.core.results import Completion, Outcome, Settings
from octarine.evaluate.interop.imported import Answered, Scored
from octarine.evaluate.interop.sources import is_number, number_of

_OF_CORPUS = (
    "a number of the whole corpus alone: lm-eval keeps what it is made of, and no score of this sample"
)
_NOT_FINITE = "not a number"


def read_samples(path: Path, task: str, reported: set[str]) -> tuple[Answered, ...]:
    """Every document once, with all its scores, in the order of the file.

    Args:
        reported: the metrics that the results file has, for rows that do not name theirs (before 0.4.5).

    Raises:
        DataError: naming the line, and the metric whose value is no number or stands there twice.
    """
    found: dict[str, Answered] = {}
    for line, row in _rows(path):
        document = str(row["doc_id"])
        scores = tuple(_scores(row, task, reported, path, line))
        if document in found:
            before = found[document]
            known = {score.metric for score in before.scores}
            if again := next((score.metric for score in scores if score.metric in known), ""):
                raise DataError(f"a second '{again}' of the document {document}", path=path, line=line)
            found[document] = replace(before, scores=(*before.scores, *scores))
            continue
        found[document] = Answered(
            id=document,
            conversation=_conversation(row),
            completion=Completion.of_text(_said(row)),
            scores=scores,
            target=str(row.get("target", "")),
        )
    return tuple(found.values())


def settings_of(path: Path | None) -> Settings:
    """How the first document was generated, as far as its row says; the defaults where nothing is said."""
    row = next((row for _, row in _rows(path)), {}) if path else {}
    given = _argument(row, "arg_1")
    if not isinstance(given, dict):
        return Settings()
    tokens, temperature, stop = given.get("max_gen_toks"), given.get("temperature"), given.get("until")
    stops = [stop] if isinstance(stop, str) else stop or []
    return Settings(
        max_tokens=tokens if isinstance(tokens, int) and tokens > 0 else Settings().max_tokens,
        temperature=float(temperature) if is_number(temperature) and temperature >= 0 else 0.0,
        stop=tuple(map(str, stops)),
    )


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, row in json_lines(read_text(path).split("\n"), path):
        if not isinstance(row, dict) or "doc_id" not in row or not isinstance(row.get("resps"), list):
            raise DataError(
                "no sample of lm-eval 0.4: 'doc_id' and 'resps' are missing", path=path, line=line
            )
        yield line, row


def _scores(row: Mapping[str, Any], task: str, reported: set[str], path: Path, line: int) -> Iterator[Scored]:
    filtered = str(row.get("filter") or "none")
    suffix = "" if filtered == "none" else f",{filtered}"
    names = row.get("metrics") or [
        name.partition(",")[0] for name in sorted(reported) if name.partition(",")[2] == suffix[1:]
    ]
    for name in names:
        if name not in row:
            raise DataError(f"the metric '{name}' of '{task}' has no value", path=path, line=line)
        value = row[name]
        if isinstance(value, list):
            yield Scored(name + suffix, None, _OF_CORPUS)
        elif is_number(value):
            number = number_of(value)
            failed = Outcome.ERROR if number is None else Outcome.SCORED
            yield Scored(name + suffix, number, _NOT_FINITE if number is None else "", failed)
        else:
            raise DataError(
                f"the metric '{name}' of '{task}' is no number: {value!r:.60}", path=path, line=line
            )


def _argument(row: Mapping[str, Any], name: str, request: int = 0) -> Json:
    arguments = (row.get("arguments") or {}) if isinstance(row.get("arguments"), dict) else {}
    given = arguments.get(f"gen_args_{request}")
    return given.get(name) if isinstance(given, dict) else None


def _conversation(row: Mapping[str, Any]) -> Conversation:
    """The prompt of the first request; what a chat template was applied to afterwards as its messages."""
    prompt = _argument(row, "arg_0")
    if isinstance(prompt, list) and len(prompt) == 1:
        prompt = prompt[0]
    if not isinstance(prompt, str):
        return Conversation.user(canonical(prompt) if prompt else "")
    try:
        turns = [(Role(turn["role"]), turn["content"]) for turn in json.loads(prompt)]
    except (ValueError, TypeError, KeyError):
        return Conversation.user(prompt)
    if not turns or not all(isinstance(content, str) for _, content in turns):
        return Conversation.user(prompt)
    return Conversation(tuple(Message(role, (Part.of_text(content),)) for role, content in turns))


def _said(row: Mapping[str, Any]) -> str:
    """What was generated; of a choice by likelihood, every continuation with its log-likelihood."""
    requests = row["resps"]
    first = requests[0][0] if requests and requests[0] else ""
    if isinstance(first, list):
        return canonical([_continuation(row, number) for number in range(len(requests))])
    said = requests[0] if len(requests) == 1 else [answers[0] for answers in requests if answers]
    return str(said[0]) if len(said) == 1 else canonical(said)


def _continuation(row: Mapping[str, Any], request: int) -> Json:
    likelihood, *greedy = row["resps"][request][0]
    return {
        "continuation": _argument(row, "arg_1", request),
        "log_likelihood": likelihood,
        "greedy": str(greedy[0]) == "True" if greedy else None,
    }
