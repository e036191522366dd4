"""Hyperscan databases: compiled once, kept in the user's cache, because compiling takes most of a second."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

_KEPT = 8


class Expression(NamedTuple):
    """A pattern as Hyperscan takes it, the number it reports, its flags."""

    pattern: str
    number: int
    flags: int


def database(expressions: Sequence[Expression]) -> tuple[Any, frozenset[int]]:
    """A database in block mode of all that Hyperscan can compile, None where that is nothing; and the numbers
    of what it cannot.

    The cache may be deleted at any time; where it cannot be written, or was written by another version or for
    another processor, nothing is lost but time.
    """
    if not expressions:
        return None, frozenset()
    path = _folder() / f"{_key(expressions)}.hyperscan"
    found = _read(path)
    if found is None:
        found = _compile(expressions)
        _write(path, *found)
    return found


def seeker(pattern: str) -> Callable[[bytes], bool] | None:
    """Whether ``pattern`` is somewhere in a text in UTF-8, as a function that is safe to use from several
    threads; None where Hyperscan is not installed."""
    try:
        import hyperscan
    except ImportError:
        return None
    flags = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_SINGLEMATCH
    built = _build([Expression(pattern, 0, flags)])
    scratch = Scratch(built)

    def seek(data: bytes) -> bool:
        found: list[int] = []
        if data:
            built.scan(data, match_event_handler=_note, context=found, scratch=scratch.own())
        return bool(found)

    return seek


def _note(number: int, _start: int, _end: int, _flags: int, found: list[int]) -> None:
    found.append(number)


class Scratch:
    """Hyperscan's scratch space for a database: it serves one scan at a time, so each thread has its own."""

    def __init__(self, built: Any) -> None:
        self._built = built
        self._local = threading.local()

    def own(self) -> Any:
        """This thread's."""
        own = getattr(self._local, "scratch", None)
        if own is None:
            import hyperscan

            own = self._local.scratch = hyperscan.Scratch(self._built)
        return own


def _compile(expressions: Sequence[Expression]) -> tuple[Any, frozenset[int]]:
    import hyperscan

    try:
        return _build(expressions), frozenset()
    except hyperscan.HyperscanError:
        refused = frozenset(one.number for one in expressions if not _compiles(one))
    rest = [one for one in expressions if one.number not in refused]
    return (_build(rest) if rest else None), refused


def _build(expressions: Sequence[Expression]) -> Any:
    import hyperscan

    built = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    patterns, numbers, flags = zip(*expressions, strict=True)
    built.compile([pattern.encode() for pattern in patterns], ids=list(numbers), flags=list(flags))
    return built


def _compiles(expression: Expression) -> bool:
    import hyperscan

    try:
        _build([expression])
    except hyperscan.HyperscanError:
        return False
    return True


def _folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("octarine") / "guard" / "rules"


def _key(expressions: Sequence[Expression]) -> str:
    return hashlib.sha256(json.dumps([version("hyperscan"), *expressions]).encode()).hexdigest()


def _read(path: Path) -> tuple[Any, frozenset[int]] | None:
    """What was kept. Hyperscan checks version, processor and checksum itself."""
    import hyperscan

    try:
        if os.name == "posix" and path.stat().st_uid != os.getuid():
            return None
        head, _, body = path.read_bytes().partition(b"\n")
        refused = frozenset(json.loads(head))
        return (hyperscan.loadb(body, hyperscan.HS_MODE_BLOCK) if body else None), refused
    except (OSError, ValueError, TypeError, hyperscan.HyperscanError):
        return None


def _write(path: Path, built: Any, refused: frozenset[int]) -> None:
    import hyperscan

    body = hyperscan.dumpb(built) if built is not None else b""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.write_bytes(json.dumps(sorted(refused)).encode() + b"\n" + body)
        unfinished.replace(path)
        for old in sorted(path.parent.glob("*.hyperscan"), key=lambda file: file.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
