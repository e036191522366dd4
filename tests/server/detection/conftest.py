"""One marked picture, and a fake video detector."""

from __future__ import annotations

import pytest

from tests.credentials.conftest import certificates, film, made, signer
from tests.server.detection.running import FakeVideo, marked

__all__ = ["certificates", "film", "made", "signer"]


@pytest.fixture(scope="session")
def picture() -> bytes:
    return marked()


@pytest.fixture
def video(monkeypatch):
    fake = FakeVideo()
    monkeypatch.setattr("octarine.server.detection.looking.VideoWatermark", fake.mark)
    yield fake
    fake.go.set()
