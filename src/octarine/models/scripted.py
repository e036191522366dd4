"""A model whose answers are written down: the fake that every test uses.

``scripted:echo`` repeats the last user message, ``scripted:refuse`` refuses everything, ``scripted:random`` makes
up words from the seed of the settings, and ``scripted:FILE`` reads a script: one JSON object a line, in any order,
the first match wins::

    {"match": "capital of France", "answer": "Paris."}
    {"regex": "(?i)how (do|can) I", "answer": "I can't help with that."}
    {"match": "boom", "error": "the endpoint is on fire"}
    {"default": "I don't know."}

``match`` is a substring of the last user message, ``regex`` a Python regular expression searched in it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from octarine.core.codec import digest
from octarine.core.content import Conversation, Modality, Part
from octarine.core.errors import DataError, InputError, ModelError, ModelUnavailable, RequestRejected
from octarine.core.protocols import Capabilities, Delta
from octarine.core.results import Completion, Finish, ModelIdentity, Settings, Usage
from octarine.models.names import ModelOptions

Answer = str | Completion | ModelError
"""What a script says to a conversation; an error is raised."""
Answers = (
    Callable[[Conversation], Answer | Awaitable[Answer]] | Mapping[str, Answer] | Sequence[Answer] | Answer
)
REFUSAL = "I'm sorry, but I can't help with that."
_WORDS = "the a red old small river house tree walks sings under over slowly never always and but why".split()
_CONCURRENCY = 64


def open_model(rest: str, options: ModelOptions) -> ScriptedModel:
    """``scripted:rest``: ``echo``, ``refuse``, ``random`` or a script's path."""
    name = f"scripted:{rest}"
    concurrency = options.concurrency or _CONCURRENCY
    if rest in _BUILT_IN:
        return ScriptedModel(_BUILT_IN[rest], name=name, revision="1", concurrency=concurrency)
    path = Path(rest).expanduser()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise InputError(
            f"there is no script '{rest}'",
            hint=f"Built in: {', '.join(_BUILT_IN)}. Or give the path of a JSON Lines file: "
            '{"match": "…", "answer": "…"} a line.',
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(f"not UTF-8: {error.reason} at byte {error.start}", path=path) from None
    except OSError as error:
        raise InputError(f"cannot read the script '{rest}': {error.strerror}") from None
    answers = _script(text, path)
    return ScriptedModel(answers, name=name, revision=digest(text)[:16], concurrency=concurrency)


class ScriptedModel:
    """Answers from ``answers``.

    Args:
        answers: one answer to everything; a sequence, handed out in turn and over again; a mapping from
            substrings of the last user message (the first that is found wins; ``""`` matches everything); or a
            function of the conversation, sync or async. A ``ModelError`` among them is raised.
        latency_s: how long each call sleeps, in seconds.
        failures: this many first calls raise ``ModelUnavailable``.
        name, revision: its identity. ``calls`` counts the calls made.
    """

    def __init__(
        self,
        answers: Answers = "",
        *,
        name: str = "scripted:test",
        revision: str = "",
        latency_s: float = 0.0,
        failures: int = 0,
        concurrency: int = _CONCURRENCY,
        capabilities: Capabilities | None = None,
    ) -> None:
        self._answer = _function(answers)
        self._identity = ModelIdentity(name, revision)
        self._capabilities = capabilities or Capabilities(
            inputs=frozenset(Modality), tools=True, streaming=True, concurrency=concurrency, local=True
        )
        self._latency_s = latency_s
        self._failures = failures
        self.calls = 0

    @property
    def identity(self) -> ModelIdentity:
        """As it was given."""
        return self._identity

    @property
    def capabilities(self) -> Capabilities:
        """Takes everything, unless it was told otherwise."""
        return self._capabilities

    async def start(self) -> None:
        """Nothing to do."""

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """What the script says; a text is cut after ``settings.max_tokens`` words."""
        self.calls += 1
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        if self.calls <= self._failures:
            raise ModelUnavailable(f"{self._identity.name} fails its first {self._failures} calls, as told")
        answer = self._answer(conversation, settings)
        if not isinstance(answer, str | Completion | ModelError):
            answer = await answer
        if isinstance(answer, str):
            return _completion(answer, settings)
        if isinstance(answer, ModelError):
            raise answer
        return answer

    async def stream(self, conversation: Conversation, settings: Settings) -> AsyncIterator[Delta]:
        """The answer word by word."""
        completion = await self.generate(conversation, settings)
        for piece in re.findall(r"\s*\S+|\s+$", completion.text):
            yield Delta(piece)
        yield Delta(completion=completion)

    async def aclose(self) -> None:
        """Nothing to do."""


_Function = Callable[[Conversation, Settings], Answer | Awaitable[Answer]]


def _completion(text: str, settings: Settings) -> Completion:
    # A word is counted as a token. The count is an upper bound that is cheap for the common short answer.
    if text.count(" ") < settings.max_tokens:
        return Completion((Part(text=text),), usage=Usage(None, text.count(" ") + 1))
    cut = " ".join(text.split(" ")[: settings.max_tokens])
    return Completion((Part(text=cut),), finish=Finish.LENGTH, usage=Usage(None, settings.max_tokens))


def _function(answers: Answers) -> _Function:
    if isinstance(answers, str | Completion | ModelError):
        fixed = answers
        return lambda conversation, settings: fixed
    if isinstance(answers, _SettingsAware):
        return answers
    if isinstance(answers, Mapping):
        return _Rules([(_finder(text), answer) for text, answer in answers.items()])
    if isinstance(answers, Sequence):
        return _InTurn(answers)
    call = answers
    return lambda conversation, settings: call(conversation)


class _SettingsAware:
    """An answer that also depends on the settings."""

    def __call__(self, conversation: Conversation, settings: Settings) -> Answer:
        raise NotImplementedError
