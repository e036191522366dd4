"""What marks survive: ``python benchmarks/watermark/battery.py --data FOLDER [--out CASES.jsonl]``.

FOLDER holds photographs. Each is marked, attacked in every way of ``attacks.py`` (the listed parameters, and
``--drawn`` others of each family), and read; exact means that all 48 bits came back. Rates have Wilson's 95 %
intervals over all cases of a family; cases of one photograph depend on each other, so read them as no
narrower than they are. With ``--unmarked`` the same is done without marking, and every find is a false alarm.
``--peer dwtDctSvd`` (or ``rivaGan``) measures invisible-watermark, where it is installed, with 32 bits, which
is what it holds.

Cases already in the file of ``--out`` are not done again.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from attacks import FAMILIES, Picture, attacks
from PIL import Image

from octarine.core.stats import proportion
from octarine.watermark import ImageWatermark, Key
from octarine.watermark.quality import colour_difference, peak_signal_to_noise, structural_similarity

KEY = Key(b"the battery's key, 32 bytes long")


class Scheme(Protocol):
    """What is measured."""

    bits: int

    def embed(self, image: Picture, payload: int) -> Picture: ...

    def detect(self, image: Picture) -> tuple[int | None, float]:
        """The payload, or None, and the score."""
        ...


class Octarine:
    """Ours."""

    bits = 48

    def __init__(self, psnr: float | None) -> None:
        self._mark, self._psnr = ImageWatermark(KEY), psnr

    def embed(self, image: Picture, payload: int) -> Picture:
        return self._mark.embed(image, payload, psnr=self._psnr)

    def detect(self, image: Picture) -> tuple[int | None, float]:
        found = self._mark.detect(image, edits=False)
        return found.payload, found.score


class InvisibleWatermark:
    """https://github.com/ShieldMnt/invisible-watermark"""

    bits = 32

    def __init__(self, method: str) -> None:
        from imwatermark import WatermarkDecoder, WatermarkEncoder

        self._method, self._encoder = method, WatermarkEncoder()
        self._decoder = WatermarkDecoder("bits", self.bits)
        if method == "rivaGan":
            WatermarkEncoder.loadModel()

    def embed(self, image: Picture, payload: int) -> Picture:
        self._encoder.set_watermark("bits", [payload >> i & 1 for i in range(self.bits)])
        marked = self._encoder.encode(np.ascontiguousarray(image[..., ::-1]), self._method)
        return np.ascontiguousarray(marked[..., ::-1])

    def detect(self, image: Picture) -> tuple[int | None, float]:
        try:
            bits = self._decoder.decode(np.ascontiguousarray(image[..., ::-1]), self._method)
        except (RuntimeError, ValueError, IndexError, cv2.error):
            return None, 0.0
        return sum(int(bit) << i for i, bit in enumerate(bits)), 0.0


def cases(
    scheme: Scheme, path: Path, options: argparse.Namespace, done: set[str]
) -> Iterator[dict[str, Any]]:
    """One photograph, marked and attacked."""
    image = np.asarray(Image.open(path).convert("RGB"))
    if options.side:
        height, width = image.shape[:2]
        factor = min(1, options.side / max(height, width))
        image = cv2.resize(
            image, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA
        )
    seed = zlib.crc32(path.stem.encode()) + options.seed
    payload = int(np.random.default_rng(seed).integers(0, 1 << scheme.bits))
    pixels = image.shape[0] * image.shape[1] / 1e6
    started = time.process_time()
    marked = image if options.unmarked else scheme.embed(image, payload)
    embed_ms = (time.process_time() - started) * 1e3 / pixels
    difference = colour_difference(image, marked)
    picture = {
        "picture": path.stem,
        "megapixels": round(pixels, 3),
        "psnr": round(peak_signal_to_noise(image, marked), 2),
        "ssim": round(structural_similarity(image, marked), 4),
        "ciede2000": round(float(difference.mean()), 3),
        "ciede2000_99": round(float(np.quantile(difference, 0.99)), 3),
        "embed_ms_a_megapixel": round(embed_ms, 1),
    }
    for family, name, attack in attacks(np.random.default_rng(seed), options.drawn):
        if (options.only and not re.search(options.only, name)) or f"{path.stem}/{name}" in done:
            continue
        attacked = attack(marked, np.random.default_rng(zlib.crc32((path.stem + name).encode())))
        started = time.process_time()
        read, score = scheme.detect(attacked)
        detect_ms = (time.process_time() - started) * 1e3
        yield picture | {
            "family": family,
            "attack": name,
            "exact": read == payload and not options.unmarked,
            "misread": read is not None and (read != payload or options.unmarked),
            "score": round(score, 2),
            "detect_ms": round(detect_ms, 1),
        }


