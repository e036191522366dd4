"""UCI-HAR's layout with waves of our own: two subjects train, one is tested."""

from __future__ import annotations

from pathlib import Path

import numpy as np

AXES = [f"{sensor}_{axis}" for sensor in ("body_acc", "body_gyro") for axis in "xyz"]


def uci_har(root: Path) -> dict[tuple[str, str], np.ndarray]:
    """Write it; the signals by part and axis."""
    random = np.random.default_rng(0)
    written = {}
    for part, subjects in (("train", [1] * 60 + [11] * 60), ("test", [30] * 24)):
        labels = np.arange(len(subjects)) % 6 + 1
        folder = root / part / "Inertial Signals"
        folder.mkdir(parents=True)
        (root / part / f"y_{part}.txt").write_text("".join(f"{label}\n" for label in labels))
        (root / part / f"subject_{part}.txt").write_text("".join(f"{one}\n" for one in subjects))
        for name in AXES:
            waves = np.sin(np.arange(128)[None] * labels[:, None] / 9) + random.normal(
                0, 0.3, (len(labels), 128)
            )
            lines = ["  " + "  ".join(f"{value: .7e}" for value in row) for row in waves]
            (folder / f"{name}_{part}.txt").write_text("\n".join(lines) + "\n")
            written[part, name] = waves
    return written
