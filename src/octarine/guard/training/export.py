"""The trained network as ONNX with int8 weights, and the hash of every file."""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from pathlib import Path

import torch

from octarine.guard.training.network import Network
from octarine.guard.training.served import Served

INPUTS = ("input_ids", "token_type_ids")


def export_encoder(network: Network, path: Path) -> None:
    """Write ``path``: weights int8 (embeddings and matrix products), activations float, any length. There
    is no mask: windows of one batch must be of one length.

    Dynamic quantisation: activations are scaled as they come, so that no calibration data is needed.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    served = Served.of(network)
    example = tuple(torch.ones(2, 8, dtype=torch.int64) for _ in INPUTS)
    sizes = {0: "windows", 1: "tokens"}
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "float.onnx"
        with warnings.catch_warnings():
            # The tracer warns of shape checks in the encoder's own code, which hold for every shape.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                served,
                example,
                str(whole),
                input_names=list(INPUTS),
                output_names=["logits"],
                dynamic_axes=dict.fromkeys(INPUTS, sizes) | {"logits": {0: "windows"}},
                opset_version=17,
                dynamo=False,
            )
        quantize_dynamic(
            str(whole),
            str(path),
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gather"],
            extra_options={"MatMulConstBOnly": True},
        )


def hashes(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    """File → SHA-256."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