def summary(rows: list[dict[str, Any]]) -> str:
    """Rates by family, quality, time, and the worst cases."""
    by_family: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_family[row["family"]].append(row)
    lines = [f"{'family':26s} {'exact':>11s}   rate  95 % interval", ""]
    for family, part in by_family.items():
        lines.append(_rate(family, part))
    everyday = [row for row in rows if FAMILIES[row["family"].removesuffix(", drawn")].everyday]
    listed = [row for row in rows if not row["family"].endswith(", drawn")]
    drawn = [row for row in rows if row["family"].endswith(", drawn")]
    lines += [""] + [
        _rate(name, part)
        for name, part in (("everyday", everyday), ("listed", listed), ("drawn", drawn))
        if part
    ]
    pictures = list({row["picture"]: row for row in rows}.values())

    def over(name: str, function: Any) -> float:
        return float(function([row[name] for row in pictures]))

    times = [row["detect_ms"] for row in rows]
    lines += [
        "",
        f"{len(pictures)} pictures, {len(rows)} cases, misread {sum(row['misread'] for row in rows)}",
        f"PSNR mean {over('psnr', np.mean):.2f}, least {over('psnr', min):.2f} dB; "
        f"SSIM mean {over('ssim', np.mean):.4f}, least {over('ssim', min):.4f}; "
        f"CIEDE2000 mean {over('ciede2000', np.mean):.2f}, 99 % {over('ciede2000_99', np.mean):.2f}",
        f"CPU: embed {over('embed_ms_a_megapixel', np.median):.0f} ms a megapixel; "
        f"detect median {np.median(times):.0f}, 95 % {np.quantile(times, 0.95):.0f}, "
        f"most {max(times):.0f} ms",
        f"worst: {_worst(rows)}",
    ]
    return "\n".join(lines)


def _worst(rows: list[dict[str, Any]]) -> str:
    missed = sorted((row for row in rows if not row["exact"]), key=lambda row: row["score"])
    return ", ".join(f"{row['picture']}/{row['attack']} ({row['score']:.0f})" for row in missed[:16])


def _rate(name: str, rows: list[dict[str, Any]]) -> str:
    good = sum(row["exact"] for row in rows)
    rate = proportion(good, len(rows))
    share = f"{100 * good / len(rows):5.1f} %"
    return f"{name:26s} {good:5d}/{len(rows):<5d} {share}  {100 * rate.low:.1f}–{100 * rate.high:.1f} %"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--psnr", type=float, help="in dB; without it, what suits each picture")
    parser.add_argument("--drawn", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="a regular expression of attacks")
    parser.add_argument("--pictures", help="a regular expression of pictures")
    parser.add_argument("--side", type=int, help="shrink photographs to so many pixels")
    parser.add_argument("--unmarked", action="store_true")
    parser.add_argument("--peer", choices=["dwtDct", "dwtDctSvd", "rivaGan"])
    options = parser.parse_args()
    cv2.setNumThreads(1)
    scheme: Scheme = InvisibleWatermark(options.peer) if options.peer else Octarine(options.psnr)
    rows = []
    if options.out and options.out.exists():
        rows = [json.loads(line) for line in options.out.read_text().splitlines()]
    done = {f"{row['picture']}/{row['attack']}" for row in rows}
    paths = sorted(path for path in options.data.iterdir() if path.suffix in {".png", ".jpg", ".jpeg"})
    for path in paths:
        if options.pictures and not re.search(options.pictures, path.stem):
            continue
        new = list(cases(scheme, path, options, done))
        rows += new
        print(f"{path.stem}: {sum(row['exact'] for row in new)} of {len(new)}", flush=True)
        if options.out:
            with options.out.open("a") as file:
                file.writelines(json.dumps(row) + "\n" for row in new)
    print(summary(rows))


if __name__ == "__main__":
    main()
