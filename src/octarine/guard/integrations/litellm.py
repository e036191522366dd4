"""A guardrail for LiteLLM's proxy. In its configuration::

    guardrails:
      - guardrail_name: octarine
        litellm_params:
          guardrail: octarine.guard.integrations.litellm.OctarineGuardrail
          mode: [pre_call, post_call]
          default_on: true
          policy: default                 # or the path of one
          blocked: raise                  # or answer

Written against ``litellm.integrations.custom_guardrail.CustomGuardrail`` of LiteLLM 1.106.
"""

from __future__ import annotations

import asyncio
import copy
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NoReturn

from octarine.core.errors import InputError, MissingExtra
from octarine.core.results import Verdict
from octarine.guard.chat.events import Chunks
from octarine.guard.chat.inspection import AnswerCheck
from octarine.guard.chat.refusals import Refusal, invalid
from octarine.guard.chat.slots import Slot, bounded, field_leaves, leaves
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.guard import Guard
from octarine.guard.integrations.exchange import (
    CHARACTERS,
    Asked,
    Chat,
    Exchange,
    OnBlock,
    Responses,
    Route,
    check_choice,
    guard_of,
)

try:
    from litellm.exceptions import GuardrailRaisedException
    from litellm.integrations.custom_guardrail import CustomGuardrail
except ImportError:
    raise MissingExtra("litellm", "a guardrail of LiteLLM's proxy") from None

Json = dict[str, Any]
_CONTENT = (
    "messages", "prompt", "input", "instructions", "system", "suffix", "query", "documents", "tools",
    "functions", "response_format", "prediction", "text", "reasoning", "extra_body", "file", "image", "mask",
    "contents", "systemInstruction", "system_instruction", "config", "generationConfig",
)  # fmt: skip
"""Fields of a request that a model reads; all else in ``data`` is LiteLLM's own."""
_TOLD = ("model", "n", "stream", "background", "modalities", "audio")
_EARLIER = ("previous_response_id", "conversation")
"""Fields of a request to ``/responses`` that name what the upstream kept of earlier ones."""
_KNOWN = frozenset(
    kind + name
    for kind in ("", "a")
    for name in (
        "completion", "text_completion", "responses", "anthropic_messages", "generate_content",
        "generate_content_stream", "embedding", "moderation", "rerank", "search", "vector_store_search",
        "image_generation", "image_edit", "speech", "transcription",
    )
)  # fmt: skip
"""Kinds of calls whose content stands in ``_CONTENT``."""
_FILES = ("inlineData", "inline_data", "fileData", "file_data")
"""Parts of ``contents`` that are no text."""
_OPEN = 4_096
"""Requests whose answers may still come."""


class Other:
    """Requests that are no chat: every text counts."""

    named, ends = False, True

    def read(self, body: Json) -> Asked:
        """See ``exchange.Route``."""
        slots = [slot for name in _CONTENT if name in body for slot in field_leaves(body, name, "", "user")]
        slots += _files(body.get("contents"), "contents")
        if not slots:
            raise invalid("The guard finds nothing in this request that it could look at.")
        return Asked(bounded(slots, CHARACTERS), model=str(body.get("model", "")))

    def judge(self, check: AnswerCheck, body: Any) -> Verdict | None:
        """See ``exchange.Route``."""
        _, verdict, _ = check.judge(leaves(body, "", OUTPUT))
        return verdict

    def refused(self, asked: Asked, verdict: Verdict) -> Json | None:
        """See ``exchange.Route``."""
        return None

    def open(self, check: AnswerCheck, asked: Asked) -> Chunks:
        """See ``exchange.Route``."""
        raise Refusal(502, "The guard does not know this kind of stream.")

    def streamed_refusal(self, asked: Asked, verdict: Verdict) -> Iterator[Json]:
        """See ``exchange.Route``."""
        return iter(())


