"""What a client is told where a request is not served: one shape for every error, that of OpenAI's API.

::

    {"error": {"message": "…", "type": "invalid_request_error", "param": "messages[0]", "code": "…"}}

Clients raise by status: 400 ``BadRequestError``, 401 ``AuthenticationError``, 429 ``RateLimitError``, from
500 on ``InternalServerError``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

INVALID = "invalid_request_error"
SERVER = "server_error"
UPSTREAM = "upstream_error"


@dataclass(eq=False)
class Refusal(Exception):
    """A request is answered with an error.

    Attributes:
        status: of the answer.
        message: what is wrong and what to do about it; the client sees it.
        kind: ``type`` of the error.
        code: for programs.
        param: the field of the request that it is about.
        headers: of the answer, beside the usual ones; names in lower case.
        close: whether what is left of the request is not worth reading.
    """

    status: int
    message: str
    kind: str = INVALID
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False

    def __str__(self) -> str:
        return f"{self.status} {self.code or self.kind}: {self.message}"

    @property
    def body(self) -> dict[str, Any]:
        """The answer's."""
        told = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return {"error": told}


def invalid(message: str, param: str | None = None, code: str | None = None) -> Refusal:
    """400: the request is not as the protocol says."""
    return Refusal(400, message, code=code, param=param)


def no_key(message: str) -> Refusal:
    """401."""
    return Refusal(401, message, code="invalid_api_key", headers={"www-authenticate": "Bearer"})


def busy(message: str, *, code: str = "overloaded", after_s: int = 1) -> Refusal:
    """503: this server has too much to do, and says so rather than grow slow."""
    return Refusal(503, message, SERVER, code, headers={"retry-after": str(after_s)})


def too_many(message: str, *, after_s: int = 1) -> Refusal:
    """429: this client asks for too much at a time."""
    return Refusal(
        429, message, "rate_limit_error", "rate_limit_exceeded", headers={"retry-after": str(after_s)}
    )


def upstream_failed(message: str, *, status: int = 502, code: str = "upstream_error") -> Refusal:
    """502, 503, 504: the model behind this server did not do its part."""
    return Refusal(status, message, UPSTREAM, code)


def internal(request: str) -> Refusal:
    """500: ours."""
    return Refusal(
        500,
        f"An error of this server's own. Its log says more under the request id {request}.",
        SERVER,
        "internal_error",
    )
