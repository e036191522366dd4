"""What a failed HTTP call means: status codes and broken connections as ``ModelError``."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from octarine.core.errors import (
    AuthenticationError,
    BadResponse,
    InputError,
    ModelError,
    ModelNotFound,
    ModelUnavailable,
    OctarineError,
    RateLimited,
    RequestRejected,
    Unsupported,
)
from octarine.core.redact import MASK, redact
from octarine.models.http.retries import retry_after

SHOWN = 200
"""How many characters of an unexpected answer an error shows."""
_MESSAGE_SHOWN = 600
KEY_LENGTH = 12
"""From so many characters on a secret is taken for a key, and masked in answers too."""

_MAY_MEAN_UNSUPPORTED = frozenset({400, 415, 422, 500, 501})
"""llama.cpp answers 500 to a picture that its model cannot see."""
_LACKS_SENSE = re.compile(
    r"(?i)\b(?:image|audio|video|vision|multimodal)[^.]{0,60}(?:not support|unsupported|only supported)"
    r"|(?:not support|unsupported)[^.]{0,40}\b(?:image|audio|video|vision|multimodal)"
)
_NO_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where calls go, as errors name it.

    Attributes:
        label: the address without secrets.
        key_help: how a key is given to this endpoint.
        secrets: values that no error may show.
    """

    label: str
    key_help: str = ""
    secrets: tuple[str, ...] = ()

    def clean(self, text: str) -> str:
        """``text`` without secrets."""
        return redact(text, self.secrets)

    def without_keys(self, body: bytes) -> bytes:
        """``body`` without the keys themselves, for an endpoint that repeats what it was sent: an answer is
        recorded and shown. Nothing else is touched, and no secret short enough to be a word."""
        for secret in self.secrets:
            if len(secret) >= KEY_LENGTH:
                body = body.replace(secret.encode(), MASK.encode())
        return body

    def excerpt(self, body: bytes) -> str:
        """The first ``SHOWN`` characters of an answer, on one line, without secrets."""
        return repr(self.clean(body.decode("utf-8", "replace"))[:SHOWN])


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self, endpoint: Endpoint) -> Any:
        """The body as JSON, or ``BadResponse`` showing how it begins."""
        try:
            return strict_json(self.body)
        except (ValueError, RecursionError):
            raise BadResponse(
                f"{endpoint.label} answered with something that is not JSON: {endpoint.excerpt(self.body)}",
                hint="Check that the address is the API's and not a web page's or another service's.",
            ) from None


def strict_json(text: str | bytes) -> Any:
    """``text`` as JSON, or ``ValueError``: also for ``NaN`` and ``Infinity``, which cannot be recorded."""

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def status_error(endpoint: Endpoint, reply: Reply) -> ModelError:
    """The error that an unwanted status code stands for."""
    status, said = reply.status, server_message(endpoint, reply.body)
    told = f"{endpoint.label} answered {_status_name(status)}{f': {said}' if said else ''}"
    if status in {401, 403, 407}:
        return AuthenticationError(told, hint=endpoint.key_help)
    if status == 402 or (status == 429 and _error_codes(reply.body) & _NO_CREDIT):
        return AuthenticationError(told, hint="The account behind the key has no credit left: top it up.")
    if status in {404, 405, 410}:
        return ModelNotFound(told, hint="Check the address and the model's name.")
    if status == 429:
        return RateLimited(
            told,
            retry_after=retry_after(reply.headers),
            hint="Wait, lower the concurrency, or ask the provider for a higher limit.",
        )
    if status in _MAY_MEAN_UNSUPPORTED and _LACKS_SENSE.search(said):
        return Unsupported(told, hint="This model takes no such input.")
    if status in {408, 409, 425} or status >= 500:
        return ModelUnavailable(told, hint="The endpoint's own logs say why; try again later.")
    if 300 <= status < 400:
        target = endpoint.clean(reply.headers.get("location", "elsewhere"))
        return BadResponse(f"{told} (redirect to {target})", hint="Give the address that it redirects to.")
    if status >= 400:
        return RequestRejected(told)
    return BadResponse(told)


