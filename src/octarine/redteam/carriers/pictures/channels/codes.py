"""Machine-readable codes, written by zxing-cpp."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import numpy as np
from PIL import Image

from octarine.redteam.carriers.pictures.canvas.handing import Drawn
from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw
from octarine.redteam.seed import Seed

LARGEST = 1000
_ROWS = 16
"""Bar codes in a picture."""
MATRICES = ("DataMatrix", "Aztec", "PDF417")


def _code(text: str, kind: str, most: int = LARGEST) -> Image.Image:
    import zxingcpp

    # Untyped: its names moved between the versions that we allow.
    library: Any = zxingcpp
    try:
        barcode = library.create_barcode(text, getattr(library.BarcodeFormat, kind))
        plain = np.array(library.write_barcode_to_image(barcode, scale=1), np.uint8)
    except (ValueError, RuntimeError) as error:
        raise CannotDraw(f"no {kind} code holds it: {str(error)[:80]}") from None
    longest = max(plain.shape)
    if longest > most:
        raise CannotDraw(f"a {kind} code of it is larger than {most} pixels")
    scale = max(1, min(8, 640 // longest))
    image = Image.fromarray(plain.repeat(scale, 0).repeat(scale, 1))
    edge = 4 * scale
    framed = Image.new("L", (image.width + 2 * edge, image.height + 2 * edge), 255)
    framed.paste(image, (edge, edge))
    return framed


def qr(seed: Seed) -> Image.Image:
    """A QR code (ISO/IEC 18004)."""
    return _code(seed.text, "QRCode")


def matrix(seed: Seed) -> Drawn:
    """Another code that holds a text in an area."""
    kind = seed["code"] or seed.pick(MATRICES)
    return Drawn([_code(seed.text, kind)], {"code": kind})


def bars(seed: Seed) -> Drawn:
    """Rows of Code 128 (ISO/IEC 15417), one below another; other letters than ASCII as percent escapes."""
    coded = quote(seed.text, safe=" !\"#$&'()*+,-./:;<=>?@[]^_`{|}~")
    pieces = [coded[first : first + 24] for first in range(0, len(coded), 24)]
    if len(pieces) > 3 * _ROWS:
        raise CannotDraw(f"it is longer than {3 * _ROWS} bar codes")
    return Drawn([_stacked(pieces[first : first + _ROWS]) for first in range(0, len(pieces), _ROWS)])


def _stacked(pieces: list[str]) -> Image.Image:
    rows = [_bars(piece) for piece in pieces]
    image = Image.new("L", (max(row.width for row in rows) + 40, len(rows) * 60 + 24), 255)
    for place, row in enumerate(rows):
        image.paste(row, (20, 16 + place * 60))
    return image


def _bars(text: str) -> Image.Image:
    import zxingcpp

    library: Any = zxingcpp
    try:
        barcode = library.create_barcode(text, library.BarcodeFormat.Code128)
        row = np.array(library.write_barcode_to_image(barcode, scale=1), np.uint8)[:1]
    except (ValueError, RuntimeError) as error:
        raise CannotDraw(f"no bar code holds it: {str(error)[:80]}") from None
    wide = np.pad(row.repeat(2, 1), ((0, 0), (24, 24)), constant_values=255)
    return Image.fromarray(wide.repeat(40, 0))
