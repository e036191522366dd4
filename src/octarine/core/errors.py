"""Every error that Octarine raises on purpose.

::

    OctarineError
    ├── InputError              something the user gave: a name, a file, a flag          exit 2
    │   ├── DataError           a malformed file: path and line are named
    │   ├── UnknownPlugin       a name that the registry does not hold
    │   └── MissingExtra        the extra that carries a library is not installed
    ├── ModelError              the model under test                                    exit 2
    │   ├── ModelUnavailable    down, refused, timed out: the same call may work later
    │   │   └── EndpointDownError  again and again: the run stops
    │   ├── RateLimited         told to wait, and waited as long as was allowed
    │   ├── AuthenticationError 401, 403: the key is wrong or absent
    │   ├── ModelNotFound       404: the endpoint is up and has no such model or path
    │   ├── RequestRejected     any other refusal of this one request (400, 413, 422 …)
    │   ├── BadResponse         an answer that is not what the protocol says
    │   └── Unsupported         the model cannot take this input (an image, a tool …)
    ├── StoreError              the record of results                                   exit 2
    │   ├── StoreFull           no space left: what was committed stays
    │   └── StoreVersion        written by a newer Octarine
    └── InternalError           ours: please report it                                  exit 3

Each carries ``hint``: what to do next. ``str(error)`` is the message followed by the hint.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """What the process returns."""

    OK = 0
    FINDING = 1
    USER = 2
    OURS = 3
    INTERRUPTED = 130


class OctarineError(Exception):
    """The base of all. ``hint`` says what to do next."""

    exit_code: ClassVar[ExitCode] = ExitCode.USER

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own would call a subclass with the message alone; errors cross processes and machines.
        return _restored, (type(self), self.args, vars(self))


def _restored(cls: type[OctarineError], args: tuple[Any, ...], state: dict[str, Any]) -> OctarineError:
    error = cls.__new__(cls, *args)
    vars(error).update(state)
    return error


class InputError(OctarineError):
    """Something the user gave cannot be used."""


class DataError(InputError):
    """A file that cannot be read as what it claims to be. Names the file and the line."""

    def __init__(
        self, message: str, *, path: Path | str = "", line: int | None = None, hint: str = ""
    ) -> None:
        where = f"{path}:{line}: " if path and line else f"{path}: " if path else ""
        super().__init__(f"{where}{message}", hint=hint)
        self.reason = message
        self.path = str(path)
        self.line = line


class UnknownPlugin(InputError):
    """No plug-in of that kind has that name."""


class MissingExtra(InputError):
    """A library that only an extra brings is not installed."""

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the extra '{extra}', which is not installed.",
            hint=f"Install it:  pip install 'octarine[{extra}]'",
        )
        self.extra = extra


class ModelError(OctarineError):
    """The model under test did not answer. ``retryable`` says whether the same call may work later."""

    retryable: ClassVar[bool] = False
    fatal: ClassVar[bool] = False
    """Whether every further call to this model will fail alike, so that a run should stop now."""


class ModelUnavailable(ModelError):
    """The endpoint is down, refuses connections or timed out."""

    retryable = True


class EndpointDownError(ModelUnavailable):
    """Nothing answered, again and again: the run stopped early."""

    retryable = False
    fatal = True


class RateLimited(ModelError):
    """The endpoint asked to wait for longer than was allowed. ``retry_after`` in seconds, where given."""

    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class AuthenticationError(ModelError):
    """The key is missing or was refused."""

    fatal = True


class ModelNotFound(ModelError):
    """The endpoint has no such model or path."""

    fatal = True


class RequestRejected(ModelError):
    """The endpoint refused this request; another one may be accepted."""


class BadResponse(ModelError):
    """The endpoint answered with something that its protocol does not allow."""


class Unsupported(ModelError):
    """The model cannot take this kind of input."""


class StoreError(OctarineError):
    """The record of results cannot be read or written."""


class StoreFull(StoreError):
    """No space left on the device. What was committed is safe."""


class StoreVersion(StoreError):
    """The store was written by a newer version."""


class InternalError(OctarineError):
    """A fault of Octarine's own."""

    exit_code = ExitCode.OURS
