"""A log of what was decided, in which a later change shows.

One JSON object a line. Each carries the hash of the line before (``prev``) and its own (``hash``, over all of
the line but itself), so that a line that was changed, taken out, put in or moved breaks the chain. With a key
in ``OCTARINE_AUDIT_KEY`` the hashes are HMACs, and only who has the key can make a chain that holds. What a
chain cannot show is a log that ends early: note its last hash elsewhere from time to time.

Texts are not in it. Their hashes are: who has a text can find what was decided about it; with the key in the
environment these are HMACs too, so that short texts cannot be guessed from them.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from octarine.core.codec import canonical
from octarine.core.errors import DataError, InputError

VARIABLE = "OCTARINE_AUDIT_KEY"
FIRST = "0" * 64
"""``prev`` of the first line."""
WAITING = 10_000
"""Records that may wait to be written."""
_AGAIN_S = 1.0
"""Between two tries where the disk takes nothing; what waits is kept."""
_TAIL = 1 << 20
"""The longest line."""
_SHORTEST_KEY = 16


def audit_key(environ: Mapping[str, str] = os.environ) -> bytes:
    """The key of the environment; empty for none.

    Raises:
        InputError: it is too short to protect anything.
    """
    key = environ.get(VARIABLE, "").strip()
    if key and len(key) < _SHORTEST_KEY:
        raise InputError(
            f"{VARIABLE} has fewer than {_SHORTEST_KEY} characters",
            hint="Make one:  python -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return key.encode()


def text_hash(text: str, key: bytes) -> str:
    """What stands for a text: SHA-256, or HMAC-SHA-256 where there is a key; 64 hexadecimal digits."""
    return _hash(text.encode("utf-8", "surrogatepass"), key)


class Audit:
    """Appends to a log that several workers share; a thread writes, so that nobody waits for the disk.

    Raises:
        InputError: the file cannot be written.
    """

    def __init__(self, path: Path, key: bytes = b"", on_failure: Callable[[str], None] | None = None) -> None:
        self.path = path
        self.failure = ""
        self._key = key
        self._told = on_failure
        self._queue: queue.Queue[dict[str, Any] | None] = queue.Queue(WAITING)
        self._file = _opened(path)
        self._at = -1
        self._last = FIRST
        self._thread = threading.Thread(target=self._write, name="octarine-audit", daemon=True)
        self._thread.start()

    def append(self, record: Mapping[str, Any]) -> bool:
        """Take a record; its time is added here. False where it can be taken no more: the log is full or
        broken, and ``failure`` says why."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **record}
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            self._fail("the disk is too slow: too many records wait")
            return False
        return not self.failure

    def text_hash(self, text: str) -> str:
        """As the function ``text_hash``, with this log's key."""
        return text_hash(text, self._key)

    def close(self) -> None:
        """Write what waits and close the file. A disk that takes nothing is tried once more."""
        self._queue.put(None)
        self._thread.join()
        self._file.close()

    def _write(self) -> None:
        pending: list[dict[str, Any]] = []
        ended = False
        while not ended:
            more = self._taken(_AGAIN_S if pending else None)
            ended = None in more
            pending += [record for record in more if record is not None]
            try:
                if pending:
                    self._append(pending)
                pending, self.failure = [], ""
            except OSError as error:
                self._fail(f"cannot be written: {error.strerror}")
        if pending:
            with suppress(OSError):
                self._append(pending)

    def _taken(self, timeout_s: float | None) -> list[dict[str, Any] | None]:
        """All that waits; of nothing, the first thing that comes in time."""
        taken: list[dict[str, Any] | None] = []
        with suppress(queue.Empty):
            taken.append(self._queue.get(timeout=timeout_s))
            while len(taken) < WAITING:
                taken.append(self._queue.get_nowait())
        return taken

    def _append(self, records: list[dict[str, Any]]) -> None:
        descriptor = self._file.fileno()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            size = os.fstat(descriptor).st_size
            lead = ""
            if size != self._at:
                self._last, lead = _last_hash(self._file, size)
            lines, last = [], self._last
            for record in records:
                line = _sealed(record, last, self._key)
                last = line["hash"]
                lines.append(canonical(line))
            data = f"{lead}{chr(10).join(lines)}\n".encode("utf-8", "backslashreplace")
            _write_all(descriptor, data, size)
            self._last, self._at = last, size + len(data)
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _fail(self, why: str) -> None:
        first, self.failure = not self.failure, why
        if first and self._told is not None:
            self._told(f"the audit log {self.path} {why}")


@dataclass(frozen=True, slots=True)
class Verified:
    """What ``verify`` found: how many lines hold, the last hash, and what is wrong, by line from 1."""

    records: int
    last: str
    problems: tuple[tuple[int, str], ...]


def verify(path: Path, key: bytes = b"") -> Verified:
    """Follow the chain of a log from its first line to its last.

    Raises:
        DataError: the file cannot be read.
    """
    count, last, problems = 0, FIRST, []
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                record = _record(raw)
                if record is None:
                    problems.append((number, "no record: cut off while it was written, or damaged"))
                    continue
                count += 1
                if record["prev"] != last:
                    problems.append((number, "does not follow the line before it"))
                expected = _sealed(record, record["prev"], key)["hash"]
                if not hmac.compare_digest(str(record["hash"]), expected):
                    problems.append((number, "was changed, or sealed with another key"))
                last = str(record["hash"])
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None
    return Verified(count, last, tuple(problems))


def _hash(data: bytes, key: bytes) -> str:
    return hmac.digest(key, data, "sha256").hex() if key else hashlib.sha256(data).hexdigest()


def _sealed(record: Mapping[str, Any], last: str, key: bytes) -> dict[str, Any]:
    line = {name: value for name, value in record.items() if name != "hash"}
    line["prev"] = last
    return {**line, "hash": _hash(canonical(line).encode("utf-8", "backslashreplace"), key)}


def _record(raw: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not raw.endswith(b"\n") or not isinstance(record, dict) or not {"prev", "hash"} <= record.keys():
        return None
    return record


def _opened(path: Path) -> IO[bytes]:
    try:
        # Who may read it: the operator, until they say otherwise.
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+", buffering=0)
    except OSError as error:
        raise InputError(
            f"the audit log {path} cannot be written: {error.strerror}",
            hint="Name another file with --audit.",
        ) from None


def _write_all(descriptor: int, data: bytes, size: int) -> None:
    """All of ``data`` or nothing: half a line would break the chain."""
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _last_hash(file: IO[bytes], size: int) -> tuple[str, str]:
    """The hash of the last whole line, and what must be written before the next one."""
    if not size:
        return FIRST, ""
    begin = max(0, size - _TAIL)
    tail = os.pread(file.fileno(), size - begin, begin)
    lead = "" if tail.endswith(b"\n") else "\n"
    for raw in _lines_backwards(tail):
        record = _record(raw + b"\n")
        if record is not None:
            return str(record["hash"]), lead
    return FIRST, lead


def _lines_backwards(tail: bytes) -> Iterator[bytes]:
    for raw in reversed(tail.split(b"\n")):
        if raw:
            yield raw
