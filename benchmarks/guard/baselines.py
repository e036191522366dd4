"""The model tier beside simpler ones trained on the same rows, on the report half of the development sets.

    python benchmarks/guard/baselines.py --data FOLDER --aligned FOLDER [--minutes 10]

``--aligned`` holds ``aligned.pt``, the word embeddings from before the training, and ``tokenizer.json``:
`octarine guard train` leaves them in its ``--out``. The weights are those of the package. AUPRC, by head and
language; the baselines are those of ``models.py``. Needs the extra ``align``. Where FOLDER holds no data,
nothing is run, and that is said.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import Array, auprc_table, encoder_logits, keyword_scores, published_network
from octarine.guard.classifier.card import read_card
from octarine.guard.classifier.heads import HEADS, Head
from octarine.guard.classifier.tokeniser import Tokeniser
from octarine.guard.training.fitting import Schedule
from octarine.guard.training.mixing import development_rows, training_rows
from octarine.guard.training.pipeline import logits_of_rows
from octarine.guard.training.row import Row, half
from octarine.guard.training.sources import LANGUAGES

COMPARED = (
    Head.HARMFUL_REQUEST,
    Head.HARMFUL_CONTENT,
    Head.PROMPT_INJECTION,
    Head.HARMFUL_RESPONSE,
    Head.REFUSAL,
)


def main() -> int:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--aligned", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=Path("src/octarine/guard/data/weights"))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows = [row for row in development_rows(options.data) if half(row) == "report"]
    if not rows:
        print(f"skipped: {options.data} holds none of the development sets")
        return 0
    encoder, ngrams = logits_of_rows(options.weights, rows)
    models = {
        "keyword": np.repeat(keyword_scores(rows)[:, None], len(HEADS), axis=1),
        "n-grams": ngrams,
        "frozen encoder": frozen(rows, options),
        "encoder": encoder,
        "blend": read_card(options.weights / "card.json").calibration.logits(encoder, ngrams),
    }
    for line in auprc_table(rows, models, COMPARED, ("all", *LANGUAGES)):
        print(line)
    return 0


def frozen(rows: Sequence[Row], options: argparse.Namespace) -> Array:
    """Linear heads on the encoder as it was published, by the training rows of the weights."""
    import torch

    torch.set_num_threads(options.threads)
    schedule = Schedule(passes=1, seconds=options.minutes * 60, head_rate=1e-2, frozen=6, seed=options.seed)
    tokeniser = Tokeniser.read(options.aligned / "tokenizer.json")
    known = training_rows(options.data, seed=options.seed)
    return encoder_logits(published_network(options.aligned), known, rows, tokeniser, schedule)


if __name__ == "__main__":
    sys.exit(main())
