"""``http-json:FILE``: any endpoint that takes and gives JSON, described by a YAML file.

``octarine.models.http_json.spec`` shows the file. Most deployed chatbots speak no standard protocol; this is
how they are tested without writing code.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import jsonpath
import numpy as np

from octarine.core.codec import Json, canonical
from octarine.core.content import Conversation, Message, Modality, Role
from octarine.core.errors import BadResponse, InputError, RequestRejected, Unsupported
from octarine.core.protocols import Capabilities
from octarine.core.results import Completion, Finish, ModelIdentity, Settings, Usage
from octarine.models.http.client import HttpClient, Limits, Request
from octarine.models.http.errors import Endpoint, Reply, status_error
from octarine.models.http.retries import RetryPolicy
from octarine.models.http_json.spec import EndpointSpec, MultiTurn, read_spec
from octarine.models.http_json.template import ABSENT, fill, fill_text, fill_url
from octarine.models.names import ModelOptions

_DEFAULT_CONCURRENCY = 4


def open_model(rest: str, options: ModelOptions) -> HttpJsonModel:
    """``http-json:rest``, where ``rest`` is the path of the YAML file."""
    path = Path(rest).expanduser()
    if not path.is_file():
        raise InputError(
            f"there is no file '{rest}'",
            hint="http-json: takes the path of a YAML file that describes the endpoint.",
        )
    return HttpJsonModel(f"http-json:{rest}", read_spec(path), options)


@dataclass
class _Session:
    """What one conversation carries from call to call."""

    identifier: str
    cookies: httpx.Cookies | None
    captured: dict[str, Any] = field(default_factory=dict)


class HttpJsonModel:
    """A model behind an endpoint that ``spec`` describes.

    Every call of ``generate`` is a session of its own. One that fails on the way is begun again from its
    first turn, because nobody knows what the server remembers.
    """

    def __init__(
        self,
        name: str,
        spec: EndpointSpec,
        options: ModelOptions,
        *,
        retry: RetryPolicy | None = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._spec = spec
        self._identity = ModelIdentity(name, revision=spec.revision)
        self._rng = rng or np.random.default_rng()
        self._paths = {key: jsonpath.compile(path) for key, path in spec.paths.items()}
        concurrency = options.concurrency or spec.max_concurrency or _DEFAULT_CONCURRENCY
        if spec.max_concurrency is not None:
            concurrency = min(concurrency, spec.max_concurrency)
        limits = Limits(
            concurrency=concurrency,
            timeout_s=spec.timeout_s or options.timeout_s,
            retry=replace(retry or RetryPolicy(), max_retries=options.max_retries),
        )
        self._endpoint = Endpoint(_label(spec), _key_help(spec), spec.secrets)
        self._client = HttpClient(self._endpoint, limits, rng=self._rng)
        self._capabilities = Capabilities(
            inputs=frozenset({Modality.TEXT}),
            multi_turn=spec.mode is not MultiTurn.SINGLE,
            system=bool(spec.placeholders & {"system", "messages"}),
            concurrency=concurrency,
        )

    @property
    def identity(self) -> ModelIdentity:
        """The file's name, and the hash of what is in it."""
        return self._identity

    @property
    def capabilities(self) -> Capabilities:
        """What the file's template has a place for."""
        return self._capabilities

    async def start(self) -> None:
        """Nothing to do: the first call opens the connection."""

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The endpoint's answer to the last turn.

        Raises:
            Unsupported: the template has no place for something in the conversation.
            RequestRejected: the endpoint answered with what the file calls an error.
            BadResponse: the answer is not where the file says.
        """
        self._check(conversation)
        turns = _turns(conversation, self._spec.mode)
        started = time.monotonic()

        async def session() -> Completion:
            state = _Session(
                self._rng.bytes(16).hex(), httpx.Cookies() if self._spec.session.cookies else None
            )
            usage = Usage()
            for turn in turns:
                completion = await self._turn(turn, settings, state)
                usage = _sum(usage, completion.usage)
                if completion.finish is Finish.FILTERED:
                    break
            return replace(completion, usage=usage, latency_s=time.monotonic() - started)

        return await self._client.whole(session)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _check(self, conversation: Conversation) -> None:
        roles = {message.role for message in conversation.messages}
        lacking = ""
        if conversation.modalities - {Modality.TEXT}:
            lacking = f"{min(conversation.modalities - {Modality.TEXT})} input"
        elif conversation.tools or Role.TOOL in roles:
            lacking = "tools"
        elif Role.SYSTEM in roles and not self._capabilities.system:
            lacking = "a system message"
        elif self._spec.mode is MultiTurn.SINGLE and (conversation.turns > 1 or Role.ASSISTANT in roles):
            lacking = "earlier turns"
        elif not conversation.messages or conversation.messages[-1].role is not Role.USER:
            lacking = "a conversation that does not end with the user"
        if lacking:
            raise Unsupported(f"{self._identity.name} has no place for {lacking}")

    async def _turn(self, turn: Conversation, settings: Settings, state: _Session) -> Completion:
        spec, values = self._spec, _values(turn, settings, state, self._spec)
        request = Request(
            fill_url(spec.url, values),
            method=spec.method,
            headers=spec.headers,
            params={name: fill_text(text, values) for name, text in spec.query.items()},
            json=None if spec.request is None else fill(spec.request, values),
            cookies=state.cookies,
        )
        reply = await self._client.once(request)
        return self._read(reply, state)

    def _read(self, reply: Reply, state: _Session) -> Completion:
        if not 200 <= reply.status < 300:
            # Some endpoints answer 4xx where their filter stepped in.
            finish = self._finish(_json_or_none(reply))
            if finish is Finish.FILTERED:
                return Completion(finish=finish)
            raise status_error(self._endpoint, reply)
        data = reply.json(self._endpoint)
        error = self._found("error", data)
        if error:
            raise RequestRejected(
                self._endpoint.clean(f"{self._endpoint.label} answered with an error: {_as_text(error[0])}")
            )
        for name in self._spec.session.capture:
            for value in self._found(f"session.capture.{name}", data)[:1]:
                state.captured[name] = value
        finish = self._finish(data)
        texts = [_as_text(value) for value in self._found("answer", data, empty=True)]
        if not texts and finish is not Finish.FILTERED:
            raise BadResponse(
                f"{self._endpoint.label}: there is nothing at {self._spec.answer} in its answer: "
                f"{self._endpoint.excerpt(reply.body)}",
                hint="Correct 'answer' in the file, or say with 'error' and 'finish' how the endpoint tells "
                "that there is none.",
            )
        return Completion.of_text("\n".join(texts), finish=finish, usage=self._usage(data))

    def _found(self, key: str, data: Json, *, empty: bool = False) -> list[Any]:
        """What the path of ``key`` matches; nulls are nothing, and so are false and '' unless ``empty``."""
        path = self._paths.get(key)
        if path is None:
            return []
        try:
            matches = path.findall(data)
        except (jsonpath.JSONPathError, RecursionError, TypeError):
            return []
        return [value for value in matches if value is not None and (empty or value not in (False, ""))]

    def _finish(self, data: Json) -> Finish:
        rule = self._spec.finish
        reasons = {_as_text(value) for value in self._found("finish.path", data, empty=True)}
        if rule is None or not reasons:
            return Finish.STOP
        if reasons & set(rule.filtered):
            return Finish.FILTERED
        return Finish.LENGTH if reasons & set(rule.length) else Finish.STOP

    def _usage(self, data: Json) -> Usage:
        counts = [
            self._found(f"usage.{name}", data, empty=True) for name in ("input_tokens", "output_tokens")
        ]
        tokens = [found[0] if found and type(found[0]) is int else None for found in counts]
        return Usage(tokens[0], tokens[1])


def _turns(conversation: Conversation, mode: MultiTurn) -> list[Conversation]:
    """What is sent one after the other; only ``server_state`` sends more than one."""
    if mode is not MultiTurn.SERVER_STATE:
        return [conversation]
    system = tuple(message for message in conversation.messages if message.role is Role.SYSTEM)
    asked = [message for message in conversation.messages if message.role is Role.USER]
    return [Conversation((*system, message)) for message in asked]


def _values(turn: Conversation, settings: Settings, state: _Session, spec: EndpointSpec) -> Mapping[str, Any]:
    system = [message.text for message in turn.messages if message.role is Role.SYSTEM]
    apart = "system" in spec.placeholders
    captured = {name: state.captured.get(name, ABSENT) for name in spec.session.capture}
    return {
        **captured,
        "prompt": turn.prompt,
        "messages": [
            _written(message) for message in turn.messages if not (apart and message.role is Role.SYSTEM)
        ],
        "system": "\n".join(system),
        "conversation_id": state.identifier,
        "max_tokens": settings.max_tokens,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "seed": settings.seed,
        "stop": list(settings.stop),
    }


def _written(message: Message) -> dict[str, str]:
    return {"role": message.role.value, "content": message.text}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value)


def _json_or_none(reply: Reply) -> Json:
    try:
        return reply.json(Endpoint(""))
    except BadResponse:
        return None


def _sum(one: Usage, two: Usage) -> Usage:
    def add(left: int | None, right: int | None) -> int | None:
        return right if left is None else left if right is None else left + right

    return Usage(
        add(one.input_tokens, two.input_tokens),
        add(one.output_tokens, two.output_tokens),
    )


def _label(spec: EndpointSpec) -> str:
    """The address as errors show it: no user information, no query."""
    parts = urlsplit(spec.url)
    host = parts.netloc.rpartition("@")[2]
    return Endpoint("", secrets=spec.secrets).clean(urlunsplit((parts.scheme, host, parts.path, "", "")))


def _key_help(spec: EndpointSpec) -> str:
    names = ", ".join(sorted(spec.headers)) or "none"
    return f"The key goes into 'headers' of the file, as ${{VARIABLE}}. Headers sent: {names}."


__all__ = ["HttpJsonModel", "open_model"]
