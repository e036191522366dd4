"""``octarine redteam chat``: what is wrong is said before a page is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from octarine.cli.main import cli
from octarine.core.errors import InputError
from octarine.server import serving


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, str, int]]:
    """What would be served."""
    seen: list[tuple[Any, str, int]] = []
    monkeypatch.setattr(serving, "serve", lambda app, address, port: seen.append((app, address, port)))
    return seen


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["redteam", "chat", *arguments], catch_exceptions=True)


def test_it_listens_on_this_machine_and_prints_an_address_with_a_key(
    served: list[tuple[Any, str, int]], tmp_path: Path
) -> None:
    done = invoke("scripted:echo", "--store", f"{tmp_path}/s.sqlite", "--port", "0", "--no-browser")
    assert done.exit_code == 0, done.output
    ((app, address, port),) = served
    assert address == "127.0.0.1"
    assert f"http://127.0.0.1:{port}/?key={app.key}" in done.output
    assert len(app.key) >= 24


def test_two_pages_have_two_keys(served: list[tuple[Any, str, int]], tmp_path: Path) -> None:
    for _ in range(2):
        invoke("scripted:echo", "--store", f"{tmp_path}/s.sqlite", "--port", "0", "--no-browser")
    assert served[0][0].key != served[1][0].key


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("scripted:echo", "--judge", "nobody"), "there is no judge 'nobody'"),
        (("nothing:at-all",), "nothing"),
        (("scripted:echo", "--host", "0.0.0.0"), "every address"),
    ],
)
def test_what_is_wrong_is_said(
    served: list[tuple[Any, str, int]], tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    done = invoke(*arguments, "--store", f"{tmp_path}/s.sqlite", "--no-browser")
    assert isinstance(done.exception, InputError)
    assert complaint in str(done.exception)
    assert served == []


def test_a_judge_that_stands_guard_before_the_model_is_refused(
    served: list[tuple[Any, str, int]], tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    arguments = ("guarded:scripted:echo", "--judge", "guard_harm", "--store", f"{tmp_path}/s.sqlite")
    done = invoke(*arguments, "--no-browser")
    assert isinstance(done.exception, InputError)
    assert "mark its own work" in str(done.exception)
    assert served == []
