"""Weights that were exported, opened again as a network that can be trained further."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from octarine.core.errors import DataError
from octarine.guard.training.network import Network, Shape
from octarine.guard.training.served import Served

QUANTISED, PRODUCT = "_quantized", "MatMulInteger"
_SUFFIXES = ("/MatMul_quant", "/Gemm_MatMul_quant")


def reopened_network(weights: Path, encoder: Path) -> Network:
    """The network of ``weights/encoder.onnx``, its int8 weights as floats again.

    Args:
        encoder: folder whose ``config.json`` tells the architecture (the vocabulary's size, and how many
            neurons and attention heads are left, are taken from the weights).

    Raises:
        DataError: the file is not what ``export_encoder`` writes for this architecture.
    """
    import onnx
    from transformers import BertConfig, BertModel

    path = weights / "encoder.onnx"
    graph = onnx.load(str(path)).graph
    held = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    found = {name: torch.from_numpy(array) for name, array in _weights(graph, held)}
    config: Any = BertConfig.from_pretrained(str(encoder))
    config.vocab_size, neurons, joined = (
        len(found.get(name, ())) for name in ("words.weight", "layers.0.up.bias", "layers.0.joined.bias")
    )
    head = config.hidden_size // config.num_attention_heads
    served = Served(
        (config.vocab_size, config.max_position_embeddings, config.type_vocab_size, config.hidden_size),
        Shape(neurons, joined // 3 // head),
        config.num_hidden_layers,
        head,
    )
    missing = _load(served, found)
    if missing:
        raise DataError(
            f"no weights of '{missing}' in it", path=path, hint="Is --encoder the one of these weights?"
        )
    network = Network(BertModel(config, add_pooling_layer=False))
    served.write_to(network)
    network.eval()
    return network


def _weights(graph: Any, held: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Parameter → array. A product's weights carry no name of their own: the node that uses them does."""
    for name, array in held.items():
        if name.endswith(QUANTISED):
            yield name.removesuffix(QUANTISED), _floats(held, name)
        elif array.dtype == np.float32 and array.ndim:
            yield name, array.copy()
    for node in graph.node:
        if node.op_type == "Identity" and node.input[0] in held:
            # The exporter keeps equal parameters once.
            yield node.output[0], held[node.input[0]].copy()
        if node.op_type == PRODUCT and node.input[1].endswith(QUANTISED):
            module = node.name
            for suffix in _SUFFIXES:
                module = module.removesuffix(suffix)
            yield f"{module.strip('/').replace('/', '.')}.weight", _floats(held, node.input[1]).T.copy()


def _floats(held: dict[str, Any], name: str) -> Any:
    base = name.removesuffix(QUANTISED)
    scale, zero = held[f"{base}_scale"], held[f"{base}_zero_point"]
    return (held[name].astype(np.float32) - zero.astype(np.float32)) * scale.astype(np.float32)


def _load(served: Served, found: dict[str, Tensor]) -> str:
    """Copy in place; the first parameter that there is nothing of the right shape for, or nothing."""
    with torch.no_grad():
        for name, parameter in served.named_parameters():
            if name not in found or found[name].shape != parameter.shape:
                return str(name)
            parameter.copy_(found[name])
    return ""
