"""What a client is told where a request is not served: one shape for every error, that of OpenAI's API.

::

    {"error": {"message": "…", "type": "invalid_request_error", "param": "messages[0]", "code": "…"}}

Clients raise by status: 400 ``BadRequestError``, 401 ``AuthenticationError``, 429 ``RateLimitError``, from
500 on ``InternalServerError``.
"""

from __future__ import annotations

from octarine.guard.chat.refusals import INVALID, UPSTREAM, Refusal, invalid, upstream_failed

__all__ = [
    "INVALID",
    "SERVER",
    "UPSTREAM",
    "Refusal",
    "busy",
    "internal",
    "invalid",
    "no_key",
    "too_many",
    "upstream_failed",
]

SERVER = "server_error"


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


def internal(request: str) -> Refusal:
    """500: ours."""
    return Refusal(
        500,
        f"An error of this server's own. Its log says more under the request id {request}.",
        SERVER,
        "internal_error",
    )
