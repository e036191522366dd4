"""Whether the answer has the form that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from octarine.core.protocols import Basis
from octarine.core.results import Evidence
from octarine.evaluate.judges.checked import CheckingJudge
from octarine.evaluate.judges.format_checks import read_check
from octarine.evaluate.judges.surface import Answer, Fault


@dataclass(frozen=True, slots=True)
class _Args:
    checks: tuple[Mapping[str, Any], ...]

    def __post_init__(self) -> None:
        if not self.checks:
            raise ValueError("checks: at least one needed")
        for place, declared in enumerate(self.checks):
            try:
                read_check(declared)
            except ValueError as error:
                raise ValueError(f"checks[{place}]: {error}") from None


class Format(CheckingJudge[_Args]):
    """``{"checks": [{"kind": "words", "max": 20}, ...]}``: all of them must hold; the kinds and their
    arguments are those of ``format_checks.FORMAT_CHECKS``.

    An answer that was cut short is judged by what there is: a list that stopped at two of five items has two.
    """

    name = "format"
    basis = Basis.EXACT
    arguments = _Args
    faults = frozenset({Fault.EMPTY, Fault.ECHO, Fault.NO_WORDS})

    def check(self, answer: Answer, args: _Args) -> tuple[bool, tuple[Evidence, ...]]:
        """Every check that fails leaves a note."""
        text = answer.text[answer.offset :].strip()
        failed = []
        for declared in args.checks:
            if wrong := read_check(declared).wrong(text):
                failed.append(Evidence(f"{declared['kind']}: {wrong}"))
        return not failed, tuple(failed)
