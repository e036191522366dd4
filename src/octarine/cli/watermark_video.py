"""``octarine watermark embed`` and ``detect`` where the file is a video."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from octarine.cli.output import print_json, print_table
from octarine.cli.progress import bars
from octarine.core.errors import ExitCode, InputError
from octarine.watermark.video.source import is_video

if TYPE_CHECKING:
    from octarine.watermark.video_watermark import FoundInVideo, Span, VideoWatermark

__all__ = ["detect_video", "embed_video", "is_video"]


def embed_video(
    source: Path,
    target: Path,
    key_file: Path,
    payload: int,
    *,
    psnr: float | None,
    crf: int | None,
    overwrite: bool,
    json_out: bool,
) -> int:
    """Mark a video file, and tell how it went."""
    mark = _mark(key_file)
    with bars(json_out) as shown:

        def progress(done: float, total: float) -> None:
            if shown:
                shown.stage("marking", int(done * 10), int(total * 10))

        marked = mark.embed(
            source, target, payload, psnr=psnr, crf=crf, overwrite=overwrite, progress=progress
        )
    if json_out:
        print_json(
            {
                "source": str(source),
                "target": str(target),
                "frames": marked.frames,
                "psnr": round(marked.psnr, 2),
                "least_psnr": round(marked.least_psnr, 2),
                "notes": list(marked.notes),
            }
        )
    else:
        click.echo(
            f"{target}: {marked.frames} frames marked, PSNR {marked.psnr:.1f} dB "
            f"(least {marked.least_psnr:.1f}) before encoding"
        )
        _tell(source, marked.notes)
    return ExitCode.OK


def detect_video(path: Path, key_file: Path, *, edit_map: Path | None, json_out: bool) -> None:
    """Look for the mark in a video file, and tell what was found."""
    if edit_map is not None:
        raise InputError(
            "--edit-map is for one picture", hint="A video's result names the parts that are ours."
        )
    mark = _mark(key_file)
    with bars(json_out) as shown:

        def progress(done: float, total: float) -> None:
            if shown:
                shown.stage("looking", int(done * 10), int(total * 10))

        found = mark.detect(path, progress=progress)
    if json_out:
        print_json(_row(path, found))
        return
    table = Table("video", "confidence", "p-value", "payload", "geometry", "ours", box=None)
    table.add_row(
        escape(str(path)),
        found.confidence.value,
        f"1e-{found.score:.0f}" if found.score >= 1 else f"{found.p_value:.2f}",
        ("" if found.geometry is None else "not read") if found.payload is None else f"{found.payload:#x}",
        str(found.geometry or ""),
        f"{100 * found.share:.0f} %" if found.spans else "",
    )
    print_table(table)
    if len(found.spans) > 1 or 0 < found.share < 0.99:
        for span in found.spans:
            click.echo(_words(span))
    _tell(path, found.notes)


def _mark(key_file: Path) -> VideoWatermark:
    from octarine.watermark.keys import read_keys
    from octarine.watermark.video_watermark import VideoWatermark

    first, *others = read_keys(key_file)
    return VideoWatermark(first, retired=tuple(others))


def _tell(path: Path, notes: tuple[str, ...]) -> None:
    for note in notes:
        click.echo(f"{path}: {note}", err=True)


def _words(span: Span) -> str:
    return f"  {_clock(span.start)} to {_clock(span.end)}  {span.payload:#x}  {span.geometry}"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{seconds:05.2f}"


def _row(path: Path, found: FoundInVideo) -> dict[str, Any]:
    return {
        "path": str(path),
        "confidence": found.confidence.value,
        "score": round(found.score, 2),
        "p_value": found.p_value,
        "payload": None if found.payload is None else f"{found.payload:#x}",
        "geometry": found.geometry,
        "share": round(found.share, 4),
        "spans": [
            {
                "start": span.start,
                "end": span.end,
                "payload": f"{span.payload:#x}",
                "geometry": span.geometry,
            }
            for span in found.spans
        ],
        "frames": [
            {"time": round(one.time, 3), "ours": one.ours, "strength": one.strength} for one in found.frames
        ],
        "seconds": round(found.seconds, 3),
        "frames_read": found.frames_read,
        "notes": list(found.notes),
        "key": found.key,
    }
