"""PostgreSQL, for runs that more than one machine writes. Tables live in a schema named ``octarine``."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, LiteralString, TypeVar

from octarine.core.errors import InputError, MissingExtra, OctarineError, StoreError, StoreFull
from octarine.store.engine import FETCH, Engine, Row, Transaction

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")
SCHEMA = "octarine"
CONNECT_S = 10


@cache
def _translate(sql: LiteralString) -> LiteralString:
    # Safe: all SQL is written in this package, and no value is ever put into its text.
    return sql.replace("?", "%s")


class _Transaction:
    def __init__(self, cursor: psycopg.Cursor[Row]) -> None:
        self._cursor = cursor

    def run(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        self._cursor.execute(_translate(sql), args)
        return self._cursor.fetchall() if self._cursor.description else []

    def many(self, sql: str, rows: Sequence[Row]) -> None:
        self._cursor.executemany(_translate(sql), rows)

    def serialise(self, name: str) -> None:
        self._cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"octarine {name}",))


class PostgresEngine(Engine):
    """``dsn`` is a ``postgresql://`` URL as libpq reads it.

    Raises:
        MissingExtra: psycopg is not installed.
        InputError: libpq cannot read the URL.
        StoreError: the server cannot be reached or refuses.
    """

    words = {  # noqa: RUF012
        "serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "bytes": "BYTEA",
        "real": "DOUBLE PRECISION",
    }

    def __init__(self, dsn: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise MissingExtra("postgres", "A store on PostgreSQL") from None
        self._psycopg = psycopg
        self._dsn = dsn
        self.url = without_password(dsn)
        self._lock = threading.RLock()
        self._connection = self._connect()

    def _connect(self) -> psycopg.Connection[Row]:
        try:
            # A URL that libpq cannot read is quoted in its error, password and all.
            self._psycopg.conninfo.conninfo_to_dict(self._dsn)
        except self._psycopg.ProgrammingError:
            raise InputError(
                f"the store's URL {self.url} cannot be read",
                hint="For example:  postgresql://user@host:5432/database",
            ) from None
        try:
            connection = self._psycopg.connect(self._dsn, autocommit=True, connect_timeout=CONNECT_S)
        except self._psycopg.Error as error:
            raise StoreError(
                f"{self.url} cannot be reached: {_first_line(error)}",
                hint="Is the server up, and may this user connect? PGPASSWORD may hold the password.",
            ) from error
        try:
            # Asked first: CREATE … IF NOT EXISTS needs the right to create even where nothing is to be made.
            found = connection.execute("SELECT to_regnamespace(%s)", (SCHEMA,)).fetchone()
            if found is None or found[0] is None:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            connection.execute(f"SET search_path TO {SCHEMA}")
        except self._psycopg.errors.UniqueViolation:
            # Two processes made it at once; it is there now.
            connection.execute(f"SET search_path TO {SCHEMA}")
        except self._psycopg.Error as error:
            connection.close()
            raise self._explain(error) from error
        return connection

    @property
    def _errors(self) -> type[Exception]:
        return self._psycopg.Error

    def _transact(self, work: Callable[[Transaction], T]) -> T:
        with self._lock:
            connection = self._live()
            with connection.transaction(), connection.cursor(binary=True) as cursor:
                return work(_Transaction(cursor))

    def _live(self) -> psycopg.Connection[Row]:
        if self._connection.broken:
            self._connection.close()
            self._connection = self._connect()
        return self._connection

    def _passing(self, error: Exception) -> bool:
        errors = self._psycopg.errors
        in_the_way = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
        return isinstance(error, in_the_way) or self._connection.broken

    def _explain(self, error: Exception) -> OctarineError:
        errors = self._psycopg.errors
        if isinstance(error, errors.DiskFull):
            return StoreFull(
                f"no space left for {self.url}",
                hint="What was committed is safe. Free some space and run the same command again.",
            )
        if isinstance(error, errors.InsufficientPrivilege | errors.ReadOnlySqlTransaction):
            return StoreError(
                f"{self.url} refuses to write: {_first_line(error)}",
                hint=f"Grant this user the right to create and write tables in the schema '{SCHEMA}'.",
            )
        return StoreError(f"{self.url}: {_first_line(error)}", hint="What was committed is safe.")

    def _query(self, sql: str, args: Sequence[Any]) -> list[Row]:
        with self._lock, self._live().cursor(binary=True) as cursor:
            return cursor.execute(_translate(sql), args).fetchall()

    def stream(self, sql: str, args: Sequence[Any] = ()) -> Iterator[Row]:
        connection = self._connect()
        try:
            # On a connection of its own: a server-side cursor lives in a transaction, and writing goes on.
            with connection.transaction(), connection.cursor("rows", binary=True) as cursor:
                cursor.itersize = FETCH
                cursor.execute(_translate(sql), args)
                yield from cursor
        except self._psycopg.Error as error:
            raise self._explain(error) from error
        finally:
            connection.close()

    def has_table(self, name: str) -> bool:
        return self.rows("SELECT to_regclass(?)::text", (f"{SCHEMA}.{name}",))[0][0] is not None

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def without_password(dsn: str) -> str:
    """A URL without its password, wherever libpq takes one; also where it is not quoted as it should be."""
    head, mark, query = dsn.partition("?")
    if "@" in query and "@" not in head:
        head, mark, query = dsn, "", ""
    head = re.sub(r"(://[^:@]*):.*@", r"\1:***@", head)
    return head + mark + re.sub(r"(password=)[^&]*", r"\1***", query)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
