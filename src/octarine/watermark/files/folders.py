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


def pictures_in(folder: Path) -> Iterator[Path]:
    """The pictures in a folder and the folders in it: see ``names_in``."""
    for place, names in names_in(folder):
        for name in names:
            yield place / name


def count_in(folder: Path) -> int:
    """How many pictures ``pictures_in`` gives."""
    return sum(len(names) for _, names in names_in(folder))


def names_in(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """The folder and every folder in it, each with the names of the pictures right in it; both by name, one
    folder after the other. Only the names of one folder are held at a time. Links to pictures are followed,
    links to folders are not: they may lead round in a circle.

    Raises:
        InputError: one of the folders cannot be read.
    """
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        below: list[str] = []
        names: list[str] = []
        try:
            with os.scandir(place) as found:
                for entry in found:
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.name)
                    elif os.path.splitext(entry.name)[1].lower() in FORMATS and _is_file(entry):
                        names.append(entry.name)
        except OSError as error:
            raise InputError(
                f"the folder {place} cannot be read: {error.strerror}",
                hint="Make it readable, or move it out of the folder.",
            ) from None
        waiting += [place / name for name in sorted(below, reverse=True)]
        names.sort()
        yield place, names


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        # A link that leads to itself.
        return False


def detect_file(mark: ImageWatermark, path: Path, *, edits: bool = False) -> Found:
    """What is found in a file."""
    return mark.detect(read_picture(path).pixels, edits=edits)


def detect_folder(mark: ImageWatermark, folder: Path, jobs: int, *, edits: bool = False) -> Iterator[Looked]:
    """What is found in each picture of a folder, in the order of ``pictures_in``."""
    yield from _in_parallel(Look(mark, edits), pictures_in(folder), jobs)


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
    stopped.

    Raises:
        InputError: ``target`` lies in ``folder``, results would lie there, or it cannot be written to.
    """
    put = Put.into(target, folder, mark, payload, psnr, overwrite)
    yield from _in_parallel(put, pictures_in(folder), jobs)


@dataclass(frozen=True)
class Look:
    """Looks at one picture of a folder; what is wrong with it is told, not raised."""

    mark: ImageWatermark
    edits: bool

    def __call__(self, path: Path) -> Looked:
        try:
            return Looked(path, detect_file(self.mark, path, edits=self.edits))
        except OctarineError as error:
            return Looked(path, None, error.message)


@dataclass(frozen=True)
class Put:
    """Marks one picture of ``folder`` into the same place under ``target``; what is wrong with it is told,
    not raised."""

    mark: ImageWatermark
    folder: Path
    target: Path
    payload: int | None
    psnr: float | None
    overwrite: bool

    @classmethod
    def into(
        cls,
        target: Path,
        folder: Path,
        mark: ImageWatermark,
        payload: int | None,
        psnr: float | None,
        overwrite: bool,
    ) -> Put:
        """``target`` is made.

        Raises:
            InputError: it lies in ``folder``, results would lie there, or it cannot be written to.
        """
        source, result = folder.resolve(), target.resolve()
        outside = "Name a folder outside of the one that is marked."
        if result.is_relative_to(source):
            raise InputError(f"{target} lies in {folder}", hint=outside)
        if source.is_relative_to(result) and (source / source.relative_to(result)).exists():
            # As pictures/pictures/a.png, marked into what pictures lies in: it would become pictures/a.png.
            raise InputError(f"results in {target} would lie in {folder}", hint=outside)
        return cls(mark, folder, make_folder(target), payload, psnr, overwrite)

    def __call__(self, path: Path) -> Marked:
        out = self.result(path)
        try:
            if out.exists() and not self.overwrite:
                return self.skipped(path)
            if not out.parent.is_dir():
                make_folder(out.parent)
            return embed_file(self.mark, path, out, self.payload, self.psnr, overwrite=self.overwrite)
        except OctarineError as error:
            return Marked(path, out, None, error=error.message)
        except OSError as error:
            return Marked(path, out, None, error=f"{out} was not written: {error.strerror}")

    def result(self, path: Path) -> Path:
        """Where the marked picture goes."""
        return self.target / path.relative_to(self.folder)

    def skipped(self, path: Path) -> Marked:
        """What is told of a picture whose result is there already."""
        return Marked(path, self.result(path), None, skipped=True)


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
