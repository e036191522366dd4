"""Pieces of a conversation through the stages, all at once, and a decision on each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from octarine.core.results import Verdict
from octarine.guard.conversations.cover import Cover
from octarine.guard.conversations.looks import Look, joints, look_at
from octarine.guard.conversations.positions import OUTPUT, Place
from octarine.guard.grounding.findings import find_ungrounded
from octarine.guard.policy.decision import Unscanned, decide
from octarine.guard.policy.layer import Unscannable
from octarine.guard.scan.language import guess_language
from octarine.guard.scan.scanner import Reading

if TYPE_CHECKING:
    from octarine.guard.grounding.evidence import Evidence
    from octarine.guard.guard import Guard


def judge_pieces(
    guard: Guard,
    pieces: Sequence[Place],
    cover: Cover,
    *,
    prompt: str,
    language: str,
    message_language: str,
    evidence: Evidence | None,
) -> list[Verdict]:
    """A verdict on each piece, whole; see ``Guard.check_pieces``.

    Args:
        evidence: of the documents that the answers among them are to rest on.
    """
    looks = [look_at(guard.scanner, piece) for piece in pieces]
    meetings = list(joints(guard.scanner, looks))
    readings = [
        (look.piece, reading) for look in looks if look.piece.text is not None for reading in look.read
    ]
    readings += [(meeting.piece, meeting.reading) for meeting in meetings]
    _scan(guard, readings, prompt, language, evidence)
    for look in looks:
        look.gather()
    for meeting in meetings:
        meeting.gather()
    if guard.replaces:
        # All before any is covered: what stands in a later one must not be given out in an earlier one.
        for _, reading in readings:
            cover.notice(reading.text)
    return [_decide(guard, look, cover, message_language) for look in looks]


def _scan(
    guard: Guard,
    readings: Sequence[tuple[Place, Reading]],
    prompt: str,
    language: str,
    evidence: Evidence | None,
) -> None:
    scanner = guard.scanner
    for piece, reading in readings:
        reading.language, reading.told = language or guess_language(reading.text), bool(language)
        scanner.find_rules(reading)
        scanner.find_topics(reading)
        if evidence is not None and piece.position == OUTPUT:
            find_ungrounded(reading, evidence)
    asked = [(piece, (reading, guard.asked(piece))) for piece, reading in readings]
    scanner.find_inputs([one for piece, one in asked if piece.position != OUTPUT])
    scanner.find_outputs([one for piece, one in asked if piece.position == OUTPUT], prompt)


def _decide(guard: Guard, look: Look, cover: Cover, message_language: str) -> Verdict:
    started = time.perf_counter()
    reading = look.reading
    seconds = dict(reading.seconds)
    verdict = decide(
        guard.policy,
        reading.spans,
        text=reading.text,
        position=look.piece.position,
        thresholds=guard.thresholds,
        language=look.language,
        message_language=message_language,
        cover=cover,
        unscanned=[Unscanned(Unscannable(kind), why) for kind, why in reading.unscanned.items()],
        decoded=look.chains,
        timings=seconds,
        form=look.form,
        restored=not look.piece.leaving,
        also=look.piece.also,
    )
    seconds["decide"] = time.perf_counter() - started
    seconds["total"] = sum(seconds.values())
    return verdict
