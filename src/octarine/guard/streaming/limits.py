"""Rules that may need more of a text than a stream holds back: refused where a policy brings them, listed
where they come with the package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from octarine.core.results import Action
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.rules.reach import reach, recognised
from octarine.guard.streaming.blocks import HOLD_BACK

if TYPE_CHECKING:
    from octarine.guard.policy.policy import Policy

_CHANGES = (Action.MASK, Action.REPLACE, Action.BLOCK)


@dataclass(frozen=True, slots=True)
class LongRule:
    """A rule whose match may begin to go out before it is recognised.

    ``reach``: code points that it may need, None where there is no bound. From where it is recognised on, it
    is covered or blocked.
    """

    rule: str
    reach: int | None


def long_rules(policy: Policy) -> tuple[LongRule, ...]:
    """The rules and topics that the policy covers or blocks in answers, and that may need more than
    ``HOLD_BACK`` code points from where they begin."""
    from octarine.guard.rules.patterns import UNBOUNDED
    from octarine.guard.scan.scanner import policy_rules
    from octarine.guard.scan.topics import LEAST

    found = [(rule.id, reach(rule)) for rule in policy_rules(policy) if _changes(policy, rule.category)]
    for topic in policy.topics:
        if _changes(policy, topic.category):
            # The last stretch of a text is half as long again.
            longest = max(LEAST, *map(len, topic.examples or (topic.description,)))
            found.append((f"topic.{topic.id}", longest + longest // 2))
    return tuple(
        LongRule(name, None if needed >= UNBOUNDED else needed)
        for name, needed in found
        if needed > HOLD_BACK
    )


def check_patterns(policy: Policy) -> None:
    """Every pattern of the policy's own that changes answers is recognised within what a stream holds back.

    Raises:
        DataError: one is not; file and line are named.
    """
    for item in policy.patterns:
        if not _changes(policy, item.category) or (needed := recognised(item.pattern)) <= HOLD_BACK:
            continue
        from octarine.guard.rules.patterns import UNBOUNDED

        much = "any number of" if needed >= UNBOUNDED else f"{needed:,}"
        raise policy.mark("patterns", item.id).error(
            f"patterns: '{item.id}' may need {much} characters before it is recognised, and a streamed "
            f"answer is held back by {HOLD_BACK}",
            "Bound its repetitions, as in {1,200} for +; or leave output out of its category's positions.",
        )


def _changes(policy: Policy, category: str) -> bool:
    rule = policy.rule(category)
    return rule is not None and OUTPUT in rule.positions and rule.action in _CHANGES and not rule.shadow
