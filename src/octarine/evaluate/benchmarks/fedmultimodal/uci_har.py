"""UCI-HAR (Anguita et al. 2013, ESANN), read from its official folder: ``Inertial Signals`` of two sensors.

Acceleration of the body and the gyroscope, 128 steps × 3 axes a window, are brought to mean 0 and deviation 1
window by window and axis by axis, as FedMultimodal does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from octarine.core.errors import DataError
from octarine.core.files import read_text
from octarine.evaluate.benchmarks.fedmultimodal.corpus import Corpus, FloatArray, IntArray, Windows

CLASSES = ("walking", "walking upstairs", "walking downstairs", "sitting", "standing", "laying")
STEPS = 128
OFFICIAL = {"train": 7352, "test": 2947}
"""How many windows the published parts have."""
_INSIDE = ("", "UCI HAR Dataset", "uci-har", "uci-har/UCI HAR Dataset")


def load_uci_har(folder: Path) -> Corpus:
    """The corpus in ``folder``, or in the data set's own folder inside it.

    Raises:
        DataError: naming the file, and the line where there is one.
    """
    root = _root(folder)
    train, test = _part(root, "train"), _part(root, "test")
    shared = sorted(set(train.subjects.tolist()) & set(test.subjects.tolist()))
    if shared:
        path = root / "test" / "subject_test.txt"
        line = int(np.flatnonzero(test.subjects == shared[0])[0]) + 1
        raise DataError(f"the subject {shared[0]} is in the training part too", path=path, line=line)
    sizes = {"train": len(train), "test": len(test)}
    notes: tuple[str, ...] = ()
    if sizes != OFFICIAL:
        notes = (f"not the published data: {sizes['train']} and {sizes['test']} windows, not 7352 and 2947",)
    return Corpus("uci-har", ("accelerometer", "gyroscope"), CLASSES, train, test, notes)


def _root(folder: Path) -> Path:
    for inside in _INSIDE:
        if (folder / inside / "train").is_dir():
            return folder / inside
    raise DataError(
        "is not there",
        path=folder / "train",
        hint="--data takes UCI-HAR's folder, with train, test and their 'Inertial Signals', or 'synthetic'.",
    )


def _part(root: Path, part: str) -> Windows:
    labels = _whole_numbers(root / part / f"y_{part}.txt", 1, len(CLASSES)) - 1
    subjects = _whole_numbers(root / part / f"subject_{part}.txt", 1, 10_000)
    _same_length(subjects, labels, root / part / f"subject_{part}.txt", f"y_{part}.txt")
    sensors = []
    for sensor in ("body_acc", "body_gyro"):
        axes = []
        for axis in "xyz":
            path = root / part / "Inertial Signals" / f"{sensor}_{axis}_{part}.txt"
            signal = _signal(path)
            _same_length(signal, labels, path, f"y_{part}.txt")
            axes.append(signal)
        sensors.append(standardised(np.stack(axes, axis=2)))
    return Windows(sensors[0], sensors[1], labels, subjects)


def standardised(windows: FloatArray) -> FloatArray:
    """Each window and channel of shape (n, steps, channels) with mean 0 and deviation 1."""
    centred = windows - windows.mean(axis=1, keepdims=True)
    scaled: FloatArray = centred / (windows.std(axis=1, keepdims=True) + 1e-5)
    return scaled.astype(np.float32)


def _same_length(values: FloatArray | IntArray, labels: IntArray, path: Path, other: str) -> None:
    if len(values) != len(labels):
        raise DataError(
            f"{len(values)} lines where {other} has {len(labels)}",
            path=path,
            line=min(len(values), len(labels)) + 1,
            hint="One of the two was cut off, or they are of different versions.",
        )


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    if not path.is_file():
        raise DataError("is not there", path=path, hint="UCI-HAR's folder has a file of this name.")
    text = read_text(path)
    if text.startswith("\ufeff"):
        raise DataError("begins with a byte order mark", path=path, line=1, hint="Save it as plain UTF-8.")
    lines = text.removesuffix("\n").split("\n")
    if not text.strip():
        raise DataError("is empty", path=path, hint="Get the file again: it may have been cut off.")
    for number, line in enumerate(lines, start=1):
        yield number, line.split()


def _whole_numbers(path: Path, least: int, most: int) -> IntArray:
    found = []
    for number, cells in _lines(path):
        if len(cells) != 1 or not cells[0].isdecimal() or not least <= int(cells[0]) <= most:
            shown = " ".join(cells)[:40]
            raise DataError(f"not a whole number from {least} to {most}: '{shown}'", path=path, line=number)
        found.append(int(cells[0]))
    return np.array(found, dtype=np.int64)


def _signal(path: Path) -> FloatArray:
    rows = []
    for number, cells in _lines(path):
        if len(cells) != STEPS:
            raise DataError(
                f"{len(cells)} numbers where a window has {STEPS}",
                path=path,
                line=number,
                hint="It may have been cut off.",
            )
        try:
            row = np.array(cells, dtype=np.float64)
        except ValueError:
            raise DataError("not only numbers", path=path, line=number) from None
        if not np.isfinite(row).all():
            raise DataError("a number that is not finite", path=path, line=number)
        rows.append(row)
    return np.array(rows)
