"""Policies, findings and a cover for the tests of policies."""

from __future__ import annotations

from octarine.core.results import Span
from octarine.guard.policy import Policy, Thresholds, policy_from_text

HEAD = "name: mine\nversion: 1.0.0\n"

THRESHOLDS = Thresholds(
    heads={
        name: {"low": 0.9, "medium": 0.7, "high": 0.4}
        for name in (
            "harmful_request",
            "harmful_content",
            "jailbreak",
            "prompt_injection",
            "indirect_injection",
            "harmful_response",
            "refusal",
        )
    },
    languages={"de": {"harmful_request": {"low": 0.8, "medium": 0.6, "high": 0.3}}},
)


def policy(body: str) -> Policy:
    """A policy with a name and a version, and ``body`` below."""
    return policy_from_text(HEAD + body, "mine.yaml")


def span(category: str, start: int = 0, end: int = 4, score: float = 1.0, **others: object) -> Span:
    """A finding by a rule called like its category."""
    return Span(start, end, category, f"rule:{category}", score, **others)  # type: ignore[arg-type]


class Brackets:
    """``[email]`` for good, ``<email 1>`` to be put back."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], str] = {}

    def mask(self, found: str, category: str) -> str:
        return f"[{category.rpartition('.')[2]}]"

    def replace(self, found: str, category: str) -> str:
        kind = category.rpartition(".")[2]
        return self.known.setdefault((category, found), f"<{kind} {len(self.known) + 1}>")
