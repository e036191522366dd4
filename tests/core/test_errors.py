"""Every error says what to do next, and which exit code it means."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from octarine.core import errors
from octarine.core.errors import (
    AuthenticationError,
    DataError,
    EndpointDownError,
    ExitCode,
    InputError,
    InternalError,
    MissingExtra,
    ModelError,
    ModelNotFound,
    ModelUnavailable,
    OctarineError,
    RateLimited,
    RequestRejected,
    StoreError,
    StoreFull,
    StoreVersion,
)


def test_the_message_is_followed_by_the_hint() -> None:
    assert str(InputError("no such file", hint="Name another.")) == "no such file\nName another."
    assert str(InputError("no such file")) == "no such file"


def tree(cls: type[OctarineError]) -> set[type[OctarineError]]:
    return {cls}.union(
        *(tree(child) for child in cls.__subclasses__() if child.__module__ == errors.__name__)
    )


def test_the_tree_that_is_drawn_is_the_tree_that_is_there() -> None:
    assert errors.__doc__ is not None
    drawn = errors.__doc__.split("::", 1)[1]
    lines = [line for line in drawn.splitlines() if "──" in line or line.strip() == "OctarineError"]
    parents: list[str] = []
    shown = set()
    for line in lines:
        name = line.replace("│", " ").replace("├──", "   ").replace("└──", "   ")
        depth = (len(name) - len(name.lstrip())) // 4 - 1
        name = name.split()[0]
        parents[depth:] = [name]
        if depth:
            shown.add((parents[depth - 1], name))
    there = {(cls.__base__.__name__, cls.__name__) for cls in tree(OctarineError) if cls is not OctarineError}
    assert shown == there


@pytest.mark.parametrize("cls", sorted(tree(OctarineError), key=lambda cls: cls.__name__))
def test_only_our_own_fault_is_ours(cls: type[OctarineError]) -> None:
    assert cls.exit_code is (ExitCode.OURS if cls is InternalError else ExitCode.USER)


def test_exit_codes() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 130]


@pytest.mark.parametrize(
    ("path", "line", "shown"),
    [
        ("a.jsonl", 3, "a.jsonl:3: bad"),
        (Path("a.jsonl"), None, "a.jsonl: bad"),
        ("", None, "bad"),
        ("", 3, "bad"),
    ],
)
def test_a_malformed_file_is_named(path: Path | str, line: int | None, shown: str) -> None:
    error = DataError("bad", path=path, line=line, hint="Mend it.")
    assert error.message == shown
    assert error.reason == "bad"
    assert str(error) == f"{shown}\nMend it."


def test_a_missing_extra_gives_the_command() -> None:
    error = MissingExtra("postgres", "A store on PostgreSQL")
    assert "A store on PostgreSQL needs the extra 'postgres'" in str(error)
    assert "pip install 'octarine[postgres]'" in error.hint


def test_which_calls_are_worth_another_try() -> None:
    assert {cls for cls in tree(ModelError) if cls.retryable} == {ModelUnavailable, RateLimited}
    fatal = {AuthenticationError, EndpointDownError, ModelNotFound}
    assert {cls for cls in tree(ModelError) if cls.fatal} == fatal
    assert not RequestRejected("no").fatal
    assert RateLimited("wait", retry_after=2.5).retry_after == 2.5


def test_store_errors_are_one_family() -> None:
    assert tree(StoreError) == {StoreError, StoreFull, StoreVersion}


def test_errors_cross_processes() -> None:
    for error in (
        InputError("m", hint="h"),
        DataError("m", path="p", line=1, hint="h"),
        MissingExtra("postgres", "A store"),
        RateLimited("m", retry_after=1.0, hint="h"),
    ):
        back = pickle.loads(pickle.dumps(error))
        assert type(back) is type(error)
        assert str(back) == str(error)
        assert vars(back) == vars(error)
