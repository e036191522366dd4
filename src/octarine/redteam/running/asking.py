"""What a finding puts to a model when it is put again."""

from __future__ import annotations

from octarine.core.content import Conversation
from octarine.core.results import Finding
from octarine.redteam.running.playing import DRIVER as OPEN_TURNS

ENVIRONMENTS = frozenset({"belief", "sandbox"})
"""Drivers that write no attack: they answer tool calls, or ask beforehand what the model believes. A sample
of theirs keeps its own conversation, and is asked of ``sandboxed:MODEL``."""


def asked(finding: Finding) -> Conversation:
    """What a finding puts to a model, as far as somebody else wrote it: of a driver that wrote turns all of
    them, up to the answer that counts; of one that fills open turns or gives the model a world to act in
    (``ENVIRONMENTS``) the sample's own conversation, since what came after is the model's."""
    exchange = finding.completion.exchange
    if exchange is None or driver_of(finding) in ENVIRONMENTS | {OPEN_TURNS}:
        return finding.sample.conversation
    return Conversation(exchange.turns, finding.sample.conversation.tools)


def driver_of(finding: Finding) -> str:
    """Who wrote the turns of a finding, without parameters; empty where one call was all."""
    exchange = finding.completion.exchange
    return exchange.driver.partition("(")[0] if exchange else ""
