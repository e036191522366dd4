"""SQLite, the default: one file in write-ahead mode.

``synchronous=NORMAL``: a killed process loses nothing that was committed. A power cut may lose the last
commits, never the file (https://www.sqlite.org/wal.html#performance_considerations).
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from octarine.core.errors import InputError, OctarineError, StoreError, StoreFull
from octarine.store.engine import FETCH, Engine, Row, Transaction

T = TypeVar("T")
BUSY_S = 30.0
"""How long to wait for another process that is writing, in seconds."""
CACHE_KIB = 32 * 1024
"""Page cache. Keys are hashes, so inserts touch the whole index: a cache that holds it saves most reads."""


class _Transaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        return self._connection.execute(sql, args).fetchall()

    def many(self, sql: str, rows: Sequence[Row]) -> None:
        self._connection.executemany(sql, rows)

    def serialise(self, name: str) -> None:
        """BEGIN IMMEDIATE has: SQLite has one writer at a time."""


class SQLiteEngine(Engine):
    """A file, or memory where ``path`` is None."""

    words = {  # noqa: RUF012
        "serial": "INTEGER PRIMARY KEY",
        "bytes": "BLOB",
        "real": "REAL",
    }

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.url = "sqlite://:memory:" if path is None else f"sqlite:///{path}"
        self._lock = threading.RLock()
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        if self._path is not None:
            _check_path(self._path)
        connection: sqlite3.Connection | None = None
        try:
            connection = self._connect()
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            self._check_ours(connection)
            # Where the file system cannot share memory, SQLite stays with its rollback journal: as safe.
            _use_write_ahead_log(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise self._explain(error) from error
        except StoreError:
            if connection is not None:
                connection.close()
            raise
        return connection

    def _connect(self) -> sqlite3.Connection:
        # Transactions are begun and ended here, not by the library; Store calls from one thread at a time.
        return sqlite3.connect(
            ":memory:" if self._path is None else self._path,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )

    def _check_ours(self, connection: sqlite3.Connection) -> None:
        names = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        if names and "schema_version" not in names:
            raise StoreError(
                f"{self.url} is a database of another program (it has a table '{min(names)}')",
                hint="Name another file: nothing was changed in this one.",
            )

    @property
    def _errors(self) -> type[Exception]:
        return sqlite3.Error

    def _transact(self, work: Callable[[Transaction], T]) -> T:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(_Transaction(self._connection))
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            return result

    def _passing(self, error: Exception) -> bool:
        # A plain SQLITE_BUSY has waited for BUSY_S; its extended forms (the log is being recovered) have not.
        extended = getattr(error, "sqlite_errorcode", None)
        return (
            _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and extended != sqlite3.SQLITE_BUSY
        )

    def _explain(self, error: Exception) -> OctarineError:
        code = _code(error)
        if code == sqlite3.SQLITE_FULL:
            return StoreFull(
                f"no space left for {self.url}",
                hint="What was committed is safe. Free some space and run the same command again.",
            )
        if code == sqlite3.SQLITE_READONLY:
            return StoreError(f"{self.url} is read-only", hint="Make it writable, or name another store.")
        if code == sqlite3.SQLITE_CANTOPEN:
            return StoreError(
                f"{self.url} cannot be opened",
                hint="May this user read and write the file and its folder? If not, name another store.",
            )
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return StoreError(
                f"{self.url} is not an Octarine store: {error}",
                hint="Name another file, or restore this one from a copy.",
            )
        if code == sqlite3.SQLITE_BUSY:
            return StoreError(
                f"{self.url} has been locked by another process for {BUSY_S:.0f} seconds",
                hint="Wait until the other process is done, or name another store.",
            )
        return StoreError(f"{self.url}: {error}", hint="What was committed is safe.")

    def _query(self, sql: str, args: Sequence[Any]) -> list[Row]:
        with self._lock:
            return self._connection.execute(sql, args).fetchall()

    def stream(self, sql: str, args: Sequence[Any] = ()) -> Iterator[Row]:
        if self._path is None:
            # A database in memory has one connection, and a rollback on it would end a query under way.
            yield from self.rows(sql, args)
            return
        try:
            with closing(self._connect()) as connection:
                cursor = connection.execute(sql, args)
                while rows := cursor.fetchmany(FETCH):
                    yield from rows
        except sqlite3.Error as error:
            raise self._explain(error) from error

    def has_table(self, name: str) -> bool:
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)))

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # SQLite does not wait here for another process that is just opening the file: it says busy at once.
    deadline = time.monotonic() + BUSY_S
    while connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _code(error: Exception) -> int:
    """The primary result code; the extended ones keep it in their lowest byte."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _check_path(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"the store {path} is a folder", hint=f"Name a file in it:  {path}/octarine.sqlite")
    if not path.parent.is_dir():
        raise InputError(
            f"the folder of the store {path} does not exist", hint=f"Make it:  mkdir -p '{path.parent}'"
        )
