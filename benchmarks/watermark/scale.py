"""Folders of many pictures: ``python benchmarks/watermark/scale.py [--n 2000 20000] [--names 1000000]``.

Everything is drawn, in a folder of its own that is removed at the end (``--place``: where). Each scenario
runs the command ``octarine watermark`` as a user does, with both engines:

- **throughput**: folders of ``--n`` pictures in folders of 500 are marked, and the smallest is looked at.
  Told: pictures a second, CPU of all processes together, and the peak of memory of the command's own process,
  which must not grow with the folder. One picture in 250 is damaged: each is told, and none stops the rest.
- **interrupted**: the command is killed (SIGKILL) half way and given again. Every result that was there is
  decoded, and must be the same file afterwards; every sound picture must have its result at the end.
- **names**: ``--names`` empty files, in folders of a thousand and in one folder alone, are listed; then the
  command is given whose every result is there already (of the folders of a thousand).

Linux alone: processes are found by a word in their environment, and measured in ``/proc``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from octarine.watermark import Key, write_key
from octarine.watermark.files.folders import count_in, pictures_in

KEY = Key(b"the battery's key, 32 bytes long")
ENGINES = ("threads", "ray")
IN_FOLDER, DAMAGED = 500, 250
COMMAND = "import sys; from octarine.cli.main import main; sys.argv[0] = 'octarine'; main()"
LISTING = """
import resource, sys, time
from pathlib import Path
from octarine.watermark.files.folders import count_in, pictures_in
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, started = peak(), time.perf_counter()
n = count_in(Path(sys.argv[1]))
counted = time.perf_counter() - started
assert sum(1 for _ in pictures_in(Path(sys.argv[1]))) == n
listed = time.perf_counter() - started - counted
print(f"{n} names: counted in {counted:.1f} s, listed in {listed:.1f} s, CPU {time.process_time():.1f} s")
print(f"  peak of memory {peak():.0f} MB, {peak() - before:.0f} more than before")
"""
MARK = "OCTARINE_SCALE_RUN"


# What is marked.


def drawn(side: int) -> npt.NDArray[np.uint8]:
    """A large picture to cut small ones from: a sky over rough ground with hard shapes."""
    random = np.random.default_rng(0)
    rough = random.normal(0, 1, (side, side)).astype(np.float32)
    ground = 40 * cv2.GaussianBlur(rough, (0, 0), 1.5) + 160 * cv2.GaussianBlur(rough, (0, 0), 8)
    plane = 150 + ground
    picture = np.stack([plane, plane + 10, plane + 25], 2)
    for _ in range(side * side // 5000):
        x, y = random.integers(0, side - 40, 2)
        w, h = random.integers(10, 40, 2)
        picture[y : y + h, x : x + w] = random.integers(20, 235, 3)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def pictures(folder: Path, n: int, side: int) -> Path:
    """``n`` files in nested folders; every DAMAGED-th of them is cut off or no picture at all."""
    large, random = drawn(2048), np.random.default_rng(1)
    for number in range(n):
        path = folder / f"{number // IN_FOLDER // 10:03}" / f"{number // IN_FOLDER % 10}" / f"{number:07}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        y, x = random.integers(0, 2048 - side, 2)
        cut = large[y : y + side, x : x + side]
        data = cv2.imencode(".png", cut, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        if damaged(path):
            data = data[: len(data) // 2] if number % (2 * DAMAGED) else b"no picture"
        path.write_bytes(data)
    return folder


def damaged(path: Path) -> bool:
    return int(path.stem) % DAMAGED == DAMAGED // 2


def names(folder: Path, n: int, in_folder: int) -> Path:
    """``n`` empty files."""
    for number in range(n):
        if number % in_folder == 0:
            place = folder / f"{number // in_folder:04}"
            place.mkdir(parents=True)
        os.close(os.open(place / f"{number:07}.png", os.O_CREAT | os.O_WRONLY))
    return folder


# How a command is measured.


@dataclass
class Running:
    """A command and all that it started."""

    process: subprocess.Popen[bytes]
    word: str
    cpu: dict[int, float] = field(default_factory=dict)
    peak: float = 0.0
    """MB of the command's own process."""
    started: float = field(default_factory=time.perf_counter)
    wall: float = 0.0

    def look(self) -> None:
        """Read what every process has spent so far."""
        for pid in self.alive():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            self.cpu[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            if pid == self.process.pid and (found := re.search(r"VmHWM:\s+(\d+)", status)):
                self.peak = int(found[1]) / 1024

    def alive(self) -> Iterator[int]:
        """The processes of this run that still are."""
        wanted = f"{MARK}={self.word}".encode()
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    if wanted in Path(f"/proc/{entry}/environ").read_bytes().split(b"\0"):
                        yield int(entry)
                except OSError:
                    continue

    def until_done(self) -> int:
        while self.process.poll() is None:
            self.look()
            time.sleep(0.2)
        self.wall = time.perf_counter() - self.started
        return self.process.returncode

    def end_rest(self, patience: float = 60) -> tuple[float, int]:
        """Wait for what is left of a killed command: for how long, and how many had to be killed here."""
        started = time.perf_counter()
        while list(self.alive()) and time.perf_counter() - started < patience:
            time.sleep(0.2)
        waited, left = time.perf_counter() - started, list(self.alive())
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        return waited, len(left)


def start(command: str, *arguments: object, out: Path) -> Running:
    """``octarine watermark COMMAND``; what it says goes to ``out``."""
    word = secrets.token_hex(8)
    given = [sys.executable, "-c", COMMAND, "watermark", command, *map(str, arguments)]
    with out.open("wb") as told, out.with_suffix(".errors").open("wb") as errors:
        process = subprocess.Popen(
            given, stdout=told, stderr=errors, env=os.environ | {MARK: word}, start_new_session=True
        )
    return Running(process, word)


# What is measured.


@dataclass(frozen=True)
class Setting:
    place: Path
    n: tuple[int, ...]
    side: int
    names: int
    jobs: int
    engines: tuple[str, ...]

    @property
    def key(self) -> Path:
        path = self.place / "KEY"
        if not path.exists():
            write_key(path, KEY)
        return path

    def source(self, n: int) -> Path:
        folder = self.place / f"pictures-{n}"
        return folder if folder.exists() else pictures(folder, n, self.side)

    def embed(self, source: Path, out: Path, engine: str, *more: str) -> Running:
        given = (
            "--key-file",
            self.key,
            "--payload",
            "0x5EED",
            "--jobs",
            self.jobs,
            "--engine",
            engine,
            *more,
        )
        return start("embed", source, out, *given, out=self.place / "told")

    def told(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = json.loads((self.place / "told").read_bytes())
        return rows


def throughput(setting: Setting) -> Iterator[str]:
    for engine in setting.engines:
        for n in setting.n:
            source, out = setting.source(n), setting.place / f"marked-{engine}-{n}"
            run = setting.embed(source, out, engine, "--json")
            code, rows = run.until_done(), setting.told()
            yield figures(f"embed, {engine}", n, run)
            bad = {Path(str(row["source"])) for row in rows if row["error"]}
            wrong = bad ^ set(filter(damaged, pictures_in(source.absolute())))
            marked = sum(row["psnr"] is not None for row in rows)
            yield f"  exit code {code}; told of {len(rows)}: {marked} marked, {len(bad)} damaged"
            yield f"  told wrongly of {len(wrong)}; results {count_in(out)}"
        n = setting.n[0]
        given = (setting.place / f"marked-{engine}-{n}", "--key-file", setting.key, "--jobs", setting.jobs)
        run = start("detect", *given, "--engine", engine, "--json", out=setting.place / "told")
        code, rows = run.until_done(), setting.told()
        yield figures(f"detect, {engine}", len(rows), run)
        read = sum(row["payload"] == "0x5eed" for row in rows)
        other = sum(row["payload"] not in ("0x5eed", None) for row in rows)
        yield f"  exit code {code}; payload read in {read} of {len(rows)}, another one in {other}"


def figures(what: str, n: int, run: Running) -> str:
    cpu = sum(run.cpu.values())
    return (
        f"{what}, {n}: {run.wall:.1f} s, {n / run.wall:.1f} pictures/s, CPU {cpu:.1f} s, "
        f"{1e3 * cpu / n:.2f} ms a picture, peak of the command's process {run.peak:.0f} MB"
    )


def interrupted(setting: Setting) -> Iterator[str]:
    n = setting.n[min(1, len(setting.n) - 1)]
    source = setting.source(n)
    sound = n - sum(map(damaged, pictures_in(source)))
    for engine in setting.engines:
        out = setting.place / f"killed-{engine}"
        run = setting.embed(source, out, engine, "--json")
        while run.process.poll() is None and not (out.exists() and count_in(out) >= n // 2):
            time.sleep(0.2)
        run.process.kill()
        run.process.wait()
        waited, left = run.end_rest()
        before = {path: path.stat() for path in pictures_in(out)}
        broken = sum(not whole(path) for path in before)
        yield f"{engine}: killed at {len(before)} of {sound}, of which {broken} are not whole"
        yield f"  unfinished files beside them: {unfinished(out)}"
        yield f"  its other processes were gone after {waited:.1f} s; {left} were not, and were killed"
        run = setting.embed(source, out, engine, "--json")
        code, rows = run.until_done(), setting.told()
        changed = sum(
            path.stat().st_mtime_ns != was.st_mtime_ns or path.stat().st_ino != was.st_ino
            for path, was in before.items()
        )
        skipped = sum(bool(row["skipped"]) for row in rows)
        marked = sum(row["psnr"] is not None for row in rows)
        missing = {path.relative_to(source) for path in pictures_in(source) if not damaged(path)} ^ {
            path.relative_to(out) for path in pictures_in(out)
        }
        torn = sum(not whole(path) for path in pictures_in(out))
        yield f"  again: {run.wall:.1f} s, exit code {code}; skipped {skipped}, marked {marked}"
        yield f"  done twice {changed}, missing {len(missing)}, not whole {torn}"
        yield f"  unfinished files beside them: {unfinished(out)}"


def whole(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            image.load()
            return True
    except (OSError, SyntaxError):
        return False


def unfinished(folder: Path) -> int:
    return sum(name.startswith(".") for _, _, files in os.walk(folder) for name in files)


def listed(setting: Setting) -> Iterator[str]:
    for layout, in_folder in (("a thousand in a folder", 1000), ("all in one folder", setting.names)):
        source = names(setting.place / f"names-{in_folder}", setting.names, in_folder)
        given = [sys.executable, "-c", LISTING, str(source)]
        yield f"{layout}: {subprocess.run(given, capture_output=True, text=True, check=True).stdout.strip()}"
        if in_folder == setting.names:
            continue
        out = names(setting.place / f"done-{in_folder}", setting.names, in_folder)
        for engine in setting.engines:
            run = setting.embed(source, out, engine)
            code = run.until_done()
            said = (setting.place / "told").read_text().strip()
            yield f"{figures(f'  all there, {engine}', setting.names, run)}; exit code {code}: {said}"


SCENARIOS = {"names": listed, "throughput": throughput, "interrupted": interrupted}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, nargs="+", default=[2000, 20000], help="pictures of each folder")
    parser.add_argument("--side", type=int, default=256, help="pixels of each")
    parser.add_argument("--names", type=int, default=1_000_000, help="empty files")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--engine", choices=ENGINES, nargs="+", default=list(ENGINES))
    parser.add_argument("--only", default="", help=f"a regular expression of {', '.join(SCENARIOS)}")
    parser.add_argument("--place", type=Path, help="where folders are made")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(dir=options.place) as place:
        engines = tuple(options.engine)
        setting = Setting(
            Path(place), tuple(sorted(options.n)), options.side, options.names, options.jobs, engines
        )
        for name, scenario in SCENARIOS.items():
            if re.search(options.only, name):
                print(f"\n{name}", flush=True)
                for line in scenario(setting):
                    print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
