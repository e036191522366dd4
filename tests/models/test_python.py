"""A Python function as a model."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from octarine.core.content import Conversation
from octarine.core.errors import (
    BadResponse,
    InputError,
    ModelError,
    ModelUnavailable,
    RequestRejected,
)
from octarine.core.results import Completion, Settings
from octarine.models import ModelOptions, open_model
from octarine.models.python import PythonModel

ASK = Conversation.user("ping", system="Be brief.")

SOURCE = """
from octarine.core.content import Conversation
from octarine.core.results import Completion

def shout(prompt):
    return prompt.upper()

async def whole(conversation: Conversation) -> Completion:
    return Completion.of_text(str(len(conversation.messages)))

class Bot:
    def __call__(self, prompt):
        return "bot " + prompt

bot = Bot()
number = 3

def two(a, b):
    return a
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with a module ``my_bot_module``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "my_bot_module.py").write_text(SOURCE, "utf-8")
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize(("function", "expected"), [("shout", "PING"), ("whole", "2"), ("bot", "bot ping")])
async def test_functions_of_the_current_folder(folder: Path, function: str, expected: str) -> None:
    model = open_model(f"python:my_bot_module:{function}")
    assert model.identity.name == f"python:my_bot_module:{function}"
    await model.start()
    completion = await model.generate(ASK, Settings())
    assert completion.text == expected
    assert completion.latency_s > 0
    await model.aclose()


@pytest.mark.parametrize("code", ["0", "21", "'bye'"])
async def test_sys_exit_in_a_users_code_ends_no_run(folder: Path, code: str) -> None:
    """Least of all with exit code 0, which would say that all is well."""
    (folder / f"leaving{len(code)}.py").write_text(
        f"import sys\nasync def reply(prompt: str) -> str:\n    sys.exit({code})\n", "utf-8"
    )
    model = open_model(f"python:leaving{len(code)}:reply", ModelOptions())
    with pytest.raises(ModelError, match="SystemExit"):
        await model.generate(Conversation.user("hello"), Settings())
    (folder / f"left{len(code)}.py").write_text(f"import sys\nsys.exit({code})\n", "utf-8")
    with pytest.raises(InputError, match="cannot be imported: SystemExit"):
        open_model(f"python:left{len(code)}:reply", ModelOptions())


def test_the_revision_follows_the_source(folder: Path) -> None:
    before = open_model("python:my_bot_module:shout").identity.revision
    assert len(before) == 16
    (folder / "my_bot_module.py").write_text(SOURCE + "\n# changed\n", "utf-8")
    assert open_model("python:my_bot_module:shout").identity.revision != before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("python:my_bot_module", "does not name a module and a function"),
        ("python:no_such_module_here:f", "there is no module 'no_such_module_here'"),
        ("python:my_bot_module:nope", "has no function 'nope'"),
        ("python:my_bot_module:number", "has no function 'number'"),
        ("python:my_bot_module:two", "must take one argument"),
        ("python:needs_more:f", "it needs 'not_installed_anywhere'"),
        ("python:broken:f", "cannot be imported: SyntaxError"),
    ],
)
def test_what_cannot_be_called_is_explained(folder: Path, name: str, message: str) -> None:
    (folder / "needs_more.py").write_text("import not_installed_anywhere", "utf-8")
    (folder / "broken.py").write_text("def", "utf-8")
    with pytest.raises(InputError, match=message):
        open_model(name)


def _model(function: Any, **options: Any) -> PythonModel:
    return PythonModel(function, name="python:test:function", **options)


async def test_an_error_of_the_function_carries_the_end_of_its_traceback() -> None:
    def fails(prompt: str) -> str:
        raise KeyError("lost")

    async def fails_later(prompt: str) -> str:
        raise KeyError("lost")

    for function in (fails, fails_later):
        with pytest.raises(ModelError, match="raised KeyError: 'lost'") as caught:
            await _model(function).generate(ASK, Settings())
        assert 'raise KeyError("lost")' in caught.value.hint


@pytest.mark.parametrize("error", [StopIteration(), SystemExit(3)])
async def test_errors_that_would_end_a_loop_are_errors_of_the_model(error: BaseException) -> None:
    def leaves(prompt: str) -> str:
        raise error

    with pytest.raises(ModelError, match=type(error).__name__):
        await _model(leaves).generate(ASK, Settings())


async def test_a_model_error_of_the_function_passes_as_it_is() -> None:
    def rejects(prompt: str) -> str:
        raise RequestRejected("no")

    with pytest.raises(RequestRejected, match=r"^no$"):
        await _model(rejects).generate(ASK, Settings())


async def test_anything_else_than_text_is_a_bad_response() -> None:
    with pytest.raises(BadResponse, match="returned int"):
        await _model(lambda prompt: 3).generate(ASK, Settings())


async def test_a_completion_keeps_its_own_latency() -> None:
    given = Completion.of_text("x", latency_s=5.0)
    assert await _model(lambda prompt: given).generate(ASK, Settings()) is given


async def test_no_more_calls_at_once_than_were_allowed() -> None:
    running, peak, lock = 0, 0, threading.Lock()

    def slow(prompt: str) -> str:
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return "done"

    model = _model(slow, concurrency=3)
    assert model.capabilities.concurrency == 3
    await asyncio.gather(*(model.generate(ASK, Settings()) for _ in range(9)))
    assert peak == 3


async def test_a_call_that_takes_too_long_is_given_up() -> None:
    released = threading.Event()

    def hangs(prompt: str) -> str:
        released.wait(30)
        return "late"

    model = _model(hangs, timeout_s=0.05)
    with pytest.raises(ModelUnavailable, match=r"within 0\.05 s"):
        await model.generate(ASK, Settings())
    released.set()


async def test_a_timeout_of_the_functions_own_is_its_own_error() -> None:
    async def times_out(prompt: str) -> str:
        raise TimeoutError("upstream")

    with pytest.raises(ModelError, match="raised TimeoutError: upstream") as caught:
        await _model(times_out, timeout_s=5).generate(ASK, Settings())
    assert not isinstance(caught.value, ModelUnavailable)


def test_options_reach_the_model(folder: Path) -> None:
    model = open_model("python:my_bot_module:shout", ModelOptions(concurrency=4))
    assert model.capabilities.concurrency == 4
