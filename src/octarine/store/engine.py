"""What the store asks of a database. All SQL is shared and written with ``?``; an engine runs it."""

from __future__ import annotations

import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from octarine.core.errors import OctarineError

T = TypeVar("T")
Row = tuple[Any, ...]
FETCH = 1000
"""Rows read at once when streaming."""
ATTEMPTS = 8
"""How often a transaction that another process got in the way of is tried."""


class Transaction(Protocol):
    """Statements that are committed together."""

    def run(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Run one statement; its rows."""
        ...

    def many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run one statement for each row of arguments."""
        ...

    def serialise(self, name: str) -> None:
        """Wait until no other transaction that named the same thing is open."""
        ...


class Engine(ABC):
    """A database. Methods may be called from any thread, one at a time."""

    words: ClassVar[Mapping[str, str]]
    """What fills the places of ``schema.MIGRATIONS``."""
    url: str
    """Names the database, without a password."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in one transaction: all of it is committed, or none.

        Tried again when another process got in the way, so ``work`` must not change anything else.

        Raises:
            StoreFull, StoreError: nothing was committed.
        """
        return self._tried(lambda: self._transact(work))

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        return self._tried(lambda: self._query(sql, args))

    def _tried(self, call: Callable[[], T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return call()
            except self._errors as error:
                if attempt == ATTEMPTS or not self._passing(error):
                    raise self._explain(error) from error
            time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311
        raise AssertionError("the last attempt returns or raises")

    @property
    @abstractmethod
    def _errors(self) -> type[Exception]:
        """The base of the library's own errors."""

    @abstractmethod
    def _transact(self, work: Callable[[Transaction], T]) -> T:
        """One attempt of ``write``; lets the library's errors through."""

    @abstractmethod
    def _query(self, sql: str, args: Sequence[Any]) -> list[Row]:
        """One attempt of ``rows``; lets the library's errors through."""

    @abstractmethod
    def _passing(self, error: Exception) -> bool:
        """Whether the same transaction may work when it is tried again."""

    @abstractmethod
    def _explain(self, error: Exception) -> OctarineError:
        """A library's error as one of ours."""

    @abstractmethod
    def stream(self, sql: str, args: Sequence[Any] = ()) -> Iterator[Row]:
        """The rows of a query as of its start, a few at a time, while others write."""

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""

    @abstractmethod
    def close(self) -> None:
        """Release the connection. May be called twice."""
