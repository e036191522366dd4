"""What is said of credentials in every state: ``python benchmarks/watermark/verdicts.py``.

Files are made here, signed with certificates for tests, and then given to ``octarine credentials``; its words
and its exit code are printed as they come. A picture and a video are marked and signed in one go, and
their credentials taken off by coding them anew: the mark leads back, until it too is lost.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
from PIL import Image
from uploads import COMMAND, clip, drawn

from octarine.credentials import Signer, Statement, TestCertificates, make_test_certificates, sign
from octarine.watermark import generate_key, write_key

GENERATED = Statement(ai_generated=True, generator="a model")
EXPIRES_S = 4.0
"""How long the certificate that will have expired is valid: enough to sign with it."""


def octarine(folder: Path, *arguments: str) -> None:
    """Run a command, and print it with what it said."""
    environ = os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "110"}
    command = [sys.executable, "-c", COMMAND, *arguments]
    done = subprocess.run(command, check=False, cwd=folder, env=environ, capture_output=True, text=True)
    said = f"{done.stdout}{done.stderr}(exit code {done.returncode})"
    print(f"$ octarine {' '.join(arguments)}\n{said}\n", flush=True)


def coded_anew(source: Path, target: Path, smaller: int) -> None:
    """The frames of a video, without all else."""
    with av.open(str(source)) as there, av.open(str(target), "w") as here:
        came = there.streams.video[0]
        stream: Any = here.add_stream("libx264", rate=came.average_rate, options={"crf": "28"})
        stream.width, stream.height = came.width // smaller, came.height // smaller
        stream.pix_fmt = "yuv420p"
        for frame in there.decode(video=0):
            small = frame.reformat(stream.width, stream.height, "yuv420p")
            small.pts = None
            here.mux(stream.encode(small))
        here.mux(stream.encode())


def verify(folder: Path, name: str, *more: str) -> None:
    octarine(folder, "credentials", "verify", name, "--trust", "certificates/root.pem", *more)


def recovered(folder: Path) -> None:
    """Marked and signed, stripped and coded anew."""
    write_key(folder / "KEY", generate_key())
    Image.fromarray(drawn(600, 800, 2)).save(folder / "in.png")
    (folder / "in.mp4").write_bytes(clip(index_first=True, key=None))
    for source, target in (("in.png", "out.png"), ("in.mp4", "out.mp4")):
        octarine(
            folder, "credentials", "sign", source, target, "--cert", "certificates/chain.pem", "--key",
            "certificates/key.pem", "--ai-generated", "--generator", "a model", "--watermark-key-file", "KEY",
            "--store", "store.sqlite",
        )  # fmt: skip
    verify(folder, "out.png")
    with Image.open(folder / "out.png") as image:
        image.rotate(7, expand=True).resize((700, 560)).save(folder / "later.jpg", quality=60)
    coded_anew(folder / "out.mp4", folder / "later.mp4", 1)
    coded_anew(folder / "out.mp4", folder / "half.mp4", 2)
    for name in ("later.jpg", "later.mp4", "half.mp4"):
        verify(folder, name, "--key-file", "KEY", "--store", "store.sqlite")


def changed(folder: Path) -> None:
    """One bit of one byte in the middle of the pixels."""
    data = bytearray((folder / "out.png").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "changed.png").write_bytes(data)
    verify(folder, "changed.png")


def expired(folder: Path) -> None:
    """Signed while the certificate was valid, without a time-stamp, and read after its end."""
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=EXPIRES_S)
    made = make_test_certificates(folder / "short", ends=ends)
    signed(folder, made, "expired.png")
    time.sleep(EXPIRES_S + 1)
    octarine(folder, "credentials", "verify", "expired.png", "--trust", "short/root.pem")
    octarine(
        folder, "credentials", "sign", "in.png", "again.png", "--cert", "short/chain.pem", "--key",
        "short/key.pem", "--ai-generated",
    )  # fmt: skip


def untrusted(folder: Path) -> None:
    """A certificate of another authority than the one that is trusted."""
    signed(folder, make_test_certificates(folder / "others"), "untrusted.png")
    verify(folder, "untrusted.png")


def self_signed(folder: Path) -> None:
    """A certificate that nobody vouches for but itself."""
    signed(folder, make_test_certificates(folder / "own", self_signed=True), "self_signed.png")
    verify(folder, "self_signed.png")


def signed(folder: Path, made: TestCertificates, name: str) -> None:
    """The picture, signed with these certificates."""
    sign(folder / "in.png", folder / name, Signer.read(made.chain, made.key), GENERATED)


CASES: dict[str, Callable[[Path], None]] = {
    "stripped, coded anew, and recovered by the mark": recovered,
    "one byte changed": changed,
    "an expired certificate": expired,
    "an untrusted certificate": untrusted,
    "a self-signed certificate": self_signed,
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="verdicts-") as made:
        folder = Path(made)
        make_test_certificates(folder / "certificates")
        for name, show in CASES.items():
            print(f"## {name}\n", flush=True)
            show(folder)


if __name__ == "__main__":
    main()
