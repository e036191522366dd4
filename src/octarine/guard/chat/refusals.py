"""What is wrong with a request or with a model's answer, in the shape of OpenAI's API.

::

    {"error": {"message": "…", "type": "invalid_request_error", "param": "messages[0]", "code": "…"}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

INVALID = "invalid_request_error"
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


def upstream_failed(message: str, *, status: int = 502, code: str = "upstream_error") -> Refusal:
    """502, 503, 504: the model did not do its part."""
    return Refusal(status, message, UPSTREAM, code)


def streamed_error(error: Any, cleared: Callable[[str], str]) -> Refusal:
    """An error that the model's server sent inside its stream.

    Args:
        cleared: gives what of a text may go out.
    """
    said = error.get("message") if isinstance(error, Mapping) else error
    told = cleared(said[:300]) if isinstance(said, str) else ""
    return upstream_failed(f"The model's server broke off with an error{f': {told}' if told else ''}")
