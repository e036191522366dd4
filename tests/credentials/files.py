"""Files and signatures that are made, so that no test needs any from outside."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import c2pa
import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image

from octarine.credentials.certificates import EMAIL_PROTECTION, Identity, issue_leaf, issue_root
from octarine.credentials.library import context
from octarine.credentials.manifest import Statement, definition

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)
SERVER = "1.3.6.1.5.5.7.3.1"
"""The extended key usage of a web server."""
SUFFIXES = ("png", "jpg", "webp", "tiff")


def noise(path: Path, seed: int = 0) -> Path:
    """A picture that no codec makes small, so that a byte in its middle is a byte of pixels."""
    pixels = np.random.default_rng(seed).integers(0, 256, (96, 128, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def video(path: Path) -> Path:
    """Eight frames of H.264."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        rng = np.random.default_rng(0)
        for _ in range(8):
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 256, (48, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def flipped(path: Path, out: Path, at: int) -> Path:
    """The file with one bit of the byte at ``at`` changed."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    out.write_bytes(data)
    return out


def signed_by_unfit(
    source: Path,
    out: Path,
    *,
    usages: tuple[str, ...] = (EMAIL_PROTECTION,),
    starts: dt.datetime = NOW - DAY,
    ends: dt.datetime = NOW + DAY,
) -> Identity:
    """Sign a JPEG with a certificate that no honest library would sign with; its root.

    The library is given a fit certificate of the same key and length; what it hands over to be signed, and
    what it wrote, show the unfit one in its place. So the signature is right, and only the certificate wrong.
    """
    root = issue_root()
    unfit = issue_leaf(root, starts, ends, usages)
    shown = unfit.certificate.public_bytes(Encoding.DER)
    while True:
        fit = issue_leaf(root, NOW - DAY, NOW + DAY, key=unfit.key).certificate
        hidden = fit.public_bytes(Encoding.DER)
        if len(hidden) == len(shown):
            break

    def pen(data: bytes) -> bytes:
        assert data.count(hidden) == 1
        return unfit.key.sign(data.replace(hidden, shown), ec.ECDSA(hashes.SHA256()))

    signer = c2pa.Signer.from_callback(
        pen, c2pa.C2paSigningAlg.ES256, fit.public_bytes(Encoding.PEM).decode(), None
    )
    unchecked = c2pa.Context.from_dict({"verify": {"verify_after_sign": False}})
    written = io.BytesIO()
    with (
        source.open("rb") as file,
        c2pa.Builder(
            definition(Statement(ai_generated=True, title="unfit"), "", (), None), unchecked
        ) as builder,
    ):
        builder.sign(signer, "image/jpeg", file, written)
    assert written.getvalue().count(hidden) == 1
    out.write_bytes(written.getvalue().replace(hidden, shown))
    return root


def remote(source: Path, out: Path, address: str, signer: c2pa.Signer) -> Path:
    """A JPEG whose credentials lie at an address."""
    told = definition(Statement(ai_generated=True, title="remote"), "", (), None)
    with source.open("rb") as file, out.open("w+b") as target, c2pa.Builder(told, context()) as builder:
        builder.set_no_embed()
        builder.set_remote_url(address)
        builder.sign(signer, "image/jpeg", file, target)
    return out
