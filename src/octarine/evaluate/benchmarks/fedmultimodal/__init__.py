"""FedMultimodal (Feng et al. 2023, KDD, arXiv:2306.09486): what corrupted clients cost federated learning.

It measures training and no chat model, so it has no samples, and ``octarine evaluate federated`` runs it. The
official code and its defects: ``corruption`` and ``noise``. Training is in numpy (``network``), rounds are
Flower's (``engine``, the extra ``federated``).
"""

from __future__ import annotations

from pathlib import Path

from octarine.evaluate.benchmarks.fedmultimodal.corpus import Corpus
from octarine.evaluate.benchmarks.fedmultimodal.synthetic import synthesise
from octarine.evaluate.benchmarks.fedmultimodal.uci_har import load_uci_har

SYNTHETIC = "synthetic"


def load(data: str) -> Corpus:
    """``synthetic``, or the corpus in UCI-HAR's official folder at this path.

    Raises:
        DataError: naming the file, and the line where there is one.
    """
    return synthesise() if data == SYNTHETIC else load_uci_har(Path(data))
