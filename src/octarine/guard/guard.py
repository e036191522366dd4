"""``Guard``: a text in, a verdict out.

Normalise → rules on every reading → heads on windows → the policy decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from octarine.guard.conversations.positions import HEADS, OUTPUT, Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from octarine.core.content import Conversation
    from octarine.core.results import Verdict
    from octarine.guard.conversations.cover import Cover
    from octarine.guard.conversations.screening import Checked, Screened
    from octarine.guard.grounding import Grounding
    from octarine.guard.grounding.evidence import Evidence
    from octarine.guard.policy.policy import Policy
    from octarine.guard.policy.thresholds import Thresholds
    from octarine.guard.scan.scanner import Scanner
    from octarine.guard.scan.window_cache import Tier, WindowCache

    _Score = Callable[[Sequence[int], Sequence[str]], NDArray[np.float32]]

ENTRIES = 2_048
"""Texts whose window scores are kept: a few megabytes."""
BATCH = 256
"""Texts of ``score_inputs`` and ``score_outputs`` that are read and scored at once."""


class Guard:
    """Decides what may pass, in and out. Safe to use from several threads; satisfies
    ``core.protocols.Moderator``.

    Args:
        policy: what to do about what is found.
        classifier: the model tier; where it is left out that of the policy, loaded when something asks for
            it.
        cache: texts whose window scores are kept.

    Raises:
        MissingExtra: the policy asks for the model tier, and its libraries or weights are not there.
        DataError: the policy names a strength that the classifier has no threshold for, or has a pattern that
            may need more of an answer than a stream holds back.
    """

    def __init__(self, policy: Policy, classifier: Tier | None = None, *, cache: int = ENTRIES) -> None:
        from octarine.guard.policy.thresholds import check_thresholds
        from octarine.guard.scan.scanner import Scanner
        from octarine.guard.streaming.limits import check_patterns

        self.policy = policy
        self._given = classifier
        self._entries = cache
        self._heads = {position: _asked(policy, position, heads) for position, heads in HEADS.items()}
        self.grounds = "ungrounded" in policy.looks_for(OUTPUT)
        self.replaces = any(rule.action == "replace" for rule in policy.rules.values())
        needs_model = any(self._heads.values())
        self.scanner: Scanner = Scanner(policy, self._cache if needs_model else None)
        if needs_model:
            check_thresholds(policy, self.thresholds)
        check_patterns(policy)

    @staticmethod
    def load(
        name_or_path: str | Path = "default", *more: str | Path, classifier: Tier | None = None
    ) -> Guard:
        """The guard of a policy: a shipped one by name, or a YAML file by path; further ones are laid over
        it. Whom the policy asks is started here.

        Raises:
            InputError: no policy has that name.
            DataError: a file is not a policy; file and line are named.
            MissingExtra: the extra ``guard`` or its weights are not installed.
            OctarineError: the moderator that the policy asks does not start; see ``Adapter.start``.
        """
        from octarine.guard.policy.loading import read_policy

        return guard_of(read_policy(name_or_path, *more), classifier)

    @cached_property
    def classifier(self) -> Tier:
        """The model tier, with whom the policy asks behind it.

        Raises:
            MissingExtra: its libraries or weights are not there.
        """
        if self.policy.ask is not None:
            from octarine.guard.adapters.cascade import asking_tier

            return asking_tier(self.policy, self._given)
        return self._given or tier_of(self.policy)

    @cached_property
    def version(self) -> str:
        """Changes whenever any verdict may: of the policy's content, the guard's own code and data
        (``revision``) and, where it is asked, the model tier with its weights and thresholds."""
        from octarine.core.codec import digest, encode
        from octarine.guard.revision import revision

        decisive = [revision(), encode(replace(self.policy.layer, marks={}))]
        if not self.scanner.cache:
            return digest(decisive)[:12]
        tier = self.classifier
        decisive += [encode(tier.lineage), encode(tier.thresholds)]
        return f"{digest(decisive)[:12]}+{tier.version}"

    @property
    def lineage(self) -> frozenset[str]:
        """Hashes of the weights and names of the training sets that verdicts rest on."""
        return self.classifier.lineage if self.scanner.cache else frozenset()

    def heads(self, position: str) -> frozenset[str]:
        """The heads of the model tier that are asked at a position."""
        return self._heads[position]

    def looks_at(self, piece: Place) -> bool:
        """Whether the policy looks where a piece stands."""
        return not self.policy.positions.isdisjoint(piece.positions)

    def check_input(
        self, text: str | bytes, *, position: str = "user", language: str | None = None
    ) -> Verdict:
        """The verdict on what goes into a model.

        Args:
            text: bytes are read as UTF-8; what is none of it is found and said.
            position: where it stands: ``system``, ``tool_descriptions``, ``history``, ``user``,
                ``tool_arguments`` or ``tool_results``. What is JSON among the descriptions and arguments of
                tools is read and covered leaf by leaf.
            language: ISO 639-1, for words and messages; guessed where it is left out.

        Raises:
            InputError: no such position.
        """
        if position not in HEADS or position == OUTPUT:
            from octarine.core.errors import InputError

            known = ", ".join(name for name in HEADS if name != OUTPUT)
            hint = f"There are: {known}. What a model says goes through check_output."
            raise InputError(f"'{position}' is no position of an input", hint=hint)
        place = Place(0, position, part=0, text=text, heads=HEADS[position])
        return self.check_pieces([place], _cover(), language=language or "")[0]

    def check_output(
        self,
        text: str | bytes,
        context: Conversation | str | None = None,
        *,
        documents: Sequence[str] = (),
        language: str | None = None,
    ) -> Verdict:
        """The verdict on what a model said; of a long answer the fold over the windows that a stream would
        have seen (``streaming.fold``).

        Args:
            text: the answer, before ``restore`` puts anything back into it.
            context: what was asked; the output heads see its last user message.
            documents: what the answer rests on, beside the documents and tool results of ``context``; looked
                into where the policy names ``ungrounded``.
            language: of the answer; guessed where it is left out.
        """
        from octarine.guard.conversations.pieces import documents_of

        prompt = (context or "") if context is None or isinstance(context, str) else context.prompt
        place = Place(0, OUTPUT, part=0, text=text, heads=HEADS[OUTPUT])
        rests_on = (*documents, *documents_of(context))
        return self.check_pieces(
            [place], _cover(), prompt=prompt, language=language or "", documents=rests_on
        )[0]

    @staticmethod
    def check_grounding(
        answer: str, documents: Sequence[str], question: str | None = None, *, threshold: float = 0.5
    ) -> Grounding:
        """How far documents bear out an answer, sentence by sentence; no policy is asked. See
        ``grounding.check_grounding``, also for what it cannot see."""
        from octarine.guard.grounding import check_grounding

        return check_grounding(answer, documents, question, threshold=threshold)

    def check_conversation(self, conversation: Conversation) -> tuple[Checked, ...]:
        """A verdict on every piece of a conversation, in order, wherever the policy looks: the tools on
        offer, parts of messages, tool calls, and what any of them are called. What is no text is
        unscannable, and the policy says what then."""
        return self.screen(conversation).checks

    def screen(self, conversation: Conversation) -> Screened:
        """``check_conversation``, and what may go on to a model."""
        from octarine.guard.conversations.screening import screen_conversation

        return screen_conversation(self, conversation)

    def score_inputs(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts,) in [0, 1]: the probability that a moderator would stop each, before any threshold; of the
        cleaned text and all that is decoded in it the highest. No policy is asked.

        Raises:
            InputError: a text is longer than the policy's ``max_characters``.
        """
        return self._scores(texts, lambda index, views: self.classifier.score_inputs(views))

    def score_outputs(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(pairs,) in [0, 1]: the same of (prompt, answer): that the answer does harm given its prompt.

        Raises:
            InputError: as ``score_inputs``, of an answer.
        """
        prompts = [_readable(prompt) for prompt, _ in pairs]

        def score(owners: Sequence[int], views: Sequence[str]) -> NDArray[np.float32]:
            return self.classifier.score_outputs(
                [(prompts[owner], view) for owner, view in zip(owners, views, strict=True)]
            )

        return self._scores([answer for _, answer in pairs], score)

    @staticmethod
    def restore(found: Verdict | Mapping[str, str], answer: str) -> str:
        """``answer`` with what placeholders stand for put back, also where a model changed how they are
        written.

        Args:
            found: the verdict on the input, or its placeholders.
        """
        values = found if isinstance(found, Mapping) else found.placeholders
        if not values:
            return answer
        from octarine.guard.rules import Placeholders

        return Placeholders(values).restore(answer)

    @cached_property
    def _cache(self) -> WindowCache:
        from octarine.guard.scan.window_cache import WindowCache

        return WindowCache(self.classifier, self._entries)

    @cached_property
    def thresholds(self) -> Thresholds:
        """What the strengths of the policy mean."""
        from octarine.guard.policy.thresholds import Thresholds

        return Thresholds(self.classifier.thresholds if self.scanner.cache else {})

    def check_pieces(
        self,
        pieces: Sequence[Place],
        cover: Cover,
        *,
        prompt: str = "",
        language: str = "",
        message_language: str = "",
        documents: Sequence[str] = (),
    ) -> list[Verdict]:
        """A verdict on each of several pieces; the model tier sees all of them in one batch, but for answers
        of more than a block, which are judged block by block. Pieces of one group follow each other.

        Args:
            cover: of the conversation that they belong to.
            prompt: what the answers among them were given to.
            language: of the texts; guessed where it is empty.
            message_language: of the user, where it is not that of the texts.
            documents: what the answers among them rest on.
        """
        from octarine.guard.conversations.judging import judge_pieces
        from octarine.guard.streaming.fold import judge_answer, may_be_cut

        evidence = self.evidence(documents, prompt) if any(p.position == OUTPUT for p in pieces) else None
        long = [
            piece.position == OUTPUT and piece.group is None and may_be_cut(piece.text) for piece in pieces
        ]
        short = [piece for piece, is_long in zip(pieces, long, strict=True) if not is_long]
        verdicts = iter(
            judge_pieces(
                self,
                short,
                cover,
                prompt=prompt,
                language=language,
                message_language=message_language,
                evidence=evidence,
            )
        )
        return [
            judge_answer(
                self,
                piece.text or "",
                prompt,
                language=language,
                message_language=message_language,
                cover=cover,
                evidence=evidence,
            ).verdict
            if is_long
            else next(verdicts)
            for piece, is_long in zip(pieces, long, strict=True)
        ]

    def evidence(self, documents: Sequence[str], prompt: str = "") -> Evidence | None:
        """Documents that answers are to rest on, read once; None where the policy does not ask."""
        if not self.grounds or not documents:
            return None
        from octarine.guard.grounding.evidence import Evidence

        return Evidence(documents, prompt)

    def asked(self, piece: Place) -> frozenset[str]:
        """The heads that are asked about a piece."""
        named = (self._heads[position] for position in piece.positions)
        return piece.heads & frozenset().union(*named)

    def _scores(self, texts: Sequence[str], score: _Score) -> NDArray[np.float32]:
        import numpy as np

        found = np.zeros(len(texts), dtype=np.float32)
        for first in range(0, len(texts), BATCH):
            owners: list[int] = []
            views: list[str] = []
            for index, text in enumerate(texts[first : first + BATCH], first):
                reading = self.scanner.read(text)
                if why := reading.unscanned.get("long_text"):
                    raise _too_long(index, why)
                scored = reading.scored
                owners += [index] * len(scored)
                views += [_readable(view.text) for view in scored]
            np.maximum.at(found, owners, score(owners, views))
        return found


def guard_of(policy: Policy, classifier: Tier | None = None) -> Guard:
    """The guard of a policy: where it asks somebody, a cascade that counts its stages, started.

    Raises:
        OctarineError: as ``Guard`` and ``Adapter.start``.
    """
    if policy.ask is None:
        return Guard(policy, classifier)
    from octarine.guard.adapters.cascade import asking

    return asking(policy, classifier)


def tier_of(policy: Policy) -> Tier:
    """The model tier that a policy names: that of its weights, or the one that comes with Octarine.

    Raises:
        MissingExtra: its libraries or weights are not there.
    """
    from octarine.guard.classifier import Classifier

    return Classifier.load(Path(policy.weights) if policy.weights else None)


def default_moderator() -> Guard:
    """The moderator ``default``: the guard of the policy of that name."""
    return Guard.load("default")


def _asked(policy: Policy, position: str, heads: Iterable[str]) -> frozenset[str]:
    """The heads whose findings at ``position`` the policy does something about."""
    if position not in policy.positions:
        return frozenset()
    named = policy.looks_for(position)
    return frozenset(
        head
        for head in heads
        if any(f"{head}.".startswith(f"{one}.") or one.startswith(f"{head}.") for one in named)
    )


def _too_long(index: int, why: str) -> Exception:
    from octarine.core.errors import InputError

    hint = "Cut it, or raise limits.max_characters in the policy: a score of its beginning would mislead."
    return InputError(f"text {index} is {why}", hint=hint)


def _cover() -> Cover:
    from octarine.guard.conversations.cover import Cover

    return Cover()


def _readable(text: str) -> str:
    from octarine.guard.scan.unicode_text import readable

    return readable(text)
