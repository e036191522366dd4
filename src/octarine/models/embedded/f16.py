"""A quantised GGUF file, written again with its numbers as F16."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from octarine.core.errors import MissingExtra
from octarine.models.names import Progress

_MOSTLY_F16 = 1
"""``general.file_type`` of such a file (``LLAMA_FTYPE_MOSTLY_F16``)."""


def convert_to_f16(
    source: Path, target: Path, progress: Progress, stop: threading.Event | None = None
) -> None:
    """Dequantise ``source`` into ``target``: matrices F16, vectors (norms) F32, every key of the metadata
    kept but ``general.file_type``. Tensors pass one at a time.

    Raises:
        MissingExtra: ``gguf`` is not installed.
        InterruptedError: ``stop`` was set.
    """
    try:
        from gguf import GGUFReader, GGUFWriter
        from gguf.quants import dequantize
    except ModuleNotFoundError:
        raise MissingExtra("embedded", "the embedded model") from None
    reader = GGUFReader(source)
    writer = GGUFWriter(target, arch=reader.fields["general.architecture"].contents())
    try:
        _copy_metadata(reader, writer)
        for tensor in reader.tensors:
            kind = _kind(tensor)
            # GGUF states shapes innermost first, numpy outermost first.
            shape = [int(size) for size in reversed(tensor.shape)]
            writer.add_tensor_info(tensor.name, shape, kind, int(np.prod(shape)) * kind.itemsize)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        done, total = 0, sum(int(tensor.n_elements) for tensor in reader.tensors)
        for tensor in reader.tensors:
            if stop is not None and stop.is_set():
                raise InterruptedError("stopped while converting the weights")
            numbers = dequantize(tensor.data, tensor.tensor_type)
            writer.write_tensor_data(np.ascontiguousarray(numbers, dtype=_kind(tensor)))
            done += int(tensor.n_elements)
            progress("", done, total)
    finally:
        writer.close()


def _kind(tensor: Any) -> np.dtype[Any]:
    return np.dtype(np.float32 if len(tensor.shape) == 1 else np.float16)


def _copy_metadata(reader: Any, writer: Any) -> None:
    from gguf import GGUFValueType

    for key, field in reader.fields.items():
        # The writer states these itself.
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        value = _MOSTLY_F16 if key == "general.file_type" else field.contents()
        items = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(key, value, field.types[0], sub_type=items)
