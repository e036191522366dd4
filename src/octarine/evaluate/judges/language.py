"""Whether the answer is in the language that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from octarine.core.protocols import Basis
from octarine.core.results import Evidence
from octarine.evaluate.judges.base import fingerprint
from octarine.evaluate.judges.checked import CheckingJudge
from octarine.evaluate.judges.language_id import CUES, LANGUAGES, identify
from octarine.evaluate.judges.refusal_rules import RULES
from octarine.evaluate.judges.surface import Answer, Fault


@dataclass(frozen=True, slots=True)
class _Args:
    language: str

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ValueError(f"language: '{self.language}' is none of: {', '.join(LANGUAGES)}")


class Language(CheckingJudge[_Args]):
    """``{"language": "fr"}``: whether the answer is in that language. Its positive class, for validation, is
    "in the language"."""

    name = "language"
    basis = Basis.RULES
    arguments = _Args
    faults = frozenset({Fault.EMPTY, Fault.ECHO, Fault.NO_WORDS})

    def __init__(self) -> None:
        self.version = fingerprint("1", CUES, *RULES)

    def check(self, answer: Answer, args: _Args) -> tuple[bool, tuple[Evidence, ...]]:
        """Names the language that it found."""
        found = identify(answer.own)
        return found == args.language, (
            Evidence(f"language: {found or 'unknown'}, {args.language} asked for"),
        )
