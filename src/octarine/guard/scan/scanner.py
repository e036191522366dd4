"""What there is to find in a text, as spans of the text as it came in: readings, rules, topics, heads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from octarine.core.results import Action, Span
from octarine.guard.policy.layer import Unscannable
from octarine.guard.scan.language import may_be
from octarine.guard.scan.topics import Profiles, Signature
from octarine.guard.scan.unicode_text import readable
from octarine.guard.scan.window_cache import Scores, WindowCache, count_windows

if TYPE_CHECKING:
    from octarine.guard.normalise.results import Normalised, View
    from octarine.guard.policy.policy import Policy
    from octarine.guard.rules import Match, Matcher, Rule

FAINT = 0.01
"""A window's score below this is no finding, unless it is the highest of its head: a verdict shows that
one."""
MALFORMED = 0.1
"""Bytes of which a larger share is no UTF-8 are no text."""
FEWEST = 12
"""Code points that a window of the model tier adds to the one before, at the least: 46 tokens of four for
each."""
NORMALISER = "normaliser"


@dataclass
class Reading:
    """A text on its way through the stages.

    Attributes:
        text: as it came in, decoded where it came as bytes.
        views: what rules look at; ``scored``: what the model tier looks at, see ``normalise.judged``.
        language: of the text, ISO 639-1; ``told``: whether it was, and not guessed.
        unscanned: kind (as policies name it) → why.
        seconds: stage → how long it took.
    """

    text: str
    views: Sequence[View]
    scored: Sequence[View]
    language: str = "en"
    told: bool = False
    spans: list[Span] = field(default_factory=list)
    unscanned: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def chains(self) -> tuple[tuple[str, ...], ...]:
        """The decodings that gave a readable text."""
        return tuple(view.chain for view in self.views if view.chain)


Asked = tuple[Reading, frozenset[str]]
"""A text and the heads that are asked about it."""


class Scanner:
    """The stages before a decision. Safe to use from several threads.

    Args:
        policy: says what to look for and how long a text may be.
        cache: the model tier behind its cache; None where nothing asks for it.
    """

    def __init__(self, policy: Policy, cache: WindowCache | None) -> None:
        from octarine.guard.rules import Matcher

        self.policy = policy
        self.cache = cache
        rules = policy_rules(policy)
        self._languages = {f"words.{words.id}": words.languages for words in policy.words if words.languages}
        self._matcher: Matcher | None = Matcher(rules) if rules else None
        self._topics = [
            (topic, Signature(topic.examples or (topic.description,), topic.counterexamples))
            for topic in policy.topics
        ]

    def read(self, text: str | bytes) -> Reading:
        """All readings of a text, and what the normaliser found odd. Beyond the policy's longest text
        nothing is looked at, and that is said."""
        from octarine.guard.normalise import judged_views, normalise

        started = time.perf_counter()
        most = self.policy.max_characters
        # A character has at most four bytes.
        long = len(text) > (most if isinstance(text, str) else 4 * most)
        found: Normalised = normalise(text[:most] if long else text, self.policy.budget)
        plain, views = found.views[0].text, tuple(found.views)
        long = long or len(plain) > most
        reading = Reading(plain, views, judged_views(found, self.policy.budget))
        reading.spans = [
            Span(odd.start, odd.end, f"corrupted.{odd.kind}", NORMALISER) for odd in found.oddities
        ]
        broken = sum(odd.end - odd.start for odd in found.oddities if odd.kind == "malformed")
        if isinstance(text, bytes) and broken > MALFORMED * max(1, len(plain)):
            reading.unscanned["malformed"] = "the bytes are no text in UTF-8"
        if long:
            reading.unscanned["long_text"] = f"longer than {most:,} characters"
        if found.exhausted:
            reading.unscanned["budget"] = f"decoding ended at its limit of {found.exhausted}"
        reading.seconds["normalise"] = time.perf_counter() - started
        return reading

    def find_rules(self, reading: Reading) -> None:
        """Add what rules, word lists and patterns find, in every reading; twice the same only once."""
        started = time.perf_counter()
        if self._matcher is not None:
            found: dict[tuple[str, int, int], Span] = {}
            for view in reading.views:
                for match in self._matcher.find(readable(view.text)):
                    if not self._spoken(match, reading, view):
                        continue
                    start, end = view.span(match.start, match.end)
                    span = Span(start, end, match.category, match.rule, match.score, view.chain)
                    found.setdefault((match.rule, start, end), span)
            reading.spans += found.values()
        reading.seconds["rules"] = time.perf_counter() - started

    def _spoken(self, match: Match, reading: Reading, view: View) -> bool:
        """Whether a word may be in a language of its list. Where nobody said which language the text is in,
        it is, unless what stands around it is surely in another."""
        languages = self._languages.get(match.rule)
        if not languages or (reading.told and reading.language in languages):
            return True
        return not reading.told and may_be(view.text, match.start, match.end, languages)

    def find_topics(self, reading: Reading, *, every: bool = False) -> None:
        """Add how near the text comes to each topic: where it comes nearest, or at every stretch of it."""
        if not self._topics:
            return
        started = time.perf_counter()
        profiles: Profiles = {}
        for topic, signature in self._topics:
            for view in reading.scored:
                stretches = signature.all_near(view.text, profiles)
                for near in stretches if every else (signature.nearest(view.text, profiles),):
                    start, end = view.span(near.start, near.end)
                    reading.spans.append(
                        Span(start, end, topic.category, f"topic.{topic.id}", near.score, view.chain)
                    )
        reading.seconds["topics"] = time.perf_counter() - started

    def find_inputs(self, asked: Sequence[Asked]) -> None:
        """Add what the input heads say; all windows in one batch."""
        if self.cache is not None:
            self._score(asked, self.cache.inputs)

    def find_outputs(self, asked: Sequence[Asked], prompt: str) -> None:
        """Add what the output heads say of answers to ``prompt``."""
        if self.cache is not None:
            cache, request = self.cache, readable(prompt)
            self._score(asked, lambda texts: cache.outputs([(request, text) for text in texts]))

    def _score(self, asked: Sequence[Asked], score: Callable[[Sequence[str]], list[Scores]]) -> None:
        started = time.perf_counter()
        for reading, heads in asked:
            if heads:
                # Before the bound: a script counts beyond it, too.
                self._note_unread(reading)
                self._bound(reading)
        places = [
            (reading, view, heads)
            for reading, heads in asked
            if heads
            for view in reading.scored
            if view.text.strip()
        ]
        scored = score([readable(view.text) for _, view, _ in places])
        for (reading, view, heads), windows in zip(places, scored, strict=True):
            reading.spans += _spans(view, windows, heads)
        seconds = (time.perf_counter() - started) / max(1, len(asked))
        for reading, _ in asked:
            reading.seconds["model"] = seconds

    def _note_unread(self, reading: Reading) -> None:
        assert self.cache is not None
        for view in reading.scored:
            if scripts := self.cache.tier.unread(readable(view.text)):
                why = f"the model tier does not read {', '.join(scripts)}"
                reading.unscanned.setdefault("script", why)

    def _bound(self, reading: Reading) -> None:
        """Leave no more to the model tier than the policy's windows. Where a text that is too long is blocked
        anyway, none of it is looked at."""
        most = self.policy.model_windows
        length = sum(len(view.text) for view in reading.scored)
        # Counting takes time: what cannot be too long is not counted.
        if self.cache is None or length <= most * FEWEST:
            return
        counts = count_windows(self.cache.tier, [readable(view.text) for view in reading.scored])
        if sum(counts) <= most:
            return
        reading.unscanned.setdefault("long_text", f"too long for the model tier: over {most:,} windows")
        blocked = self.policy.unscannable[Unscannable.LONG_TEXT] is Action.BLOCK
        left, kept = 0 if blocked else most, []
        for view, count in zip(reading.scored, counts, strict=True):
            # Windows overlap: as many as fit, and not one more.
            taken = len(view.text) if count <= left else len(view.text) * max(0, left - 1) // count
            if taken:
                kept.append(replace(view, text=view.text[:taken]))
            left = max(0, left - count)
        reading.scored = kept


def policy_rules(policy: Policy) -> list[Rule]:
    """The rules that a policy needs: those built in that it does something about, its word lists and
    patterns."""
    from octarine.guard.rules import builtin_rules, pattern, words

    rules = [rule for rule in builtin_rules() if _acts(policy, rule.category)]
    for listed in policy.words:
        made = words(listed.id, listed.terms, whole=listed.whole_word)
        rules += [replace(rule, category=listed.category) for rule in made]
    rules += [
        pattern(item.id, item.pattern, category=item.category, validator=item.validate)
        for item in policy.patterns
    ]
    return rules


def _acts(policy: Policy, category: str) -> bool:
    rule = policy.rule(category)
    return rule is not None and rule.action != "allow"


def _spans(view: View, windows: Scores, heads: frozenset[str]) -> Iterator[Span]:
    best: dict[str, int] = {}
    for index, window in enumerate(windows):
        for head, score in window.heads.items():
            if head in heads and (head not in best or score > windows[best[head]].heads[head]):
                best[head] = index
    for index, window in enumerate(windows):
        start, end = view.span(window.start, window.end)
        for head, score in window.heads.items():
            if head in heads and (score >= FAINT or best[head] == index):
                yield Span(start, end, _category(head, window.hazards), head, score, view.chain)


def _category(head: str, hazards: Mapping[str, float]) -> str:
    """A harmful request carries its likeliest hazard, so that a policy can tell them apart."""
    if head != "harmful_request" or not hazards:
        return head
    return f"{head}.{max(hazards, key=hazards.__getitem__)}"
