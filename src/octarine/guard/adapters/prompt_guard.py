"""Prompt Guard 2 (22M, 86M): the probability that a text is an injection or a jailbreak.

A classifier of two classes over 512 tokens; longer texts are cut into segments that overlap, and the worst
one counts. Source: github.com/meta-llama/PurpleLlama, ``Llama-Prompt-Guard-2/86M/MODEL_CARD.md`` (commit
cd9fe65): the context, the segments, ``benign`` and ``malicious``. The published configuration names no
classes; that the last one is ``malicious`` is what Meta's LlamaFirewall relies on
(``promptguard_utils.get_jailbreak_score``).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from octarine.core.content import Conversation
from octarine.core.errors import InputError
from octarine.core.results import ModelIdentity, Usage
from octarine.guard.adapters.adapter import Moderation, judged_text, side_of
from octarine.guard.adapters.labels import Label, tables
from octarine.models.huggingface import Loaded, Source, load_weights, source_of

NAME = "prompt-guard-2"
TOKENS = 512
OVERLAP = 64
"""Tokens that two segments share, so that an attack across a cut stands whole in one of them."""
BATCH = 16
THRESHOLD = 0.5
"""The likelier of the two classes, as the card decides."""


class Scorer(Protocol):
    """Loaded weights. Called from one thread only."""

    revision: str

    def malicious(self, text: str) -> tuple[float, int]:
        """The highest probability of a segment, 0 to 1, and how many tokens were read."""
        ...


class PromptGuard2:
    """Prompt Guard 2 on this machine, one text at a time.

    It judges the text of the last message by itself. Answers are not what it was made for, and it says so by
    covering nothing of them.

    Args:
        name: as recorded, ``hf:org/name``.
        load: gives the loaded weights; runs in the adapter's own thread, once.
    """

    name = NAME

    def __init__(self, name: str, load: Callable[[], Scorer], *, threshold: float = THRESHOLD) -> None:
        self._name = name
        self._load = load
        self._threshold = threshold
        self._scorer: Scorer | None = None
        self._table = tables()[NAME]
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=NAME)

    @property
    def identity(self) -> ModelIdentity:
        """The name, and after ``start`` the revision."""
        return ModelIdentity(self._name, self._scorer.revision if self._scorer else "")

    @property
    def covers(self) -> Mapping[str, tuple[str, ...]]:
        """Attacks, in what goes into a model."""
        return self._table.covers

    async def start(self) -> None:
        """Load the weights; see ``models.huggingface.load_weights`` for the errors."""
        if self._scorer is None:
            loop = asyncio.get_running_loop()
            self._scorer = await loop.run_in_executor(self._thread, self._load)

    async def moderate(self, conversation: Conversation) -> Moderation:
        """Judge the text of the last message."""
        text = judged_text(conversation, NAME)
        await self.start()
        assert self._scorer is not None
        started = time.monotonic()
        loop = asyncio.get_running_loop()
        chance, tokens = await loop.run_in_executor(self._thread, self._scorer.malicious, text)
        label = Label("malicious", chance >= self._threshold, chance)
        return Moderation.of(
            self._table,
            [label],
            side_of(conversation),
            usage=Usage(tokens, 0),
            seconds=time.monotonic() - started,
        )

    async def aclose(self) -> None:
        """Let go of the weights."""
        self._scorer = None
        self._thread.shutdown(wait=False, cancel_futures=True)


def open_prompt_guard(rest: str) -> PromptGuard2:
    """``prompt-guard-2:hf:org/name``, or a folder behind ``hf:``.

    Raises:
        InputError: it is no ``hf:`` name.
    """
    scheme, _, name = rest.partition(":")
    if scheme != "hf" or not name:
        raise InputError(
            f"{NAME} runs on this machine: '{rest}' is no hf: name",
            hint=f"For example:  {NAME}:hf:meta-llama/Llama-Prompt-Guard-2-86M",
        )
    source = source_of(name)
    return PromptGuard2(rest, lambda: load(source))


def load(source: Source) -> Scorer:
    """Read tokenizer and weights; see ``models.huggingface.load_weights`` for the errors.

    Raises:
        InputError: the model has not two classes.
    """
    loaded = load_weights(source, "AutoModelForSequenceClassification")
    classes = loaded.model.config.num_labels
    if classes != 2:
        raise InputError(
            f"'hf:{source.name}' has {classes} classes; {NAME} has two, benign and malicious",
            hint="Prompt Guard 1 has three and is not this model.",
        )
    return TorchScorer(loaded)


class TorchScorer:
    """The classifier in torch."""

    def __init__(self, loaded: Loaded) -> None:
        self._model = loaded.model
        self._tokenizer = loaded.tokenizer
        self.revision = loaded.revision

    def malicious(self, text: str) -> tuple[float, int]:
        """Segments in batches; the last class is the malicious one."""
        import torch

        whole = self._tokenizer(
            text, truncation=True, max_length=TOKENS, stride=OVERLAP, return_overflowing_tokens=True
        )
        segments = whole["input_ids"]
        worst = 0.0
        for first in range(0, len(segments), BATCH):
            inputs = self._tokenizer.pad({"input_ids": segments[first : first + BATCH]}, return_tensors="pt")
            inputs = {name: value.to(self._model.device) for name, value in inputs.items()}
            with torch.inference_mode():
                chances = self._model(**inputs).logits.float().softmax(-1)[:, -1]
            worst = max(worst, float(chances.max()))
        return worst, sum(map(len, segments))
