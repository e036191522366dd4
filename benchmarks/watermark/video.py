"""What marks in video survive: ``python benchmarks/watermark/video.py --data FOLDER [--out CASES.jsonl]``.

FOLDER holds video clips. The first ``--seconds`` of each are marked, attacked, encoded and read, frame by
frame (every ``--every``-th alone) and over each second; exact means that all 48 bits came back. *Then* is
what is done to decoded frames, as by a player; what comes before a CRF is encoded again after it, as by an
upload. Another clip's frames are put around ours, and every frame's label is compared with the truth.
Beside that: CPU time of marking without codecs, PSNR of every frame, and how much the mark moves from frame
to frame where the picture stands still, beside how much the noise of a codec at CRF 18 moves there.

Rates have Wilson's 95 % intervals over all cases of a row; frames of one clip depend on each other, so read
them as no narrower than they are. With ``--unmarked`` nothing is marked, and every find is a false alarm.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from attacks import Attack, Picture, blur, chain, crop, flip_h, noise, perspective, resize, rotate

from octarine.core.stats import proportion
from octarine.watermark import Key
from octarine.watermark.image.analysis import flatten, shrink
from octarine.watermark.image.detect import Outcome, find, find_flat
from octarine.watermark.video.planes import levels_of, luma_of
from octarine.watermark.video_watermark import VideoWatermark

KEY = Key(b"the battery's key, 32 bytes long")
CODECS = {
    "h264": ("libx264", "crf", {"preset": "medium"}),
    "hevc": ("libx265", "crf", {"preset": "medium", "x265-params": "log-level=none:pools=1:frame-threads=1"}),
    "vp9": ("libvpx-vp9", "crf", {"b": "0", "cpu-used": "4", "deadline": "good"}),
    "av1": ("libsvtav1", "crf", {"preset": "9", "svtav1-params": "lp=1"}),
}
Frames = list[Any]
Planes = list[npt.NDArray[np.float32]]
Change = Callable[[Picture], Picture]


def read(path: Path, seconds: float, size: tuple[int, int] | None = None) -> tuple[Frames, Fraction]:
    """The first frames of a clip in yuv420p, and their rate."""
    frames: Frames = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or Fraction(25)
        for frame in container.decode(stream):
            width, height = size or (frame.width & ~1, frame.height & ~1)
            frames.append(frame.reformat(width, height, format="yuv420p"))
            if len(frames) >= round(seconds * rate):
                break
    return frames, rate


def encoded(frames: Frames, rate: Fraction, codec: str, quality: int) -> bytes:
    name, knob, options = CODECS[codec]
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        stream = container.add_stream(name, rate=rate, options={knob: str(quality)} | options)
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        stream.thread_count = 1
        for i, frame in enumerate(frames):
            frame.pts, frame.time_base, frame.pict_type = i, 1 / rate, 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def lumas(data: bytes) -> Planes:
    """Luma from 0 to 255 of every frame."""
    with av.open(io.BytesIO(data)) as container:
        return [levels_of(frame).plane(luma_of(frame)) for frame in container.decode(video=0)]


def marked(frames: Frames, payload: int) -> tuple[Frames, list[float], float]:
    """The marked frames, the PSNR of each, and seconds of CPU time a frame."""
    first = luma_of(frames[0])
    marker = VideoWatermark(KEY).marker(payload, first)
    out, quality, spent = [], [], 0.0
    for frame in frames:
        copy = av.VideoFrame.from_ndarray(frame.to_ndarray(), format="yuv420p")
        copy.color_range = frame.color_range
        coded, levels = luma_of(copy), levels_of(copy)
        started = time.process_time()
        marker.mark(coded, levels)
        spent += time.process_time() - started
        error = np.mean(((coded.astype(float) - luma_of(frame)) / levels.step) ** 2)
        quality.append(float(10 * np.log10(255**2 / error)))
        out.append(copy)
    return out, quality, spent / len(frames)


def changed(frames: Frames, change: Change) -> Frames:
    out = []
    for frame in frames:
        picture = change(frame.to_ndarray(format="rgb24"))
        height, width = picture.shape[0] & ~1, picture.shape[1] & ~1
        picture = np.ascontiguousarray(picture[:height, :width])
        out.append(av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p"))
    return out


def letterboxed(image: Picture) -> Picture:
    """Cut to 2.39 : 1 or narrower and set between bars in a 4 : 3 frame."""
    height, width = image.shape[:2]
    kept = min(height, round(width / 2.39))
    top, bars = (height - kept) // 2, max(0, round(width * 3 / 4) - kept)
    part = image[top : top + kept]
    return cv2.copyMakeBorder(part, bars // 2, bars - bars // 2, 0, 0, cv2.BORDER_CONSTANT)


def changes(seed: int) -> dict[str, tuple[Change, int]]:
    """What is done to every frame, alike, and the CRF at which x264 encodes it after that."""
    generator = np.random.default_rng(seed)

    def fixed(attack: Any) -> Change:
        return lambda image: attack(image, np.random.default_rng(seed))

    def filmed(image: Picture) -> Picture:
        """The camera stands, and its noise is new for each frame."""
        seen = chain(perspective(0.015), resize(0.8), blur(0.8))(image, np.random.default_rng(seed))
        return noise(4)(seen, generator)

    return {
        "half size": (fixed(resize(0.5)), 28),
        "1.5 times": (fixed(resize(1.5)), 28),
        "turned by 7°": (fixed(rotate(7)), 28),
        "turned by 90°": (fixed(rotate(90)), 28),
        "mirrored": (fixed(flip_h), 28),
        "cut to 60 %": (fixed(crop(0.6)), 28),
        "cut to 35 %": (fixed(crop(0.35, True)), 28),
        "letterboxed": (letterboxed, 28),
        "filmed": (filmed, 26),
    }


THEN = {
    "half size": resize(0.5),
    "turned by 7°": rotate(7),
    "turned by 90°": rotate(90),
    "mirrored": flip_h,
    "cut to 60 %": crop(0.6),
}


def conditions(frames: Frames, rate: Fraction, seed: int) -> Iterator[tuple[str, Callable[[], Planes]]]:
    """Name, and luma of what a detector gets."""

    def h264(quality: int, changed: Frames = frames) -> Planes:
        return lumas(encoded(changed, rate, "h264", quality))

    once = cache(lambda: h264(28))
    for quality in (23, 28, 33):
        yield f"CRF {quality}", once if quality == 28 else partial(h264, quality)
    for name, attack in THEN.items():
        yield f"CRF 28, then {name}", partial(_then, once, attack, seed)
    for codec, quality in (("hevc", 28), ("hevc", 33), ("vp9", 36), ("av1", 36)):
        yield f"{codec} CRF {quality}", lambda c=codec, q=quality: lumas(encoded(frames, rate, c, q))
    for name, (change, quality) in changes(seed).items():
        yield f"{name}, CRF {quality}", lambda c=change, q=quality: h264(q, changed(frames, c))
    yield "every second frame, CRF 28", lambda: lumas(encoded(frames[::2], rate / 2, "h264", 28))
    yield "CRF 28, CRF 28", lambda: h264(28, _decoded(encoded(frames, rate, "h264", 28)))


def _then(planes: Callable[[], Planes], attack: Attack, seed: int) -> Planes:
    out = []
    for plane in planes():
        picture = np.clip(np.rint(plane), 0, 255).astype(np.uint8)
        out.append(attack(picture, np.random.default_rng(seed)).astype(np.float32))
    return out


def _decoded(data: bytes) -> Frames:
    with av.open(io.BytesIO(data)) as container:
        return list(container.decode(video=0))


def cases(name: str, planes: Planes, payload: int, seconds: float, every: int) -> Iterator[dict[str, Any]]:
    """Single frames, and sums over each second."""

    def row(kind: str, outcome: Outcome) -> dict[str, Any]:
        read = outcome.decoded.payload if outcome.decoded else None
        score = -outcome.log_p / np.log(10)
        return {"condition": name, "kind": kind, "exact": read == payload, "score": round(float(score), 1)}

    for plane in planes[every // 2 :: every]:
        yield row("frame", find(plane, KEY))
    span = max(1, round(len(planes) / seconds))
    for start in range(0, max(1, len(planes) - span // 2), span):
        flats = [flatten(shrink(plane)[0]) for plane in planes[start : start + span]]
        yield row("second", find_flat(np.sum(flats, 0), shrink(planes[0])[1], KEY))


def mixed(frames: Frames, others: Frames, rate: Fraction, seconds: float) -> dict[str, Any]:
    """Ours between another clip's frames: the part of all frames that is labelled right."""
    third = len(frames) // 3
    parts = [(others[:third], False), (frames[third:], True), (others[third : 2 * third], False)]
    truth = np.array([ours for part, ours in parts for _ in part])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mixed.mkv")
        path.write_bytes(encoded([frame for part, _ in parts for frame in part], rate, "h264", 28))
        started = time.process_time()
        found = VideoWatermark(KEY).detect(path)
        spent = time.process_time() - started
    times = (np.arange(len(truth)) + 0.25) / float(rate)
    said = np.zeros(len(truth), bool)
    for span in found.spans:
        said |= (times >= span.start) & (times < span.end)
    right = int((said == truth).sum())
    return {
        "condition": "labels, CRF 28",
        "kind": "label",
        "right": right,
        "n": len(truth),
        "detect_cpu_s": round(spent, 2),
        "seconds": round(len(truth) / float(rate), 2),
    }


