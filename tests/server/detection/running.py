"""The application with detection in it, made pictures, and a video detector that does as it is told."""

from __future__ import annotations

import io
import threading
import types
from pathlib import Path
from typing import Any

from PIL import Image

from octarine.server.access import Keys
from octarine.server.application import Application, Door
from octarine.server.detection import DetectionConfig, DetectionPart
from octarine.server.limits import Limits
from octarine.watermark import Confidence, ImageWatermark, write_key
from octarine.watermark.image.shape import Geometry
from tests.watermark.pictures import KEY, OTHER, scene

PATH = "/v1/watermark/detect"
MP4 = b"\0\0\0\x18ftypisom" + bytes(64)


def key_files(folder: Path) -> tuple[tuple[str, Path], ...]:
    """Two key files: ``shop`` and ``other``."""
    for name, key in (("shop", KEY), ("other", OTHER)):
        path = folder / name
        if not path.exists():
            write_key(path, key)
    return (("shop", folder / "shop"), ("other", folder / "other"))


def application(
    folder: Path, *, keys: Keys | None = None, limits: Limits | None = None, hosts: Any = (), **config: Any
) -> Application:
    """An application that keeps its uploads in ``folder``."""
    told = DetectionConfig(**{"keys": key_files(folder), "folder": folder, **config})
    return Application([DetectionPart(told)], Door(keys or Keys(), frozenset(hosts)), limits)


def png(pixels: Any, **options: Any) -> bytes:
    """A picture as a file's bytes."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", **options)
    return out.getvalue()


def marked(payload: int | None = 0x5EED) -> bytes:
    """A marked picture, as a PNG."""
    return png(ImageWatermark(KEY).embed(scene(), payload))


def left(folder: Path) -> list[Path]:
    """Uploads that lie in the folder yet."""
    return [path for path in folder.rglob("octarine-*") if path.is_file()]


class FakeVideo:
    """What stands in for ``VideoWatermark``: it goes on, step by step, once ``go`` is set."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.looked = 0
        self.keys: tuple[Any, ...] = ()

    def mark(self, key: Any, *, retired: Any = ()) -> FakeVideo:
        """To be put in the place of the real one."""
        self.keys = (key, *retired)
        return self

    def detect(self, path: Path, *, progress: Any = None) -> Any:
        assert path.read_bytes()[4:8] == b"ftyp"
        self.looked += 1
        self.begun.set()
        for step in range(2_000):
            progress(min(step * 0.5, 5.0), 10.0)
            if self.go.wait(0.01):
                break
        geometry = Geometry(0.0, False, False, 1.0, 128.0, 0.0)
        frames = tuple(
            types.SimpleNamespace(time=n / 2, ours=4 <= n < 12, strength=9.5 if 4 <= n < 12 else 0.4)
            for n in range(20)
        )
        return types.SimpleNamespace(
            score=20.0, p_value=1e-20, confidence=Confidence.HIGH, payload=0x5EED, geometry=geometry,
            spans=(types.SimpleNamespace(start=2.0, end=6.0, payload=0x5EED, geometry=geometry),),
            frames=frames, seconds=10.0, frames_read=20, share=0.4, key=KEY.fingerprint,
            notes=("ends early: 20 of 40 frames could be read",),
        )  # fmt: skip
