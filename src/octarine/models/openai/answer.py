"""The JSON of a chat completions answer, whole or streamed, as a ``Completion``."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from octarine.core.codec import canonical
from octarine.core.content import Modality, Part, ToolCall
from octarine.core.errors import BadResponse
from octarine.core.results import Completion, Finish, TokenLogprob, Usage
from octarine.models.http.errors import SHOWN, Endpoint, error_in_body, strict_json

_FINISH = {
    "stop": Finish.STOP,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.FILTERED,
    "error": Finish.ERROR,
    "abort": Finish.ERROR,
}


def completion_from(data: Any, endpoint: Endpoint, latency_s: float = 0.0) -> Completion:
    """The first choice of a chat completion.

    Raises:
        BadResponse: where ``choices``, its message or a field of it is not as the protocol says.
        ModelError: where the answer is an ``error`` object in spite of its status.
    """
    choice = _first_choice(data, endpoint)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise _malformed(endpoint, "the first choice has no message", data)
    try:
        calls = tuple(_tool_call(call) for call in message.get("tool_calls") or ())
        return Completion(
            parts=_parts(message),
            tool_calls=calls,
            finish=_finish(choice.get("finish_reason"), bool(calls)),
            usage=_usage(data.get("usage")),
            latency_s=latency_s,
            logprobs=_logprobs(choice.get("logprobs")),
        )
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _malformed(endpoint, f"its message cannot be read ({error!r})", data) from None


def _first_choice(data: Any, endpoint: Endpoint) -> dict[str, Any]:
    if isinstance(data, dict) and data.get("error"):
        raise error_in_body(endpoint, data["error"])
    choices = data.get("choices") if isinstance(data, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise _malformed(endpoint, "it has no choices", data)
    return choices[0]


def _malformed(endpoint: Endpoint, what: str, data: Any) -> BadResponse:
    shown = endpoint.clean(json.dumps(data, ensure_ascii=False))[:SHOWN]
    return BadResponse(
        f"{endpoint.label} answered with something that is no chat completion: {what}: {shown}",
        hint="Check that this is an OpenAI-compatible API; any other JSON API works as http-json:file.yaml.",
    )


def _parts(message: Mapping[str, Any]) -> tuple[Part, ...]:
    content = message.get("content")
    texts = [content] if isinstance(content, str) else _texts(content or ())
    texts.append(_string(message.get("refusal")))
    audio = message.get("audio") or {}
    texts.append(_string(audio.get("transcript")))
    parts = [Part.of_text(text) for text in texts if text]
    if audio.get("data"):
        kind = f"audio/{audio.get('format') or 'wav'}"
        parts.append(Part.of_bytes(Modality.AUDIO, base64.b64decode(audio["data"], validate=True), kind))
    parts += [_image(item["image_url"]["url"]) for item in message.get("images") or ()]
    return tuple(parts)


def _texts(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Content in pieces is one text; pieces of another type (reasoning) are no part of the answer."""
    return ["".join(item["text"] for item in items if item.get("type") in ("text", "output_text"))]


def _string(value: Any) -> str:
    """A field that may be null or missing; anything else but a string is no answer of the protocol."""
    if value is None or isinstance(value, str):
        return value or ""
    raise TypeError(f"{value!r} is not a string")


def _image(url: str) -> Part:
    head, comma, encoded = url.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        raise ValueError("an image is not a data URL")
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError(f"an image is not base64: {error}") from None
    return Part.of_bytes(Modality.IMAGE, data, head.removeprefix("data:").removesuffix(";base64"))


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    function = call["function"]
    arguments = function.get("arguments")
    if arguments is None:
        arguments = "{}"
    elif not isinstance(arguments, str):
        arguments = canonical(arguments)
    return ToolCall(name=_string(function["name"]), arguments=arguments, id=_string(call.get("id")))


