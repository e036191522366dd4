"""Pictures and videos looked at, in threads: the mark, what was changed, the credentials, in one answer."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.core.errors import DataError, MissingExtra, OctarineError
from octarine.credentials import TrustList
from octarine.server.detection.asking import Asked, Edits
from octarine.server.detection.config import DetectionConfig, Keyring, detector
from octarine.server.detection.jobs import Outcome
from octarine.server.detection.kinds import Kind
from octarine.server.detection.provenance import credentials_of
from octarine.server.detection.stills import stills
from octarine.server.detection.upload import Upload
from octarine.server.detection.wording import MEANING, headline, sentences
from octarine.server.refusals import Refusal
from octarine.watermark import Found, VideoWatermark
from octarine.watermark.files import read_picture
from octarine.watermark.image.edits import EditMap, drawn

Progress = Callable[[float], None]
STILL = "at-"
"""How the names of a video's small pictures begin; its time in milliseconds follows."""
SHOWN = 1600
"""Pixels of the longer side of pictures that go out."""


@dataclass(frozen=True)
class Looker:
    """What it takes to look at a file."""

    config: DetectionConfig
    keyring: Keyring
    trust: TrustList | None

    def look(self, kind: Kind, upload: Upload, asked: Asked, progress: Progress, *, shown: bool) -> Outcome:
        """Look at an upload.

        Args:
            shown: whether pictures for the page are made.

        Raises:
            Refusal: it cannot be read.
            Cancelled: as ``progress`` says.
        """
        try:
            look = self._picture if kind is Kind.PICTURE else self._video
            return look(upload, asked, progress, shown)
        except MissingExtra as error:
            raise Refusal(415, str(error), code="not_installed") from None
        except OctarineError as error:
            # Where it lies here is nobody's business: what is wrong with it is.
            why = error.reason if isinstance(error, DataError) else error.message
            why = why.removeprefix(f"no {kind.value} that can be read: ")
            told = f"The {kind.value} cannot be read: {why}. {error.hint}".strip()
            raise Refusal(400, told, code=f"unreadable_{kind.value}") from None

    def _picture(self, upload: Upload, asked: Asked, progress: Progress, shown: bool) -> Outcome:
        size = measured(upload.path, self.config)
        pixels = read_picture(upload.path).pixels
        progress(0.2)
        found = detector(self.keyring.chosen(asked.keys)).detect(pixels, edits=asked.edits is not Edits.NO)
        progress(0.9)
        told = self._mark(found, asked) | {"zero_bit": found.zero_bit} | _edits(found)
        drawing = None
        if found.edit_map is not None and (shown or asked.edits is Edits.MAP):
            drawing = _encoded(drawn(pixels, found.edit_map), "PNG")
        if asked.edits is Edits.MAP:
            told["edit_map"] = drawing and {"media_type": "image/png", "base64": _text(drawing)}
        pictures = {"picture": _encoded(pixels, "JPEG")} if shown else {}
        if shown and drawing:
            pictures["map"] = drawing
        credentials = credentials_of(upload.path, found, self.config.store, self.trust)
        return Outcome(_answer(Kind.PICTURE, upload, size, told, credentials), pictures)

    def _video(self, upload: Upload, asked: Asked, progress: Progress, shown: bool) -> Outcome:
        first, *others = self.keyring.chosen(asked.keys)
        found = VideoWatermark(first, retired=tuple(others)).detect(
            upload.path, progress=lambda done, total: progress(0.95 * done / total if total else 0.0)
        )
        told = self._mark(found, asked) | {
            "share": round(found.share, 4),
            "spans": [
                {"start": one.start, "end": one.end, "payload": f"{one.payload:#x}",
                 "geometry": _geometry(one.geometry)} for one in found.spans
            ],
            "frames": [
                {"time": round(one.time, 3), "ours": one.ours, "strength": one.strength}
                for one in found.frames
            ],
            "notes": list(found.notes),
        }  # fmt: skip
        size = {"seconds": round(found.seconds, 3), "frames_read": found.frames_read}
        credentials = credentials_of(upload.path, found, self.config.store, self.trust)
        pictures = _stills(upload.path, found.seconds, progress) if shown else {}
        return Outcome(_answer(Kind.VIDEO, upload, size, told, credentials), pictures)

    def _mark(self, found: Any, asked: Asked) -> dict[str, Any]:
        name = self.keyring.name_of(found.key)
        return {
            "found": found.confidence.value != "none",
            "confidence": found.confidence.value,
            "score": round(found.score, 2),
            "p_value": found.p_value,
            "meaning": MEANING,
            "payload": None if found.payload is None else f"{found.payload:#x}",
            "geometry": _geometry(found.geometry),
            "key": {"name": name, "fingerprint": found.key} if found.key else None,
            "keys_tried": len(self.keyring.chosen(asked.keys)),
        }


def measured(path: Path, config: DetectionConfig) -> dict[str, Any]:
    """Format, width and height, from the head of a picture; nothing is unpacked.

    Raises:
        Refusal: 413, it is too large to look at.
        DataError: it is no picture.
    """
    from PIL import Image

    size: dict[str, Any] = {}
    if path.stat().st_size > config.picture_bytes:
        told = f"A picture may have {config.picture_bytes:,} bytes."
        raise Refusal(413, told, code="picture_too_large")
    try:
        with Image.open(path) as image:
            size = {"format": image.format or "", "width": image.width, "height": image.height}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pass  # Nearly as much as Pillow opens is more than any limit of ours.
    except Exception:
        # Pillow's readers raise of every kind over broken heads.
        raise DataError(
            "its head is damaged", path=path, hint="Is it whole? Save it anew, or send the original."
        ) from None
    if not size or size["width"] * size["height"] > config.pixels:
        told = f"A picture may have {config.pixels / 1e6:g} million pixels. Send it smaller or in parts."
        raise Refusal(413, told, code="too_many_pixels")
    return size


def _stills(path: Path, seconds: float, progress: Progress) -> dict[str, bytes]:
    """Small pictures by their time in milliseconds."""
    pictures = {}
    for time, jpeg in stills(path, seconds):
        pictures[f"{STILL}{round(1000 * time)}"] = jpeg
        progress(0.95 + 0.05 * time / seconds if seconds > 0 else 0.95)
    return pictures


def _answer(
    kind: Kind, upload: Upload, size: dict[str, Any], mark: dict[str, Any], credentials: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "file": {"name": upload.name, "bytes": upload.size, "sha256": upload.sha256, **size},
        "headline": headline(kind.value, mark["confidence"]),
        "summary": sentences(kind.value, mark),
        "watermark": mark,
        "credentials": credentials,
    }


def _geometry(geometry: Any) -> dict[str, Any] | None:
    return None if geometry is None else {"words": str(geometry), **asdict(geometry)}


def _edits(found: Found) -> dict[str, Any]:
    edits: EditMap | None = found.edit_map
    return {
        "edited": found.edited,
        "regions": None if edits is None else [asdict(one) for one in edits.regions],
        "edited_share": None if edits is None else round(edits.area, 4),
        "told_share": None if edits is None else round(float(edits.told.mean()), 4),
    }


def _encoded(pixels: npt.NDArray[Any], kind: str) -> bytes:
    """A picture that is shown: 8 bits, without alpha, no larger than a screen."""
    from PIL import Image

    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    image = Image.fromarray(pixels)
    if image.mode in ("LA", "RGBA"):
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image.convert("RGBA"))
    image = image.convert("RGB")
    image.thumbnail((SHOWN, SHOWN))
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 85} if kind == "JPEG" else {}))
    return out.getvalue()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
