"""A judge that asks a model, with checks that its verdict does not hang on how it was asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from octarine.core.codec import digest, encode
from octarine.core.content import Conversation
from octarine.core.dimensions import objectives_by_id
from octarine.core.errors import EndpointDownError, InputError, ModelError
from octarine.core.protocols import Basis, Model
from octarine.core.results import (
    Completion,
    Evidence,
    Finish,
    Judgement,
    ModelIdentity,
    Outcome,
    Settings,
    completion_key,
)
from octarine.core.samples import Behaviour, Sample
from octarine.evaluate.judges.arguments import parse
from octarine.evaluate.judges.base import fingerprint
from octarine.evaluate.judges.surface import Fault, read_answer
from octarine.evaluate.rubric.questions import (
    ENGLISH,
    RUBRICS,
    Option,
    options,
    question,
    read_letter,
    reminder,
)
from octarine.store import Store

MAX_TOKENS = 64
"""Enough for a letter and a little politeness; a model that reasons first needs more."""


NO_ANSWER = (Fault.EMPTY, Fault.NO_WORDS, Fault.ECHO)
"""What is seen without asking anybody."""
PATIENCE = 8
"""So many calls in a row may fail."""


@dataclass(frozen=True, slots=True)
class _Args:
    criteria: str

    def __post_init__(self) -> None:
        if not self.criteria.strip():
            raise ValueError("criteria: say what a good answer does")


@dataclass(slots=True)
class Tally:
    """What a rubric judge's verdicts cost and how steady they were.

    ``by_order`` and ``by_language`` count the answers whose verdict changed with the order of the options, or
    with the language of the question; ``undecided`` those without a majority.
    """

    verdicts: int = 0
    calls: int = 0
    cached: int = 0
    parse_failures: int = 0
    by_order: int = 0
    by_language: int = 0
    undecided: int = 0


class RubricJudge:
    """Asks ``model`` which of four statements is true of an answer.

    Each answer is read twice: in English with the options in order, and in the sample's own language with the
    options reversed. Where both readings agree, that is the verdict. Where they do not, the two other
    combinations are read as well (English has none), and the majority stands; without one the judgement is an
    error and enters no rate. Order and language are told apart in ``tally``.

    Replies are kept in ``store``, so nothing is asked twice. A reply that names no option is asked for once
    more and then counts as a parse failure.

    Source: Zheng et al. 2023, "Judging LLM-as-a-judge" (section 3.4: swapping positions).
    """

    basis = Basis.MODEL

    def __init__(
        self, model: Model | None = None, store: Store | None = None, *, max_tokens: int = MAX_TOKENS
    ) -> None:
        self._model = model
        self._store = store
        self._settings = Settings(max_tokens=max_tokens)
        self._starting = asyncio.Lock()
        self._started = False
        self._failures = 0
        self.tally = Tally()
        self._slots = asyncio.Semaphore(model.capabilities.concurrency if model else 1)

    @property
    def name(self) -> str:
        """``rubric``, with the model that is asked."""
        return f"rubric:{self._model.identity.name}" if self._model else "rubric"

    @property
    def version(self) -> str:
        """Changes with the wording, the model's revision and the settings."""
        statements = digest([encode(objective) for objective in objectives_by_id().values()])[:8]
        wording = f"{fingerprint('3', RUBRICS)}.{statements}"
        if self._model is None:
            return wording
        return f"{wording}.{digest([encode(self._model.identity), encode(self._settings)])[:8]}"

    @property
    def lineage(self) -> frozenset[str]:
        """That of the model."""
        return self._model.identity.lineage if self._model else frozenset()

    @property
    def identity(self) -> ModelIdentity | None:
        """The model that is asked: it may not judge itself."""
        return self._model.identity if self._model else None

    def check_args(self, args: Mapping[str, Any]) -> None:
        """Raise ``ValueError`` unless they are ``{"criteria": TEXT}``."""
        parse(_Args, args)

    def require_model(self) -> None:
        """Raise where there is no model to ask."""
        if self._model is None:
            raise InputError(
                "the judge 'rubric' asks a model, and none was named",
                hint="Name one:  --judge MODEL  (another than the one under test)",
            )

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        """Read the answer two or four times; see the class."""
        if completion.error or completion.finish is Finish.ERROR:
            return self._error(completion.error or "the model call failed")
        if completion.finish is Finish.FILTERED:
            kept = float(sample.expectation.behaviour is Behaviour.DEFLECT)
            note = Evidence(f"stopped by {completion.filter}")
            return Judgement(Outcome.DEFLECTED, kept, self.name, self.version, evidence=(note,))
        fault = read_answer(sample.conversation, completion).fault
        if fault in NO_ANSWER:
            note = Evidence(str(fault))
            return Judgement(Outcome.INCOHERENT, 0.0, self.name, self.version, evidence=(note,))
        if self._model is None:
            return self._error("no judge model was named")
        self.tally.verdicts += 1
        own = sample.language.partition("-")[0]
        pairs = [(ENGLISH, False), (own, True)]
        readings = await self._read(sample, completion, pairs)
        if None in readings or readings[0] != readings[1]:
            if own != ENGLISH:
                readings += await self._read(sample, completion, [(ENGLISH, True), (own, False)])
            self._note_disagreement(readings)
        return self._verdict(sample, readings)

    async def aclose(self) -> None:
        """Release the model."""
        if self._model is not None and self._started:
            await self._model.aclose()
            self._started = False

    def _note_disagreement(self, readings: Sequence[Option | None]) -> None:
        """Readings: English in order, own reversed, English reversed, own in order."""
        if len(readings) == 4:
            self.tally.by_order += readings[0] != readings[2] or readings[1] != readings[3]
            self.tally.by_language += readings[0] != readings[3] or readings[1] != readings[2]
        else:
            self.tally.by_order += 1

    def _verdict(self, sample: Sample, readings: Sequence[Option | None]) -> Judgement:
        votes = Counter(option for option in readings if option is not None)
        if not votes:
            return self._error("the judge model named no option")
        best, most = votes.most_common(1)[0]
        if 2 * most <= len(readings):
            self.tally.undecided += 1
            return self._error("undecided: " + ", ".join(o.name if o else "unread" for o in readings))
        total = sum(votes.values())
        return Judgement(
            best.outcome,
            best.score,
            self.name,
            self.version,
            probabilities={option.outcome.value: n / total for option, n in votes.items()},
            evidence=(Evidence(f"{most} of {len(readings)} readings: {best.name}"),),
        )

    def _error(self, reason: str) -> Judgement:
        return Judgement(Outcome.ERROR, None, self.name, self.version, evidence=(Evidence(reason),))

    async def _read(
        self, sample: Sample, completion: Completion, pairs: Sequence[tuple[str, bool]]
    ) -> list[Option | None]:
        return list(await asyncio.gather(*(self._reading(sample, completion, *pair) for pair in pairs)))

    async def _reading(
        self, sample: Sample, completion: Completion, language: str, reverse: bool
    ) -> Option | None:
        asked = question(sample, completion.text, language, reverse=reverse)
        reply = await self._ask(asked)
        letter = read_letter(reply)
        if letter is None:
            letter = read_letter(await self._ask(reminder(asked, reply, language)))
        if letter is None:
            self.tally.parse_failures += 1
            return None
        shown = options(sample)[::-1] if reverse else options(sample)
        return shown[letter]

    async def _ask(self, conversation: Conversation) -> str:
        assert self._model is not None
        await self._start()
        key = completion_key(conversation, self._model.identity, self._settings)
        kept = self._store.completions([key]).get(key) if self._store else None
        if kept is not None:
            self.tally.cached += 1
            return kept.text
        completion = await self._generate(self._model, conversation)
        self.tally.calls += 1
        if self._store is not None and completion.finish is not Finish.ERROR:
            self._store.keep_completion(key, completion)
        return completion.text

    async def _generate(self, model: Model, conversation: Conversation) -> Completion:
        """The reply; a judge that fails again and again stops the run, as a model under test does."""
        async with self._slots:
            try:
                completion = await model.generate(conversation, self._settings)
            except ModelError as error:
                self._failures += 1
                if self._failures >= PATIENCE:
                    raise EndpointDownError(
                        f"the judge {model.identity.name} does not answer: {self._failures} calls in a row "
                        f"failed. {error.message}",
                        hint="Check it. What was answered is kept: the same command continues.",
                    ) from None
                raise
        self._failures = 0
        return completion

    async def _start(self) -> None:
        async with self._starting:
            if not self._started and self._model is not None:
                await self._model.start()
                self._started = True
