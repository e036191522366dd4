"""A model whose answers are written down: the fake that every test uses.

``scripted:echo`` repeats the last user message, ``scripted:refuse`` refuses everything, ``scripted:random``
makes up words from the seed of the settings, and ``scripted:FILE`` reads a script: one JSON object a line, of
which the first that matches wins::

    {"match": "capital of France", "answer": "Paris."}
    {"regex": "(?i)how (do|can) I", "answer": "I can't help with that."}
    {"match": "boom", "error": "the endpoint is on fire"}
    {"default": "I don't know."}

``match`` is a substring of the last user message, ``regex`` a Python regular expression searched in it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

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
_WORDS = (
    "the",
    "a",
    "red",
    "old",
    "small",
    "river",
    "house",
    "walks",
    "sings",
    "under",
    "slowly",
    "never",
    "why",
)
_CONCURRENCY = 64


def open_model(rest: str, options: ModelOptions) -> ScriptedModel:
    """``scripted:rest``: ``echo``, ``refuse``, ``random`` or a script's path."""
    name = f"scripted:{rest}"
    concurrency = options.concurrency or _CONCURRENCY
    if rest in _BUILT_IN:
        return _BUILT_IN[rest](name, concurrency)
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
            substrings of the last user message (the first found wins; ``""`` matches everything); or a
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
        answer = self._answer(conversation)
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


class _RandomModel(ScriptedModel):
    """Words drawn by the conversation and ``settings.seed``: the same question gets the same answer."""

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """Three to twenty-four words."""
        self.calls += 1
        rng = np.random.default_rng([int(conversation.key[:16], 16), settings.seed])
        words = rng.choice(_WORDS, size=int(rng.integers(3, 25)))
        return _completion(" ".join(words).capitalize() + ".", settings)


def _completion(text: str, settings: Settings) -> Completion:
    # A word stands for a token: enough for a fake, and free.
    spaces = text.count(" ")
    if spaces < settings.max_tokens:
        return Completion((Part(text=text),), usage=Usage(None, spaces + 1))
    cut = " ".join(text.split(" ")[: settings.max_tokens])
    return Completion((Part(text=cut),), finish=Finish.LENGTH, usage=Usage(None, settings.max_tokens))


_Function = Callable[[Conversation], Answer | Awaitable[Answer]]


def _function(answers: Answers) -> _Function:
    if isinstance(answers, str | Completion | ModelError):
        fixed = answers
        return lambda conversation: fixed
    if isinstance(answers, Mapping):
        return _Rules([(_substring(text), answer) for text, answer in answers.items()])
    if isinstance(answers, Sequence):
        if not answers:
            raise InputError("a script with no answers", hint="Give at least one.")
        turns = itertools.cycle(answers)
        return lambda conversation: next(turns)
    return answers


_Finder = Callable[[str], object]
"""Something other than None or False where a rule applies to a prompt."""


def _substring(text: str) -> _Finder:
    return lambda prompt: text in prompt


class _Rules:
    def __init__(self, rules: Sequence[tuple[_Finder, Answer]], default: Answer | None = None) -> None:
        self._rules = rules
        self._default = default

    def __call__(self, conversation: Conversation) -> Answer:
        prompt = conversation.prompt
        for applies, answer in self._rules:
            if applies(prompt):
                return answer
        if self._default is None:
            return RequestRejected(
                f"the script has no answer to {prompt[:80]!r}", hint='Add a line {"default": "…"} to it.'
            )
        return self._default


def _script(text: str, path: Path) -> _Rules:
    rules: list[tuple[_Finder, Answer]] = []
    default: Answer | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        record = _record(line, path, number)
        if "default" in record:
            if default is not None:
                raise DataError("a second default", path=path, line=number)
            default = record["default"]
        else:
            rules.append((_rule(record, path, number), _said(record, path, number)))
    if not rules and default is None:
        raise DataError("the script is empty", path=path, hint='It needs at least {"default": "…"}.')
    return _Rules(rules, default)


_SHAPES = ({"default"}, {"match", "answer"}, {"match", "error"}, {"regex", "answer"}, {"regex", "error"})


def _record(line: str, path: Path, number: int) -> dict[str, str]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise DataError(f"not JSON: {error}", path=path, line=number) from None
    if not isinstance(record, dict) or set(record) not in _SHAPES:
        raise DataError(
            "expected the keys 'match' or 'regex' with 'answer' or 'error', or 'default' alone",
            path=path,
            line=number,
        )
    for key, value in record.items():
        if not isinstance(value, str):
            raise DataError(f"{key}: expected a string", path=path, line=number)
    return record


def _rule(record: dict[str, str], path: Path, number: int) -> _Finder:
    if "match" in record:
        return _substring(record["match"])
    try:
        return re.compile(record["regex"]).search
    except re.error as error:
        raise DataError(f"regex: {error}", path=path, line=number) from None


def _said(record: dict[str, str], path: Path, number: int) -> Answer:
    return record["answer"] if "answer" in record else ModelError(record["error"])


def _echo(conversation: Conversation) -> str:
    return conversation.prompt


_BUILT_IN: Mapping[str, Callable[[str, int], ScriptedModel]] = {
    "echo": lambda name, slots: ScriptedModel(_echo, name=name, revision="1", concurrency=slots),
    "refuse": lambda name, slots: ScriptedModel(REFUSAL, name=name, revision="1", concurrency=slots),
    "random": lambda name, slots: _RandomModel(name=name, revision="1", concurrency=slots),
}
