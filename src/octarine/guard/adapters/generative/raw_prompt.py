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
from pathlib import Path
from typing import Any

from octarine.core.content import Conversation, Message
from octarine.core.errors import AuthenticationError, BadResponse, InputError, RequestRejected, Unsupported
from octarine.core.protocols import Capabilities, Model
from octarine.core.results import Completion, ModelIdentity, Settings, TokenLogprob
from octarine.models.http.client import HttpClient, Limits, Request
from octarine.models.http.errors import Endpoint, status_error
from octarine.models.http.retries import RetryPolicy
from octarine.models.huggingface import (
    Engine,
    Generated,
    HuggingFaceModel,
    Source,
    Turns,
    folder_revision,
    source_of,
)
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
        return HuggingFaceModel(f"hf:{rest}", options, lambda: load_raw(source))
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


def load_raw(source: Source) -> Engine:
    """Read tokenizer and weights onto the best device here, to be asked with whole prompts.

    Raises:
        MissingExtra, InputError, ModelNotFound, ModelUnavailable: as ``models.huggingface``.
    """
    from octarine.guard.adapters.weights import Pretrained, best_device

    pretrained = Pretrained(source)
    model, tokenizer = pretrained.load("AutoModelForCausalLM"), pretrained.load("AutoTokenizer")
    folder = source.folder
    revision = folder_revision(folder) if folder else getattr(model.config, "_commit_hash", None) or ""
    return RawEngine(model.to(best_device()).eval(), tokenizer, revision, folder)


class RawEngine:
    """Greedy generation behind a whole prompt."""

    def __init__(self, model: Any, tokenizer: Any, revision: str, folder: Path | None) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self.revision = revision
        self.folder = folder

    def generate(self, turns: Turns, settings: Settings) -> Generated:
        """What follows the text of the one turn. The sampling settings are not looked at."""
        import torch

        text = (self._tokenizer.bos_token or "") + prompt_of(_conversation(turns))
        # The first token is in the text: a tokenizer that adds special tokens might add an end, too.
        inputs = self._tokenizer(text, return_tensors="pt", add_special_tokens=False).to(self._model.device)
        length = inputs["input_ids"].shape[1]
        longest = getattr(self._model.config, "max_position_embeddings", None)
        if longest and length + settings.max_tokens > longest:
            raise RequestRejected(f"{length} tokens of prompt are more than the model's {longest} allow")
        end = self._model.generation_config.eos_token_id
        ends = set(end) if isinstance(end, list) else {end} - {None}
        with torch.inference_mode():
            made = self._model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                max_new_tokens=settings.max_tokens,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                pad_token_id=self._tokenizer.pad_token_id or next(iter(ends), None),
                return_dict_in_generate=True,
                output_logits=True,
            )
        tokens = made.sequences[0, length:].tolist()
        return Generated(
            text=self._tokenizer.decode(tokens, skip_special_tokens=True),
            ended=bool(tokens) and tokens[-1] in ends,
            input_tokens=length,
            output_tokens=len(tokens),
            logprobs=self._logprobs(tokens, made.logits, settings.logprobs),
        )

    def _logprobs(self, tokens: list[int], logits: Any, count: int) -> tuple[TokenLogprob, ...]:
        found = []
        for token, step in zip(tokens, logits, strict=False) if count else ():
            scores = step[0].float().log_softmax(-1)
            best = scores.topk(min(count, scores.shape[-1]))
            top = zip(best.indices.tolist(), best.values.tolist(), strict=True)
            named = {self._tokenizer.decode([other]): value for other, value in top}
            found.append(TokenLogprob(self._tokenizer.decode([token]), float(scores[token]), named))
        return tuple(found)


def _conversation(turns: Turns) -> Conversation:
    return Conversation(tuple(message for turn in turns for message in _user(turn["content"])))


def _user(text: str) -> tuple[Message, ...]:
    return Conversation.user(text).messages
