"""Any endpoint that speaks OpenAI's chat completions protocol: OpenAI, vLLM, Ollama, llama.cpp, LiteLLM …

``octarine.models.openai.target`` says how an endpoint is named and where its key comes from.
"""

from __future__ import annotations

import difflib
import logging
import re
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from octarine.core.content import Conversation, Modality
from octarine.core.errors import AuthenticationError, BadResponse, InputError, ModelError, ModelNotFound
from octarine.core.protocols import Capabilities, Delta
from octarine.core.results import Completion, Finish, ModelIdentity, Settings
from octarine.models.content_json import chat_messages, chat_tools
from octarine.models.http.client import HttpClient, Limits, Request
from octarine.models.http.errors import Endpoint, Reply, status_error
from octarine.models.http.events import EventParser
from octarine.models.http.retries import RetryPolicy
from octarine.models.names import ModelOptions
from octarine.models.openai.answer import StreamedAnswer, completion_from
from octarine.models.openai.target import Target, openai_target, url_target

_log = logging.getLogger(__name__)

_DEFAULT_CONCURRENCY = 8
_FILTER_CODES = frozenset({"content_filter", "content_policy_violation"})
_NOT_SUPPORTED = re.compile(
    r"(?i)unsupported|not support|unrecognized|unrecognised|unknown|unexpected|extra|not permitted|"
    r"not allowed|deprecated|cannot both|only one of"
)
_DROPPABLE = ("stream_options", "temperature", "top_p", "seed")


def open_openai(rest: str, options: ModelOptions) -> OpenAIModel:
    """``openai:rest``."""
    return OpenAIModel(openai_target(rest), options)


def open_http(rest: str, options: ModelOptions) -> OpenAIModel:
    """``http://host/v1#name``."""
    return OpenAIModel(url_target("http", rest), options)


def open_https(rest: str, options: ModelOptions) -> OpenAIModel:
    """``https://host/v1#name``."""
    return OpenAIModel(url_target("https", rest), options)


