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

Kinds of calls:

- guarded: chat and text completions, responses, Anthropic's messages, Gemini's ``generateContent``,
  embeddings, moderations, rerank, search, vector store search; pictures to be made or changed, speech and
  transcriptions as far as they are text: whether what is none may pass is the policy's word
  (``unscannable``), and it is blocked without one.
- refused with status 400, whatever the mode: pass-through routes, MCP tools and their lists, realtime and
  all other WebSockets, batches, files, fine-tuning, stored responses, vector stores themselves, containers
  and sandboxes, video, OCR, agents (A2A, interactions, skills), decisions, and every kind of a release that
  nobody here has seen. Where such calls may pass unseen, turn the guardrail off for their key
  (``disable_global_guardrails``).
- never shown to a guardrail by LiteLLM: threads and assistants (``/threads``, ``/assistants``), and the
  transcript of a transcription. Close those routes where that matters.

``litellm_calls`` has the names.
"""

from __future__ import annotations

import asyncio
import copy
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NoReturn

from octarine.core.errors import InputError, MissingExtra
from octarine.core.results import Verdict
from octarine.guard.chat.refusals import Refusal
from octarine.guard.dialects.chat import Chat
from octarine.guard.dialects.dialect import Chunks, Json
from octarine.guard.dialects.responses import Responses
from octarine.guard.guard import Guard
from octarine.guard.integrations.exchange import Exchange, OnBlock, check_choice, guard_of
from octarine.guard.integrations.litellm_calls import CONTENT, dialect_of, why_refused

try:
    from litellm.exceptions import GuardrailRaisedException
    from litellm.integrations.custom_guardrail import CustomGuardrail
    from litellm.types.guardrails import GuardrailEventHooks
except ImportError:
    raise MissingExtra("litellm", "a guardrail of LiteLLM's proxy") from None

_TOLD = ("model", "n", "stream", "background", "modalities", "audio")
_EARLIER = ("previous_response_id", "conversation")
"""Fields of a request to ``/responses`` that name what the upstream kept of earlier ones."""
_BEFORE = frozenset(
    {"image_generation", "rerank", "moderation", "aspeech", "transcription", "text_completion"}
)
"""Kinds of calls that the proxy never shows beside the model, only before it."""
_UNSEEN = (GuardrailEventHooks.pre_call, GuardrailEventHooks.pre_mcp_call)
"""When calls that nobody looks into are refused."""
_OPEN = 4_096
"""Requests whose answers may still come."""


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

    def should_run_guardrail(self, data: Any, event_type: Any) -> bool:
        """Where any mode is named, before the call, too: what nobody can look into is refused then."""
        runs = super().should_run_guardrail
        if event_type not in _UNSEEN:
            return bool(runs(data=data, event_type=event_type))
        modes = (one for one in GuardrailEventHooks if one is not GuardrailEventHooks.logging_only)
        return any(runs(data=data, event_type=mode) for mode in modes)

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: Json, call_type: str
    ) -> Json:
        """Look at a request before the model gets it; what the policy covers is covered in ``data``. Where
        the mode is another, only refuse what nobody looks into."""
        kind = _kind(call_type)
        self._check_kind(kind)
        if not self._event_hook_is_event_type(GuardrailEventHooks.pre_call):
            if kind in _BEFORE and self._event_hook_is_event_type(GuardrailEventHooks.during_call):
                await self.async_moderation_hook(data, user_api_key_dict, kind)
            return data
        exchange = await self._looked(data, kind)
        if exchange.blocked is not None:
            self._refuse(exchange.blocked, data)
        data.update({name: value for name, value in exchange.body.items() if name in CONTENT})
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
        kind = _kind(call_type)
        self._check_kind(kind)
        exchange = await self._looked(data, kind)
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
        if verdict is not None and (
            self._on_block == "raise" or not isinstance(exchange.dialect, Chat | Responses)
        ):
            self._refuse(verdict, data, response)
        return _like(response, body)

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: Any, response: Any, request_data: Json
    ) -> AsyncIterator[Any]:
        """Look at a streamed answer; it goes out as the guard lets it."""
        exchange = await self._exchange(request_data)
        chunks = exchange.chunks()
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

    def _check_kind(self, kind: str) -> None:
        if why := why_refused(kind):
            raise GuardrailRaisedException(
                self.guardrail_name,
                f"The guard does not look into calls of '{kind}', so this one is not passed on: {why}. "
                "Where such calls may pass unseen, turn the guardrail off for their key "
                "(disable_global_guardrails).",
                False,
                status_code=400,
            )

    async def _looked(self, data: Json, call_type: str) -> Exchange:
        dialect = dialect_of(data, call_type)
        names = (*CONTENT, *_TOLD, *(_EARLIER if isinstance(dialect, Responses) else ()))
        body = {name: copy.deepcopy(data[name]) for name in names if data.get(name) is not None}
        if isinstance(dialect, Chat):
            # Not of this protocol, but some clients send it along.
            body.pop("reasoning", None)
        try:
            return await asyncio.to_thread(Exchange, self._guard, dialect, body)
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


def _taken(chunks: Chunks, chunk: Json) -> list[Json]:
    return list(chunks.take(chunk))


def _rest(chunks: Chunks, done: bool) -> list[Json]:
    return list(chunks.close(done=done))


def _kind(call_type: Any) -> str:
    return str(getattr(call_type, "value", call_type))


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
