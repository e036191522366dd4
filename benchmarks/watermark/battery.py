"""What marks survive: ``python benchmarks/watermark/battery.py --data FOLDER [--out CASES.jsonl]``.

FOLDER holds photographs. Each is marked, attacked in every way of ``attacks.py`` (the listed parameters, and
``--drawn`` others of each family), and read; exact means that all bits came back. Rates have Wilson's 95 %
intervals over all cases of a family; cases of one photograph depend on each other, so read them as no
narrower than they are. With ``--unmarked`` the same is done without marking, and every find is a false alarm.

``--peer dwtDctSvd --peer rivaGan`` measures invisible-watermark, where it is installed, in the same run, with
32 bits, which is what it holds; rivaGan on the first three photographs that are large enough at 320 pixels,
as slow as it is. ``--curve 40 42 45 48`` repeats ours at each of these PSNRs. ``--worst FILE.png`` draws the
sixteen worst cases.

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
from attacks import FAMILIES, Attack, Picture, attacks
from PIL import Image, ImageDraw

from octarine.core.stats import proportion
from octarine.watermark import ImageWatermark, Key
from octarine.watermark.image_watermark import LEAST_SIDE
from octarine.watermark.quality import colour_difference, peak_signal_to_noise, structural_similarity

KEY = Key(b"the battery's key, 32 bytes long")


class Scheme(Protocol):
    """What is measured."""

    name: str
    bits: int
    side: int | None
    """Photographs are shrunk to so many pixels."""
    most: int | None
    """So many photographs are enough."""
    least: int
    """Pixels of the smallest picture that it marks."""

    def embed(self, image: Picture, payload: int) -> Picture: ...

    def detect(self, image: Picture) -> tuple[int | None, float]:
        """The payload, or None, and the score."""
        ...


class Octarine:
    """Ours."""

    bits = 48
    most = None
    least = 64 * 64

    def __init__(self, psnr: float | None, side: int | None) -> None:
        self._mark, self._psnr, self.side = ImageWatermark(KEY), psnr, side
        self.name = "octarine" if psnr is None else f"octarine at {psnr:g} dB"

    def embed(self, image: Picture, payload: int) -> Picture:
        return self._mark.embed(image, payload, psnr=self._psnr)

    def detect(self, image: Picture) -> tuple[int | None, float]:
        if min(image.shape[:2]) < LEAST_SIDE:
            return None, 0.0
        found = self._mark.detect(image, edits=False)
        return found.payload, found.score


class InvisibleWatermark:
    """https://github.com/ShieldMnt/invisible-watermark"""

    bits = 32
    least = 256 * 256

    def __init__(self, method: str, side: int | None) -> None:
        from imwatermark import WatermarkDecoder, WatermarkEncoder

        self.name, self.side, self.most = method, side, None
        self._method, self._encoder = method, WatermarkEncoder()
        self._decoder = WatermarkDecoder("bits", self.bits)
        if method == "rivaGan":
            WatermarkEncoder.loadModel()
            self.side, self.most = 320, 3

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


def photograph(path: Path, side: int | None) -> Picture:
    """The photograph, of at most ``side`` pixels."""
    image = np.asarray(Image.open(path).convert("RGB"))
    height, width = image.shape[:2]
    factor = 1.0 if side is None else min(1.0, side / max(height, width))
    if factor == 1:
        return image
    return cv2.resize(image, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA)


def seed_of(path: Path, options: argparse.Namespace) -> int:
    return int(zlib.crc32(path.stem.encode()) + options.seed)


def attacked(marked: Picture, path: Path, name: str, attack: Attack) -> Picture:
    return attack(marked, np.random.default_rng(zlib.crc32((path.stem + name).encode())))


def cases(
    scheme: Scheme, path: Path, options: argparse.Namespace, done: set[tuple[str, str, str]]
) -> Iterator[dict[str, Any]]:
    """One photograph, marked and attacked."""
    seed = seed_of(path, options)
    wanted = [
        (family, name, attack)
        for family, name, attack in attacks(np.random.default_rng(seed), options.drawn)
        if not (options.only and not re.search(options.only, name))
        and (scheme.name, path.stem, name) not in done
    ]
    if not wanted:
        return
    image = photograph(path, scheme.side)
    payload = int(np.random.default_rng(seed).integers(0, 1 << scheme.bits))
    started = time.process_time()
    marked = image if options.unmarked else scheme.embed(image, payload)
    picture = _quality(image, marked, time.process_time() - started)
    for family, name, attack in wanted:
        changed = attacked(marked, path, name, attack)
        started = time.process_time()
        read, score = scheme.detect(changed)
        detect_ms = (time.process_time() - started) * 1e3
        yield (
            {"scheme": scheme.name, "picture": path.stem}
            | picture
            | {
                "family": family,
                "attack": name,
                "exact": read == payload and not options.unmarked,
                "misread": read is not None and (read != payload or options.unmarked),
                "score": round(score, 2),
                "detect_ms": round(detect_ms, 1),
            }
        )


