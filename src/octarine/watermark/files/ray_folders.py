"""What ``folders`` does, on Ray Data: for folders too large for one machine.

Names are listed while pictures are worked on, so many at a time, and nothing is kept of what was done: memory
does not grow with the folder. Ray asks nobody outside: its reports of use and its dashboard are off.
"""

from __future__ import annotations

import itertools
import logging
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octarine.core.errors import InputError, InternalError, MissingExtra, OctarineError
from octarine.core.files import make_folder
from octarine.watermark.files.folders import Looked, Marked, detect_file, embed_file
from octarine.watermark.files.pictures import FORMATS
from octarine.watermark.image.analysis import opencv
from octarine.watermark.image_watermark import ImageWatermark

CHUNK = 4096
"""Names that are listed ahead."""
BATCH = 8
"""Pictures of one task."""
_TALKERS = ("ray.data", "ray.data._internal.progress", "ray.data._internal.execution")
"""Loggers that tell of what is as it should be."""


def pictures_in(folder: Path) -> Iterator[Path]:
    """The pictures in a folder and the folders in it, one folder after the other, each by name; only the
    names of one folder are held at a time. Links to folders are not followed.

    Raises:
        InputError: a folder cannot be read.
    """
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error.strerror}") from None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from pictures_in(Path(entry.path))
        elif os.path.splitext(entry.name)[1].lower() in FORMATS and entry.is_file():
            yield Path(entry.path)


def detect_folder(mark: ImageWatermark, folder: Path, jobs: int, *, edits: bool = False) -> Iterator[Looked]:
    """As ``folders.detect_folder``. ``jobs`` is for a Ray that is started here; a cluster has its own.

    Raises:
        MissingExtra: Ray is not installed.
        InternalError: Ray broke down.
    """
    yield from _spread(_Look(mark, edits), folder, jobs)


def embed_folder(
    mark: ImageWatermark,
    folder: Path,
    target: Path,
    payload: int | None,
    psnr: float | None,
    *,
    jobs: int,
    overwrite: bool,
) -> Iterator[Marked]:
    """As ``folders.embed_folder``; ``jobs`` as for ``detect_folder``.

    Raises:
        MissingExtra: Ray is not installed.
        InputError: ``target`` lies in ``folder``.
        InternalError: Ray broke down.
    """
    if target.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            f"{target} lies in {folder}", hint="Name a folder outside of the one that is marked."
        )
    make_folder(target)
    job = _Put(mark, folder.absolute(), target.absolute(), payload, psnr, overwrite)
    yield from _spread(job, folder, jobs)


@dataclass(frozen=True)
class _Look:
    mark: ImageWatermark
    edits: bool

    def __call__(self, path: Path) -> Looked:
        try:
            return Looked(path, detect_file(self.mark, path, edits=self.edits))
        except OctarineError as error:
            return Looked(path, None, error.message)


@dataclass(frozen=True)
class _Put:
    mark: ImageWatermark
    folder: Path
    target: Path
    payload: Any
    psnr: float | None
    overwrite: bool

    def __call__(self, path: Path) -> Marked:
        out = self.target / path.relative_to(self.folder)
        if out.exists() and not self.overwrite:
            return Marked(path, out, None, skipped=True)
        try:
            make_folder(out.parent)
            return embed_file(self.mark, path, out, self.payload, self.psnr, overwrite=self.overwrite)
        except OctarineError as error:
            return Marked(path, out, None, error=error.message)


def _spread(job: Callable[[Path], Any], folder: Path, jobs: int) -> Iterator[Any]:
    """The results in the order of the listing."""
    with _ray(jobs) as ray:
        names = iter(pictures_in(folder.absolute()))
        while chunk := list(itertools.islice(names, CHUNK)):
            rows = [{"path": str(path)} for path in chunk]
            data = ray.data.from_items(rows, override_num_blocks=-(-len(rows) // BATCH))
            done = data.map_batches(_work, batch_size=BATCH, fn_kwargs={"job": pickle.dumps(job)})
            try:
                for row in done.iter_rows():
                    # Bytes that came from our own workers.
                    yield pickle.loads(row["result"])  # noqa: S301
            except ray.exceptions.RayError as error:
                raise InternalError(
                    f"Ray broke down: {str(error).splitlines()[0][:200]}",
                    hint="What was written is whole: the same command continues. Fewer --jobs, less memory.",
                ) from error


def _work(batch: dict[str, Any], job: bytes) -> dict[str, list[bytes]]:
    opencv().setNumThreads(1)
    work = pickle.loads(job)  # noqa: S301
    return {"result": [pickle.dumps(work(Path(path))) for path in batch["path"]]}


@contextmanager
def _ray(jobs: int) -> Iterator[Any]:
    """Ray as it runs, or that of ``RAY_ADDRESS``, or one that is started for the time of the block."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise MissingExtra("ray", "The engine 'ray'") from None
    ours = not ray.is_initialized()
    if ours:
        own: dict[str, Any] = {} if os.environ.get("RAY_ADDRESS") else {"address": "local", "num_cpus": jobs}
        if own:
            own["include_dashboard"] = False
        ray.init(**own, log_to_driver=False, logging_level=logging.ERROR)
    for name in _TALKERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    before = context.enable_progress_bars, context.execution_options.preserve_order
    context.enable_progress_bars, context.execution_options.preserve_order = False, True
    try:
        yield ray
    finally:
        context.enable_progress_bars, context.execution_options.preserve_order = before
        if ours:
            ray.shutdown()
