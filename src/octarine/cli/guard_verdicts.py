"""Verdicts, what each stage of the guard did for them, and what they rest on, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from octarine.cli.guard_view import shortened
from octarine.core.codec import encode
from octarine.core.results import Action, Span, Verdict
from octarine.report import words

if TYPE_CHECKING:
    from octarine.guard import Guard
    from octarine.guard.adapters import Stage
    from octarine.guard.grounding import Grounding
    from octarine.guard.policy import Policy
    from octarine.guard.streaming import LongRule

STYLES = {
    Action.ALLOW: "green",
    Action.FLAG: "yellow",
    Action.MASK: "yellow",
    Action.REPLACE: "yellow",
    Action.BLOCK: "bold red",
}
_SHOWN = 2_000
"""Characters of a text that are shown."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A text with its verdict; ``stages``: what each stage did for it, where the guard is a cascade;
    ``grounding``: how far documents bear it out, where there are any."""

    name: str
    text: str | bytes
    verdict: Verdict
    stages: tuple[Stage, ...]
    grounding: Grounding | None = None

    @property
    def fine(self) -> bool:
        """Whether it may pass, and every sentence of it is borne out."""
        return self.verdict.allowed and (self.grounding is None or self.grounding.grounded)

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        told = {"source": self.name, "verdict": encode(self.verdict)}
        if self.grounding is not None:
            told["grounding"] = encode(self.grounding)
        return {**told, "stages": encode(self.stages)} if self.stages else told


def checked(
    guard: Guard,
    name: str,
    text: str | bytes,
    look: Callable[[str | bytes], Verdict],
    documents: Sequence[str] = (),
    question: str = "",
) -> Checked:
    """One text, looked at, and held against ``documents`` where there are any."""
    before = _stages(guard)
    verdict = look(text)
    spent = tuple(now.since(then) for then, now in zip(before, _stages(guard), strict=True))
    grounding = guard.check_grounding(_read(text), documents, question) if documents else None
    return Checked(name, text, verdict, spent, grounding)


def _read(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("utf-8", "replace")


def _stages(guard: Guard) -> tuple[Stage, ...]:
    return getattr(guard, "stages", ())


def show_checked(console: Console, found: Sequence[Checked], policy: Policy, *, explain: bool) -> None:
    """Every verdict; with ``explain`` its scores and stages, and what the policy cannot do to a stream."""
    for one in found:
        show_verdict(console, one.verdict, one.text, one.name if len(found) > 1 else "", explain=explain)
        if one.grounding is not None:
            show_grounding(console, one.grounding, _read(one.text))
        if explain and one.stages:
            console.print(_stage_table(one.stages))
    if explain:
        from octarine.guard.streaming.limits import long_rules

        for line in long_lines(long_rules(policy)):
            console.print(Text(line, "dim"), soft_wrap=True)


def _stage_table(stages: Sequence[Stage]) -> Table:
    table = Table("stage", "texts", "calls", "time", "cost", box=None)
    for stage in stages:
        unread = f" ({stage.unread} not judged)" if stage.unread else ""
        time = f"{1000 * stage.seconds:.2f} ms"
        table.add_row(stage.name, f"{stage.texts}{unread}", str(stage.calls), time, f"{stage.cost:.6g}")
    return table


def long_lines(long: Sequence[LongRule]) -> Iterator[str]:
    """What is told of rules that a streamed answer may outrun."""
    if long:
        yield "in a streamed answer, these may begin to go out before they are recognised:"
    for rule in long:
        much = "any number of" if rule.reach is None else f"up to {rule.reach:,}"
        yield f"  {rule.rule}: needs {much} characters"


def show_verdict(console: Console, verdict: Verdict, text: str | bytes, name: str, *, explain: bool) -> None:
    """One verdict: the action, the text with what was found underlined, why, and what may pass."""
    head = Text(f"{name}: " if name else "")
    head.append(verdict.action.value, STYLES[verdict.action])
    head.append(f"  {', '.join(verdict.rules)}  ({verdict.policy})", "dim")
    if verdict.shadow is not None and verdict.shadow is not verdict.action:
        head.append(f"  in shadow: {verdict.shadow.value}", "magenta")
    console.print(head, soft_wrap=True)
    console.print(_underlined(_read(text), verdict.spans), soft_wrap=True)
    for span in verdict.spans:
        console.print(_span_line(span), soft_wrap=True)
    for chain in verdict.decoded:
        console.print(Text(f"  decoded: {' → '.join(chain)}", "cyan"), soft_wrap=True)
    for reason in verdict.unscanned:
        console.print(Text(f"  not scanned: {words.printable(reason)}", "magenta"), soft_wrap=True)
    if verdict.action in (Action.MASK, Action.REPLACE):
        console.print(Text(f"  passes as: {shortened(verdict.text)}"), soft_wrap=True)
    if verdict.message:
        console.print(Text(f"  the user is told: {words.printable(verdict.message)}"), soft_wrap=True)
    if explain:
        _explain(console, verdict)


def show_grounding(console: Console, grounding: Grounding, text: str) -> None:
    """The sentences of an answer that the documents do not bear out."""
    style = "green" if grounding.grounded else "yellow"
    told = f"grounded: {len(grounding.sentences) - len(grounding.unsupported)} of {len(grounding.sentences)}"
    console.print(Text(f"{told} sentences, the weakest {grounding.score:.2f}", style), soft_wrap=True)
    for one in grounding.sentences:
        if one.support < grounding.threshold:
            why = ", ".join(one.reasons[:3])
            said = shortened(text[one.start : one.end])
            console.print(Text(f"  {one.support:.2f}  {said}  ({why})"), soft_wrap=True)


def _underlined(text: str, spans: Iterable[Span]) -> Text:
    marks = bytearray(min(len(text), _SHOWN))
    for span in spans:
        for place in range(span.start, min(span.end, len(marks))):
            marks[place] = 1
    shown = Text("  ")
    here = 0
    while here < len(marks):
        end = here
        while end < len(marks) and marks[end] == marks[here]:
            end += 1
        shown.append(words.printable(text[here:end]), "underline" if marks[here] else "")
        here = end
    return shown.append("…") if len(text) > _SHOWN else shown


def _span_line(span: Span) -> Text:
    line = f"  [{span.start}, {span.end}) {span.category} {span.score:.2f} by {span.rule}"
    return Text(line + (f" through {' → '.join(span.decoded)}" if span.decoded else ""), "dim")


def _explain(console: Console, verdict: Verdict) -> None:
    table = Table("category", "probability", box=None)
    for category, score in sorted(verdict.categories.items(), key=lambda item: -item[1]):
        table.add_row(category, f"{score:.3f}")
    if verdict.categories:
        console.print(table)
    stages = (f"{stage} {1000 * seconds:.2f} ms" for stage, seconds in verdict.timings.items())
    console.print(Text(f"  {', '.join(stages)}", "dim"), soft_wrap=True)