class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint.

    Some models refuse parameters that others need: where a 400 or 422 says so, ``max_tokens`` becomes
    ``max_completion_tokens``, and ``temperature``, ``top_p``, ``seed`` and ``stream_options`` are left
    out from then on. ``adaptations`` tells which, and each is logged once.
    """

    def __init__(
        self,
        target: Target,
        options: ModelOptions,
        *,
        retry: RetryPolicy | None = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._target = target
        self._adaptations: frozenset[str] = frozenset()
        concurrency = options.concurrency or _DEFAULT_CONCURRENCY
        limits = Limits(
            concurrency=concurrency,
            timeout_s=options.timeout_s,
            retry=replace(retry or RetryPolicy(), max_retries=options.max_retries),
        )
        self._endpoint = Endpoint(
            label=target.base,
            key_help=f"The key is read from the environment variable {' or '.join(target.key_variables)}.",
            secrets=(target.key,) if target.key else (),
        )
        self._client = HttpClient(self._endpoint, limits, rng=rng)
        self._capabilities = Capabilities(
            inputs=frozenset({Modality.TEXT, Modality.IMAGE, Modality.AUDIO}),
            tools=True,
            streaming=True,
            logprobs=True,
            concurrency=concurrency,
        )

    @property
    def identity(self) -> ModelIdentity:
        """The address and the model's name. Endpoints give no revision that stays the same between calls."""
        separator = "" if self._target.name.endswith(":") or not self._target.model else "#"
        return ModelIdentity(f"{self._target.name}{separator}{self._target.model}")

    @property
    def capabilities(self) -> Capabilities:
        """What the protocol has; a model that lacks some of it rejects the request."""
        return self._capabilities

    @property
    def adaptations(self) -> frozenset[str]:
        """The parameters that this model would not take."""
        return self._adaptations

    async def start(self) -> None:
        """Find out the model's name where none was given. Otherwise nothing is called.

        Raises:
            AuthenticationError: no key for an endpoint that needs one.
            InputError: no name, and the endpoint offers none, or several.
        """
        if self._target.needs_key and not self._target.key:
            raise AuthenticationError(
                f"{self._endpoint.label} needs a key, and {self._target.key_variables[0]} is not set",
                hint=f"Set it:  export {self._target.key_variables[0]}=…",
            )
        if not self._target.model:
            self._target = replace(self._target, model=await self._only_model())

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The first choice. A refusal by the endpoint's own filter is a completion (``Finish.FILTERED``)."""
        while True:
            used = self._adaptations
            started = time.monotonic()
            reply = await self._client.send(self._request(conversation, settings, used, stream=False))
            latency = time.monotonic() - started
            if reply.status == 200:
                return completion_from(reply.json(self._endpoint), self._endpoint, latency)
            if _filtered(reply):
                return Completion(finish=Finish.FILTERED, latency_s=latency)
            if not self._adapt(reply, used):
                raise await self._error(reply)

    async def stream(self, conversation: Conversation, settings: Settings) -> AsyncIterator[Delta]:
        """The answer in pieces, the last with the whole completion.

        Raises:
            ModelUnavailable: the connection broke in the middle.
            BadResponse: the stream ended before the answer did.
        """
        while True:
            used = self._adaptations
            started = time.monotonic()
            request = self._request(conversation, settings, used, stream=True)
            async with self._client.stream(request) as (head, pieces):
                if head.status == 200:
                    async for delta in self._deltas(head, pieces, started):
                        yield delta
                    return
                reply = replace(head, body=b"".join([piece async for piece in pieces]))
            if _filtered(reply):
                yield Delta(
                    completion=Completion(finish=Finish.FILTERED, latency_s=time.monotonic() - started)
                )
                return
            if not self._adapt(reply, used):
                raise await self._error(reply)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _deltas(
        self, head: Reply, pieces: AsyncIterator[bytes], started: float
    ) -> AsyncIterator[Delta]:
        if "json" in head.headers.get("content-type", ""):
            # A server that does not stream answers at once.
            whole = replace(head, body=b"".join([piece async for piece in pieces]))
            completion = completion_from(
                whole.json(self._endpoint), self._endpoint, time.monotonic() - started
            )
            yield Delta(completion.text, completion)
            return
        parser, answer = EventParser(), StreamedAnswer(self._endpoint)
        beginning = b""
        async for piece in pieces:
            beginning = beginning or piece
            for event in parser.feed(piece):
                if text := answer.add(event.data):
                    yield Delta(text)
        for event in parser.close() if not answer.complete else []:
            if text := answer.add(event.data):
                yield Delta(text)
        if not answer.complete:
            raise BadResponse(
                f"{self._endpoint.label} ended its stream before the answer was finished; "
                f"it began {self._endpoint.excerpt(beginning)}"
            )
        yield Delta(completion=answer.completion(time.monotonic() - started))

    def _request(
        self, conversation: Conversation, settings: Settings, adaptations: frozenset[str], *, stream: bool
    ) -> Request:
        body: dict[str, Any] = {
            "model": self._target.model,
            "messages": chat_messages(conversation),
            "temperature": settings.temperature,
            "seed": settings.seed,
        }
        limit = "max_completion_tokens" if "max_tokens" in adaptations else "max_tokens"
        body[limit] = settings.max_tokens
        if conversation.tools:
            body["tools"] = chat_tools(conversation)
        if settings.top_p != 1.0:
            body["top_p"] = settings.top_p
        if settings.stop:
            body["stop"] = list(settings.stop)
        if settings.logprobs:
            body |= {"logprobs": True, "top_logprobs": settings.logprobs}
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        body = {name: value for name, value in body.items() if name not in adaptations}
        return Request(self._target.url("chat/completions"), headers=self._headers, json=body)

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._target.key}"} if self._target.key else {}

    def _adapt(self, reply: Reply, used: frozenset[str]) -> bool:
        """Whether the request is worth sending again, because it will differ from the one just refused."""
        refused = _refused_parameter(reply)
        if refused is None or refused in used:
            return False
        if refused not in self._adaptations:
            self._adaptations |= {refused}
            done = "sent as max_completion_tokens" if refused == "max_tokens" else "left out"
            _log.warning("%s does not take '%s': %s from now on", self.identity.name, refused, done)
        return True

    async def _error(self, reply: Reply) -> ModelError:
        error = status_error(self._endpoint, reply)
        if not isinstance(error, ModelNotFound):
            return error
        try:
            offered = await self._offered()
        except ModelError:
            hint = "Check the address: with most servers it ends in /v1."
        else:
            near = difflib.get_close_matches(self._target.model, offered, n=1)
            guess = f"Did you mean '{near[0]}'? " if near else ""
            hint = f"{guess}{_listing(offered)}"
        return ModelNotFound(error.message, hint=hint)

    async def _offered(self) -> list[str]:
        request = Request(self._target.url("models"), method="GET", headers=self._headers)
        reply = await self._client.send(request)
        if reply.status != 200:
            raise status_error(self._endpoint, reply)
        data = reply.json(self._endpoint)
        entries = data.get("data") if isinstance(data, dict) else None
        if not isinstance(entries, list):
            raise BadResponse(
                f"{self._endpoint.label}/models answered with no list: {self._endpoint.excerpt(reply.body)}"
            )
        return [str(entry["id"]) for entry in entries if isinstance(entry, dict) and "id" in entry]

    async def _only_model(self) -> str:
        try:
            offered = await self._offered()
        except (ModelNotFound, BadResponse) as error:
            raise InputError(
                f"{self._endpoint.label} does not say which models it offers: {error.message}",
                hint=f"Name one after '#', as in {self._endpoint.label}#model-name",
            ) from None
        if len(offered) != 1:
            raise InputError(
                f"{self._endpoint.label} offers {len(offered)} models, and the name says none",
                hint=f"Name one after '#', as in {self._endpoint.label}#model-name. {_listing(offered)}",
            )
        return offered[0]


def _listing(offered: list[str]) -> str:
    if not offered:
        return "The endpoint offers no model at all."
    more = f" … and {len(offered) - 20} more" if len(offered) > 20 else ""
    return f"The endpoint offers: {', '.join(sorted(offered)[:20])}{more}"


def _error_object(reply: Reply) -> dict[str, Any]:
    try:
        data = reply.json(Endpoint(""))
    except BadResponse:
        return {}
    error = data.get("error", data) if isinstance(data, dict) else None
    return error if isinstance(error, dict) else {}


def _filtered(reply: Reply) -> bool:
    return reply.status in {400, 403} and str(_error_object(reply).get("code")) in _FILTER_CODES


def _refused_parameter(reply: Reply) -> str | None:
    """The parameter that a 400 or 422 says this model does not take at all."""
    if reply.status not in {400, 422}:
        return None
    said = reply.body.decode("utf-8", "replace")
    if not _NOT_SUPPORTED.search(said):
        return None
    if "max_completion_tokens" in said and re.search(r"\bmax_tokens\b", said):
        return "max_tokens"
    named = _error_object(reply).get("param")
    mentioned = [name for name in _DROPPABLE if name == named or re.search(rf"\b{name}\b", said)]
    return mentioned[0] if mentioned else None
