"""Verdicts, patches and comparisons on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from octarine.core.estimate import Estimate
from octarine.core.results import Action, Span, Verdict
from octarine.report import words

if TYPE_CHECKING:
    from octarine.guard.grounding import Grounding
    from octarine.guard.patching import Patch
    from octarine.guard.policy import Tuning
    from octarine.guard.traffic import Moves

STYLES = {
    Action.ALLOW: "green",
    Action.FLAG: "yellow",
    Action.MASK: "yellow",
    Action.REPLACE: "yellow",
    Action.BLOCK: "bold red",
}
_SHOWN = 2_000
"""Characters of a text that are shown."""
_LINE = 100


def show_verdict(console: Console, verdict: Verdict, text: str | bytes, name: str, *, explain: bool) -> None:
    """One verdict: the action, the text with what was found underlined, why, and what may pass."""
    head = Text(f"{name}: " if name else "")
    head.append(verdict.action.value, STYLES[verdict.action])
    head.append(f"  {', '.join(verdict.rules)}  ({verdict.policy})", "dim")
    if verdict.shadow is not None and verdict.shadow is not verdict.action:
        head.append(f"  in shadow: {verdict.shadow.value}", "magenta")
    console.print(head, soft_wrap=True)
    given = text if isinstance(text, str) else text.decode("utf-8", "replace")
    console.print(_underlined(given, verdict.spans), soft_wrap=True)
    for span in verdict.spans:
        console.print(_span_line(span), soft_wrap=True)
    for chain in verdict.decoded:
        console.print(Text(f"  decoded: {' → '.join(chain)}", "cyan"), soft_wrap=True)
    for reason in verdict.unscanned:
        console.print(Text(f"  not scanned: {words.printable(reason)}", "magenta"), soft_wrap=True)
    if verdict.action in (Action.MASK, Action.REPLACE):
        console.print(Text(f"  passes as: {_shortened(verdict.text)}"), soft_wrap=True)
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
            said = _shortened(text[one.start : one.end])
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


def show_tuning(console: Console, tuning: Tuning) -> None:
    """The thresholds, and what they cost and catch."""
    table = Table("head", "threshold", "false positives", "caught", box=None)
    for head, tuned in sorted(tuning.heads.items()):
        threshold = "never" if tuned.threshold is None else f"{tuned.threshold:.4f}"
        table.add_row(head, threshold, _rate(tuned.false_positives), _rate(tuned.recall))
    console.print(table)
    console.print(
        f"together, on texts held out: {_rate(tuning.false_positives)} false positives", highlight=False
    )
    if tuning.recall:
        console.print(f"attacks caught: {_rate(tuning.recall)}", highlight=False)


def show_moves(console: Console, moves: Moves) -> None:
    """What changes for a traffic."""
    console.print(
        f"blocked: {_rate(moves.old_blocked)} → {_rate(moves.new_blocked)}; "
        f"another action for {_rate(moves.moved)}",
        highlight=False,
    )
    for move in moves.moves:
        console.print(f"{move.old} → {move.new}: {move.n}", highlight=False)
        for example in move.examples:
            console.print(Text(f"    {_shortened(example)}", "dim"), soft_wrap=True)


def show_patch(console: Console, patch: Patch) -> None:
    """The signatures and their cost."""
    for one in patch.signed:
        cost = _rate(one.false_positives)
        line = f"{one.topic.id}: threshold {one.topic.threshold:.3f}, false positives {cost}"
        console.print(line, highlight=False)
        console.print(Text(f"    {_shortened(one.topic.examples[0])}", "dim"), soft_wrap=True)
        near = f"    the nearest ordinary text, {one.nearest:.2f}: {_shortened(one.nearest_text)}"
        console.print(Text(near, "dim"), soft_wrap=True)
    console.print(f"all together: false positives {patch.false_positives}", highlight=False)


def _rate(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{estimate.value:.2%} [{estimate.low:.2%}, {estimate.high:.2%}] (n={estimate.n})"


def _shortened(text: str) -> str:
    line = words.printable(" ".join(text.split()))
    return line if len(line) <= _LINE else line[: _LINE - 1] + "…"
