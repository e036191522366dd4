"""Whether the answer gives reasons, and reasons that fit it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from octarine.core.protocols import Basis
from octarine.core.results import Completion, Evidence, Outcome
from octarine.core.samples import Sample
from octarine.evaluate.judges.arguments import pattern, phrase, require_patterns, require_texts
from octarine.evaluate.judges.base import Finding, fingerprint
from octarine.evaluate.judges.checked import CheckingJudge, unmet
from octarine.evaluate.judges.cues import cue_files
from octarine.evaluate.judges.quality import first_of, require_points
from octarine.evaluate.judges.refusal_rules import RULES
from octarine.evaluate.judges.surface import Answer

CUES = "reason_cues"
_ENUMERATED = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-*•])[ \t]+\S", re.M)


@dataclass(frozen=True, slots=True)
class _Args:
    answer: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()
    points: tuple[tuple[str, ...], ...] = ()
    min_points: int = 1

    def __post_init__(self) -> None:
        for name, values in (("answer", self.answer), ("contradicts", self.contradicts)):
            require_texts(values, name, least=0)
            require_patterns(values, name)
        require_points(self.points)
        if self.min_points < 1 or (self.points and self.min_points > len(self.points)):
            raise ValueError(f"min_points: from 1 to {max(1, len(self.points))}, not {self.min_points}")


class Reasons(CheckingJudge[_Args]):
    """``{"answer": [...], "contradicts": [...], "points": [[synonyms], ...], "min_points": 1}``.

    Met where a connective or an enumeration gives reasons, at least ``min_points`` of ``points`` are
    mentioned, one of ``answer`` is said (where given) and none of ``contradicts``. All are
    expressions for whole words.
    """

    name = "reasons"
    basis = Basis.RULES
    arguments = _Args

    def __init__(self) -> None:
        self.version = fingerprint("2", CUES, *RULES)
        files = cue_files(CUES).values()
        sources = [phrase(source).pattern for file in files for source in file["connectives"]]
        self._connective = pattern("|".join(sources))

    def decide(self, sample: Sample, completion: Completion, answer: Answer, args: _Args) -> Finding:
        """Where neither an answer nor points are asked for, the reasons of a refusal are none."""
        if not args.answer and not args.points and unmet(sample, answer) is Outcome.DEFLECTED:
            return Finding(Outcome.DEFLECTED, 0.0, (Evidence("refuses"),))
        return super().decide(sample, completion, answer, args)

    def check(self, answer: Answer, args: _Args) -> tuple[bool, tuple[Evidence, ...]]:
        """Every part that is missing leaves a note; so does each that is there, with its span."""
        text, kept, missing = answer.own, [], []
        connective = self._connective.search(text)
        if connective:
            kept.append(Evidence("gives a reason", *connective.span()))
        elif len(_ENUMERATED.findall(text)) < 2:
            missing.append(Evidence("no reason: neither a connective nor a list"))
        points = [span for synonyms in args.points if (span := first_of(text, synonyms))]
        kept.extend(Evidence("point", *span) for span in points)
        if args.points and len(points) < args.min_points:
            missing.append(Evidence(f"{len(points)} expected points of {args.min_points}"))
        if args.answer:
            said = first_of(text, args.answer)
            kept.extend([Evidence("its answer", *said)] if said else [])
            missing.extend([] if said else [Evidence("the answer itself is missing or another one")])
        if args.contradicts and (against := first_of(text, args.contradicts)):
            missing.append(Evidence("contradicts its answer", *against))
        return not missing, tuple(missing or kept)
