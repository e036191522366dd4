"""Picture files: PNG, JPEG, WebP and TIFF, with the EXIF data and the colour profile that they carry."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.core.errors import DataError, InputError, MissingExtra
from octarine.core.files import write_bytes
from octarine.watermark.image.analysis import opencv

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = (b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"pHYs", b"eXIf", b"tEXt", b"zTXt", b"iTXt")
LOSSY_QUALITY = 95


@dataclass(frozen=True, eq=False)
class Picture:
    """The pixels of a file and what else it carries.

    Attributes:
        pixels: H×W, H×W×3 or H×W×4, uint8 or uint16.
        path: where it came from.
        carried: what Pillow is told when it writes: ``exif``, ``icc_profile``, ``dpi``, a JPEG's
            quantisation.
        chunks: of a 16-bit PNG, which Pillow cannot hold: the chunks beside the pixels.
    """

    pixels: npt.NDArray[Any]
    path: Path
    carried: dict[str, Any] = field(default_factory=dict)
    chunks: tuple[tuple[bytes, bytes], ...] = ()


def read_picture(path: Path) -> Picture:
    """Read a picture. The orientation that EXIF asks for is left to the viewer: pixels come as they are
    stored.

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
    if data[:8] == PNG_MAGIC and len(data) > 26 and data[24] == 16 and data[25] != 0:
        return _read_deep_png(path, data)
    image_module = _pillow()
    try:
        with image_module.open(io.BytesIO(data)) as image:
            return _from_pillow(path, image)
    except (OSError, SyntaxError, ValueError, image_module.DecompressionBombError) as error:
        # Pillow names the buffer, which tells nobody anything.
        why = "of no kind that is known" if "identify" in str(error) else str(error)
        raise DataError(f"no picture that can be read: {why}", path=path, hint=_KINDS) from None


_KINDS = "PNG, JPEG, WebP and TIFF are read, one picture a file."


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtra("watermark", "Reading picture files") from None
    return Image


def _from_pillow(path: Path, image: Any) -> Picture:
    if getattr(image, "n_frames", 1) > 1:
        raise DataError(f"holds {image.n_frames} pictures", path=path, hint=_KINDS)
    if image.format not in set(FORMATS.values()):
        raise DataError(f"is {image.format}", path=path, hint=_KINDS)
    kept = ("exif", "icc_profile", "dpi", "xmp")
    carried = {name: image.info[name] for name in kept if image.info.get(name)}
    if image.format == "JPEG" and image.mode in ("RGB", "L"):
        from PIL.JpegImagePlugin import get_sampling

        carried["qtables"] = image.quantization
        carried["subsampling"] = get_sampling(image) if image.mode == "RGB" else -1
    if image.format == "TIFF":
        carried["compression"] = image.info.get("compression", "raw")
        carried["exif"] = _tiff_exif(image)
    return Picture(_pixels(path, image), path, carried)


TIFF_KEPT = (270, 271, 272, 274, 305, 306, 315, 33432)
"""Description, make, model, orientation, software, date, artist, copyright: the rest says how pixels are
stored."""


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
    if image.mode in ("I;16", "I;16B", "I;16L", "I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65535:
            raise DataError("grey values beyond 16 bits", path=path, hint="Convert it to 8 or 16 bits.")
        return values.astype(np.uint16)
    if image.mode in ("RGB", "RGBA", "L"):
        return np.asarray(image)
    if image.mode == "LA" or "transparency" in image.info:
        return np.asarray(image.convert("RGBA"))
    if image.mode in ("P", "1"):
        return np.asarray(image.convert("RGB" if image.mode == "P" else "L"))
    raise DataError(f"colours of mode {image.mode} cannot be marked", path=path, hint="Convert it to RGB.")


def _read_deep_png(path: Path, data: bytes) -> Picture:
    cv2 = opencv()
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise DataError("no PNG that can be read", path=path, hint=_KINDS)
    if pixels.ndim == 3:
        pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    kept = tuple((kind, body) for kind, body in _chunks(data) if kind in PNG_KEPT)
    return Picture(np.ascontiguousarray(pixels), path, {}, kept)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], len(PNG_MAGIC)
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def write_picture(path: Path, picture: Picture, pixels: npt.NDArray[Any], *, overwrite: bool = False) -> Path:
    """Write ``pixels`` with all that ``picture`` carries, whole or not at all; the name says the format.

    Raises:
        InputError: it exists and ``overwrite`` is not set, or the format cannot hold these pixels.
    """
    kind = format_of(path)
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists", hint="Name another file, or say --overwrite.")
    deep = pixels.dtype == np.uint16
    if deep and not (kind == "PNG" or (kind == "TIFF" and pixels.ndim == 2)):
        raise InputError(
            f"{path}: 16-bit pictures of this kind are written as PNG only", hint="Name a .png file."
        )
    return write_bytes(path, encode_picture(kind, picture, pixels))


def encode_picture(kind: str, picture: Picture, pixels: npt.NDArray[Any]) -> bytes:
    """A file of ``pixels`` with all that ``picture`` carries, in a format by Pillow's name."""
    if pixels.dtype == np.uint16 and pixels.ndim == 3:
        return _deep_png(picture, pixels)
    return _encoded(kind, picture, pixels)


_MAGIC = {b"\x89PNG": "PNG", b"\xff\xd8": "JPEG", b"RIFF": "WEBP", b"II": "TIFF", b"MM": "TIFF"}


def kind_of(data: bytes) -> str:
    """Pillow's name of the format that a file's first bytes say, of those that are read.

    Raises:
        InputError: none of them.
    """
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            return kind
    raise InputError("the bytes are no picture that is known", hint=_KINDS)


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


def _encoded(kind: str, picture: Picture, pixels: npt.NDArray[Any]) -> bytes:
    image = _pillow().fromarray(pixels)
    options: dict[str, Any] = {
        name: picture.carried[name] for name in ("exif", "icc_profile") if name in picture.carried
    }
    if "dpi" in picture.carried and kind != "WEBP":
        options["dpi"] = picture.carried["dpi"]
    if kind == "JPEG":
        image = image.convert("RGB") if image.mode == "RGBA" else image
        options["quality"] = LOSSY_QUALITY
        if "qtables" in picture.carried:
            # The tables of the original: the file neither grows nor loses more than it must.
            del options["quality"]
            options |= {name: picture.carried[name] for name in ("qtables", "subsampling")}
    if kind == "WEBP":
        options |= {"quality": LOSSY_QUALITY, "method": 4}
    if kind == "TIFF":
        options["compression"] = picture.carried.get("compression", "tiff_deflate")
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _deep_png(picture: Picture, pixels: npt.NDArray[Any]) -> bytes:
    cv2 = opencv()
    done, encoded = cv2.imencode(".png", pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])
    if not done:
        raise InputError(f"{picture.path}: its pixels could not be written as PNG")
    data: bytes = encoded.tobytes()
    header = len(PNG_MAGIC) + 25
    kept = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in picture.chunks
    )
    return data[:header] + kept + data[header:]
