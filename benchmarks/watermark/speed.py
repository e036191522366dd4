"""What marks in pictures cost: ``python benchmarks/watermark/speed.py --data FOLDER [--peer dwtDctSvd]``.

FOLDER holds photographs. CPU seconds of this process, medians of ``--runs``, with one thread:

- embedding, in milliseconds a megapixel, by size of the photograph;
- detection, in milliseconds a picture: marked, attacked in hard ways, and unmarked (which looks everywhere);
- pictures of 7680×4320 (grey, RGB, RGBA, 16 bits), each in a process of its own: seconds, and the most memory
  beyond what the picture itself and the libraries take.

``--peer`` names a method of invisible-watermark, where it is installed, for ratios in the same run. CPU time
counts what a busy machine adds (its caches are shared), so that ratios say more than milliseconds.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from attacks import FAMILIES
from battery import KEY, InvisibleWatermark
from PIL import Image

from octarine.watermark import ImageWatermark

HARD = ("rot45_crop", "rcrop10", "resize0.25", "persp3", "jpeg30", "noise20", "rot30_r0.7_jpeg60")
SIZES = (0.2, 0.4, 0.8, 1e9)
"""Upper bounds of the classes of size, in megapixels."""
LARGE = {"grey": (1, np.uint8), "RGB": (3, np.uint8), "RGBA": (4, np.uint8), "RGB, 16 bits": (3, np.uint16)}
MIB = 2**20


def milliseconds(work: Callable[[], Any], runs: int) -> float:
    """CPU milliseconds, the median of ``runs`` after one that does not count."""
    work()
    times = []
    for _ in range(runs):
        started = time.process_time()
        work()
        times.append((time.process_time() - started) * 1e3)
    return float(np.median(times))


def measured(path: Path, runs: int, peer: InvisibleWatermark | None) -> dict[str, Any]:
    """One photograph."""
    image, mark = np.asarray(Image.open(path).convert("RGB")), ImageWatermark(KEY)
    megapixels = image.shape[0] * image.shape[1] / 1e6
    marked = mark.embed(image, 5)
    row: dict[str, Any] = {
        "picture": path.stem,
        "megapixels": megapixels,
        "embed": milliseconds(lambda: mark.embed(image, 5), runs) / megapixels,
        "marked": milliseconds(lambda: mark.detect(marked, edits=False), runs),
        "unmarked": milliseconds(lambda: mark.detect(image, edits=False), runs),
        "edit map": milliseconds(lambda: mark.detect(marked), runs),
    }
    attacks = {name: attack for family in FAMILIES.values() for name, attack in family.listed.items()}
    for name in HARD:
        attacked = attacks[name](marked, np.random.default_rng(zlib.crc32(path.stem.encode())))
        row[name] = milliseconds(lambda picture=attacked: mark.detect(picture, edits=False), runs)
    if peer:
        row["peer embed"] = milliseconds(lambda: peer.embed(image, 5), runs) / megapixels
        row["peer detect"] = milliseconds(lambda: peer.detect(image), runs)
    return row


def large(kind: str, work: str) -> dict[str, float]:
    """CPU seconds and MiB of one picture of 7680×4320, in this process, which should be a new one."""
    cv2.setNumThreads(1)
    channels, dtype = LARGE[kind]
    picture = scene(4320, 7680, channels, dtype)
    mark = ImageWatermark(KEY)
    # What the first call loads and derives belongs to no picture.
    mark.detect(mark.embed(picture[:256, :256].copy(), 5), edits=False)
    if work != "embed":
        picture = mark.embed(picture, 5)
    reset = _reset_peak()
    before = _resident() if reset else _peak()
    started = time.process_time()
    if work == "embed":
        mark.embed(picture, 5)
    else:
        mark.detect(picture, edits=work == "detect with edit map")
    seconds = time.process_time() - started
    return {"seconds": seconds, "peak": _peak() - before, "picture": picture.nbytes / MIB}


def scene(height: int, width: int, channels: int, dtype: Any) -> npt.NDArray[Any]:
    """Blots and grain, drawn in strips, so that drawing leaves no peak of memory."""
    generator = np.random.default_rng(0)
    shape = (height, width) if channels == 1 else (height, width, channels)
    out = np.empty(shape, dtype)
    blots = cv2.resize(generator.normal(128, 40, (9, 16)).astype(np.float32), (width, height // 8))
    scale = np.iinfo(dtype).max / 255
    for top in range(0, height, 64):
        part = blots[top // 8 : (top + 64) // 8].repeat(8, 0)[: min(64, height - top)]
        part = (part + generator.normal(0, 6, part.shape)).clip(0, 255) * scale
        out[top : top + 64] = part if channels == 1 else part[..., None]
    return out


def _reset_peak() -> bool:
    """Let the system forget the most memory so far, where it can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def _resident() -> float:
    return _status("VmRSS")


def _peak() -> float:
    if Path("/proc/self/status").exists():
        return _status("VmHWM")
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage / MIB if sys.platform == "darwin" else usage / 1024


def summary(rows: list[dict[str, Any]]) -> str:
    """Medians, and the worst."""
    lines, low = [], 0.0
    for high in SIZES:
        part = [row for row in rows if low <= row["megapixels"] < high]
        if part:
            name = f"{low:g} megapixels and more" if high == SIZES[-1] else f"{low:g} to {high:g} megapixels"
            lines.append(f"embed, {name:24s} ({len(part):2d}): {_middle(part, 'embed')} ms a megapixel")
        low = high
    for name in ("marked", "unmarked", "edit map", *HARD):
        lines.append(f"detect, {name:20s}: {_middle(rows, name)} ms")
    if "peer embed" in rows[0]:
        for name, against in (
            ("embed", "peer embed"),
            ("marked", "peer detect"),
            ("unmarked", "peer detect"),
        ):
            ratio = np.median([row[name] / row[against] for row in rows])
            lines.append(f"{name}: {ratio:.2f} times what the peer takes ({_middle(rows, against)} ms)")
    return "\n".join(lines)


def _middle(rows: list[dict[str, Any]], name: str) -> str:
    values = [row[name] for row in rows]
    return f"median {np.median(values):5.0f}, most {max(values):5.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="one line of JSON a photograph")
    parser.add_argument("--pictures", default="*.png")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer", choices=["dwtDct", "dwtDctSvd"])
    parser.add_argument("--no-large", action="store_true", help="leave out 7680×4320")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    peer = InvisibleWatermark(options.peer, None) if options.peer else None
    rows = []
    for path in sorted(options.data.glob(options.pictures)):
        rows.append(measured(path, options.runs, peer))
        print(
            {key: round(value, 2) if key != "picture" else value for key, value in rows[-1].items()},
            flush=True,
        )
        if options.out:
            with options.out.open("a") as file:
                file.write(json.dumps(rows[-1]) + "\n")
    print(summary(rows) if rows else "no photographs there")
    for kind in () if options.no_large else LARGE:
        for work in ("embed", "detect", "detect with edit map"):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                told = pool.apply(large, (kind, work))
            times = told["peak"] / told["picture"]
            print(
                f"7680×4320, {kind:13s} {work:21s}: {told['seconds']:5.2f} s, "
                f"{told['peak']:4.0f} MiB more ({times:.2f} times the picture)",
                flush=True,
            )


if __name__ == "__main__":
    main()
