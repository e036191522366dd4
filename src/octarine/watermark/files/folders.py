"""Many pictures: marked or looked at in parallel; what was done before an interruption is not done again."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from octarine.core.errors import InputError, OctarineError
from octarine.core.files import make_folder
from octarine.watermark.files.pictures import FORMATS, format_of, read_picture, write_picture
from octarine.watermark.image.analysis import opencv
from octarine.watermark.image_watermark import Found, ImageWatermark

T = TypeVar("T")


@dataclass(frozen=True)
class Looked:
    """What was found in one file, or why it could not be looked at."""

    path: Path
    found: Found | None
    error: str = ""


@dataclass(frozen=True)
class Marked:
    """One marked file; ``psnr`` in dB. ``skipped`` where the result was there already."""

    source: Path
    target: Path
    psnr: float | None
    skipped: bool = False
    error: str = ""


def pictures_in(folder: Path) -> list[Path]:
    """The pictures in a folder and the folders in it, by name. Links to pictures are followed, links to
    folders are not: they may lead round in a circle.

    Raises:
        InputError: one of the folders cannot be read.
    """
    found = []
    for place, folders, names in os.walk(folder, onerror=_unreadable):
        folders.sort()
        paths = (Path(place, name) for name in names)
        found += [path for path in paths if path.suffix.lower() in FORMATS and path.is_file()]
    return sorted(found)


def _unreadable(error: OSError) -> None:
    raise InputError(f"the folder {error.filename} cannot be read: {error.strerror}")


def detect_file(mark: ImageWatermark, path: Path, *, edits: bool = False) -> Found:
    """What is found in a file."""
    return mark.detect(read_picture(path).pixels, edits=edits)


def detect_folder(mark: ImageWatermark, folder: Path, jobs: int, *, edits: bool = False) -> Iterator[Looked]:
    """What is found in each picture of a folder, in the order of names."""

    def look(path: Path) -> Looked:
        try:
            return Looked(path, detect_file(mark, path, edits=edits))
        except OctarineError as error:
            return Looked(path, None, error.message)

    yield from _in_parallel(look, pictures_in(folder), jobs)


def embed_file(
    mark: ImageWatermark,
    source: Path,
    target: Path,
    payload: int | None,
    psnr: float | None,
    *,
    overwrite: bool = False,
) -> Marked:
    """Mark a file; ``payload`` as ``ImageWatermark.embed`` takes it. The original is never touched unless it
    is the target and ``overwrite`` is set."""
    from octarine.watermark.quality import peak_signal_to_noise

    if target.exists() and not overwrite:
        raise InputError(f"{target} exists", hint="Name another file, or say --overwrite.")
    format_of(target)
    if not os.access(target.parent, os.W_OK):
        why = "cannot be written to" if target.parent.is_dir() else "is no folder"
        raise InputError(f"{target} was not written: {target.parent} {why}")
    picture = read_picture(source)
    marked = mark.embed(picture.pixels, payload, psnr=psnr)
    write_picture(target, picture, marked, overwrite=overwrite)
    return Marked(source, target, peak_signal_to_noise(picture.pixels, marked))


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
    """Mark each picture of a folder into the same place under ``target``. Results that are there already are
    skipped unless ``overwrite`` is set: they were written whole, so the same command continues where it was
    stopped."""
    if target.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            f"{target} lies in {folder}", hint="Name a folder outside of the one that is marked."
        )
    paths = pictures_in(folder)
    for parent in sorted({target / path.parent.relative_to(folder) for path in paths} | {target}):
        make_folder(parent)

    def put(path: Path) -> Marked:
        out = target / path.relative_to(folder)
        if out.exists() and not overwrite:
            return Marked(path, out, None, skipped=True)
        try:
            return embed_file(mark, path, out, payload, psnr, overwrite=overwrite)
        except OctarineError as error:
            return Marked(path, out, None, error=error.message)

    yield from _in_parallel(put, paths, jobs)


def _in_parallel(work: Callable[[Path], T], paths: Iterable[Path], jobs: int) -> Iterator[T]:
    """The results in order. OpenCV and numpy let go of the interpreter, so threads are enough; each one is
    given one thread of OpenCV's, so that ``jobs`` is what the machine feels. Only twice as many as ``jobs``
    are begun or kept at a time, so that memory does not grow with the folder, and an interruption waits for
    those that are being worked on alone."""
    cv2 = opencv()
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    pool = ThreadPoolExecutor(jobs)
    begun: deque[Future[T]] = deque()
    try:
        for path in paths:
            begun.append(pool.submit(work, path))
            if len(begun) == 2 * jobs:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        cv2.setNumThreads(before)