def _quality(image: Picture, marked: Picture, seconds: float) -> dict[str, float]:
    pixels = image.shape[0] * image.shape[1] / 1e6
    difference = colour_difference(image, marked)
    return {
        "megapixels": round(pixels, 3),
        "psnr": round(peak_signal_to_noise(image, marked), 2),
        "ssim": round(structural_similarity(image, marked), 4),
        "ciede2000": round(float(difference.mean()), 3),
        "ciede2000_99": round(float(np.quantile(difference, 0.99)), 3),
        "embed_ms_a_megapixel": round(seconds * 1e3 / pixels, 1),
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
    return ", ".join(
        f"{row['picture']}/{row['attack']} ({row['score']:.0f})" for row in worst(rows) if not row["exact"]
    )


def worst(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sixteen cases: those not read first, then those read with the weakest evidence."""
    return sorted(rows, key=lambda row: (row["exact"], row["score"]))[:16]


def draw_worst(rows: list[dict[str, Any]], paths: list[Path], options: argparse.Namespace) -> Image.Image:
    """A sheet of the worst cases of ours, as the detector got them."""
    scheme, side = Octarine(None, options.side), 300
    sheet = Image.new("RGB", (4 * side, 4 * (side + 34)), "white")
    for i, row in enumerate(worst([row for row in rows if row["scheme"] == "octarine"])):
        path = next(path for path in paths if path.stem == row["picture"])
        seed = seed_of(path, options)
        payload = int(np.random.default_rng(seed).integers(0, 1 << scheme.bits))
        every = {name: attack for _, name, attack in attacks(np.random.default_rng(seed), options.drawn)}
        marked = scheme.embed(photograph(path, options.side), payload)
        changed = Image.fromarray(attacked(marked, path, row["attack"], every[row["attack"]]))
        size = f"{changed.width} x {changed.height}"
        changed.thumbnail((side, side))
        x, y = i % 4 * side, i // 4 * (side + 34)
        sheet.paste(changed, (x, y + 34))
        told = "read" if row["exact"] else "not read"
        ImageDraw.Draw(sheet).text((x + 3, y + 2), f"{row['picture']} {size} {told}", "black")
        ImageDraw.Draw(sheet).text(
            (x + 3, y + 16), f"{row['attack']}, score {row['score']:.0f}"[:48], "black"
        )
    return sheet


def _rate(name: str, rows: list[dict[str, Any]]) -> str:
    good = sum(row["exact"] for row in rows)
    rate = proportion(good, len(rows))
    share = f"{100 * good / len(rows):5.1f} %"
    return f"{name:26s} {good:5d}/{len(rows):<5d} {share}  {100 * rate.low:.1f}–{100 * rate.high:.1f} %"


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    schemes: list[Scheme] = [] if options.curve else [Octarine(options.psnr, options.side)]
    schemes += [Octarine(psnr, options.side) for psnr in options.curve]
    schemes += [InvisibleWatermark(name, options.side) for name in options.peer]
    rows = []
    if options.out and options.out.exists():
        rows = [json.loads(line) for line in options.out.read_text().splitlines()]
    done = {(row["scheme"], row["picture"], row["attack"]) for row in rows}
    every = sorted(path for path in options.data.iterdir() if path.suffix in {".png", ".jpg", ".jpeg"})
    paths = [path for path in every if not options.pictures or re.search(options.pictures, path.stem)]
    for scheme in schemes:
        fit = [path for path in paths if photograph(path, scheme.side)[..., 0].size >= scheme.least]
        for path in fit[: scheme.most]:
            new = list(cases(scheme, path, options, done))
            rows += new
            print(f"{scheme.name}, {path.stem}: {sum(row['exact'] for row in new)} of {len(new)}", flush=True)
            if options.out:
                with options.out.open("a") as file:
                    file.writelines(json.dumps(row) + "\n" for row in new)
    for name in dict.fromkeys(row["scheme"] for row in rows):
        print(f"\n{name}\n\n" + summary([row for row in rows if row["scheme"] == name]))
    if options.worst:
        draw_worst(rows, paths, options).save(options.worst)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--psnr", type=float, help="in dB; without it, what suits each picture")
    parser.add_argument("--curve", type=float, nargs="+", default=[], help="ours at each of these PSNRs")
    parser.add_argument("--drawn", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="a regular expression of attacks")
    parser.add_argument("--pictures", help="a regular expression of pictures")
    parser.add_argument("--side", type=int, help="shrink photographs to so many pixels")
    parser.add_argument("--unmarked", action="store_true")
    parser.add_argument("--peer", action="append", default=[], choices=["dwtDct", "dwtDctSvd", "rivaGan"])
    parser.add_argument("--worst", type=Path, help="a PNG of the sixteen worst cases")
    return parser.parse_args()


if __name__ == "__main__":
    main()
