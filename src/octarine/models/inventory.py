"""What a folder tells of a model: its files, their hashes and formats, and the metadata that they carry.

Nothing is loaded and nothing is unpickled: a format is told by the first bytes of a file.
"""

from __future__ import annotations

import hashlib
import json
import time
import zipfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from octarine.core.content import Conversation
from octarine.core.errors import DataError, InputError, Unsupported
from octarine.core.protocols import (
    Artefact,
    Capabilities,
    Delta,
    InventoriedModel,
    Inventory,
    Model,
    StreamingModel,
    TimedModel,
)
from octarine.core.results import Completion, ModelIdentity, Settings
from octarine.models.gguf_header import MAGIC, read_gguf_metadata

MAX_TEXT = 1 << 20
"""A readable file larger than this many bytes (a vocabulary) is listed without its text."""
_MAX_SAFETENSORS_HEADER = 100 << 20
_PICKLE_PROTOCOLS = range(2, 6)
_WEIGHT_SUFFIXES = (".bin", ".ckpt", ".h5", ".joblib", ".keras", ".npz", ".pickle", ".pkl", ".pt", ".pth")
_FORMAT_BY_SUFFIX = {".safetensors": "safetensors", ".onnx": "onnx", ".tflite": "tflite", ".npy": "npy"}
WEIGHT_FORMATS = frozenset(
    {"gguf", "safetensors", "onnx", "tflite", "npy", "pickle", "hdf5", "unknown-weights"}
)


def read_inventory(folder: Path) -> Inventory:
    """Every file below ``folder`` (hidden folders aside), and the facts found in them.

    Facts: ``weights.format`` (formats, sorted, comma-separated), ``weights.pickle`` (``yes`` where loading
    some file can execute code), ``weights.sha256`` (of a single weights file), the metadata of a GGUF file
    under its own keys (``general.license``), ``architecture`` and ``context_length`` of a ``config.json``.

    Raises:
        InputError: ``folder`` is no folder, or a file in it cannot be read.
        DataError: a GGUF or safetensors file whose head is damaged.
    """
    if not folder.is_dir():
        raise InputError(
            f"'{folder}' is not a folder",
            hint="--artefacts takes the folder with the model's card, licence and weights.",
        )
    try:
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _hidden(path, folder)]
        artefacts = tuple(_artefact(path, folder) for path in paths)
        facts = _facts(folder, artefacts)
    except OSError as error:
        raise InputError(f"cannot read '{error.filename or folder}': {error.strerror or error}") from None
    return Inventory(artefacts, facts)


def _hidden(path: Path, folder: Path) -> bool:
    return any(name.startswith(".") for name in path.relative_to(folder).parts[:-1])


def _artefact(path: Path, folder: Path) -> Artefact:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    kind = file_format(path)
    text = ""
    if not kind and size <= MAX_TEXT:
        text = _text(path)
    return Artefact(path.relative_to(folder).as_posix(), size, sha256, text, kind)


def _text(path: Path) -> str:
    data = path.read_bytes()
    if b"\0" in data:
        return ""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""


