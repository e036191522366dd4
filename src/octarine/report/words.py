"""How figures are put into words, the same in every report."""

from __future__ import annotations

import re

from octarine.core.dimensions import Bound, Metric, Objective
from octarine.core.estimate import Estimate
from octarine.core.results import Action, GuardCheck, Side
from octarine.evaluate.guard_effect import Change, Checks, GuardEffect
from octarine.evaluate.scorecard import JudgeNote, ObjectiveScore, Status, Validation

STATUS_WORDS = {Status.MET: "met", Status.NOT_MET: "not met", Status.UNTESTED: "untested"}

METRIC_WORDS = {
    Metric.ADHERENCE: "adherence",
    Metric.FALSE_REFUSAL: "false refusals",
    Metric.GROUP_GAP: "gap within groups",
}


ENOUGH_FOR_P99 = 100
"""Of fewer looks the 99th percentile is no more than the slowest one."""
MOST_KINDS = 6
"""So many categories are named in a line."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """``text`` without what no file or terminal may hold: lone surrogates and control characters."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def percent(value: float, goal: Objective | None = None) -> str:
    """``0.954`` as ``95 %``; with decimals where rounding would say 0, 100 or the goal's other side."""
    for decimals in (0, 1, 2):
        text = f"{100 * value:.{decimals}f}"
        shown = float(text) / 100
        misleading = (shown in (0.0, 1.0) and value != shown) or (goal and goal.met(shown) != goal.met(value))
        if not misleading:
            break
    return f"{text} %"


def interval(estimate: Estimate) -> str:
    """``[83, 94]``, in per cent."""
    return f"[{100 * estimate.low:.0f}, {100 * estimate.high:.0f}]"


def with_interval(estimate: Estimate | None, goal: Objective | None = None) -> str:
    """``89 % [83, 94]``, or a dash."""
    return f"{percent(estimate.value, goal)} {interval(estimate)}" if estimate else "–"


def threshold(objective: Objective) -> str:
    """``≥ 95 %``."""
    sign = "≥" if objective.bound is Bound.AT_LEAST else "≤"
    return f"{sign} {percent(objective.threshold)}"


def short(objective: Objective) -> str:
    """``Resists injection``: the name in the objective's id, where its statement is too long."""
    name = " ".join("AI" if word == "ai" else word for word in objective.id.rpartition(".")[2].split("_"))
    return name[:1].upper() + name[1:]


def points(estimate: Estimate) -> str:
    """``+22``: a difference of rates, in points."""
    return f"{100 * estimate.value:+.0f}"


def points_interval(estimate: Estimate) -> str:
    """``[+10, +33]``, in points."""
    return f"[{100 * estimate.low:+.0f}, {100 * estimate.high:+.0f}]"


def before_after(change: Change) -> str:
    """``40 → 62 %``."""
    return f"{percent(change.before).removesuffix(' %')} → {percent(change.after)}"


def p_value(p: float) -> str:
    """``0.012``, or ``<0.001``."""
    return f"{p:.3f}" if p >= 0.001 else "<0.001"


def better(change: Change, metric: Metric) -> bool | None:
    """Whether it is better after than before; None where the interval holds zero."""
    if change.difference.low <= 0.0 <= change.difference.high:
        return None
    return (change.difference.low > 0.0) is (metric is Metric.ADHERENCE)


def checks(found: Checks, what: str) -> str:
    """``330 answers, 12 blocked (3 that should be answered), 4 covered; 0.81 ms p50, 4.2 ms p99``.

    Where all rules only watched: ``330 answers watched, 12 would have been blocked …``; where some did,
    ``12 blocked, 20 with all rules in force``. Of few looks the slowest is told in place of the 99th
    percentile.
    """
    blocked, masked, would = found.blocked, found.masked, ""
    if found.only_watched:
        blocked, masked, would = found.would_block, found.would_mask, " would have been"
        what += " watched"
    wrongly = f" ({found.to_answer} that should be answered)" if found.to_answer else ""
    done = [f"{blocked}{would} blocked{wrongly}"]
    if found.would_block > blocked:
        done.append(f"{found.would_block} with all rules in force")
    done.append(f"{masked} covered")
    if found.flagged:
        done.append(f"{found.flagged} flagged")
    return f"{found.checked} {what}, {', '.join(done)}; {_times(found)}"