def flicker(frames: Frames, ours: Frames, rate: Fraction) -> dict[str, float]:
    """Of the mark, and of a codec's noise at CRF 18, where the original stands still: mean |Δ| of the
    residual in levels; and of the mark, the mean change of its local energy in parts of that."""
    codec = lumas(encoded(frames, rate, "h264", 18))
    sums: dict[str, list[float]] = defaultdict(list)
    last: dict[str, npt.NDArray[np.float32]] = {}
    for frame, mark, noisy in zip(frames, ours, codec, strict=False):
        plane = levels_of(frame).plane(luma_of(frame))
        residual = levels_of(mark).plane(luma_of(mark)) - plane
        now = {"plane": plane, "mark": residual, "codec": noisy - plane}
        now["energy"] = np.sqrt(cv2.GaussianBlur(residual * residual, (0, 0), 8))
        if last:
            still = cv2.GaussianBlur(np.abs(plane - last["plane"]), (0, 0), 2) < 1
            if still.mean() > 0.01:
                for name in ("mark", "codec", "energy"):
                    sums[name].append(float(np.abs(now[name] - last[name])[still].mean()))
                sums["level"].append(float(now["energy"][still].mean()))
        last = now
    if not sums:
        return {}
    mean = {name: float(np.mean(values)) for name, values in sums.items()}
    return {
        "flicker_mark": round(mean["mark"], 3),
        "flicker_codec": round(mean["codec"], 3),
        "flicker_energy": round(mean["energy"] / max(mean["level"], 1e-9), 4),
    }


