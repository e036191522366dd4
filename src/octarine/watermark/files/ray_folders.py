"""What ``folders`` does, on Ray Data: for folders too large for one machine.

Names are listed while pictures are worked on, so many at a time, and nothing is kept of what was done: memory
does not grow with the folder. Ray asks nobody outside: its reports of use and its dashboard are off.
"""

from __future__ import annotations

import itertools
import logging
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from octarine.core.errors import InputError, InternalError, MissingExtra
from octarine.watermark.files.folders import Look, Looked, Marked, Put, names_in
from octarine.watermark.image.analysis import opencv
from octarine.watermark.image_watermark import ImageWatermark

CHUNK = 4096
"""Names that are listed ahead, at least."""
AHEAD = 32
"""Tasks for each processor that are listed ahead: all wait for the last of them."""
BATCH = 8
"""Pictures of one task."""
_TALKERS = ("ray.data", "ray.data._internal.progress", "ray.data._internal.execution")
"""Loggers that tell of what is as it should be."""


def detect_folder(mark: ImageWatermark, folder: Path, jobs: int, *, edits: bool = False) -> Iterator[Looked]:
    """As ``folders.detect_folder``. ``jobs`` is for a Ray that is started here; a cluster has its own.

    Raises:
        MissingExtra: Ray is not installed.
        InputError: the Ray of ``RAY_ADDRESS`` does not answer.
        InternalError: Ray broke down.
    """
    yield from _spread(Look(mark, edits), folder, jobs)


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
        InputError: as ``folders.embed_folder``, or the Ray of ``RAY_ADDRESS`` does not answer.
        InternalError: Ray broke down.
    """
    job = Put.into(target.absolute(), folder.absolute(), mark, payload, psnr, overwrite)
    yield from _spread(job, folder, jobs)


def _spread(job: Look | Put, folder: Path, jobs: int) -> Iterator[Any]:
    """The results in the order of the listing."""
    with _ray(jobs) as ray:
        planned = _planned(job, folder.absolute())
        ahead = max(CHUNK, AHEAD * BATCH * int(ray.cluster_resources().get("CPU", 1)))
        while chunk := list(itertools.islice(planned, ahead)):
            done = _worked(ray, job, [path for path, there in chunk if there is None])
            for _, there in chunk:
                yield next(done) if there is None else there


def _planned(job: Look | Put, folder: Path) -> Iterator[tuple[Path, Marked | None]]:
    """Every picture, and what is told of it where its result is there already: seen here, by listing, which
    costs far less than a task for each."""
    for place, names in names_in(folder):
        there = set() if isinstance(job, Look) or job.overwrite else _listed(job.result(place))
        for name in names:
            path = place / name
            yield path, job.skipped(path) if isinstance(job, Put) and name in there else None


def _listed(folder: Path) -> set[str]:
    try:
        with os.scandir(folder) as found:
            return {entry.name for entry in found}
    except OSError:
        # Not there yet; or of each of its pictures it is told why nothing can be put there.
        return set()


def _worked(ray: Any, job: Look | Put, paths: list[Path]) -> Iterator[Any]:
    """The results of some pictures, in their order."""
    if not paths:
        return
    rows = [{"path": str(path)} for path in paths]
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
        try:
            ray.init(**own, log_to_driver=False, logging_level=logging.ERROR)
        except ConnectionError as error:
            raise InputError(
                f"no Ray answers: {str(error).splitlines()[0][:200]}",
                hint="Name a cluster that is up in RAY_ADDRESS, or unset it: then Ray is started here.",
            ) from None
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
