"""The verdict on an answer, defined as a fold over causal windows.

What a stream has seen decides, and the same windows decide about an answer that is there as a whole. It is
cut into blocks (``blocks``). A block is judged once ``HOLD_BACK`` code points and one more lie behind it, or
the answer has ended: the block that then reaches into them is the last. Its window goes back ``NEAR`` code
points, and up to ``FAR`` where those begin within something encoded. Findings that touch the block decide
about it. A mask that begins in it is taken whole, and the next block goes on behind it; where a block is
blocked, nothing of it or behind it goes out.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from octarine.core.results import Action, Span, Verdict
from octarine.guard.conversations.cover import Cover
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.grounding.findings import find_ungrounded
from octarine.guard.scan.language import guess_language
from octarine.guard.streaming.blocks import HOLD_BACK, LONGEST, SHORTEST, next_cut
from octarine.guard.streaming.pieces import encoded_before, parts
from octarine.guard.streaming.received import Received

if TYPE_CHECKING:
    from octarine.guard.grounding.evidence import Evidence
    from octarine.guard.guard import Guard
    from octarine.guard.policy import decision
    from octarine.guard.scan.scanner import Reading

NEAR, FAR = 1_000, 16_000
"""Code points before a block that are looked at again with it: always, and where they begin within a token or
something encoded."""
AHEAD = 192
"""Code points behind a block that the model tier sees with it: its windows are shorter than that."""
_COVERED = (Action.MASK, Action.REPLACE)


class Block(NamedTuple):
    """``[start, end)`` is judged by what stands before ``seen``. ``last``: the answer has ended."""

    start: int
    end: int
    seen: int
    last: bool

    @property
    def whole(self) -> bool:
        """Whether it is all of the answer."""
        return self.last and not self.start


class Fold:
    """The state between two blocks. Not safe to share between threads.

    Args:
        prompt: what the answer was given to.
        language: of the answer, ISO 639-1; guessed from the first window where it is empty.
        message_language: of the user, where it is not that of the answer.
        cover: of the conversation.
        evidence: of the documents that the answer is to rest on.
    """

    def __init__(
        self,
        guard: Guard,
        prompt: str = "",
        *,
        language: str = "",
        message_language: str = "",
        cover: Cover | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        self.blocked: Verdict | None = None
        self._guard = guard
        self._prompt = prompt
        self._language, self._told = language, bool(language)
        self._message_language = message_language
        self._cover = cover or Cover()
        self._evidence = evidence
        self._received = Received()
        self._start = 0
        self._cut: int | None = None
        self._cuts: deque[int] = deque([0])
        self._cursor = 0
        self._masked = (0, 0)
        self._ended = False
        self._verdict: Verdict | None = None
        self._findings: dict[Span, None] = {}
        self._unscanned: dict[str, str] = {}
        self._decoded: dict[tuple[str, ...], None] = {}
        self._seconds: dict[str, float] = {}
        self._released: list[str] = []
        self._placeholders: dict[str, str] = {}

    def feed(self, chunk: str | bytes) -> str:
        """What may go out now that ``chunk`` is there; masks and placeholders are in it."""
        if self.blocked is not None or self._ended:
            return ""
        self._received.add(chunk)
        return self._advance()

    def finish(self) -> str:
        """The rest that may go out. Nothing is taken any more."""
        if self.blocked is None and not self._ended:
            self._received.close()
            self._ended = True
            return self._advance()
        return ""

    @property
    def verdict(self) -> Verdict:
        """On all that was judged; its text is what went out, empty where it is blocked."""
        assert self._verdict is not None
        return self._verdict

    @property
    def held(self) -> int:
        """Code points that came in and about which nothing is decided yet."""
        return max(0, self._received.length - self._cursor)

    def waits(self, chunk: str | bytes) -> bool:
        """Whether feeding ``chunk`` could only keep it: no block is judged by it."""
        return self._received.length + len(chunk) < self._due

    @property
    def _due(self) -> int:
        """Code points that must be there before a block can be judged."""
        return (self._start + SHORTEST if self._cut is None else self._cut) + HOLD_BACK + 1

    def _advance(self) -> str:
        before = len(self._released)
        while self.blocked is None and (block := self._next()) is not None:
            self._judge(block)
            self._start, self._cut = block.end, None
            if block.last:
                break
            self._cuts.append(block.end)
            while self._cuts[0] < block.end - FAR:
                self._cuts.popleft()
            self._received.forget(self._cuts[0])
        return "".join(self._released[before:])

    def _next(self) -> Block | None:
        received = self._received
        if received.length >= self._due and self._cut is None:
            self._cut = next_cut(received.text, self._start - received.base) + received.base
        if self._cut is not None and received.length >= self._due:
            return Block(self._start, self._cut, self._cut + HOLD_BACK, last=False)
        if self._ended:
            return Block(self._start, received.length, received.length, last=True)
        return None

    def _judge(self, block: Block) -> None:
        if self._cursor >= block.end and not block.last:
            return
        at, reading = self._read(block)
        self._language = reading.language = self._language or guess_language(reading.text)
        reading.told = self._told
        self._find(reading, block, at)
        findings = [
            replace(span, start=span.start + at, end=span.end + at) if at else span for span in reading.spans
        ]
        self._pass_over(findings, block)
        self._decide([span for span in findings if self._counts(span, block)], block, reading)

    def _read(self, block: Block) -> tuple[int, Reading]:
        """Where the window begins, and all readings of it."""
        scanner = self._guard.scanner
        at = self._back(block.start, NEAR)
        reading = scanner.read(self._received.window(at, block.seen))
        far = self._back(block.start, FAR)
        if far < at and encoded_before(reading.text):
            near, at = reading, far
            reading = scanner.read(self._received.window(far, block.seen))
            reading.seconds["normalise"] += near.seconds["normalise"]
        return at, reading

    def _back(self, start: int, reach: int) -> int:
        """The cut from which ``start`` is looked at again: not within a mask that goes on there."""
        wanted = start - reach
        if self._masked[1] == self._cursor:
            wanted = min(wanted, self._masked[0])
        return max((cut for cut in self._cuts if cut <= wanted), default=self._cuts[0])

    def _find(self, reading: Reading, block: Block, at: int) -> None:
        scanner, heads = self._guard.scanner, self._guard.heads(OUTPUT)
        scanner.find_rules(reading)
        if self._evidence is not None:
            find_ungrounded(reading, self._evidence)
        if block.whole:
            scanner.find_topics(reading)
        else:
            views = reading.scored
            reading.scored = tuple(parts(views, block.start - at, block.seen - at))
            scanner.find_topics(reading, every=True)
            ahead = min(block.seen, block.end + AHEAD)
            reading.scored = tuple(parts(views, block.start - at, ahead - at))
            if block.end > self._guard.policy.max_characters:
                most = f"longer than {self._guard.policy.max_characters:,} characters"
                reading.unscanned.setdefault("long_text", most)
        scanner.find_outputs([(reading, heads)], self._prompt)

    def _pass_over(self, findings: Sequence[Span], block: Block) -> None:
        """Take what a mask that has already gone out turns out to reach over, now that more is there."""
        if self._masked[1] != self._cursor or self._cursor == 0:
            return
        for span in findings:
            if self._masked[0] <= span.start < self._cursor < span.end and self._action(span) is Action.MASK:
                self._cursor = max(self._cursor, span.end)
        self._masked = (self._masked[0], self._cursor)

    def _counts(self, span: Span, block: Block) -> bool:
        """Whether a finding is for this block: it touches what is not out yet and begins before the next."""
        touches = span.start >= self._cursor or span.end > self._cursor
        return touches and (span.start < block.end or block.last)

    def _action(self, span: Span) -> Action:
        """What is done with a finding that fired."""
        rule = self._guard.policy.rule(span.category)
        return Action.ALLOW if rule is None or rule.shadow else rule.action

    def _decide(self, findings: Sequence[Span], block: Block, reading: Reading) -> None:
        started = time.perf_counter()
        if self._guard.replaces:
            self._cover.notice(reading.text)
        text = self._received.slice(self._cursor, block.seen)
        here = self._cursor
        shifted = [
            replace(span, start=max(0, span.start - here), end=max(0, span.end - here)) if here else span
            for span in findings
        ]
        verdict = self._verdict_on(text, shifted, reading.unscanned, reading.chains)
        self._findings.update(dict.fromkeys(findings))
        self._note(reading, time.perf_counter() - started)
        if verdict.allowed:
            self._release(verdict, block, text)
        whole = verdict if block.whole else None
        if block.last or not verdict.allowed:
            self._verdict = replace(whole or self._summed_up(), timings=self._timings())
            self.blocked = None if verdict.allowed else self._verdict

    def _release(self, verdict: Verdict, block: Block, text: str) -> None:
        here, end = self._cursor, max(self._cursor, block.end)
        if verdict.action in _COVERED:
            covered = [span for span in verdict.spans if self._action(span) in _COVERED]
            last = max(covered, key=lambda span: span.end, default=None)
            if last is not None and last.end + here >= end:
                end = last.end + here
                masked = self._action(last) is Action.MASK
                self._masked = (last.start + here, end) if masked else self._masked
            self._placeholders.update(verdict.placeholders)
        rest = len(text) - (end - here)
        self._released.append(verdict.text[: len(verdict.text) - rest])
        self._cursor = end

    def _note(self, reading: Reading, seconds: float) -> None:
        for kind, why in reading.unscanned.items():
            self._unscanned.setdefault(kind, why)
        self._decoded.update(dict.fromkeys(reading.chains))
        for stage, spent in (*reading.seconds.items(), ("decide", seconds)):
            self._seconds[stage] = self._seconds.get(stage, 0.0) + spent

    def _timings(self) -> dict[str, float]:
        return {**self._seconds, "total": sum(self._seconds.values())}

    def _summed_up(self) -> Verdict:
        """The verdict on everything that was found, with the text that the blocks left."""
        blank = " " * self._received.length  # Only its length matters: the blocks have been covered.
        verdict = self._verdict_on(
            blank, list(self._findings), self._unscanned, list(self._decoded), cover=_Nothing()
        )
        if not verdict.allowed:
            return verdict
        return replace(verdict, text="".join(self._released), placeholders=self._placeholders)

    def _verdict_on(
        self,
        text: str,
        findings: Sequence[Span],
        unscanned: dict[str, str],
        decoded: Sequence[tuple[str, ...]],
        cover: decision.Cover | None = None,
    ) -> Verdict:
        from octarine.guard.policy.decision import Unscanned, decide
        from octarine.guard.policy.layer import Unscannable

        return decide(
            self._guard.policy,
            findings,
            text=text,
            position=OUTPUT,
            thresholds=self._guard.thresholds,
            language=self._language,
            message_language=self._message_language,
            cover=cover or self._cover,
            unscanned=[Unscanned(Unscannable(kind), why) for kind, why in unscanned.items()],
            decoded=decoded,
        )


class _Nothing:
    """A cover that leaves nothing, and gives out no placeholder."""

    def mask(self, found: str, category: str) -> str:
        return ""

    def replace(self, found: str, category: str) -> str:
        return ""


class Judged(NamedTuple):
    """The verdict on an answer, and what of it goes out: more than ``verdict.text`` where it is blocked."""

    verdict: Verdict
    released: str


def may_be_cut(text: str | bytes | None) -> bool:
    """Whether an answer may have more than one block."""
    return text is not None and len(text) > SHORTEST + HOLD_BACK


def judge_answer(
    guard: Guard,
    text: str | bytes,
    prompt: str = "",
    *,
    language: str = "",
    message_language: str = "",
    cover: Cover | None = None,
    evidence: Evidence | None = None,
) -> Judged:
    """The fold over an answer that is there as a whole; see ``Fold`` for the arguments."""
    fold = Fold(
        guard,
        prompt,
        language=language,
        message_language=message_language,
        cover=cover,
        evidence=evidence,
    )
    released = fold.feed(text) + fold.finish()
    return Judged(fold.verdict, released)


assert HOLD_BACK > LONGEST + 1  # Where a block ends is then known when it can first be judged.
