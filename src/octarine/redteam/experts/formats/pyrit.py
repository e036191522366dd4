"""PyRIT: message pieces in JSON, JSON Lines or CSV, whose cells may hold JSON.

As ``MessagePiece.model_dump`` gives them in PyRIT 1.1.0, and as exports of its memory held them before. Dumps
of ``Score`` and ``AttackResult`` may stand among them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import DataError
from octarine.core.results import Completion, Finish
from octarine.redteam.experts.rows import Entry, Found, Row, field_of, strings, text_of

_ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "simulated_assistant": Role.ASSISTANT,
    "tool": Role.TOOL,
}
_UNANSWERED = ("processing", "unknown")
_Piece = dict[str, Any]


def read(entries: Iterable[Entry], path: str) -> Iterator[Found]:
    """A row for the last answer of each conversation, but for those that a scorer, or the result of the
    attack, calls a failure; where results of attacks are there, of their conversations alone."""
    held = _Memory()
    for line, value in entries:
        for piece in _pieces(value):
            problem = held.take(line, piece)
            if problem:
                yield DataError(problem, path=path, line=line)
    for name, pieces in held.conversations.items():
        if held.attacks and name not in held.attacks:
            continue  # what the attacker's model was told, and branches that were given up
        try:
            yield from _conversation(sorted(pieces, key=_order), held, held.attacks.get(name, {}), path)
        except DataError as error:
            yield error


@dataclass(slots=True)
class _Memory:
    """What a file holds: pieces by conversation, scores by piece, results of attacks by conversation."""

    conversations: dict[str, list[tuple[int, _Piece]]] = field(default_factory=dict)
    scores: dict[str, list[_Piece]] = field(default_factory=dict)
    attacks: dict[str, _Piece] = field(default_factory=dict)

    def take(self, line: int, value: Any) -> str:
        """Keep it; why it is nothing, where it is."""
        if isinstance(value, dict) and "score_value" in value and "role" not in value:
            self.scores.setdefault(str(value.get("message_piece_id")), []).append(value)
        elif isinstance(value, dict) and "outcome" in value and "role" not in value:
            self.attacks[str(value.get("conversation_id"))] = value
        elif problem := _problem(value):
            return problem
        else:
            self.conversations.setdefault(str(value["conversation_id"]), []).append((line, value))
        return ""

    def scores_of(self, piece: _Piece) -> list[_Piece]:
        """Those in the piece, and those that name it."""
        inner = _structured(piece, "scores")
        found = [score for score in inner if isinstance(score, dict)] if isinstance(inner, list) else []
        names = dict.fromkeys(str(piece[key]) for key in ("id", "original_prompt_id") if piece.get(key))
        return found + [score for name in names for score in self.scores.get(name, ())]


def _pieces(value: Any) -> list[Any]:
    """The pieces of a message, or one that stands alone. Cells of a table are read as JSON where they are."""
    inner = field_of(value, "message_pieces")
    found = inner if isinstance(inner, list) else [value]
    return [{k: _cell(v) for k, v in one.items()} if isinstance(one, dict) else one for one in found]


def _cell(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in ("[", "{"):
        return value
    try:
        return _Cell(value, json.loads(value))
    except (ValueError, RecursionError):
        return value


class _Cell(str):
    """A cell that reads as JSON, too: which of the two it is, the column decides."""

    value: Any

    def __new__(cls, text: str, value: Any) -> _Cell:
        made = super().__new__(cls, text)
        made.value = value
        return made


def _structured(piece: _Piece, name: str) -> Any:
    found = piece.get(name)
    return found.value if isinstance(found, _Cell) else found


def _problem(piece: Any) -> str:
    if not isinstance(piece, dict):
        return "not a message piece: expected an object"
    for name in ("role", "conversation_id"):
        if not piece.get(name):
            return f"not a message piece: the key '{name}' is missing"
    if piece["role"] not in _ROLES:
        return f"there is no role '{piece['role']}'"
    if not isinstance(_value(piece), str):
        return "a message piece without 'converted_value' or 'original_value'"
    return ""


def _order(entry: tuple[int, _Piece]) -> tuple[int, int]:
    line, piece = entry
    try:
        return int(piece.get("sequence") or 0), line
    except (TypeError, ValueError):
        return 0, line


def _value(piece: _Piece) -> Any:
    return piece.get("converted_value") or piece.get("original_value", "")


def _conversation(
    pieces: list[tuple[int, _Piece]], held: _Memory, attack: _Piece, path: str
) -> Iterator[Row]:
    answers = [number for number, (_, piece) in enumerate(pieces) if _ROLES[piece["role"]] is Role.ASSISTANT]
    line = pieces[-1][0]
    if not answers:
        raise DataError("a conversation without an answer", path=path, line=line)
    last = answers[-1]
    first = last
    while first and _ROLES[pieces[first - 1][1]["role"]] is Role.ASSISTANT:
        first -= 1
    said, asked = [piece for _, piece in pieces[first : last + 1]], pieces[:first]
    scores = [score for piece in said for score in held.scores_of(piece)]
    if not asked:
        raise DataError("an answer that nobody asked for", path=path, line=line)
    if attack.get("outcome") == "failure" or (scores and all(_failed(score) for score in scores)):
        return
    user = next((piece for _, piece in reversed(asked) if piece["role"] == "user"), {})
    yield Row(
        line=pieces[first][0],
        conversation=Conversation(tuple(_messages(asked, path))),
        answer=_answer(said, path, pieces[first][0]),
        model=_model(said[-1]),
        categories=_categories([attack, user, *said], scores),
        made_by=tuple(_converters(user)),
        seed=text_of(attack, "objective") or str(user.get("original_value") or ""),
        verdict="; ".join(filter(None, (*map(_told, scores), _outcome(attack)))),
    )


def _messages(pieces: list[tuple[int, _Piece]], path: str) -> Iterator[Message]:
    """Pieces of one role and sequence are one message."""
    parts: list[Part] = []
    for place, (line, piece) in enumerate(pieces):
        parts.append(Part.of_text(_text(piece, path, line)))
        after = pieces[place + 1][1] if place + 1 < len(pieces) else {}
        if (after.get("role"), after.get("sequence")) != (piece["role"], piece.get("sequence")):
            yield Message(_ROLES[piece["role"]], tuple(parts))
            parts = []


def _text(piece: _Piece, path: str, line: int) -> str:
    kind = piece.get("converted_value_data_type") or "text"
    if kind not in ("text", "error", "reasoning"):
        raise DataError(
            f"the message carries a piece of the kind '{kind}', which the export does not hold",
            path=path,
            line=line,
            hint="Leave such lines out with --skip-bad.",
        )
    return str(_value(piece))


def _answer(said: list[_Piece], path: str, line: int) -> Completion:
    error = next(
        (str(one) for one in (p.get("response_error") for p in said) if one not in (None, "none", "")), ""
    )
    if error in _UNANSWERED:
        raise DataError(f"no answer came: {error}", path=path, line=line)
    finish = Finish.FILTERED if error == "blocked" else Finish.STOP
    kept = [piece for piece in said if piece.get("converted_value_data_type") != "reasoning"]
    return Completion(tuple(Part.of_text(_text(piece, path, line)) for piece in kept), finish=finish)


def _failed(score: _Piece) -> bool:
    """Whether a scorer says that the attack failed: of most "true" is a success, of those of refusals not."""
    failure = "true" if "refusal" in _scorer(score).lower() else "false"
    return str(score.get("score_type")) == "true_false" and str(score.get("score_value")).lower() == failure


def _scorer(score: _Piece) -> str:
    who = _structured(score, "scorer_class_identifier")
    return text_of(who, "class_name") or text_of(who, "__type__") or "a scorer"


def _told(score: _Piece) -> str:
    said = f"{_scorer(score)} says {score.get('score_value')}: {text_of(score, 'score_rationale')}"
    return said.rstrip(": ")


def _outcome(attack: _Piece) -> str:
    if not attack:
        return ""
    return f"outcome {attack.get('outcome')}: {text_of(attack, 'outcome_reason')}".rstrip(": ")


def _categories(pieces: list[_Piece], scores: list[_Piece]) -> tuple[str, ...]:
    named = [_structured(piece, "targeted_harm_categories") for piece in pieces]
    named += [score.get("score_category") for score in scores]
    return tuple(dict.fromkeys(name for one in named for name in strings(one) if name))


def _converters(user: _Piece) -> Iterator[str]:
    found = _structured(user, "converter_identifiers")
    for one in found if isinstance(found, list) else []:
        name = field_of(one, "class_name") or field_of(one, "__type__")
        if isinstance(name, str):
            yield name


def _model(answer: _Piece) -> str:
    target = _structured(answer, "prompt_target_identifier")
    for name in ("model_name", "underlying_model_name", "deployment_name"):
        if found := text_of(target, name):
            return found
    return text_of(target, "class_name") or text_of(target, "__type__")
