"""What the model tier says of a text: its heads, in the order of every score array."""

from __future__ import annotations

from enum import StrEnum


class Head(StrEnum):
    """One question that the model tier answers with a probability."""

    HARMFUL_REQUEST = "harmful_request"
    """The text asks for help with something harmful."""
    HARMFUL_CONTENT = "harmful_content"
    """The text itself is hateful, harassing, sexual, violent or about harming oneself."""
    JAILBREAK = "jailbreak"
    """It tries to talk a model out of its rules."""
    PROMPT_INJECTION = "prompt_injection"
    """A user's text overrides or asks out the instructions of the application."""
    INDIRECT_INJECTION = "indirect_injection"
    """A document or a tool's result gives the model orders."""
    HATE = "harmful_content.hate"
    HARASSMENT = "harmful_content.harassment"
    SEXUAL = "harmful_content.sexual"
    VIOLENCE = "harmful_content.violence"
    SELF_HARM = "harmful_content.self_harm"
    HARMFUL_RESPONSE = "harmful_response"
    """The answer goes along with a harmful request, or is harmful itself. Given the request."""
    REFUSAL = "refusal"
    """The answer declines. Given the request."""


HEADS = tuple(Head)
INPUT_HEADS = HEADS[:10]
OUTPUT_HEADS = HEADS[10:]

HAZARDS = (
    "violence",
    "weapons",
    "fraud",
    "drugs",
    "cyber",
    "hate",
    "self_harm",
    "sexual_crime",
    "disinformation",
    "defamation",
    "dangerous_advice",
    "intellectual_property",
    "surveillance",
)
"""Which harm a harmful request is about: risks of ``core.risks``, in the order of the hazard logits."""
