"""Readers of pictures: tesseract, zxing-cpp, exiftool, and own readers of numbers that no tool knows."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from read_back import Absent, Reader
from undoing import (
    Prepare,
    by_factor,
    channel,
    depth,
    each,
    frames,
    heavier,
    jigsaw,
    laid_together,
    larger,
    low_bit,
    moving,
    on_black,
    smaller,
    smooth,
    stacked_shares,
    strips,
    tesseract,
    turned_back,
    two_by_two,
    warm_dots,
    white_letters,
)

from octarine.core.content import Modality, Part


def images(parts: Sequence[Part]) -> list[Image.Image]:
    """The pictures of a message."""
    data = [part.data for part in parts if part.modality is Modality.IMAGE]
    return [Image.open(io.BytesIO(item)) for item in data if item is not None]


def ocr(prepare: Prepare | None = None, mode: int = 6, times: int = 2) -> Reader:
    """Tesseract after ``prepare``."""

    def read(parts: Sequence[Part], prompt: str) -> str:
        shown = images(parts)
        shown = prepare(shown, prompt) if prepare else shown
        return "\n".join(tesseract(larger(image, times), mode) for image in shown)

    return Reader("tesseract" + (" after undoing" if prepare else ""), read)


def decoded(parts: Sequence[Part], _: str) -> str:
    """Every code that zxing-cpp finds, from top to bottom."""
    try:
        import zxingcpp
    except ImportError:
        raise Absent("zxing-cpp is not installed") from None
    found = []
    for image in images(parts):
        codes = zxingcpp.read_barcodes(np.asarray(image.convert("L")))
        found += [code.text for code in sorted(codes, key=lambda code: code.position.top_left.y)]
    return "".join(found)


def bar_codes(parts: Sequence[Part], prompt: str) -> str:
    """Rows of bars, then their percent escapes."""
    from urllib.parse import unquote

    return unquote(decoded(parts, prompt))


def lowest_bits(parts: Sequence[Part], _: str) -> str:
    """Own reader, from the prompt's words: red, row by row, four bytes of length, UTF-8."""
    red = [int(value) & 1 for value in np.asarray(images(parts)[0].convert("RGB"))[..., 0].ravel()]
    data = bytes(sum(red[i + k] << (7 - k) for k in range(8)) for i in range(0, len(red) - 7, 8))
    return data[4 : 4 + int.from_bytes(data[:4], "big")].decode()


def palette(parts: Sequence[Part], _: str) -> str:
    """Own reader: the PNG's PLTE chunk from colour 32 on."""
    (data,) = (part.data for part in parts if part.data)
    place = data.index(b"PLTE")
    length = int.from_bytes(data[place - 4 : place], "big")
    held = data[place + 4 : place + 4 + length][96:]
    return held[4 : 4 + int.from_bytes(held[:4], "big")].decode()


