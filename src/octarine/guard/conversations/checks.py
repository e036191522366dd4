"""What the verdicts of one look come to, for the record."""

from __future__ import annotations

from collections.abc import Sequence

from octarine.core.results import Action, GuardCheck, Side, Verdict
from octarine.guard.policy.file.reading import UNSCANNED


def check_of(side: Side, verdicts: Sequence[Verdict], ms: float) -> GuardCheck:
    """The check of a look that gave these verdicts, one for each piece of a conversation or an answer."""
    watched = any(verdict.shadow is not None for verdict in verdicts)
    would = [_would(verdict) for verdict in verdicts]
    in_order = sorted(verdicts, key=lambda verdict: -_would(verdict).severity)
    return GuardCheck(
        side=side,
        action=max((verdict.action for verdict in verdicts), key=_severity, default=Action.ALLOW),
        ms=round(ms, 4),
        shadow=max(would, key=_severity) if watched else None,
        found=tuple(dict.fromkeys(name for verdict in in_order for name in _fired(verdict))),
    )


def _would(verdict: Verdict) -> Action:
    """What is done with all rules in force."""
    return verdict.action if verdict.shadow is None else verdict.shadow


def _fired(verdict: Verdict) -> list[str]:
    """Categories, and ``unscannable.KIND`` for what could not be looked at; those that decided first."""
    unlooked = [rule for rule in verdict.rules if rule.startswith(f"{UNSCANNED}.")]
    categories = [span.category for span in verdict.spans]
    first = bool(unlooked) and verdict.rules[0] == unlooked[0]
    return [*unlooked, *categories] if first else [*categories, *unlooked]


def _severity(action: Action) -> int:
    return action.severity
