"""From a store's URL to the store."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from octarine.core.errors import InputError, StoreError
from octarine.store.engine import Engine
from octarine.store.schema import MIGRATIONS, Migration, migrate
from octarine.store.sqlite import SQLiteEngine
from octarine.store.store import Store

VARIABLE = "OCTARINE_STORE"


def open_store(url: str | None = None) -> Store:
    """Open the record, making or upgrading it where needed.

    Args:
        url: a path; ``sqlite:///relative/path``, ``sqlite:////absolute/path``; ``sqlite://:memory:``;
            ``postgresql://user@host/database``. None takes the environment variable ``OCTARINE_STORE``, or
            ``octarine.sqlite`` in the user's data folder.

    Raises:
        InputError: an unknown kind of URL, or a folder that does not exist.
        MissingExtra: PostgreSQL without the extra ``postgres``.
        StoreVersion: the store was written by a newer Octarine.
        StoreError: it cannot be opened, or is not a store.
    """
    engine = _engine(url or os.environ.get(VARIABLE) or str(_default_path()))
    return opened(engine)


def opened(engine: Engine, migrations: Sequence[Migration] = MIGRATIONS) -> Store:
    """A store on ``engine``, brought to the newest schema; closes the engine if that fails."""
    try:
        migrate(engine, migrations)
    except BaseException:
        engine.close()
        raise
    return Store(engine)


def _engine(url: str) -> Engine:
    if url in (":memory:", "sqlite://", "sqlite://:memory:", "sqlite:///:memory:"):
        return SQLiteEngine(None)
    scheme = re.match(r"([a-z][a-z0-9+.-]+):/", url, re.IGNORECASE)
    if scheme is None:
        return SQLiteEngine(Path(url).expanduser().absolute())
    if scheme[1] == "sqlite":
        if not url.startswith("sqlite:///"):
            raise InputError(
                f"the store '{url}' has too few slashes",
                hint="sqlite:///relative/path, sqlite:////absolute/path, or just the path.",
            )
        return SQLiteEngine(Path(url.removeprefix("sqlite:///")).expanduser().absolute())
    if scheme[1] in ("postgresql", "postgres"):
        from octarine.store.postgres import PostgresEngine

        return PostgresEngine(url)
    # The URL is not repeated: it may hold a password.
    raise InputError(
        f"there is no kind of store called '{scheme[1]}'",
        hint="A store is a path, sqlite:///path, sqlite://:memory: or postgresql://user@host/database.",
    )


def _default_path() -> Path:
    from platformdirs import user_data_path

    folder = user_data_path("octarine", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {folder} cannot be made: {error.strerror}",
            hint=f"Name another store with {VARIABLE}.",
        ) from error
    return folder / "octarine.sqlite"
