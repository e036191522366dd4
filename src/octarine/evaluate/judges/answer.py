"""Whether the answer is one of those accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from octarine.core.protocols import Basis
from octarine.core.results import Evidence
from octarine.evaluate.judges.arguments import require_texts
from octarine.evaluate.judges.checked import CheckingJudge
from octarine.evaluate.judges.surface import Answer as ReadAnswer
from octarine.evaluate.judges.surface import Fault, fold

TOLERANCE = 1e-6
"""Relative difference up to which two numbers are the same."""

_NUMBER = re.compile(
    r"(?<![0-9a-zA-Z\u00aa-\u058f_.,])[-−+]?(?:\d{1,3}(?:[,\u00a0\u202f' ]\d{3})+|\d+)(?:[.,]\d+)?"
    r"(?:[eE][-+]?\d+)?(?![0-9a-zA-Z\u00aa-\u058f_])"
)
_SPACE = re.compile(r"\s")
_FINAL = re.compile(
    r"(?:answer|result|total|equals?|=|is|are|ist|est|es|è|é|igual|résultat|ergibt)\W{0,4}$", re.IGNORECASE
)
_LETTER = re.compile(
    r"(?:^\W*(?:(?:the )?(?:correct |right |best )?(?:answer|option|choice)\b\W{0,3}(?:is|would be)?\W{0,3})?"
    r"\(?([a-z])\)?(?=[\W_]|$))"
    r"|(?:\b(?:answer|option|choice|antwort|réponse|respuesta|risposta|resposta)\b\W{0,3}"
    r"(?:is|ist|est|es|è|é|would be)?\W{0,4}([a-z])\b)"
    r"|(?:\*\*\(?([a-z])\)?[.):]?\*\*)|(?:(?<!\w)\(?([a-z])\)(?=\s))",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"(?:\b(?:not|never|isn't|isnt|wasn't|aren't|neither|nor|rather than|instead of"
    r"|nicht|kein\w*|pas|no es|non|não|nao)"
    r"(?: (?:in|the|a|an|at|called|named|der|die|das|le|la|el|il|o))?|ليس|ليست)\s*$"
)
_WORDS_FOR_NUMBERS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS_FOR_NUMBERS)})\b", re.IGNORECASE)


class Mode(StrEnum):
    """How an accepted answer is looked for."""

    CONTAINS = "contains"
    EQUALS = "equals"
    NUMBER = "number"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class _Args:
    accept: tuple[str, ...]
    reject: tuple[str, ...] = ()
    mode: Mode = Mode.CONTAINS

    def __post_init__(self) -> None:
        require_texts(self.accept, "accept")
        require_texts(self.reject, "reject", least=0)
        if self.mode is Mode.NUMBER:
            for value in (*self.accept, *self.reject):
                if _value(value) is None:
                    raise ValueError(f"mode 'number': '{value}' is not a number")
        if self.mode is Mode.CHOICE:
            for value in (*self.accept, *self.reject):
                if not (len(value) == 1 and value.isalpha()):
                    raise ValueError(f"mode 'choice': '{value}' is not one letter")


class Answer(CheckingJudge[_Args]):
    """``{"accept": [...], "reject": [...], "mode": "contains"}``: whether an accepted answer is given.

    ``contains`` (the default) looks for whole words without regard to case and diacritics, ``equals``
    compares the whole answer but for surrounding punctuation, ``number`` compares the first or the
    final number (also
    after "the answer is"; "1,000" and "1 000" are 1000, "twelve" is 12), ``choice`` reads the letter of an
    option. An answer under a simple negation ("is not Paris") does not count, and neither does an
    accepted one that comes after a rejected one: what is said first stands.
    """

    name = "answer"
    basis = Basis.EXACT
    arguments = _Args
    faults = frozenset({Fault.EMPTY, Fault.ECHO, Fault.NO_WORDS})

    def check(self, answer: ReadAnswer, args: _Args) -> tuple[bool, tuple[Evidence, ...]]:
        """The first that is said of ``accept`` and ``reject`` decides."""
        find = _FINDERS[args.mode]
        good = min((place for value in args.accept for place in find(answer.own, value)), default=None)
        bad = min((place for value in args.reject for place in find(answer.own, value)), default=None)
        if bad is not None and (good is None or bad < good):
            return False, (_evidence("a wrong answer comes first", answer.own, bad),)
        if good is None:
            return False, (Evidence(f"none of: {', '.join(args.accept)}"[:200]),)
        return True, (_evidence("an accepted answer", answer.own, good),)


def _evidence(note: str, text: str, span: tuple[int, int]) -> Evidence:
    # Folding can change the length of a text: a span outside it is dropped rather than shown wrongly.
    return Evidence(note, *span) if span[1] <= len(text) else Evidence(note)


def _contains(text: str, value: str) -> Iterator[tuple[int, int]]:
    """Searched without a compiled expression: every sample has words of its own, and compiling costs more
    than the search."""
    folded = _SPACE.sub(" ", fold(text))
    wanted = " ".join(fold(value).split())
    if " " in wanted and "  " in folded:
        spread = r"\s+".join(map(re.escape, wanted.split()))
        places = [found.span() for found in re.finditer(spread, folded)]
    else:
        places = list(_finds(folded, wanted))
    for start, end in places:
        if not (_goes_on(folded, start - 1, wanted[0]) or _goes_on(folded, end, wanted[-1])) and not (
            _NEGATION.search(folded, max(0, start - 24), start)
        ):
            yield start, end
            return


def _finds(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    start = text.find(wanted)
    while start >= 0:
        yield start, start + len(wanted)
        start = text.find(wanted, start + 1)


def _goes_on(text: str, place: int, edge: str) -> bool:
    """Whether the word that has ``edge`` at its end goes on at ``place``; from U+0590 on, scripts run words
    together or glue prefixes to them, and a Latin word or a number ends where they begin."""
    if not (edge.isalnum() and ord(edge) < 0x0590 and 0 <= place < len(text)):
        return False
    return (text[place].isalnum() and ord(text[place]) < 0x0590) or text[place] == "_"


def _equals(text: str, value: str) -> Iterator[tuple[int, int]]:
    if trimmed(text) == trimmed(value):
        yield 0, len(text)


def trimmed(text: str) -> str:
    """Folded, without punctuation around it, single-spaced."""
    return " ".join(re.sub(r"^[\W_]+|[\W_]+$", "", fold(text)).split())


def _value(text: str) -> float | None:
    plain = text.strip().replace("−", "-")
    plain = re.sub(r"(?<=\d)[,\u00a0\u202f' ](?=\d{3}(?!\d))", "", plain).replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        found = _WORDS_FOR_NUMBERS.get(plain.casefold())
        return None if found is None else float(found)
    return number if abs(number) < 1e300 else None


def _number(text: str, value: str) -> Iterator[tuple[int, int]]:
    wanted = _value(value)
    found = sorted((*_NUMBER.finditer(text), *_NUMBER_WORD.finditer(text)), key=lambda match: match.start())
    if not found or wanted is None:
        return
    stated = [match for match in found if _FINAL.search(text, max(0, match.start() - 24), match.start())]
    for match in {match.start(): match for match in (found[0], found[-1], *stated[-1:])}.values():
        said = _value(match[0])
        if said is not None and abs(said - wanted) <= TOLERANCE * max(1.0, abs(wanted)):
            yield match.span()


def _choice(text: str, value: str) -> Iterator[tuple[int, int]]:
    for found in _LETTER.finditer(text):
        place = found.lastindex or 0
        letter = found[place]
        # "A" opens many a sentence and "I" too: as a bare word they are letters only before punctuation.
        bare = text[found.end() : found.end() + 1].isspace() and found.start(place) == len(text) - len(
            text.lstrip()
        )
        if bare and letter.casefold() in "ai" and text[found.end() :].strip():
            continue
        if letter.casefold() == value.casefold():
            yield found.span(place)
        return


_FINDERS = {Mode.CONTAINS: _contains, Mode.EQUALS: _equals, Mode.NUMBER: _number, Mode.CHOICE: _choice}


def found(mode: Mode, text: str, value: str) -> Iterator[tuple[int, int]]:
    """Where ``text`` says ``value``, looked for as ``mode`` does; spans count in ``text`` after ``fold``."""
    return _FINDERS[mode](text, value)
