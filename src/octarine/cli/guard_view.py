"""Patches and comparisons on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from octarine.core.estimate import Estimate
from octarine.report import words

if TYPE_CHECKING:
    from octarine.guard.patching import Patch
    from octarine.guard.policy import Tuning
    from octarine.guard.traffic import Moves

_LINE = 100


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
            console.print(Text(f"    {shortened(example)}", "dim"), soft_wrap=True)


def show_patch(console: Console, patch: Patch) -> None:
    """The signatures and their cost."""
    for one in patch.signed:
        cost = _rate(one.false_positives)
        line = f"{one.topic.id}: threshold {one.topic.threshold:.3f}, false positives {cost}"
        console.print(line, highlight=False)
        console.print(Text(f"    {shortened(one.topic.examples[0])}", "dim"), soft_wrap=True)
        near = f"    the nearest ordinary text, {one.nearest:.2f}: {shortened(one.nearest_text)}"
        console.print(Text(near, "dim"), soft_wrap=True)
    console.print(f"all together: false positives {patch.false_positives}", highlight=False)


def _rate(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{estimate.value:.2%} [{estimate.low:.2%}, {estimate.high:.2%}] (n={estimate.n})"


def shortened(text: str) -> str:
    """On one line, cut where it is long."""
    line = words.printable(" ".join(text.split()))
    return line if len(line) <= _LINE else line[: _LINE - 1] + "…"
