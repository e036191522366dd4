"""Picture files: PNG, JPEG, WebP and TIFF, with what they carry beside the pixels."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.core.errors import DataError, InputError, MissingExtra
from octarine.core.files import write_bytes
from octarine.watermark.files.deep import deep_pixels, deep_png, deep_tiff, is_deep
from octarine.watermark.files.metadata import kept_pieces, png_pieces, webp_lossless, with_pieces

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
LOSSY_QUALITY = 95
EXIF_HEAD = b"Exif\0\0"
_KINDS = "PNG, JPEG, WebP and TIFF are read, one picture a file."
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, struct.error, ArithmeticError)
"""What Pillow raises over files that are no sound pictures."""


@dataclass(frozen=True, eq=False)
class Picture:
    """The pixels of a file and what else it carries.

    Attributes:
        pixels: H×W, H×W×2 (grey and alpha), H×W×3 or H×W×4, uint8 or uint16.
        path: where it came from.
        kind: Pillow's name of its format; "" where it came from no file.
        carried: what any format can hold, by Pillow's names: ``exif``, ``icc_profile``, ``dpi``, ``xmp``; and
            how the file was compressed.
        pieces: what a file of the same kind keeps byte for byte: see ``metadata``.
    """

    pixels: npt.NDArray[Any]
    path: Path
    kind: str = ""
    carried: dict[str, Any] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = ()


def read_picture(path: Path) -> Picture:
    """Read a picture. The orientation that EXIF asks for is left to the viewer: pixels come as they are
    stored, except for a TIFF, whose pixels come upright.

    Raises:
        DataError: it cannot be read, is no picture, holds several, or is of a kind that cannot be marked.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None
    return decode_picture(data, path)


def decode_picture(data: bytes, path: Path) -> Picture:
    """The picture of a file's bytes; ``path`` is what errors call it.

    Raises:
        DataError: as ``read_picture``.
    """
    image_module = _pillow()
    try:
        with image_module.open(io.BytesIO(data)) as image:
            return _from_pillow(path, image, data)
    except image_module.DecompressionBombError:
        most = 2 * image_module.MAX_IMAGE_PIXELS / 1e6
        raise DataError(
            f"has more than {most:.0f} million pixels", path=path, hint="Mark it in parts, or smaller."
        ) from None
    except _BROKEN as error:
        # Pillow names the buffer, which tells nobody anything.
        why = "of no kind that is known" if "identify" in str(error) else str(error)
        raise DataError(f"no picture that can be read: {why}", path=path, hint=_KINDS) from None


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtra("watermark", "Reading picture files") from None
    return Image


def _from_pillow(path: Path, image: Any, data: bytes) -> Picture:
    if getattr(image, "n_frames", 1) > 1:
        raise DataError(f"holds {image.n_frames} pictures", path=path, hint=_KINDS)
    kind = image.format
    if kind not in set(FORMATS.values()):
        raise DataError(f"is {kind}", path=path, hint=_KINDS)
    pieces = kept_pieces(kind, data)
    pixels = deep_pixels(path, image, data) if is_deep(image, data) else _pixels(path, image)
    return Picture(pixels, path, kind, _carried(image, data), pieces)


def _carried(image: Any, data: bytes) -> dict[str, Any]:
    kept = ("exif", "icc_profile", "dpi", "xmp")
    carried = {name: image.info[name] for name in kept if image.info.get(name)}
    if "exif" in carried:
        # Of a WebP it comes without its head, which JPEG needs and all the others take.
        carried["exif"] = EXIF_HEAD + carried["exif"].removeprefix(EXIF_HEAD)
    if "dpi" in carried and not all(0 < float(dots) < 1e5 for dots in carried["dpi"]):
        del carried["dpi"]
    if image.format == "JPEG" and image.mode in ("RGB", "L"):
        from PIL.JpegImagePlugin import get_sampling

        carried["qtables"] = image.quantization
        carried["subsampling"] = get_sampling(image) if image.mode == "RGB" else -1
        carried["progressive"] = bool(image.info.get("progressive"))
    if image.format == "WEBP":
        carried["lossless"] = webp_lossless(data)
    if image.format == "TIFF":
        carried["compression"] = image.info.get("compression", "raw")
        carried["exif"] = _tiff_exif(image)
    return carried


TIFF_KEPT = (270, 271, 272, 305, 306, 315, 33432)
"""Description, make, model, software, date, artist, copyright: the rest says how pixels are stored. Not
orientation: a TIFF's pixels are turned upright when they are read, by Pillow and by OpenCV."""


def _tiff_exif(image: Any) -> bytes:
    own, kept = image.getexif(), _pillow().Exif()
    for tag in TIFF_KEPT:
        if tag in own:
            kept[tag] = own[tag]
    for folder in (0x8769, 0x8825):
        kept.get_ifd(folder).update(own.get_ifd(folder))
    data: bytes = kept.tobytes()
    return data