def _times(found: Checks) -> str:
    timed = found.timed or found.checked
    most = f"{milliseconds(found.p99_ms)} p99"
    if timed < ENOUGH_FOR_P99:
        most = f"{milliseconds(found.most_ms or found.p99_ms)} the slowest"
    over = "" if timed == found.checked else f" over the first look at each of {timed}"
    return f"{milliseconds(found.p50_ms)} p50, {most}{over}"


def decided(found: Checks) -> str:
    """``harmful_request.fraud 12, jailbreak 3 and 2 more kinds``: what was found where a guard did something,
    or would have; empty where it found nothing."""
    named = [f"{name} {n}" for name, n in list(found.found.items())[:MOST_KINDS]]
    rest = len(found.found) - len(named)
    return ", ".join(named) + (f" and {rest} more kind{'s' if rest > 1 else ''}" if rest else "")


def milliseconds(value: float) -> str:
    """``0.081 ms``, ``4.2 ms``, ``120 ms``: two digits, or all before the point."""
    if value >= 10:
        return f"{value:.0f} ms"
    decimals = 1 if value >= 1 else 2 if value >= 0.1 else 3
    return f"{value:.{decimals}f} ms"


DONE = {
    Action.FLAG: "flagged",
    Action.MASK: "covered",
    Action.REPLACE: "covered for the time being",
    Action.BLOCK: "blocked",
}


def look(check: GuardCheck) -> str:
    """``Going in: blocked, for harmful_request.fraud``; empty where the guard let it pass without a word."""
    action = check.action if check.action is not Action.ALLOW or check.shadow is None else check.shadow
    if action is Action.ALLOW:
        return ""
    would = "would have been " if action is not check.action else ""
    side = "Going in" if check.side is Side.INPUT else "Coming out"
    return f"{side}: {would}{DONE[action]}, for {', '.join(check.found)}"


def guard_checks(effect: GuardEffect) -> list[str]:
    """What the guard did going in and coming out, and what for, a sentence each."""
    sides = (("Going in", effect.inputs, "conversations"), ("Coming out", effect.outputs, "answers"))
    said = []
    for side, found, what in sides:
        if found is None:
            continue
        said.append(f"{side}: {checks(found, what)}")
        if why := decided(found):
            said.append(f"Found {side.lower()}: {why}")
    return said


ONLY_WATCHES = (
    "This policy only watches: it changed no answer, so nothing is gained or paid. "
    "Below is what it would have done; try it in force to see what that gains and costs."
)


def powered(score: ObjectiveScore) -> str:
    """``With 40 labels by people: 71 % [60, 82] (prediction-powered)``; empty where there are too few."""
    if score.powered is None:
        return ""
    figure = with_interval(score.powered, score.objective)
    return f"With {score.labelled} labels by people: {figure} (prediction-powered)"


def doubtful(score: ObjectiveScore) -> bool:
    """Whether a judge behind the figure is unvalidated on answers like these."""
    return any(note.validation in (Validation.UNVALIDATED, Validation.OTHER_MODEL) for note in score.judges)


def status(score: ObjectiveScore) -> str:
    """``met``, ``not met`` or ``untested``; ``met?`` where the interval reaches across the threshold."""
    doubt = "" if score.certain or score.status is Status.UNTESTED else "?"
    return STATUS_WORDS[score.status] + doubt


def judge_note(note: JudgeNote) -> str:
    """What is known of a judge, in one sentence."""
    who = f"{note.judge} ({note.language})"
    if note.validation is Validation.EXACT:
        return f"{who}: exact check"
    if note.validation is Validation.UNVALIDATED or note.sensitivity is None or note.specificity is None:
        return f"{who}: judge unvalidated here"
    figures = (
        f"sensitivity {with_interval(note.sensitivity)} (n={note.sensitivity.n}), "
        f"specificity {with_interval(note.specificity)} (n={note.specificity.n}) on {note.source}"
    )
    if note.validation is Validation.OTHER_MODEL:
        return f"{who}: judge unvalidated here; on other models {figures}"
    return f"{who}: {figures}"
