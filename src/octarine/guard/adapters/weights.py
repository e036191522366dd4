"""Weights of moderation models through transformers: safetensors only, no code of the repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from octarine.core.errors import InputError, MissingExtra, ModelNotFound, ModelUnavailable, OctarineError
from octarine.models.huggingface import Source


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A folder or a repository, read part by part."""

    source: Source

    def load(self, kind: str) -> Any:
        """What the class ``kind`` of transformers reads there: ``AutoTokenizer``, ``AutoModelFor…``.

        Raises:
            MissingExtra: transformers or torch is not installed.
            InputError: the weights are no safetensors, or want code of their own to be run.
            ModelNotFound, ModelUnavailable: there is no such repository, or the hub cannot be reached.
        """
        try:
            import torch
            import transformers
        except ImportError:
            raise MissingExtra("hf", f"'hf:{self.source.name}'") from None
        where: dict[str, Any] = {"revision": self.source.revision, "trust_remote_code": False}
        if kind != "AutoTokenizer":
            # Half precision on a processor is emulated, and slow.
            where |= {"use_safetensors": True, "dtype": torch.float32 if best_device() == "cpu" else "auto"}
        try:
            return getattr(transformers, kind).from_pretrained(
                str(self.source.folder or self.source.name), **where
            )
        except (OSError, ValueError, ImportError) as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> OctarineError:
        words = str(error)
        first_line = next(iter(words.strip().splitlines()), repr(error))
        told = f"'hf:{self.source.name}' cannot be loaded: {first_line}"
        if "connect" in words.lower() or "offline" in words.lower():
            return ModelUnavailable(told, hint="Fetch it where there is a network, then name its folder.")
        if isinstance(error, OSError) and "safetensors" not in words:
            return ModelNotFound(told, hint="Check the name; a gated repository needs 'hf auth login'.")
        return InputError(told, hint="Only safetensors are read, and no code of the repository is run.")


def best_device() -> str:
    """CUDA, then Metal, then the processor."""
    import torch

    return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