def clip(path: Path, other: Path, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    seed = zlib.crc32(path.stem.encode())
    payload = int(np.random.default_rng(seed).integers(0, 1 << 48))
    frames, rate = read(path, options.seconds)
    ours, quality, spent = marked(frames, payload)
    about = {
        "clip": path.stem,
        "size": f"{frames[0].width}×{frames[0].height}",
        "frames": len(frames),
        "psnr": round(float(np.mean(quality)), 2),
        "least_psnr": round(min(quality), 2),
        "mark_ms": round(spent * 1e3, 1),
        **flicker(frames, ours, rate),
    }
    ours = frames if options.unmarked else ours
    for name, planes in conditions(ours, rate, seed):
        if not options.only or re.search(options.only, name):
            for row in cases(name, planes(), payload, len(frames) / float(rate), options.every):
                yield about | row
    if not options.only or re.search(options.only, "labels"):
        others, _ = read(other, options.seconds, (frames[0].width, frames[0].height))
        row = mixed(ours, others, rate, options.seconds)
        yield about | row


def summary(rows: list[dict[str, Any]]) -> str:
    clips = list({row["clip"]: row for row in rows}.values())
    lines = ["clip, size, frames; PSNR mean, least; CPU ms a frame; |Δ| of mark, of codec; Δ energy"]
    lines += [
        f"  {c['clip']:18s} {c['size']:>9s} {c['frames']:4d}  {c['psnr']:.2f} {c['least_psnr']:.2f} dB  "
        f"{c['mark_ms']:5.1f} ms  {c.get('flicker_mark', '–')} {c.get('flicker_codec', '–')}  "
        f"{c.get('flicker_energy', '–')}"
        for c in clips
    ]
    for kind, title in (("frame", "single frames"), ("second", "over one second")):
        lines += ["", f"{title}, exact"]
        own = [row for row in rows if row["kind"] == kind]
        for name in dict.fromkeys(row["condition"] for row in own):
            lines.append(_line(name, [row for row in own if row["condition"] == name]))
    lines += ["", "frames labelled right, ours between another clip's"]
    lines += [
        f"  {row['clip']:28s} {row['right']}/{row['n']} {100 * row['right'] / row['n']:.1f} %, "
        f"{row['detect_cpu_s']} s CPU for {row['seconds']} s"
        for row in rows
        if row["kind"] == "label"
    ]
    return "\n".join(lines)


def _line(name: str, rows: list[dict[str, Any]]) -> str:
    good = sum(row["exact"] for row in rows)
    rate = proportion(good, len(rows))
    own: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        own[row["clip"]].append(row["exact"])
    missed = [f"{clip} {sum(part)}/{len(part)}" for clip, part in own.items() if not all(part)]
    return (
        f"  {name:28s} {good:4d}/{len(rows):<4d} {100 * good / len(rows):5.1f} %  "
        f"{100 * rate.low:.1f}–{100 * rate.high:.1f} %  {', '.join(missed)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--only", help="a regular expression of conditions")
    parser.add_argument("--clips", default="", help="a regular expression of clips")
    parser.add_argument("--unmarked", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    av.logging.set_level(av.logging.ERROR)
    os.environ.setdefault("SVT_LOG", "1")
    every = sorted(
        path for path in options.data.iterdir() if path.suffix in {".mp4", ".avi", ".mkv", ".webm"}
    )
    rows: list[dict[str, Any]] = []
    for i, path in enumerate(every):
        if not re.search(options.clips, path.stem):
            continue
        new = list(clip(path, every[(i + 1) % len(every)], options))
        rows += new
        print(path.stem, len(new), flush=True)
        if options.out:
            with options.out.open("a") as file:
                file.writelines(json.dumps(row) + "\n" for row in new)
    print(summary(rows))


if __name__ == "__main__":
    main()