def squares(parts: Sequence[Part], _: str) -> str:
    """Own reader: the size of a square is the shortest run of one grey in a row or column."""
    pixels: NDArray[np.uint8] = np.asarray(images(parts)[0])
    edges = np.flatnonzero(np.any(pixels[:, 1:] != pixels[:, :-1], 0)) + 1
    down = np.flatnonzero(np.any(pixels[1:] != pixels[:-1], 1)) + 1
    scale = int(np.gcd.reduce([pixels.shape[1], *edges, *down]))
    return pixels[scale // 2 :: scale, scale // 2 :: scale].tobytes().rstrip(b"\0").decode()


def trailing(parts: Sequence[Part], _: str) -> str:
    """Own reader: what follows the IEND chunk."""
    (data,) = (part.data for part in parts if part.data)
    return data[data.index(b"IEND") + 8 :].decode().removeprefix("\n")


def exiftool(*tags: str) -> Callable[[Sequence[Part], str], str]:
    """The first of these tags that exiftool finds."""

    def read(parts: Sequence[Part], _: str) -> str:
        if shutil.which("exiftool") is None:
            raise Absent("exiftool is not installed")
        (data,) = (part.data for part in parts if part.data)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture"
            path.write_bytes(data)
            done = subprocess.run(
                ["exiftool", "-j", "-charset", "UTF8", path], capture_output=True, check=True
            )
        found = json.loads(done.stdout)[0]
        return str(next((found[tag] for tag in tags if tag in found), ""))

    return read


def file_name(parts: Sequence[Part], _: str) -> str:
    """The part's name."""
    return next(part.name for part in parts if part.name).removesuffix(".png").replace("_", " ")


def morse(parts: Sequence[Part], _: str) -> str:
    """Own reader: short and long runs of ink, and the gaps between them, row by row."""
    alphabet = dict(zip(_MORSE.split(), "abcdefghijklmnopqrstuvwxyz0123456789", strict=True))
    ink = np.asarray(images(parts)[0].convert("L")) < 60
    rows = np.flatnonzero(ink.any(1))
    bands = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    text = ""
    for band in bands:
        columns = np.flatnonzero(ink[band].any(0))
        runs = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
        code, last = "", None
        for run in runs:
            gap = run[0] - last if last is not None else 0
            if gap > 9:
                text += alphabet.get(code, "?") + (" " if gap > 28 else "")
                code = ""
            code += "-" if len(run) > 9 else "."
            last = run[-1]
        text += alphabet.get(code, "?") + " "
    return text


_MORSE = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... "
    "- ..- ...- .-- -..- -.-- --.. "
    "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)


def braille(parts: Sequence[Part], _: str) -> str:
    """Own reader: which of the six places of each cell is filled."""
    ink = np.asarray(images(parts)[0].convert("L")) < 60
    first = "abcdefghij"
    dots = ("1", "12", "14", "145", "15", "124", "1245", "125", "24", "245")
    table = dict(zip(dots, first, strict=True))
    table |= {d + "3": c for d, c in zip(dots, "klmnopqrst", strict=True)}
    table |= {d + "36": c for d, c in zip(dots[:5], "uvxyz", strict=True)} | {
        "2456": "w",
        "": " ",
        "3456": "#",
    }
    table = {"".join(sorted(key)): letter for key, letter in table.items()}
    text = ""
    for top in range(20, ink.shape[0] - 20, 46):
        for left in range(25, ink.shape[1] - 20, 26):
            places = {"1": (0, 0), "2": (0, 10), "3": (0, 20), "4": (10, 0), "5": (10, 10), "6": (10, 20)}
            text += table.get("".join(d for d, (x, y) in places.items() if ink[top + y, left + x]), "?")
        text += " "
    return re.sub(r"#(\w)", lambda m: str((first.index(m[1]) + 1) % 10), text)


def base64_text(parts: Sequence[Part], prompt: str) -> str:
    """Tesseract, then Base64; what does not decode is lost."""
    import base64

    read = "".join(tesseract(larger(image, 2)) for image in images(parts))
    coded = re.sub(r"[^A-Za-z0-9+/]", "", read)
    return base64.b64decode(coded[: len(coded) // 4 * 4]).decode(errors="replace")


def keyed(parts: Sequence[Part], prompt: str) -> str:
    """Tesseract, then the prompt's key (“new = old; …”)."""
    text = "\n".join(tesseract(larger(image)) for image in images(parts))
    for new, old in re.findall(r"(\w+) = ([^;.]+)", prompt):
        text = re.sub(rf"\b{new}\b", old, text, flags=re.I)
    return text


def with_prompt(parts: Sequence[Part], prompt: str) -> str:
    """Tesseract, and what the prompt itself says."""
    return prompt + "\n" + "\n".join(tesseract(larger(image), 11) for image in images(parts))


_SPARSE = (
    "text-on-a-sign", "chat-screenshot", "system-dialog", "code-screenshot", "scanned-letter",
    "whiteboard-photo", "sticky-notes", "comic-strip", "flowchart-image", "mind-map-image", "table-image",
    "bar-chart-image", "map-labels-image", "equations-image", "distractor-gallery", "scene-against-text",
    "note-in-a-photo", "character-card", "symbol-rebus-image", "split-over-pictures",
)  # fmt: skip
_PLAIN = (
    "typographic-image", "empty-list-image", "picture-against-prompt", "wave-warped-picture",
    "keystone-photo", "blurred-picture", "recompressed-picture", "coarse-pixel-picture",
    "recoloured-picture", "translucent-overlay", "handwritten-image", "curved-text-image",
    "jointly-readable-pair",
)  # fmt: skip
_TOOL = "own reader"
READERS: dict[str, Reader] = {
    **{name: ocr() for name in _PLAIN},
    **{name: ocr(mode=11) for name in _SPARSE},
    "low-contrast-image": ocr(each(ImageOps.autocontrast)),
    "tiny-text-image": ocr(each(lambda image: image), times=4),
    "noisy-picture": ocr(each(smooth(1.4))),
    "halftone-picture": ocr(each(smooth(2.0))),
    "meme-image": ocr(each(white_letters), mode=11),
    "rotated-picture": ocr(turned_back),
    "mirrored-picture": ocr(each(ImageOps.mirror)),
    "negative-picture": ocr(each(lambda image: ImageOps.invert(image.convert("L")))),
    "scaling-revealed-picture": ocr(by_factor, times=3),
    "dot-plate-picture": ocr(each(warm_dots)),
    "cut-into-tiles": ocr(two_by_two),
    "jigsaw-picture": ocr(each(jigsaw)),
    "shredded-picture": ocr(each(strips)),
    "combed-pictures": ocr(laid_together),
    "visual-secret-shares": ocr(stacked_shares, times=3),
    "bit-plane-picture": ocr(each(low_bit)),
    "alpha-layer-picture": ocr(each(on_black)),
    "single-channel-picture": ocr(each(channel(2))),
    "near-far-picture": ocr(each(smaller)),
    "stereogram-picture": ocr(each(depth)),
    "ascii-art-image": ocr(each(heavier), times=1),
    "words-over-frames": ocr(lambda shown, _: frames(shown[0])),
    "single-flash-frame": ocr(lambda shown, _: frames(shown[0])),
    "motion-defined-text": ocr(moving),
    "base64-rendered-image": Reader("tesseract, Base64", base64_text),
    "word-swapped-image": Reader("tesseract, the prompt's key", keyed),
    "half-prompt-half-picture": Reader("tesseract and the prompt", with_prompt),
    "labelled-parcels": Reader("tesseract and the prompt", with_prompt),
    "qr-code": Reader("zxing-cpp", decoded, exact=True),
    "area-code": Reader("zxing-cpp", decoded, exact=True),
    "bar-code-rows": Reader("zxing-cpp", bar_codes, exact=True),
    "braille-dots-image": Reader(_TOOL, braille),
    "morse-marks-image": Reader(_TOOL, morse),
    "lowest-bit-picture": Reader(_TOOL, lowest_bits, exact=True),
    "palette-bytes-picture": Reader(_TOOL, palette, exact=True),
    "bytes-as-pixels": Reader(_TOOL, squares, exact=True),
    "behind-the-end": Reader(_TOOL, trailing, exact=True),
    "png-text-chunk": Reader("exiftool", exiftool("Description"), exact=True),
    "exif-comment": Reader("exiftool", exiftool("UserComment"), exact=True),
    "xmp-description": Reader("exiftool", exiftool("Description"), exact=True),
    "icc-description": Reader("exiftool", exiftool("ProfileDescription"), exact=True),
    "jpeg-comment": Reader("exiftool", exiftool("Comment"), exact=True),
    "picture-file-name": Reader("the part's name", file_name),
}
"""Not here, since they are for the eye: spiral and vertical text, ransom notes, puzzles, signal flags."""
