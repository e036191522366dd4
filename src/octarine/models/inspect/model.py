"""A model of one of Inspect's providers."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import math
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

from octarine.core.content import Conversation, Modality
from octarine.core.errors import (
    AuthenticationError,
    InputError,
    MissingExtra,
    ModelError,
    ModelNotFound,
    ModelUnavailable,
    RateLimited,
    RequestRejected,
)
from octarine.core.protocols import Capabilities
from octarine.core.redact import redact
from octarine.core.results import Completion, ModelIdentity, Settings
from octarine.models.names import ModelOptions

EXTRA = "inspect"
_DEFAULT_CONCURRENCY = 8
_KEY_HELP = "Inspect reads the key from the provider's own environment variable."
_UNREACHABLE = ("Timeout", "Connection", "Connect")
"""Words in the names of the errors that providers' libraries raise where nobody answers."""


def open_model(rest: str, options: ModelOptions) -> InspectModel:
    """``inspect:provider/name``.

    Raises:
        InputError: no provider, or no name behind it.
        MissingExtra: Inspect is not installed.
    """
    provider, slash, name = rest.partition("/")
    if not (provider and slash and name):
        raise InputError(
            f"'inspect:{rest}' does not name a provider and a model",
            hint="For example:  inspect:openai/gpt-4o-mini",
        )
    if importlib.util.find_spec("inspect_ai") is None:
        raise MissingExtra(EXTRA, f"'inspect:{rest}'")
    return InspectModel(rest, options)


class InspectModel:
    """A model of one of Inspect's providers, asked through Inspect and without one of its evaluations.

    Which parameters and modalities a model takes, its provider knows: what it does not take it refuses.

    Args:
        model: one of Inspect's models to use instead of making one.
    """

    def __init__(self, name: str, options: ModelOptions, *, model: Any = None) -> None:
        self._name = name
        self._options = options
        self._model = model
        self._capabilities = Capabilities(
            inputs=frozenset(Modality),
            tools=True,
            logprobs=True,
            concurrency=options.concurrency or _DEFAULT_CONCURRENCY,
        )

    @property
    def identity(self) -> ModelIdentity:
        """The provider's name for it; no provider tells a revision."""
        return ModelIdentity(f"inspect:{self._name}")

    @property
    def capabilities(self) -> Capabilities:
        """What Inspect can pass on; a model that lacks some of it rejects the request."""
        return self._capabilities

    async def start(self) -> None:
        """Import Inspect, which takes seconds, and make the provider's client.

        Raises:
            InputError: there is no such provider, or its library or its key is missing.
        """
        if self._model is None:
            # Imported beside the loop, so that whatever runs in it goes on.
            await asyncio.to_thread(importlib.import_module, "inspect_ai.model")
            self._model = self._opened()

    def _opened(self) -> Any:
        from inspect_ai.model import GenerateConfig, get_model

        config = GenerateConfig(
            max_connections=self._capabilities.concurrency,
            max_retries=self._options.max_retries,
            attempt_timeout=math.ceil(self._options.timeout_s),
        )
        try:
            return get_model(self._name, config=config, memoize=False)
        except Exception as error:  # every provider has a library of its own, with errors of its own
            raise InputError(
                f"{self.identity.name} cannot be used: {_said(error)}",
                hint="Inspect's own documentation says what a provider needs: a library, a key.",
            ) from error

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """One call of the provider. What its moderation stopped is a completion (``Finish.FILTERED``)."""
        await self.start()
        from inspect_ai.log import Transcript
        from inspect_ai.log._transcript import init_transcript

        from octarine.models.inspect.answer import completion_from, generate_config
        from octarine.models.inspect.messages import chat_messages, tool_infos

        # Inspect keeps an event of every call in the transcript of the task that makes it: without one of
        # its own, a long run would hold them all.
        init_transcript(Transcript())
        messages, tools = chat_messages(conversation), tool_infos(conversation)
        started = time.monotonic()
        try:
            output = await self._model.generate(messages, tools=tools, config=generate_config(settings))
        except Exception as error:  # see _opened
            raise self._translated(error) from error
        completion = completion_from(output)
        return replace(completion, latency_s=completion.latency_s or time.monotonic() - started)

    def _translated(self, error: Exception) -> ModelError:
        told = f"{self.identity.name}: {_said(error)}"
        status = _status(error)
        if status in (401, 403):
            return AuthenticationError(told, hint=_KEY_HELP)
        if status == 404:
            return ModelNotFound(told, hint="The provider has no model of this name.")
        if status == 429:
            return RateLimited(told, hint="Lower the concurrency, or ask for a higher quota.")
        if status is not None and 400 <= status < 500:
            return RequestRejected(told)
        names = {cls.__name__ for cls in type(error).__mro__}
        if status is not None or any(word in name for name in names for word in _UNREACHABLE):
            return ModelUnavailable(told, hint="Try again later, or raise the time limit.")
        return ModelError(told)

    async def aclose(self) -> None:
        """Close the provider's client."""
        model, self._model = self._model, None
        if model is not None:
            await model.api.aclose()


def _status(error: BaseException | None) -> int | None:
    """The HTTP status of an error or of one that it was raised from."""
    while error is not None:
        for holder in (error, getattr(error, "response", None)):
            status = getattr(holder, "status_code", None)
            if isinstance(status, int):
                return status
        error = error.__cause__
    return None


def _said(error: Exception) -> str:
    """What an error says, on one line and without secrets; some of Inspect's carry markup for a terminal."""
    from rich.errors import MarkupError
    from rich.text import Text

    message = getattr(error, "message", None)
    text = message if isinstance(message, str) else str(message or error)
    with suppress(MarkupError):
        text = Text.from_markup(text).plain
    return redact(" ".join(text.split()))[:500] or type(error).__name__
