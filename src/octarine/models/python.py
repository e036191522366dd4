"""A Python function as a model: ``python:module:function``.

The function is sync or async and takes one argument: the ``Conversation`` where that parameter is annotated
so, else the text of the last user message. It returns a ``str`` or a ``Completion``. A sync function runs
in a thread, several at once where ``--concurrency`` says so (one at a time otherwise: most functions were
not written to be called from several threads)::

    def reply(prompt: str) -> str: ...
    async def reply(conversation: Conversation) -> Completion: ...

The revision is a hash of the source file that the function stands in: answers are asked for again once that
file has changed. What it imports is not looked at.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import inspect
import sys
import threading
import time
import traceback
import typing
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from octarine.core.content import Conversation, Modality
from octarine.core.errors import BadResponse, InputError, ModelError, ModelUnavailable, OctarineError
from octarine.core.protocols import Capabilities
from octarine.core.results import Completion, ModelIdentity, Settings
from octarine.models.names import ModelOptions

_FRAMES = 3
"""How many of the last frames of a failing function are shown."""
_HINT = "For example:  python:my_module:my_function  (the current folder is searched first)"


def open_model(rest: str, options: ModelOptions) -> PythonModel:
    """``python:module:function``. Imports the module: a mistake is found before the run.

    Raises:
        InputError: no such module or function, one that fails to import or that cannot be called so.
    """
    return PythonModel(
        load_function(rest),
        name=f"python:{rest}",
        concurrency=options.concurrency or 1,
        timeout_s=options.timeout_s,
    )


def load_function(name: str) -> Callable[..., Any]:
    """The function ``module:function``; the current folder is searched first.

    Raises:
        InputError: there is none, or its module fails to import.
    """
    module, colon, function = name.partition(":")
    if not colon or not module or not function:
        raise InputError(f"'python:{name}' does not name a module and a function", hint=_HINT)
    return _find(module, function)


def _find(module: str, name: str) -> Callable[..., Any]:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            raise InputError(f"there is no module '{module}'", hint=_HINT) from None
        raise InputError(f"'{module}' cannot be imported: it needs '{error.name}'") from None
    except (Exception, SystemExit) as error:
        raise InputError(f"'{module}' cannot be imported: {type(error).__name__}: {error}") from error
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise InputError(f"the module '{module}' has no function '{name}'", hint=_HINT)
    function: Callable[..., Any] = found
    return function


class PythonModel:
    """Asks a function.

    Args:
        concurrency: calls at once.
        timeout_s: how long a call may take, in seconds; None for as long as it likes. A sync function that is
            given up runs on in its thread.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str,
        concurrency: int = 1,
        timeout_s: float | None = None,
    ) -> None:
        self._function = function
        self._takes_conversation = _takes_conversation(function, name)
        self._asynchronous = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004 - an object with an async __call__
        )
        self._timeout_s = timeout_s
        self._free = asyncio.Semaphore(concurrency)
        self._identity = ModelIdentity(name, _revision(function))
        whole = self._takes_conversation
        self._capabilities = Capabilities(
            inputs=frozenset(Modality) if whole else frozenset({Modality.TEXT}),
            outputs=frozenset(Modality),
            multi_turn=whole,
            system=whole,
            tools=whole,
            concurrency=concurrency,
            local=True,
        )

    @property
    def identity(self) -> ModelIdentity:
        """``python:module:function``, and the hash of its source file where there is one."""
        return self._identity

    @property
    def capabilities(self) -> Capabilities:
        """A function of a string sees the last user message only."""
        return self._capabilities

    async def start(self) -> None:
        """Nothing to do: the module was imported when the model was opened."""

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """What the function returns.

        Raises:
            ModelError: the function raised; the hint holds the last frames.
            ModelUnavailable: it took too long.
            BadResponse: it returned something else than text or a ``Completion``.
        """
        argument = conversation if self._takes_conversation else conversation.prompt
        async with self._free:
            started = time.perf_counter()
            answer = await self._ask(argument)
            seconds = time.perf_counter() - started
        if isinstance(answer, Completion):
            return answer if answer.latency_s else replace(answer, latency_s=seconds)
        if isinstance(answer, str):
            return Completion.of_text(answer, latency_s=seconds)
        raise BadResponse(
            f"{self._identity.name} returned {type(answer).__name__}",
            hint="It must return a str or a Completion.",
        )

    async def aclose(self) -> None:
        """Nothing to release."""

    async def _ask(self, argument: Conversation | str) -> Any:
        limit = asyncio.timeout(self._timeout_s)
        try:
            async with limit:
                if self._asynchronous:
                    return await self._function(argument)
                return await _on_thread(self._function, argument)
        except OctarineError:
            raise
        except (Exception, SystemExit) as error:
            if limit.expired():
                raise ModelUnavailable(
                    f"{self._identity.name} did not answer within {self._timeout_s:g} s",
                    hint="Allow it more time (--timeout).",
                ) from None
            frames = "".join(traceback.format_tb(error.__traceback__)[-_FRAMES:]).rstrip()
            raise ModelError(
                f"{self._identity.name} raised {type(error).__name__}: {error}", hint=frames
            ) from error


async def _on_thread(function: Callable[..., Any], argument: Conversation | str) -> Any:
    """Call ``function`` on a daemon thread: one that never returns does not keep the process alive."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(answer: Any, error: Exception | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(answer)
        else:
            future.set_exception(error)

    def run() -> None:
        answer: Any = None
        failure: Exception | None = None
        try:
            answer = function(argument)
        except StopIteration as error:
            # asyncio takes no StopIteration as the exception of a future.
            failure = RuntimeError("StopIteration").with_traceback(error.__traceback__)
        except SystemExit as error:
            failure = RuntimeError(f"SystemExit: {error.code}").with_traceback(error.__traceback__)
        except Exception as error:
            failure = error
        # The loop is closed where nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, answer, failure)

    threading.Thread(target=run, name="octarine-python", daemon=True).start()
    return await future


def _revision(function: Callable[..., Any]) -> str:
    try:
        path = inspect.getsourcefile(inspect.unwrap(function))
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16] if path else ""
    except (TypeError, OSError):
        return ""


def _takes_conversation(function: Callable[..., Any], name: str) -> bool:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return False
    required = [
        parameter
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if not parameters or len(required) > 1 or (required and required[0].kind is required[0].KEYWORD_ONLY):
        raise InputError(
            f"{name} must take one argument: the prompt (str) or the Conversation",
            hint="def reply(prompt: str) -> str: …",
        )
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # an annotation that names something unknown says nothing about the argument
        hints = {}
    hint = hints.get(parameters[0].name, parameters[0].annotation)
    return hint is Conversation or hint in ("Conversation", "content.Conversation")