class OctarineGuardrail(CustomGuardrail):  # type: ignore[misc]
    """Looks at requests (``pre_call``: covers what the policy wants covered; ``during_call``: beside the
    model, so it can only block) and at answers (``post_call``), streamed ones included.

    Args:
        policy: a guard, the name of a policy, or the path of one.
        blocked: ``raise``: the proxy answers with status 400; ``answer``: with the policy's message.
        more: what LiteLLM gives its guardrails: ``guardrail_name``, ``event_hook``, ``default_on`` …
    """

    def __init__(
        self, policy: Guard | str | Path = "default", blocked: OnBlock = "raise", **more: Any
    ) -> None:
        check_choice(blocked)
        self._guard = guard_of(policy)
        self._on_block = blocked
        self._exchanges: OrderedDict[str, Exchange] = OrderedDict()
        super().__init__(**{"guardrail_name": "octarine", **more})
        # Another for each guardrail: several may look at one request.
        self._noted = f"octarine.{self.guardrail_name}"

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: Json, call_type: str
    ) -> Json:
        """Look at a request before the model gets it; what the policy covers is covered in ``data``."""
        exchange = await self._known(data, call_type)
        if exchange.blocked is not None:
            self._refuse(exchange.blocked, data)
        data.update({name: value for name, value in exchange.body.items() if name in _CONTENT})
        # Whoever sends the request may fill its metadata: the token is ours, and nobody can guess it.
        token = secrets.token_hex(16)
        _metadata(data)[self._noted] = token
        self._exchanges[token] = exchange
        while len(self._exchanges) > _OPEN:
            self._exchanges.popitem(last=False)
        return data

    async def async_moderation_hook(self, data: Json, user_api_key_dict: Any, call_type: str) -> Json:
        """Look at a request while the model answers it: nothing can be covered any more, so what would be is
        blocked."""
        exchange = await self._known(data, call_type)
        if exchange.blocked is not None:
            self._refuse(exchange.blocked, data)
        if any(exchange.body[name] != data.get(name) for name in exchange.body):
            raise GuardrailRaisedException(
                self.guardrail_name, "The policy covers parts of this request: use the mode pre_call.", False
            )
        return data

    async def async_post_call_success_hook(self, data: Json, user_api_key_dict: Any, response: Any) -> Any:
        """Look at a whole answer."""
        exchange = await self._exchange(data)
        body = response.model_dump() if hasattr(response, "model_dump") else copy.deepcopy(response)
        verdict = await asyncio.to_thread(exchange.judge, body)
        if verdict is not None and (self._on_block == "raise" or not _answers(exchange.route)):
            self._refuse(verdict, data, response)
        return _like(response, body)

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: Any, response: Any, request_data: Json
    ) -> AsyncIterator[Any]:
        """Look at a streamed answer; it goes out as the guard lets it."""
        exchange = await self._exchange(request_data)
        chunks = exchange.open()
        last: Any = None
        async for last in response:
            if not hasattr(last, "model_dump"):
                raise Refusal(502, "The guard does not know this kind of stream.")
            for one in await asyncio.to_thread(_taken, chunks, last.model_dump(exclude_none=True)):
                yield _like(last, one)
            if chunks.blocked is not None and self._on_block == "raise":
                self._refuse(chunks.blocked, request_data)
            if chunks.over:
                return
        for one in await asyncio.to_thread(_rest, chunks, last is not None):
            yield _like(last, one)
        if chunks.blocked is not None and self._on_block == "raise":
            self._refuse(chunks.blocked, request_data)

    async def _known(self, data: Json, call_type: str) -> Exchange:
        """``_looked`` at a request of a kind whose content is known to be found."""
        kind = str(getattr(call_type, "value", call_type))
        if kind not in _KNOWN:
            raise GuardrailRaisedException(
                self.guardrail_name,
                f"The guard does not look into calls of '{kind}'.",
                False,
                status_code=400,
            )
        return await self._looked(data, kind)

    async def _looked(self, data: Json, call_type: str) -> Exchange:
        route = _route(data, str(call_type))
        names = (*_CONTENT, *_TOLD, *(_EARLIER if isinstance(route, Responses) else ()))
        body = {name: copy.deepcopy(data[name]) for name in names if data.get(name) is not None}
        if isinstance(route, Chat):
            # Not of this protocol, but some clients send it along.
            body.pop("reasoning", None)
        try:
            return await asyncio.to_thread(Exchange, self._guard, route, body)
        except Refusal as refusal:
            raise GuardrailRaisedException(
                self.guardrail_name, refusal.message, False, status_code=refusal.status
            ) from None

    async def _exchange(self, data: Json) -> Exchange:
        """That of the request, or where it was not looked at before, a new one: its answer counts alone."""
        token = _metadata(data).get(self._noted)
        exchange = self._exchanges.pop(token, None) if isinstance(token, str) else None
        if exchange is not None:
            return exchange
        exchange = await self._looked(data, str(data.get("call_type", "")))
        if exchange.check.request.placeholders:
            raise InputError(
                "the policy covers parts of requests, and this one went to the model as it was",
                hint="Name pre_call beside post_call under  mode:",
            )
        return exchange

    def _refuse(self, verdict: Verdict, data: Json, response: Any = None) -> NoReturn:
        if self._on_block == "answer":
            self.raise_passthrough_exception(
                violation_message=verdict.message,
                request_data=data,
                detection_info={"policy": verdict.policy, "rules": list(verdict.rules)},
                original_response=response,
            )
        raise GuardrailRaisedException(self.guardrail_name, verdict.message, False, blocked_content=True)


def _files(node: Any, path: str) -> Iterator[Slot]:
    """What is no text at and below ``node``."""
    if isinstance(node, dict):
        yield from (Slot("user", f"{path}.{n}", None, unscannable="document") for n in _FILES if node.get(n))
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _files(one, path)


def _taken(chunks: Chunks, chunk: Json) -> list[Json]:
    return list(chunks.take(chunk))


def _rest(chunks: Chunks, done: bool) -> list[Json]:
    return list(chunks.close(done=done))


def _route(data: Json, call_type: str) -> Route:
    if isinstance(data.get("messages"), list):
        return Chat()
    return Responses() if "responses" in call_type else Other()


def _answers(route: Route) -> bool:
    return isinstance(route, Chat | Responses)


def _metadata(data: Json) -> Json:
    name = "litellm_metadata" if isinstance(data.get("litellm_metadata"), dict) else "metadata"
    if not isinstance(data.get(name), dict):
        data[name] = {}
    found: Json = data[name]
    return found


def _like(given: Any, body: Any) -> Any:
    """``body`` as what ``given`` is; what LiteLLM notes beside it stays."""
    if not hasattr(given, "model_dump"):
        return body
    made = type(given)(**body)
    for name in ("_hidden_params", "_response_headers"):
        if (noted := getattr(given, name, None)) is not None:
            setattr(made, name, noted)
    return made
