"""Where the benchmark is from, and what its paper reports of UCI-HAR: never measured here."""

from __future__ import annotations

from octarine.evaluate.benchmarks.frame import Published, Source

NAME = "fedmultimodal"
VERSION = "1"
TITLE = "FedMultimodal: federated learning from two modalities, and what corruption costs it"
SOURCE = Source(
    home="https://github.com/usc-sail/fed-multimodal",
    commit="2a32f29",
    licence="Apache-2.0 (its code; UCI-HAR by path, the synthetic set ours)",
)
_WHERE = "Feng et al. 2023, UCI-HAR, attention fusion, clean; the repository's table"
PUBLISHED = tuple(
    Published("macro_f1", value, system, f"UCI-HAR, alpha {alpha}", _WHERE)
    for alpha, system, value in (
        ("5.0", "FedAvg", 0.7774),
        ("5.0", "FedOpt", 0.8517),
        ("0.1", "FedAvg", 0.7666),
        ("0.1", "FedOpt", 0.7980),
    )
)