def _finish(reason: Any, called: bool) -> Finish:
    if called and reason in (None, "stop"):
        return Finish.TOOL_CALLS
    return _FINISH.get(reason, Finish.STOP) if isinstance(reason, str) else Finish.STOP


def _usage(usage: Any) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    tokens = [count if type(count) is int else None for count in counts]
    return Usage(tokens[0], tokens[1])


def _logprobs(data: Any) -> tuple[TokenLogprob, ...]:
    if not isinstance(data, dict):
        return ()
    return tuple(
        TokenLogprob(
            token=str(entry["token"]),
            logprob=float(entry["logprob"]),
            top={str(other["token"]): float(other["logprob"]) for other in entry.get("top_logprobs") or ()},
        )
        for entry in data.get("content") or ()
    )


@dataclass
class _StreamedCall:
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class StreamedAnswer:
    """Puts the chunks of a streamed answer together. ``complete`` says whether the endpoint finished it."""

    endpoint: Endpoint
    _text: list[str] = field(default_factory=list)
    _calls: dict[int, _StreamedCall] = field(default_factory=dict)
    _logprobs: list[TokenLogprob] = field(default_factory=list)
    _usage: Usage = field(default_factory=Usage)
    _finish_reason: str | None = None
    _done: bool = False

    def add(self, data: str) -> str:
        """Take the data of one event; gives the text that it adds.

        Raises:
            BadResponse: where it is no chunk of a chat completion.
            ModelError: where it is an ``error`` object.
        """
        if data.strip() == "[DONE]":
            self._done = True
            return ""
        try:
            chunk = strict_json(data)
        except (ValueError, RecursionError):
            shown = self.endpoint.clean(data)[:SHOWN]
            raise BadResponse(
                f"{self.endpoint.label} streamed something that is not JSON: {shown!r}"
            ) from None
        if not isinstance(chunk, dict):
            raise _malformed(self.endpoint, "a chunk is not an object", chunk)
        if chunk.get("error"):
            raise error_in_body(self.endpoint, chunk["error"])
        try:
            return self._chunk(chunk)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise _malformed(self.endpoint, f"a chunk cannot be read ({error!r})", chunk) from None

    @property
    def complete(self) -> bool:
        """Whether a finish reason or ``[DONE]`` has come."""
        return self._done or self._finish_reason is not None

    def completion(self, latency_s: float) -> Completion:
        """Everything so far."""
        text = "".join(self._text)
        calls = tuple(
            ToolCall(call.name, call.arguments or "{}", call.id) for _, call in sorted(self._calls.items())
        )
        return Completion(
            parts=(Part.of_text(text),) if text else (),
            tool_calls=calls,
            finish=_finish(self._finish_reason, bool(calls)),
            usage=self._usage,
            latency_s=latency_s,
            logprobs=tuple(self._logprobs),
        )

    def _chunk(self, chunk: dict[str, Any]) -> str:
        if chunk.get("usage"):
            self._usage = _usage(chunk["usage"])
        choices = [choice for choice in chunk.get("choices") or () if not choice.get("index")]
        if not choices:
            return ""
        choice = choices[0]
        delta = choice.get("delta") or {}
        self._logprobs += _logprobs(choice.get("logprobs"))
        for place, call in enumerate(delta.get("tool_calls") or ()):
            index = call.get("index")
            self._call(index if isinstance(index, int) else place, call)
        self._finish_reason = _string(choice.get("finish_reason")) or self._finish_reason
        content = delta.get("content")
        text = content if isinstance(content, str) else "".join(_texts(content or ()))
        text += _string(delta.get("refusal"))
        self._text.append(text)
        return text

    def _call(self, index: int, piece: Mapping[str, Any]) -> None:
        call = self._calls.setdefault(index, _StreamedCall())
        function = piece.get("function") or {}
        call.id = _string(piece.get("id")) or call.id
        call.name = _string(function.get("name")) or call.name
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            call.arguments += arguments
        elif arguments is not None:
            call.arguments = canonical(arguments)
