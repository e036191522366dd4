"""Pictures that are drawn, so that no test needs a file."""

from __future__ import annotations

import cv2
import numpy as np

from octarine.watermark import Key

KEY = Key(b"a key for tests, of 32 bytes....")
OTHER = Key(b"another key for tests, 32 bytes.")


def scene(height=320, width=384, seed=0):
    """A sky over textured ground with a few hard shapes: the three that a photograph is made of."""
    rng = np.random.default_rng(seed)
    rough = rng.normal(0, 1, (height, width)).astype(np.float32)
    ground = 40 * cv2.GaussianBlur(rough, (0, 0), 1.5) + 160 * cv2.GaussianBlur(rough, (0, 0), 8)
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    plane = 170 - 60 * y + np.clip(3 * y - 1, 0, 1) * ground
    picture = np.stack([plane, plane + 10 * y, plane + 50 * (1 - y)], 2)
    for _ in range(12):
        x, top = rng.integers(0, width - 40), rng.integers(0, height - 40)
        w, h = rng.integers(10, 40, 2)
        picture[top : top + h, x : x + w] = rng.integers(20, 235, 3)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)
