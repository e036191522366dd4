"""One set of certificates, and one picture that is marked and signed, for all tests here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from octarine.credentials import (
    Signed,
    Signer,
    Statement,
    TestCertificates,
    TrustList,
    make_test_certificates,
    sign,
)
from octarine.store import open_store
from octarine.watermark import ImageWatermark
from tests.watermark.pictures import KEY, scene

GENERATED = Statement(ai_generated=True, generator="a model")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> TestCertificates:
    return make_test_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def signer(certificates) -> Signer:
    return Signer.read(certificates.chain, certificates.key)


@pytest.fixture(scope="session")
def trust(certificates) -> TrustList:
    return TrustList.read(certificates.root)


@dataclass(frozen=True)
class Made:
    """A marked and signed picture, and the store that keeps its manifest."""

    signed: Signed
    mark: ImageWatermark
    url: str

    @property
    def path(self) -> Path:
        return self.signed.path


@dataclass(frozen=True)
class Film(Made):
    """The same of a video; ``steps`` are the parts of the work that were told."""

    steps: list[float]


@pytest.fixture(scope="session")
def film(tmp_path_factory, signer) -> Film:
    pytest.importorskip("av", reason="needs PyAV (octarine[watermark])")
    from tests.watermark.video.clips import frames, write

    folder, steps = tmp_path_factory.mktemp("film"), []
    write(folder / "in.mp4", frames(12))
    url, mark = str(folder / "store.sqlite"), ImageWatermark(KEY)

    def progress(done, total):
        steps.append(done / total)

    with open_store(url) as store:
        signed = sign(
            folder / "in.mp4",
            folder / "out.mp4",
            signer,
            GENERATED,
            mark=mark,
            store=store,
            progress=progress,
        )
    return Film(signed, mark, url, steps)


@pytest.fixture(scope="session")
def made(tmp_path_factory, signer) -> Made:
    folder = tmp_path_factory.mktemp("made")
    Image.fromarray(scene()).save(folder / "in.png")
    url, mark = str(folder / "store.sqlite"), ImageWatermark(KEY)
    with open_store(url) as store:
        signed = sign(folder / "in.png", folder / "out.png", signer, GENERATED, mark=mark, store=store)
    return Made(signed, mark, url)
