"""OpenAI's moderation endpoint, and every server that speaks like it.

``openai-moderation:omni-moderation-latest`` asks api.openai.com (or OPENAI_BASE_URL) with OPENAI_API_KEY;
``openai-moderation:https://host/v1#model`` any other, with the keys of ``models.openai.target``. Source:
platform.openai.com/docs/api-reference/moderations: ``input`` is a text, or parts of text and pictures; each
result has ``flagged``, ``categories`` and ``category_scores``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from octarine.core.content import Conversation, Message, Modality
from octarine.core.errors import AuthenticationError, BadResponse, InputError, Unsupported
from octarine.core.results import ModelIdentity, Usage
from octarine.guard.adapters.adapter import Moderation, last_message, message_text, side_of
from octarine.guard.adapters.labels import Label, tables
from octarine.models.content_json import chat_messages
from octarine.models.http.client import HttpClient, Limits, Request
from octarine.models.http.errors import Endpoint, status_error
from octarine.models.http.retries import RetryPolicy
from octarine.models.names import ModelOptions
from octarine.models.openai.target import Target, openai_target, url_target

NAME = "openai-moderation"
_CONCURRENCY = 8


def open_openai_moderation(rest: str, options: ModelOptions) -> OpenAIModeration:
    """``openai-moderation:rest``."""
    scheme = rest.partition("://")[0]
    target = url_target(scheme, rest) if scheme in ("http", "https") else openai_target(rest)
    return OpenAIModeration(target, options)


class OpenAIModeration:
    """The moderation route of an endpoint. Each message is judged by itself."""

    name = NAME

    def __init__(self, target: Target, options: ModelOptions) -> None:
        if not target.model:
            raise InputError(
                f"{NAME}: no model is named", hint=f"For example:  {NAME}:omni-moderation-latest"
            )
        self._target = target
        self._table = tables()[NAME]
        self._endpoint = Endpoint(
            label=target.base,
            key_help=f"The key is read from the environment variable {' or '.join(target.key_variables)}.",
            secrets=(target.key,) if target.key else (),
        )
        retry = replace(RetryPolicy(), max_retries=options.max_retries)
        limits = Limits(options.concurrency or _CONCURRENCY, options.timeout_s, retry=retry)
        self._client = HttpClient(self._endpoint, limits)

    @property
    def identity(self) -> ModelIdentity:
        """The address and the model's name."""
        separator = "" if self._target.name.endswith(":") else "#"
        return ModelIdentity(f"{self._target.name}{separator}{self._target.model}")

    @property
    def covers(self) -> Mapping[str, tuple[str, ...]]:
        """Harmful content, and help with wrongdoing."""
        return self._table.covers

    async def start(self) -> None:
        """See whether there is a key, where one is needed."""
        if self._target.needs_key and not self._target.key:
            variable = self._target.key_variables[0]
            raise AuthenticationError(
                f"{NAME} needs a key, and {variable} is not set", hint=f"export {variable}=…"
            )

    async def moderate(self, conversation: Conversation) -> Moderation:
        """Judge the last message: its text and its pictures."""
        message = last_message(conversation)
        headers = {"Authorization": f"Bearer {self._target.key}"} if self._target.key else {}
        body = {"model": self._target.model, "input": _input(message)}
        started = time.monotonic()
        reply = await self._client.send(Request(self._target.url("moderations"), headers=headers, json=body))
        if reply.status != 200:
            raise status_error(self._endpoint, reply)
        return Moderation.of(
            self._table,
            self._labels(reply.json(self._endpoint)),
            side_of(conversation),
            usage=Usage(),
            seconds=time.monotonic() - started,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _labels(self, data: Any) -> list[Label]:
        """Those of every result together. A category that the table does not know is only ``flagged``."""
        try:
            labels = [
                Label(name, bool(flagged), _score(result["category_scores"].get(name)))
                for result in data["results"]
                for name, flagged in result["categories"].items()
                if name in self._table.label
            ]
            flagged = any(bool(result["flagged"]) for result in data["results"])
        except (KeyError, TypeError, AttributeError) as error:
            raise BadResponse(
                f"{self._endpoint.label} answered with no moderation ({error!r})",
                hint="Check that the address has the route /moderations of OpenAI's API.",
            ) from None
        if not data["results"]:
            raise BadResponse(f"{self._endpoint.label} answered with an empty list of results")
        named = any(label.flagged for label in labels)
        return labels if named or not flagged else [*labels, Label("flagged", True)]


def _score(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and 0.0 <= value <= 1.0 else None


def _input(message: Message) -> Any:
    others = sorted({part.modality for part in message.parts} - {Modality.TEXT, Modality.IMAGE})
    if others:
        raise Unsupported(
            f"{NAME} looks at text and pictures only, and the message holds: {', '.join(others)}"
        )
    if all(part.modality is Modality.TEXT for part in message.parts):
        return message_text(message)
    (written,) = chat_messages(Conversation((Message(message.role, message.parts),)))
    return written["content"]
