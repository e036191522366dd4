"""A sample as a reader sees it: prompt, answer, judgement, evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from octarine.core.content import Message, Modality, Part, ToolCall
from octarine.core.dimensions import Dimension, objectives_by_id
from octarine.core.results import Completion, Finish, Judgement, Outcome, Result
from octarine.core.risks import risks
from octarine.core.samples import Behaviour, Subject
from octarine.report import words

MOST_CHARACTERS = 10_000
"""A longer text is cut here, and says so. The store holds it in full."""

BEHAVIOUR_WORDS = {
    Behaviour.COMPLY: "should be done",
    Behaviour.DEFLECT: "should be deflected",
    Behaviour.CORRECT: "should be corrected",
}
RESULT_WORDS = ("not as expected", "partly", "as expected", "failed", "not judged")
"""Every result that a sample can have, in the order in which a reader wants them."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A message as it is shown. ``role`` is one word that a style may hang on."""

    role: str
    text: Markup


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A sample as it is shown."""

    anchor: str
    id: str
    dimension: Dimension
    language: str
    outcome: str
    passed: str
    heading: str
    turns: tuple[Turn, ...]
    expected: str
    judgement: Judgement
    notes: tuple[str, ...]
    objectives: tuple[tuple[str, str], ...]
    risk: str
    variant: str
    group: str

    @property
    def mark(self) -> str:
        """``passed`` as one word for a style."""
        return self.passed.replace(" ", "-")

    @property
    def objective_ids(self) -> str:
        """Ids of its objectives, as the words of an attribute."""
        return " ".join(name for name, _ in self.objectives)


def sample_rows(results: Iterable[Result]) -> list[SampleRow]:
    """Rows by dimension; within one, as the results came."""
    rows = [_row(number, result) for number, result in enumerate(results, 1)]
    order = {dimension: place for place, dimension in enumerate(Dimension)}
    return sorted(rows, key=lambda row: order[row.dimension])


def _row(number: int, result: Result) -> SampleRow:
    sample, judgement = result.sample, result.judgement
    about_files = sample.subject is Subject.ARTEFACTS
    check = re.sub(r"[._]", " ", str(sample.expectation.args.get("check", sample.id)))
    heading = sample.conversation.prompt or check
    known = objectives_by_id()
    return SampleRow(
        anchor=f"sample-{number}",
        id=sample.id + (f" · repeat {result.repeat + 1}" if result.repeat else ""),
        dimension=sample.dimension,
        language=sample.language,
        outcome=judgement.outcome.value,
        passed=result_words(judgement),
        heading=" ".join(heading[: 4 * 160].split())[:160],
        turns=() if about_files else tuple(_turns(result)),
        expected="should hold" if about_files else BEHAVIOUR_WORDS[sample.expectation.behaviour],
        judgement=judgement,
        notes=tuple(item.note for item in judgement.evidence if item.note),
        objectives=tuple(
            (known[name].id, known[name].statement) for name in sample.objectives if name in known
        ),
        risk=risks()[sample.risk].title if sample.risk in risks() else sample.risk,
        variant=sample.variant,
        group=sample.group,
    )


def _turns(result: Result) -> Iterable[Turn]:
    for message in result.sample.conversation.messages:
        yield Turn(message.role.value, cut(_plain(message)))
    yield from answer_turns(result)
    for check in result.completion.checks:
        if said := words.look(check):
            yield Turn("guard", escape(said))


def answer_turns(result: Result) -> Iterable[Turn]:
    """The answer: its text with the evidence marked, what else is in it, or the error."""
    completion = result.completion
    if completion.error:
        yield Turn("error", cut(completion.error))
        return
    attached = [attachment(part) for part in completion.parts if part.modality is not Modality.TEXT]
    if completion.text or not (attached or completion.tool_calls):
        text = highlight(completion.text, result.judgement) or Markup("<i>(an empty answer)</i>")
        end = _end(completion)
        yield Turn("answer", text + _aside(end) if end else text)
    for part in attached:
        yield Turn("answer", escape(part))
    for call in completion.tool_calls:
        yield Turn("call", cut(call_text(call)))


def _end(completion: Completion) -> str:
    """How an answer ended, where that was not of itself."""
    if completion.finish is Finish.FILTERED:
        return f"stopped by {completion.filter}"
    return "cut at the token limit" if completion.finish is Finish.LENGTH else ""


def _aside(text: str) -> Markup:
    return Markup('<span class="aside">{}</span>').format(text)


def cut(text: str, start: int = 0) -> Markup:
    """``text`` from ``start`` on, at most up to the limit, with a word on what is missing."""
    left = len(text) - MOST_CHARACTERS
    shown = escape(text[start:MOST_CHARACTERS])
    return shown + _aside(f"{left:,} more characters are in the store") if left > 0 else shown


def _plain(message: Message) -> str:
    parts = [part.text if part.modality is Modality.TEXT else attachment(part) for part in message.parts]
    return "\n".join([*parts, *(call_text(call) for call in message.tool_calls)])


def attachment(part: Part) -> str:
    """What stands in place of a part that is not text."""
    if part.drawing:
        return f"[{part.modality.value} drawn from {part.drawing}]"
    return f"[{part.modality.value} {part.name or part.sha256[:12]}]"


def call_text(call: ToolCall) -> str:
    """A tool call as it is shown."""
    return f"{call.name}({call.arguments})"


def result_words(judgement: Judgement) -> str:
    """One of ``RESULT_WORDS``."""
    if judgement.score is None:
        return "failed" if judgement.outcome is Outcome.ERROR else "not judged"
    if judgement.met:
        return "as expected"
    return "partly" if judgement.score > 0 else "not as expected"


def highlight(text: str, judgement: Judgement) -> Markup:
    """The answer with the judge's evidence marked. Overlapping spans are merged; everything is escaped."""
    most = min(len(text), MOST_CHARACTERS)
    spans = sorted(
        (max(0, item.start), min(most, item.end))
        for item in judgement.evidence
        if item.start is not None and item.end is not None and item.start < item.end
    )
    pieces: list[Markup] = []
    at = 0
    for start, end in spans:
        begin = max(start, at)
        if end <= begin:
            continue
        pieces += [escape(text[at:begin]), Markup("<mark>{}</mark>").format(text[begin:end])]
        at = end
    return Markup("").join([*pieces, cut(text, at)])


Choice = tuple[str, str, int]
"""A value of a filter, its label, and how many samples have it."""


def filters(rows: Iterable[SampleRow]) -> dict[str, list[Choice]]:
    """Filter → its choices, in the order in which they are offered."""
    seen = list(rows)
    dimensions = Counter(row.dimension for row in seen)
    goals = Counter(name for row in seen for name, _ in row.objectives)
    languages = Counter(row.language for row in seen)
    outcomes = Counter(row.outcome for row in seen)
    results = Counter(row.passed for row in seen)
    return {
        "dimension": [(d.value, d.label, dimensions[d]) for d in Dimension if dimensions[d]],
        "objective": [
            (o.id, f"{words.short(o)} · {o.dimension.label}", goals[o.id])
            for o in objectives_by_id().values()
            if goals[o.id]
        ],
        "language": [(name, name, n) for name, n in sorted(languages.items())],
        "outcome": [(o.value, o.value, outcomes[o.value]) for o in Outcome if outcomes[o.value]],
        "result": [(name, name, results[name]) for name in RESULT_WORDS if results[name]],
    }
