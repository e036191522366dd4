"""From a strength to a threshold on the probability: what the classifier's card says of its heads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.guard.policy.layer import Strength

if TYPE_CHECKING:
    from octarine.guard.policy.policy import Policy

ByStrength = Mapping[str, Mapping[str, float]]
"""Head or category → strength → threshold, 0 to 1."""

MODEL_FAMILIES = frozenset(
    {"harmful_request", "harmful_content", "jailbreak", "prompt_injection", "indirect_injection",
     "harmful_response", "refusal"}
)  # fmt: skip
RULES = {"low": 0.9, "medium": 0.5, "high": 0.2}
"""For categories of the rule tier, whose scores say how sure a match is."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds of the strengths.

    Attributes:
        heads: for every language; the longest beginning of a category counts.
        languages: language → thresholds that stand in place of ``heads`` there.

    Raises:
        InputError: a threshold outside 0 to 1, or a higher strength with a higher threshold.
    """

    heads: ByStrength
    languages: Mapping[str, ByStrength] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for language, table in (("", self.heads), *self.languages.items()):
            for head, values in table.items():
                _look_at(f"{language} {head}".strip(), values)

    def at(self, category: str, strength: Strength, language: str = "") -> float:
        """The probability from which ``category`` acts at ``strength``; above 1 for ``none``.

        Raises:
            InputError: neither the card nor the rule tier knows the category.
        """
        if strength is Strength.NONE:
            return 2.0
        special = self.languages.get(language)
        name = category
        while name:
            for table in (special, self.heads) if special else (self.heads,):
                value = table.get(name)
                if value is not None and strength in value:
                    return value[strength]
            name, _, _ = name.rpartition(".")
        if category.partition(".")[0] in MODEL_FAMILIES:
            raise InputError(
                f"the classifier's card has no threshold for '{category}' at strength '{strength}'",
                hint=f"Give a number in the policy:  {category}: {{threshold: 0.5}}",
            )
        return RULES[strength]


def check_thresholds(policy: Policy, thresholds: Thresholds) -> None:
    """Every strength of the policy has a threshold, so that no text is the first to find out.

    Raises:
        DataError: where the policy names a strength that the card does not know.
    """
    for name, rule in policy.rules.items():
        if not isinstance(rule.sensitivity, Strength):
            continue
        try:
            thresholds.at(name, rule.sensitivity)
        except InputError as error:
            raise policy.mark("categories", name, "strength").error(error.message, error.hint) from None


def _look_at(head: str, values: Mapping[str, float]) -> None:
    for strength, value in values.items():
        if strength not in RULES:
            raise InputError(
                f"thresholds of {head}: '{strength}' is no strength", hint=f"Known: {', '.join(RULES)}"
            )
        if not 0.0 <= value <= 1.0:
            raise InputError(f"thresholds of {head}: {strength} must lie in [0, 1], not {value}")
    ordered = [values[strength] for strength in RULES if strength in values]
    if ordered != sorted(ordered, reverse=True):
        raise InputError(
            f"thresholds of {head}: a higher strength must not have a higher threshold: {dict(values)}"
        )
