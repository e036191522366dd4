"""What is done about a text, given what was found in it. Pure: no clock, no model, no chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from octarine.core.errors import InputError
from octarine.core.results import Action, Span, Verdict
from octarine.guard.conversations.structure import Plain
from octarine.guard.policy.file.reading import UNSCANNED
from octarine.guard.policy.layer import Position, Strength, Unscannable
from octarine.guard.policy.messages import message
from octarine.guard.policy.policy import Policy
from octarine.guard.policy.thresholds import Thresholds

SEVERITY = {action: action.severity for action in Action}
_COVERED = (Action.MASK, Action.REPLACE)


class Cover(Protocol):
    """How what was found is covered. One cover serves one conversation, so that equal things look equal."""

    def mask(self, found: str, category: str) -> str:
        """What stands in place of ``found`` for good."""

    def replace(self, found: str, category: str) -> str:
        """A placeholder for ``found``: another one for every other text."""


class Form(Protocol):
    """How a text is written that must keep its form where something in it is covered."""

    def covered(
        self,
        stretches: Sequence[tuple[int, int, str, str]],
        instead: Callable[[str, tuple[int, int, str, str]], str],
    ) -> str:
        """The text with something else in place of ``stretches``: ``(start, end, category, action)``, in
        order. ``instead`` is asked with what reads there; see ``conversations.structure``."""


@dataclass(frozen=True, slots=True)
class Unscanned:
    """Something that could not be looked at, and why."""

    kind: Unscannable
    why: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.why}" if self.why else str(self.kind)


class _Fired(NamedTuple):
    """A rule that asks for something."""

    action: Action
    category: str
    rule: str
    score: float
    shadow: bool
    span: Span | None


def _hardest_first(one: _Fired) -> tuple[bool, int, float, str, str, int, int]:
    start, end = (one.span.start, one.span.end) if one.span is not None else (0, 0)
    return one.shadow, -SEVERITY[one.action], -one.score, one.category, one.rule, start, end


def decide(
    policy: Policy,
    findings: Iterable[Span],
    *,
    text: str,
    position: Position | str,
    thresholds: Thresholds,
    language: str = "en",
    message_language: str = "",
    cover: Cover | None = None,
    unscanned: Sequence[Unscanned] = (),
    decoded: Sequence[tuple[str, ...]] = (),
    timings: Mapping[str, float] | None = None,
    form: Form | None = None,
    restored: bool = True,
    also: Position | str = "",
) -> Verdict:
    """The verdict that ``policy`` asks for.

    A finding fires where the policy names its category or a beginning of it, looks there, and its score
    reaches the threshold (a score that is no number fires). The hardest action of those that fired counts.
    What is in shadow changes nothing and is said in ``Verdict.shadow``: what would have been done with all
    rules in force; None where nothing was in shadow. ``Verdict.rules`` names the rules in force, the hardest
    first, then those in shadow.

    Args:
        policy: what to do about what.
        findings: spans of ``text``, by rules and heads; a head's covers the window that it scored.
        text: the text as it came in.
        position: where it stands.
        thresholds: what the strengths mean.
        language: of the text; some thresholds differ by language.
        message_language: of the user; that of the text where empty.
        cover: masks and placeholders; only needed where the policy asks for them.
        unscanned: what could not be looked at. Blocked unless the policy says otherwise.
        decoded: chains of decodings that gave a readable text, beside those of the findings.
        timings: stage → seconds, handed on.
        form: how the text is written, where it is no plain text.
        restored: whether someone puts back what placeholders stand for. Where no one does, what is to be
            replaced is flagged and stays readable.
        also: another position of the text: what the policy asks for at either counts.

    Raises:
        InputError: something is to be covered and there is no ``cover``; a strength without a threshold.
        ValueError: a span lies outside the text, or the position is unknown.
    """
    here = frozenset(Position(one) for one in (position, also) if one)
    if policy.positions.isdisjoint(here):
        return Verdict(Action.ALLOW, policy=policy.id, text=text, timings=timings or {})
    found = list(findings)
    fired = [
        one for span in found if (one := _firing(policy, span, text, here, thresholds, language)) is not None
    ]
    if not restored:
        fired = [one._replace(action=Action.FLAG) if one.action is Action.REPLACE else one for one in fired]
    fired += [one for item in unscanned if (one := _unlooked(policy, item)) is not None]
    fired.sort(key=_hardest_first)
    in_force = [one for one in fired if not one.shadow]
    action = in_force[0].action if in_force else Action.ALLOW
    passed, placeholders = _passed(form or Plain(text), text, in_force, action, cover)
    blocked = [one.category for one in in_force if one.action is Action.BLOCK]
    return Verdict(
        action=action,
        categories=_scores(found),
        spans=tuple(one.span for one in fired if one.span is not None),
        decoded=tuple(dict.fromkeys((*decoded, *(span.decoded for span in found if span.decoded)))),
        rules=tuple(dict.fromkeys(one.rule for one in fired)),
        policy=policy.id,
        text=passed,
        message=message(policy, message_language or language, blocked) if blocked else "",
        shadow=_shadow(policy, fired),
        unscanned=tuple(str(item) for item in unscanned),
        timings=timings or {},
        placeholders=placeholders,
    )


def _firing(
    policy: Policy,
    span: Span,
    text: str,
    positions: frozenset[Position],
    thresholds: Thresholds,
    language: str,
) -> _Fired | None:
    if not 0 <= span.start <= span.end <= len(text):
        raise ValueError(
            f"a finding at [{span.start}, {span.end}) lies outside a text of {len(text)} characters"
        )
    rule = policy.rule(span.category)
    if rule is None or rule.action is Action.ALLOW or rule.positions.isdisjoint(positions):
        return None
    asked = rule.sensitivity
    threshold = thresholds.at(span.category, asked, language) if isinstance(asked, Strength) else asked
    if asked is Strength.NONE or span.score < threshold:
        return None
    return _Fired(rule.action, span.category, span.rule, _probability(span), rule.shadow, span)


def _unlooked(policy: Policy, item: Unscanned) -> _Fired | None:
    action = policy.unscannable[item.kind]
    if action is Action.ALLOW:
        return None
    name = f"{UNSCANNED}.{item.kind}"
    return _Fired(action, name, name, 1.0, policy.shadow, None)


def _shadow(policy: Policy, fired: Sequence[_Fired]) -> Action | None:
    if not policy.shadow and not any(one.shadow for one in fired):
        return None
    return max((one.action for one in fired), key=SEVERITY.__getitem__, default=Action.ALLOW)


def _scores(found: Iterable[Span]) -> dict[str, float]:
    scores: dict[str, float] = {}
    for span in found:
        scores[span.category] = max(_probability(span), scores.get(span.category, 0.0))
    return scores


def _probability(span: Span) -> float:
    """The score; what is no number counts as sure, so that a broken head lets nothing through."""
    return 1.0 if math.isnan(span.score) else span.score


def _passed(
    form: Form, text: str, in_force: Sequence[_Fired], action: Action, cover: Cover | None
) -> tuple[str, Mapping[str, str]]:
    """The text that may pass on, and what its placeholders stand for."""
    if action is Action.BLOCK:
        return "", {}
    if action not in _COVERED:
        return text, {}
    if cover is None:
        raise InputError(f"the policy asks to {action}, and nothing to cover with was passed in")
    placeholders: dict[str, str] = {}

    def instead(found: str, stretch: tuple[int, int, str, str]) -> str:
        _, _, category, how = stretch
        if how == Action.MASK:
            return cover.mask(found, category)
        placeholder = cover.replace(found, category)
        placeholders[placeholder] = found
        return placeholder

    return form.covered(_merged(in_force), instead), placeholders


def _merged(in_force: Sequence[_Fired]) -> list[tuple[int, int, str, Action]]:
    """What to cover, without overlaps. Where two overlap all of it is covered, and masked if one of them is
    to be: what must go for good is not put back. The longer one gives the category."""
    spans = sorted(
        (one.span.start, -one.span.end, one.category, one.action)
        for one in in_force
        if one.span is not None and one.action in _COVERED and one.span.start < one.span.end
    )
    merged: list[tuple[int, int, str, Action]] = []
    longest = 0
    for start, negative_end, category, action in spans:
        end = -negative_end
        if not merged or start >= merged[-1][1]:
            merged.append((start, end, category, action))
            longest = end - start
            continue
        first, last, name, how = merged[-1]
        if end - start > longest:
            name, longest = category, end - start
        masked = Action.MASK in (how, action)
        merged[-1] = (first, max(last, end), name, Action.MASK if masked else Action.REPLACE)
    return merged