def file_format(path: Path) -> str:
    """One of ``WEIGHT_FORMATS``, or nothing for a file that holds no weights.

    ``pickle`` also stands for a zip file with a pickle inside (what ``torch.save`` writes).
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(MAGIC):
        return "gguf"
    if _is_pickle(head) or (head.startswith(b"PK\3\4") and _zip_has_pickle(path)):
        return "pickle"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    suffix = path.suffix.lower()
    if suffix in _FORMAT_BY_SUFFIX:
        return _FORMAT_BY_SUFFIX[suffix]
    return "unknown-weights" if suffix in _WEIGHT_SUFFIXES else ""


def _is_pickle(head: bytes) -> bool:
    # The opcode PROTO, and the legacy torch format, which is a row of such pickles.
    return len(head) > 2 and head[0] == 0x80 and head[1] in _PICKLE_PROTOCOLS


def _zip_has_pickle(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.filename.endswith((".pkl", ".pickle")):
                    return True
                with archive.open(member) as file:
                    # Members stored as .npy may hold pickled objects, which numpy marks in their head.
                    head = file.read(128)
                if _is_pickle(head) or (head.startswith(b"\x93NUMPY") and b"|O'" in head):
                    return True
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
        # Unreadable as a zip file: what cannot be seen is not called safe.
        return path.suffix.lower() in _WEIGHT_SUFFIXES
    return False


def _facts(folder: Path, artefacts: tuple[Artefact, ...]) -> dict[str, str]:
    facts: dict[str, str] = {}
    weights = [item for item in artefacts if item.format in WEIGHT_FORMATS]
    for item in weights:
        path = folder / item.name
        if item.format == "gguf":
            facts = {**read_gguf_metadata(path), **facts}
        elif item.format == "safetensors":
            facts = {**_safetensors_metadata(path), **facts}
    for item in artefacts:
        if item.name.rpartition("/")[2] == "config.json" and item.text:
            facts = {**_config_facts(item), **facts}
    if weights:
        facts["weights.format"] = ", ".join(sorted({item.format for item in weights}))
        facts["weights.pickle"] = "yes" if any(item.format == "pickle" for item in weights) else "no"
    if len(weights) == 1:
        facts["weights.sha256"] = weights[0].sha256
    return facts


def _safetensors_metadata(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if size > min(_MAX_SAFETENSORS_HEADER, path.stat().st_size - 8):
            raise DataError("the head of this safetensors file is damaged", path=path)
        try:
            header = json.loads(file.read(size))
            metadata = header.get("__metadata__", {})
            return {str(key): str(value) for key, value in metadata.items()}
        except (ValueError, AttributeError) as error:
            raise DataError(f"the head of this safetensors file is damaged: {error}", path=path) from None


def _config_facts(item: Artefact) -> dict[str, str]:
    try:
        config: Any = json.loads(item.text)
    except ValueError as error:
        raise DataError(f"not JSON: {error}", path=item.name) from None
    if not isinstance(config, dict):
        return {}
    facts = {}
    names = config.get("architectures")
    architecture = names[0] if isinstance(names, list) and names else config.get("model_type")
    if architecture:
        facts["architecture"] = str(architecture)
    if length := config.get("max_position_embeddings"):
        facts["context_length"] = str(length)
    return facts


def with_artefacts(model: Model, folder: Path) -> Model:
    """``model`` with an ``inventory()`` that tells what is in ``folder``, beside what it tells itself.

    Raises:
        InputError: ``folder`` is no folder.
    """
    if not folder.is_dir():
        raise InputError(
            f"'{folder}' is not a folder",
            hint="--artefacts takes the folder with the model's card, licence and weights.",
        )
    return _ModelWithArtefacts(model, folder)


class _ModelWithArtefacts:
    def __init__(self, model: Model, folder: Path) -> None:
        self._model = model
        self._folder = folder
        self._read: Inventory | None = None
        self._start_s: float | None = None

    @property
    def identity(self) -> ModelIdentity:
        return self._model.identity

    @property
    def capabilities(self) -> Capabilities:
        return self._model.capabilities

    async def start(self) -> None:
        started = time.perf_counter()
        await self._model.start()
        self._start_s = time.perf_counter() - started

    @property
    def timings(self) -> Mapping[str, float]:
        if isinstance(self._model, TimedModel):
            return self._model.timings
        return {} if self._start_s is None else {"start": self._start_s}

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        return await self._model.generate(conversation, settings)

    def stream(self, conversation: Conversation, settings: Settings) -> AsyncIterator[Delta]:
        if not isinstance(self._model, StreamingModel):
            raise Unsupported(f"{self.identity.name} does not stream its answers")
        return self._model.stream(conversation, settings)

    async def aclose(self) -> None:
        await self._model.aclose()

    def inventory(self) -> Inventory:
        # The folder is read once, the model asked each time: it knows more once it has started.
        read = self._read = self._read or read_inventory(self._folder)
        own = self._model.inventory() if isinstance(self._model, InventoriedModel) else Inventory()
        return Inventory((*own.artefacts, *read.artefacts), facts={**own.facts, **read.facts})
