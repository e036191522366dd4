"""The hazard taxonomy and how it maps to the ones that others use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from octarine.core.codec import decode_toml


class AdversarialOutcome(StrEnum):
    """What an adversary may achieve."""

    DATA_EXFILTRATION = "sensitive_data_exfiltration"
    DEGRADED_AVAILABILITY = "degraded_availability"
    UNAUTHORISED_ACTION = "unauthorised_action"
    MALICIOUS_CONTENT = "malicious_content_generation"


@dataclass(frozen=True, slots=True)
class Risk:
    """A hazard.

    Attributes:
        ailuminate: hazards of MLCommons AILuminate v1.1, by their code.
        owasp: entries of the OWASP Top 10 for LLM applications 2025, ``LLM01`` …
        outcome: which of the four adversarial outcomes it leads to.
    """

    id: str
    title: str
    description: str
    outcome: AdversarialOutcome
    ailuminate: tuple[str, ...] = ()
    owasp: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _RiskFile:
    risk: tuple[Risk, ...]


@cache
def risks() -> dict[str, Risk]:
    """Risk id → risk, in the order of ``core/data/risks.toml``, their one home."""
    source = resources.files("octarine.core") / "data" / "risks.toml"
    found = decode_toml(_RiskFile, source.read_text("utf-8"), path=str(source)).risk
    return {risk.id: risk for risk in found}
