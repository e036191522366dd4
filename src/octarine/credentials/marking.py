"""The mark of a file that is to be signed: the one that is there, or one that is put in now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.credentials import marks
from octarine.credentials.library import kind_of
from octarine.credentials.marks import Bound
from octarine.store import Store

if TYPE_CHECKING:
    from octarine.credentials.marks import AnyFound, Progress
    from octarine.watermark import ImageWatermark

WHOLE = 0.99
"""The part of a video that carries its mark, from which on all of it does."""
_STEPS = 3
"""A video is read so often: is it marked, mark it, can the mark be read."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A file to sign.

    Attributes:
        bound: the mark in it; None for none.
        new: whether that was put in now.
        warnings: what a person should know.
    """

    path: Path
    bound: Bound | None = None
    new: bool = False
    warnings: tuple[str, ...] = ()


def marked_file(
    source: Path,
    out: Path,
    mark: ImageWatermark | None,
    payload: int | None,
    store: Store | None,
    progress: Progress | None = None,
) -> Marked:
    """``source`` itself, where it carries a mark or needs none, or it with a mark, as ``out``.

    Raises:
        InputError: the payload is another than the one that is there, or cannot be read again.
        DataError: the file cannot be read.
    """
    if mark is None:
        if payload is not None:
            raise InputError("a payload without a key", hint="Name the key:  --watermark-key-file KEY")
        return Marked(source)
    found = marks.find(mark, source, _step(progress, 0))
    there = marks.bound_in(found)
    if there is not None:
        if payload is not None and payload != there.payload:
            raise InputError(
                f"{source} carries the mark {there.payload:#x} already, not {payload:#x}",
                hint="Leave the payload out to sign with the mark that is there, or start from the original.",
            )
        return Marked(source, there, warnings=_foreign(source, found, there))
    key = mark.key.fingerprint
    bound = Bound(marks.fresh_payload(key, store) if payload is None else payload, key)
    _put(mark, bound, source, out, progress)
    again = marks.bound_in(marks.find(mark, out, _step(progress, 2)))
    if again is None or again.payload != bound.payload:
        raise InputError(
            f"{source}: the mark that was put in cannot be read again",
            hint="It is too small, too short or too plain to carry one. Sign it without a watermark key.",
        )
    return Marked(out, bound, new=True)


def _put(mark: ImageWatermark, bound: Bound, source: Path, out: Path, progress: Progress | None) -> None:
    if kind_of(source).picture:
        from octarine.watermark.files.folders import embed_file

        embed_file(mark, source, out, bound.payload, None)
    else:
        marks.video_mark(mark).embed(source, out, bound.payload, progress=_step(progress, 1))


def _foreign(source: Path, found: AnyFound, bound: Bound) -> tuple[str, ...]:
    """What to say where a part of a video carries another mark, or none."""
    from octarine.watermark import FoundInVideo

    if not isinstance(found, FoundInVideo) or not found.seconds:
        return ()
    own = sum(span.end - span.start for span in found.spans if span.payload == bound.payload)
    share = own / found.seconds
    if share >= WHOLE:
        return ()
    return (f"{source}: {100 * share:.0f} % of it carries the mark. The credentials are for all of it.",)


def _step(progress: Progress | None, step: int) -> Callable[[float, float], None] | None:
    """One of the times that a video is read, as a part of all."""
    if progress is None:
        return None
    return lambda done, total: progress(step * total + done, _STEPS * total)
