"""Models that are asked with a whole prompt, as some moderation models were trained: no chat template is laid
around it.

``open_raw`` opens an Octarine model's name this way: ``openai:`` and ``http(s)://`` by the route
``/completions`` (vLLM and llama.cpp have it), ``hf:`` on this machine. The prompt is the text of the one
message of the conversation; the token that begins a text is added by the server, or here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from octarine.core.content import Conversation, Message
from octarine.core.errors import AuthenticationError, BadResponse, InputError, Unsupported
from octarine.core.protocols import Capabilities, Model
from octarine.core.results import Completion, ModelIdentity, Settings
from octarine.models.http.client import HttpClient, Limits, Request
from octarine.models.http.errors import Endpoint, status_error
from octarine.models.http.retries import RetryPolicy
from octarine.models.huggingface import HuggingFaceModel, TorchEngine, Turns, load, source_of
from octarine.models.names import ModelOptions, open_model, split_name
from octarine.models.openai.answer import completion_from
from octarine.models.openai.target import Target, openai_target, url_target

_CONCURRENCY = 8
_TEMPLATED = ("embedded", "bedrock", "http-json", "guarded", "inspect")
"""Schemes whose models lay a chat template around everything."""


def open_raw(name: str, options: ModelOptions) -> Model:
    """The model called ``name``, asked with whole prompts. Not started.

    Raises:
        InputError: there is no way to ask such a model without a template.
        OctarineError: as ``models.open_model``.
    """
    scheme, rest = split_name(name)
    if scheme == "openai":
        return CompletionsModel(openai_target(rest), options)
    if scheme in ("http", "https"):
        return CompletionsModel(url_target(scheme, rest), options)
    if scheme == "hf":
        source = source_of(rest)
        return HuggingFaceModel(f"hf:{rest}", options, lambda: load(source, RawEngine))
    if scheme in _TEMPLATED:
        raise InputError(
            f"'{name}' cannot be asked with a whole prompt",
            hint="Serve the weights with vLLM or llama.cpp and name http://host/v1#name, or use hf:",
        )
    return open_model(name, options)


class CompletionsModel:
    """An endpoint's ``/completions`` route."""

    def __init__(self, target: Target, options: ModelOptions) -> None:
        if not target.model:
            raise InputError(
                f"the name of '{target.base}' says no model",
                hint=f"For example:  {target.base}#allenai/wildguard",
            )
        self._target = target
        concurrency = options.concurrency or _CONCURRENCY
        self._endpoint = Endpoint(
            label=target.base,
            key_help=f"The key is read from the environment variable {' or '.join(target.key_variables)}.",
            secrets=(target.key,) if target.key else (),
        )
        retry = replace(RetryPolicy(), max_retries=options.max_retries)
        self._client = HttpClient(self._endpoint, Limits(concurrency, options.timeout_s, retry=retry))
        self._capabilities = Capabilities(
            multi_turn=False, system=False, logprobs=True, concurrency=concurrency
        )

    @property
    def identity(self) -> ModelIdentity:
        """The address and the model's name."""
        separator = "" if self._target.name.endswith(":") else "#"
        return ModelIdentity(f"{self._target.name}{separator}{self._target.model}")

    @property
    def capabilities(self) -> Capabilities:
        """One text in, one out."""
        return self._capabilities

    async def start(self) -> None:
        """See whether there is a key, where one is needed."""
        if self._target.needs_key and not self._target.key:
            variable = self._target.key_variables[0]
            raise AuthenticationError(
                f"{self._endpoint.label} needs a key, and {variable} is not set",
                hint=f"Set it:  export {variable}=…",
            )

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """What follows the prompt."""
        body: dict[str, Any] = {
            "model": self._target.model,
            "prompt": prompt_of(conversation),
            "max_tokens": settings.max_tokens,
            "temperature": settings.temperature,
            "seed": settings.seed,
        }
        if settings.stop:
            body["stop"] = list(settings.stop)
        if settings.logprobs:
            body["logprobs"] = settings.logprobs
        headers = {"Authorization": f"Bearer {self._target.key}"} if self._target.key else {}
        started = time.monotonic()
        reply = await self._client.send(Request(self._target.url("completions"), headers=headers, json=body))
        if reply.status != 200:
            raise status_error(self._endpoint, reply)
        chat = _as_chat(reply.json(self._endpoint), self._endpoint)
        return completion_from(chat, self._endpoint, time.monotonic() - started)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def prompt_of(conversation: Conversation) -> str:
    """The prompt that a conversation of one message is.

    Raises:
        Unsupported: there are more.
    """
    if len(conversation.messages) != 1:
        raise Unsupported("a whole prompt is one message", hint="Ask the model through open_model.")
    return conversation.messages[0].text


def _as_chat(data: Any, endpoint: Endpoint) -> Any:
    """The answer in the form of a chat completion, which has the one reader."""
    choices = data.get("choices") if isinstance(data, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return data
    first = choices[0]
    if not isinstance(first.get("text"), str):
        raise BadResponse(
            f"{endpoint.label} answered with no text: {sorted(first)}",
            hint="Is this the /v1 of a server that has the route /completions?",
        )
    logprobs = first.get("logprobs")
    if isinstance(logprobs, dict) and "tokens" in logprobs:
        logprobs = {"content": _steps(logprobs)}
    message = {"role": "assistant", "content": first["text"]}
    choice = {"message": message, "finish_reason": first.get("finish_reason"), "logprobs": logprobs}
    return {**data, "choices": [choice]}


def _steps(logprobs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The three lists of the older form as one."""
    tokens: Sequence[Any] = logprobs["tokens"]
    tops: Sequence[Any] = logprobs.get("top_logprobs") or [None] * len(tokens)
    chances: Sequence[Any] = logprobs.get("token_logprobs") or []
    return [
        {
            "token": token,
            "logprob": chance,
            "top_logprobs": [{"token": word, "logprob": value} for word, value in (top or {}).items()],
        }
        for token, chance, top in zip(tokens, chances, tops, strict=False)
        if chance is not None
    ]


class RawEngine(TorchEngine):
    """Generation behind a whole prompt."""

    def inputs(self, turns: Turns) -> Any:
        """The text of the one turn, with the token that begins a text."""
        text = (self._tokenizer.bos_token or "") + prompt_of(_conversation(turns))
        # The first token is in the text: a tokenizer that adds special tokens might add an end, too.
        given = self._tokenizer(text, return_tensors="pt", add_special_tokens=False).to(self._model.device)
        return {name: given[name] for name in ("input_ids", "attention_mask")}


def _conversation(turns: Turns) -> Conversation:
    return Conversation(tuple(message for turn in turns for message in _user(turn["content"])))


def _user(text: str) -> tuple[Message, ...]:
    return Conversation.user(text).messages
