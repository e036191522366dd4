"""A model around a model: what stands between a caller and the model that is asked."""

from __future__ import annotations

from octarine.core.protocols import Capabilities, Model
from octarine.core.results import ModelIdentity


class AroundModel:
    """Is ``model`` in everything but ``generate``, which a subclass has."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def identity(self) -> ModelIdentity:
        """The model's."""
        return self._model.identity

    @property
    def capabilities(self) -> Capabilities:
        """The model's."""
        return self._model.capabilities

    async def start(self) -> None:
        """Start the model."""
        await self._model.start()

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()