def _pixels(path: Path, image: Any) -> npt.NDArray[Any]:
    """The pixels of a picture that Pillow can hold; a palette and single bits are spread out, a transparent
    colour becomes alpha."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I"):
        values = np.asarray(image)
        if "transparency" in image.info:
            raise DataError(
                "a transparent colour in 16 bits", path=path, hint="Save it with an alpha channel."
            )
        if values.min() < 0 or values.max() > 65535:
            raise DataError("grey values beyond 16 bits", path=path, hint="Convert it to 8 or 16 bits.")
        return values.astype(np.uint16)
    grey, clear = image.mode in ("L", "1", "LA"), image.mode == "LA" or "transparency" in image.info
    if grey:
        return np.asarray(image.convert("LA" if clear else "L"))
    if image.mode in ("RGB", "P", "RGBA", "PA"):
        clear = clear or image.mode in ("RGBA", "PA")
        return np.asarray(image.convert("RGBA" if clear else "RGB"))
    raise DataError(f"colours of mode {image.mode} cannot be marked", path=path, hint="Convert it to RGB.")


def write_picture(path: Path, picture: Picture, pixels: npt.NDArray[Any], *, overwrite: bool = False) -> Path:
    """Write ``pixels`` with all that ``picture`` carries, whole or not at all; the name says the format.

    Raises:
        InputError: it exists and ``overwrite`` is not set, or the format cannot hold these pixels.
    """
    kind = format_of(path)
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists", hint="Name another file, or say --overwrite.")
    _check_fit(path, kind, pixels)
    return write_bytes(path, encode_picture(kind, picture, pixels, path))


def encode_picture(kind: str, picture: Picture, pixels: npt.NDArray[Any], path: Path) -> bytes:
    """A file of ``pixels`` with all that ``picture`` carries, in a format by Pillow's name; ``path`` is what
    errors call it.

    Raises:
        InputError: the format cannot hold these pixels.
    """
    try:
        return _encoded(kind, picture, pixels)
    except (OSError, ValueError, struct.error) as error:
        raise InputError(f"{path}: {kind} cannot hold this picture: {error}") from None


def format_of(path: Path) -> str:
    """Pillow's name of the format that a file's name says.

    Raises:
        InputError: it is none of those that can be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(
            f"{path}: the format of the result is not known", hint=f"End it in {', '.join(FORMATS)}."
        )
    return FORMATS[path.suffix.lower()]


def _check_fit(path: Path, kind: str, pixels: npt.NDArray[Any]) -> None:
    if pixels.dtype == np.uint16 and kind not in ("PNG", "TIFF"):
        raise InputError(f"{path}: {kind} has no 16 bits", hint="Name a .png or a .tif file.")
    if kind == "JPEG" and pixels.ndim == 3 and pixels.shape[2] in (2, 4) and pixels[..., -1].min() < 255:
        raise InputError(f"{path}: JPEG has no transparency", hint="Name a .png, .webp or .tif file.")


def _encoded(kind: str, picture: Picture, pixels: npt.NDArray[Any]) -> bytes:
    deep = pixels.dtype == np.uint16 and pixels.ndim == 3
    if kind == "TIFF" and deep:
        return deep_tiff(pixels, picture.carried)
    same = kind == picture.kind
    pieces = picture.pieces if same else ()
    if kind == "PNG":
        pieces = pieces if same else png_pieces(picture.carried)
        data = deep_png(picture.path, pixels) if deep else _saved(pixels, "PNG", {})
    else:
        data = _saved(pixels, kind, _options(kind, picture.carried, whole=not (same and kind == "JPEG")))
    return with_pieces(kind, data, pieces)


def _saved(pixels: npt.NDArray[Any], kind: str, options: dict[str, Any]) -> bytes:
    image = _pillow().fromarray(pixels)
    if kind == "JPEG" and image.mode in ("LA", "RGBA"):
        image = image.convert(image.mode.removesuffix("A"))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _options(kind: str, carried: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """What Pillow is told; ``whole`` where metadata are written by it and not kept as pieces."""
    names = ("exif", "icc_profile", "dpi", "xmp") if whole else ("dpi",)
    options = {name: carried[name] for name in names if name in carried}
    if kind == "JPEG":
        # The tables of the original: the file neither grows nor loses more than it must.
        tables = {name: carried[name] for name in _TABLES if name in carried}
        options |= tables or {"quality": LOSSY_QUALITY}
    elif kind == "WEBP":
        options.pop("dpi", None)
        # Lossless: "quality" is effort, and without "exact" what is transparent is blackened.
        lossless = {"lossless": True, "exact": True, "quality": 60}
        options |= lossless if carried.get("lossless") else {"quality": LOSSY_QUALITY, "method": 4}
    elif kind == "TIFF":
        if "xmp" in options:
            exif = _pillow().Exif()
            exif.load(options.get("exif", b""))
            exif[700] = options.pop("xmp")
            options["exif"] = exif
        compression = carried.get("compression", TIFF_DEFLATE)
        options["compression"] = compression if compression in _TIFF_COMPRESSIONS else TIFF_DEFLATE
    return options


_TABLES = ("qtables", "subsampling", "progressive")
TIFF_DEFLATE = "tiff_adobe_deflate"
_TIFF_COMPRESSIONS = ("raw", "tiff_lzw", "packbits", TIFF_DEFLATE, "zstd", "lzma")
"""Those that lose nothing and hold more than black and white."""
