"""How well edits are seen: ``python benchmarks/watermark/edits.py --data FOLDER [--out CASES.jsonl]``.

A part of each marked photograph is changed (``edit_cases.py``: kinds, shapes, areas, and what happens to the
whole picture afterwards), and the map is compared with the truth pixel by pixel: the area under the ROC
curve, on the picture that was looked at, at its full size. Without an edit, every "edited" is a false alarm;
rates have Wilson's 95 % intervals. The constants of ``octarine.watermark.image.edits`` were set on every
second photograph of one folder, the first among them (``--half even`` of the names in order); figures to be
believed are those of ``--half odd`` and of other folders.

Cases of photographs already in the file of ``--out`` are not done again.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from edit_cases import ALL, cases
from PIL import Image

from octarine.core.stats import proportion
from octarine.watermark import ImageWatermark, Key

KEY = Key(b"the battery's key, 32 bytes long")
Row = dict[str, Any]


def area_under_curve(score: npt.NDArray[np.floating], truth: npt.NDArray[np.bool_]) -> float:
    """The probability that a changed pixel scores above an unchanged one."""
    values, good = score.ravel(), truth.ravel()
    order = np.argsort(values, kind="stable")
    sorted_values = values[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(sorted_values)) + 1])
    ends = np.append(starts[1:], values.size)
    ranks = np.repeat((starts + ends + 1) / 2, ends - starts)
    n = int(good.sum())
    return float((ranks[good[order]].sum() - n * (n + 1) / 2) / (n * (good.size - n)))


def rows_of(path: Path, other: Path, payload: int, options: argparse.Namespace) -> Iterator[Row]:
    """What was found in each case of a photograph; the splices are from ``other``."""
    mark = ImageWatermark(KEY)
    image, elsewhere = (np.asarray(Image.open(one).convert("RGB")) for one in (path, other))
    kinds = {kind for kind in ALL if re.fullmatch(options.kinds, kind)}
    for case in cases(mark.embed(image, payload), elsewhere, path.stem, kinds):
        if not re.fullmatch(options.after, case.after):
            continue
        started = time.process_time()
        found = mark.detect(case.picture)
        row: Row = {
            "picture": path.stem,
            "kind": case.kind,
            "area": round(case.area, 3),
            "shape": case.shape,
            "after": case.after,
            "read": found.payload == payload,
            "said": found.edited,
            "ms": round((time.process_time() - started) * 1e3),
        }
        if found.edit_map is not None:
            row["told"] = round(float(found.edit_map.told.mean()), 3)
            row["regions"] = [str(region) for region in found.edit_map.regions]
            if case.truth is not None:
                row["auc"] = round(area_under_curve(found.edit_map.damage, case.truth), 4)
        yield row


def summary(rows: list[Row]) -> str:
    """Edits by kind, area and what came after; then what was not edited."""
    edited = [row for row in rows if row["kind"] != "unedited"]
    lines = [
        _edited(f"{kind} {after} {area:.0%}", part)
        for (kind, after, area), part in _by(edited, lambda row: (row["kind"], row["after"], _size(row)))
    ]
    splices = [row for row in edited if row["kind"] == "splice"]
    lines += ["", "splices of 4 to 25 %, JPEG 75, by photograph (least first)"]
    wanted = [row for row in splices if row["after"] == "jpeg75" and row["area"] >= 0.04]
    means = [
        (np.mean([row.get("auc", 0.5) for row in part]), name) for name, part in _by(wanted, _picture) if part
    ]
    lines.append(", ".join(f"{name} {mean:.3f}" for mean, name in sorted(means)))
    lines += ["", "shapes"] + [_edited(shape, part) for shape, part in _by(splices, lambda row: row["shape"])]
    unedited = [row for row in rows if row["kind"] == "unedited"]
    lines += ["", "not edited"] + [_unedited(after, part) for after, part in _by(unedited, _after)]
    lines.append(_unedited("all", unedited))
    lines.append(f"CPU: detection with its map, median {np.median([row['ms'] for row in rows]):.0f} ms")
    return "\n".join(lines)


def _picture(row: Row) -> str:
    return str(row["picture"])


def _after(row: Row) -> str:
    return str(row["after"])


def _size(row: Row) -> float:
    """Overlays and collages have the area that they have."""
    return 0.0 if row["shape"] in ("text", "border") else float(row["area"])


def _by(rows: list[Row], key: Callable[[Row], Any]) -> list[tuple[Any, list[Row]]]:
    parts: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        parts[key(row)].append(row)
    return list(parts.items())


def _edited(name: str, rows: list[Row]) -> str:
    curves = sorted((row["auc"], row["picture"]) for row in rows if "auc" in row)
    said = proportion(sum(row["said"] is True for row in rows), len(rows))
    least = f"AUC mean {np.mean([auc for auc, _ in curves]):.3f} least {curves[0][0]:.3f} ({curves[0][1]})"
    silent = sum(row["said"] is None for row in rows)
    return (
        f"{name:28s} {least if curves else '':58s} said edited {said.value:4.0%} of {len(rows)} "
        f"({said.low:.0%}–{said.high:.0%}), nothing said {silent}"
    )


def _unedited(name: str, rows: list[Row]) -> str:
    if not rows:
        return ""
    false = [row["picture"] for row in rows if row["said"] is True]
    rate = proportion(len(false), len(rows))
    silent = sum(row["said"] is None for row in rows)
    return (
        f"{name:18s} said edited {len(false)} of {len(rows)} ({rate.low:.1%}–{rate.high:.1%}), "
        f"nothing said {silent}  {', '.join(false)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--half", choices=["even", "odd"], help="every second photograph")
    parser.add_argument("--pictures", default="", help="a regular expression of photographs")
    parser.add_argument("--kinds", default=".*", help="a regular expression of kinds of edit")
    parser.add_argument("--after", default=".*", help="a regular expression of what comes after")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    paths = sorted(options.data.glob("*.png"))
    rows: list[Row] = []
    if options.out and options.out.exists():
        rows = [json.loads(line) for line in options.out.read_text().splitlines()]
    done = {row["picture"] for row in rows}
    for i, path in enumerate(paths):
        other_half = options.half is not None and i % 2 != ["even", "odd"].index(options.half)
        if other_half or path.stem in done or not re.search(options.pictures, path.stem):
            continue
        new = list(rows_of(path, paths[i - 1], i, options))
        rows += new
        print(f"{path.stem}: {len(new)} cases", flush=True)
        if options.out:
            with options.out.open("a") as file:
                file.writelines(json.dumps(row) + "\n" for row in new)
    print(summary(rows))


if __name__ == "__main__":
    main()
