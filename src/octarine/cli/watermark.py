"""``octarine watermark``: put invisible marks into pictures and video, and find them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from octarine.cli import options as shared
from octarine.cli.lazy import LazyGroup
from octarine.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from octarine.watermark import Found, ImageWatermark

key_file = click.option(
    "--key-file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The secret: one key a line; the first marks, all are looked for.",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="CPUs",
    help="Pictures at a time.",
)

engine_option = click.option(
    "--engine",
    type=click.Choice(["threads", "ray"]),
    default="threads",
    show_default=True,
    help="Of folders: ray spreads them over a cluster (extra ray).",
)


def _engine(name: str) -> Any:
    """What works through folders."""
    from octarine.watermark.files import folders, ray_folders

    return ray_folders if name == "ray" else folders


def _number(_: click.Context, __: click.Parameter, value: str) -> int:
    """A payload as it is typed: decimal, or with 0x."""
    try:
        return int(value, 0)
    except ValueError:
        raise click.BadParameter(f"{value} is no number such as 1234 or 0x5EED") from None


COMMANDS = {
    "serve": ("octarine.cli.watermark_serve:serve", "Answer over HTTP and on a page: is this ours?"),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def watermark() -> None:
    """Put invisible marks into pictures and video, and find them again.

    \b
    Examples:
      octarine watermark keygen KEY
      octarine watermark embed in.png out.png --key-file KEY --payload 0x5EED
      octarine watermark detect out.png --key-file KEY
      octarine watermark serve --key-file KEY
    """


@watermark.command()
@click.argument("path", metavar="KEY", type=click.Path(dir_okay=False, path_type=Path))
def keygen(path: Path) -> None:
    """Make a new key in the file KEY, which only you can read."""
    from octarine.watermark import generate_key, write_key

    key = generate_key()
    write_key(path, key)
    click.echo(
        f"{path}: key {key.fingerprint}. Keep it secret, and keep a copy: without it no mark is found."
    )


@watermark.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@key_file
@click.option(
    "--payload",
    metavar="NUMBER",
    default="0",
    show_default=True,
    callback=_number,
    help="Up to 48 bits: 0x5EED.",
)
@click.option(
    "--zero-bit", is_flag=True, help="No payload: the mark says only that it is there, and survives more."
)
@click.option(
    "--psnr",
    type=click.FloatRange(25, 60),
    help="Strength as a PSNR in dB. [default: what each picture hides, 40 to 48; video 42]",
)
@click.option(
    "--crf",
    type=click.IntRange(0, 63),
    help="Constant quality of a video's encoder. [default: where hardly anyone sees a loss]",
)
@click.option("--overwrite", is_flag=True, help="Replace results that exist.")
@jobs_option
@engine_option
@shared.as_json
def embed(
    source: Path,
    target: Path,
    key_file: Path,
    payload: int,
    zero_bit: bool,
    psnr: float | None,
    crf: int | None,
    overwrite: bool,
    jobs: int,
    engine: str,
    json_out: bool,
) -> int:
    """Mark the picture or video IN as OUT, or every picture of the folder IN into the folder OUT.

    \b
    PNG, JPEG, WebP and TIFF; EXIF data and colour profiles are kept. A folder that was interrupted
    is continued by the same command. Video: MP4, MOV, MKV, WebM, AVI, TS in the codec that it has
    (H.264, HEVC, VP9, AV1); sound, subtitles, chapters, times, colour tags and metadata are kept.
    """
    from octarine.cli.watermark_video import embed_video, is_video

    if is_video(source):
        if zero_bit:
            raise InputError("--zero-bit is for pictures", hint="Give the video a --payload.")
        return embed_video(
            source, target, key_file, payload, psnr=psnr, crf=crf, overwrite=overwrite, json_out=json_out
        )
    from octarine.cli.watermark_pictures import shown, tell_marked
    from octarine.watermark.files.folders import count_in, embed_file

    mark, put = _mark(key_file), _payload(payload, zero_bit)
    if not source.is_dir():
        done = iter([embed_file(mark, source, target, put, psnr, overwrite=overwrite)])
    else:
        total = count_in(source)
        if not total:
            raise InputError(f"{source} holds no picture", hint="PNG, JPEG, WebP and TIFF are marked.")
        spread = _engine(engine).embed_folder
        results = spread(mark, source, target, put, psnr, jobs=jobs, overwrite=overwrite)
        done = shown(results, "marking", total, json_out)
    return ExitCode.USER if tell_marked(done, json_out) else ExitCode.OK


def _payload(payload: int, zero_bit: bool) -> int | None:
    given = click.get_current_context().get_parameter_source("payload") is not ParameterSource.DEFAULT
    if zero_bit and given:
        raise InputError("--zero-bit is a mark without a payload", hint="Leave out --payload, or --zero-bit.")
    return None if zero_bit else payload


def _mark(key_file: Path) -> ImageWatermark:
    from octarine.watermark import ImageWatermark, read_keys

    first, *others = read_keys(key_file)
    return ImageWatermark(first, retired=tuple(others))


@watermark.command()
@click.argument("path", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@key_file
@click.option(
    "--edit-map",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write where one picture was edited, as a PNG: red where the mark is gone, striped where "
    "nothing can be told.",
)
@click.option("--edits", is_flag=True, help="Ask of every picture whether and where it was edited.")
@click.option("--overwrite", is_flag=True, help="Replace an edit map that exists.")
@jobs_option
@engine_option
@shared.as_json
def detect(
    path: Path,
    key_file: Path,
    edit_map: Path | None,
    edits: bool,
    overwrite: bool,
    jobs: int,
    engine: str,
    json_out: bool,
) -> int:
    """Look for the mark in a picture or a video, or in every picture of a folder.

    \b
    The p-value is the probability that a picture without the mark gives such evidence, over all
    that the search tried. Confidence: high (at most 1e-9), medium (1e-6), low (1e-3), none.
    """
    from octarine.cli.watermark_pictures import shown, tell_looked
    from octarine.cli.watermark_video import detect_video, is_video
    from octarine.watermark.files.folders import Looked, count_in, detect_file

    if is_video(path):
        detect_video(path, key_file, edit_map=edit_map, json_out=json_out)
        return ExitCode.OK
    mark = _mark(key_file)
    if edit_map is not None:
        _check_map(path, edit_map, overwrite)
    if not path.is_dir():
        found = detect_file(mark, path, edits=edits or edit_map is not None)
        if edit_map is not None:
            _write_map(edit_map, path, found)
        looked = iter([Looked(path, found)])
    else:
        results = _engine(engine).detect_folder(mark, path, jobs, edits=edits)
        looked = shown(results, "looking", count_in(path), json_out)
    return ExitCode.USER if tell_looked(looked, json_out) else ExitCode.OK


def _check_map(path: Path, edit_map: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise InputError("--edit-map is for one picture", hint="Name a file in place of the folder.")
    if edit_map.exists() and not overwrite:
        raise InputError(f"{edit_map} exists", hint="Name another file, or say --overwrite.")
    if edit_map.suffix.lower() != ".png":
        raise InputError(f"{edit_map}: an edit map is a PNG", hint="Name a .png file.")


def _write_map(path: Path, picture: Path, found: Found) -> None:
    from octarine.watermark.files import Picture, read_picture, write_picture
    from octarine.watermark.image.edits import drawn

    if found.edit_map is None:
        click.echo("No edit map: it needs a mark that was read.", err=True)
        return
    pixels = drawn(read_picture(picture).pixels, found.edit_map)
    write_picture(path, Picture(pixels, path), pixels, overwrite=True)