def error_in_body(endpoint: Endpoint, error: Any) -> ModelError:
    """The error that an ``error`` object stands for which came with status 200 or inside a stream."""
    body = json.dumps({"error": error}).encode()
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, int) and 400 <= code < 600:
        return status_error(endpoint, Reply(code, {}, body))
    told = f"{endpoint.label} answered with an error: {server_message(endpoint, body)}"
    words = " ".join(sorted(_error_codes(body)))
    if "rate_limit" in words:
        return RateLimited(told, hint="Wait, or lower the concurrency.")
    if "server" in words or "overloaded" in words or "unavailable" in words:
        return ModelUnavailable(told, hint="The endpoint's own logs say why; try again later.")
    return RequestRejected(told)


def transport_error(endpoint: Endpoint, error: Exception, timeout_s: float) -> OctarineError:
    """The error that a connection stands for which broke or never was."""
    chain = list(_chain(error))
    if isinstance(error, httpx.ConnectTimeout):
        return ModelUnavailable(
            f"{endpoint.label}: no connection could be made in time",
            hint="Check the host and the port, http against https, and whether a firewall is in between.",
        )
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return ModelUnavailable(
            f"{endpoint.label} did not answer within {timeout_s:g} s",
            hint="Raise the time limit, or lower the concurrency.",
        )
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError | httpx.InvalidURL):
        return InputError(endpoint.clean(f"{endpoint.label} cannot be called: {error}"))
    if any(isinstance(link, socket.gaierror) for link in chain):
        return ModelUnavailable(
            f"{endpoint.label}: the host name is not known here",
            hint="Check its spelling and this machine's network.",
        )
    if any(isinstance(link, ConnectionRefusedError) for link in chain):
        return ModelUnavailable(
            f"{endpoint.label}: nothing listens there (connection refused)",
            hint="Start the server, or check the host and the port.",
        )
    if is_certificate_error(error):
        return ModelUnavailable(
            endpoint.clean(f"{endpoint.label}: no secure connection: {error}"),
            hint="Check http against https; for a private authority set SSL_CERT_FILE to its certificate.",
        )
    if isinstance(error, httpx.DecodingError):
        return BadResponse(endpoint.clean(f"{endpoint.label}: its compressed answer is broken: {error}"))
    why = str(error) or type(error).__name__
    return ModelUnavailable(
        endpoint.clean(f"{endpoint.label}: the connection failed: {why}"),
        hint="Check that the server is still running.",
    )


def is_certificate_error(error: BaseException) -> bool:
    """Whether a secure connection was refused by either side: another try would be refused alike."""
    timed_out = isinstance(error, httpx.TimeoutException | TimeoutError)
    return not timed_out and any(isinstance(link, ssl.SSLError) for link in _chain(error))


def server_message(endpoint: Endpoint, body: bytes) -> str:
    """What the server says went wrong: its JSON error message, or how its answer begins."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return endpoint.excerpt(body) if body.strip() else ""
    message = _message_in(data)
    return endpoint.clean(message)[:_MESSAGE_SHOWN] if message else endpoint.excerpt(body)


def _message_in(data: Any) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, dict):
        for name in ("error", "message", "detail", "error_description", "msg"):
            found = _message_in(data.get(name))
            if found:
                return found
        return ""
    if isinstance(data, list):
        return "; ".join(filter(None, (_located(item) for item in data[:5])))
    return ""


def _located(item: Any) -> str:
    """One entry of a validation report, with the field that it is about."""
    message = _message_in(item)
    where = item.get("loc") if isinstance(item, dict) else None
    return f"{'.'.join(map(str, where))}: {message}" if isinstance(where, list) and message else message


def _error_codes(body: bytes) -> set[str]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return set()
    error = data.get("error", data) if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return set()
    return {str(error[name]) for name in ("code", "type") if error.get(name)}


def _status_name(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """``error``, what caused it, and the members of groups among those."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, link.__context__]
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions
