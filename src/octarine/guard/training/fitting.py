"""Train the network on rows, for a number of passes or as long as there is time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from octarine.guard.classifier.heads import HEADS
from octarine.guard.training.encoding import Encoded, padded, window_of
from octarine.guard.training.network import Network

CLS, SEP = 101, 102
"""Ids of the special tokens in BERT's vocabulary."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast. The learning rates rise over the first 5 % and then fall in a line to zero.

    Attributes:
        passes: over the rows.
        seconds: stop there at the latest; the rates fall by whichever limit is nearer.
        batch: rows a step.
        rate, table_rate, head_rate: of the layers, of the word embeddings, of the heads.
        frozen: so many lower layers, and the word embeddings with them, stay as they are: on a processor a
            row costs less than half, and what they know of nine languages is not forgotten.
        hazard_weight: of the hazards' cross-entropy beside the heads' binary one.
    """

    passes: float = 2.0
    seconds: float = float("inf")
    batch: int = 32
    rate: float = 8e-5
    table_rate: float = 2e-4
    head_rate: float = 1e-3
    frozen: int = 3
    hazard_weight: float = 0.2
    seed: int = 0


Report = Callable[[float, float], None]
"""Told ``(fraction done, mean loss)`` now and then."""


def fit(network: Network, encoded: Encoded, schedule: Schedule, report: Report | None = None) -> int:
    """Train in place; returns how many rows were looked at."""
    torch.manual_seed(schedule.seed)
    rng = np.random.default_rng(schedule.seed)
    for part in _frozen(network, schedule.frozen):
        part.requires_grad_(False)
    optimiser = torch.optim.AdamW(_groups(network, schedule), weight_decay=0.01)
    base = [group["lr"] for group in optimiser.param_groups]
    total = schedule.passes * len(encoded.prompts)
    began, seen, losses = time.monotonic(), 0, []
    network.train()
    for part in _frozen(network, schedule.frozen):
        part.eval()
    for batch in _batches(encoded, schedule.batch, rng):
        done = max(seen / total, (time.monotonic() - began) / schedule.seconds)
        if done >= 1:
            break
        for group, rate in zip(optimiser.param_groups, base, strict=True):
            group["lr"] = rate * min(done / 0.05 + 0.02, 1.0) * (1 - done)
        loss = _loss(network, encoded, batch, rng, schedule)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        seen += len(batch)
        losses.append(float(loss.detach()))
        if report and len(losses) % 50 == 0:
            report(done, float(np.mean(losses[-50:])))
    network.eval()
    return seen


def _frozen(network: Network, layers: int) -> list[nn.Module]:
    return [network.bert.embeddings, *network.bert.encoder.layer[:layers]] if layers else []


def _groups(network: Network, schedule: Schedule) -> list[dict[str, object]]:
    table = network.bert.embeddings.word_embeddings.weight
    layers = [p for p in network.bert.parameters() if p is not table and p.requires_grad]
    groups: list[dict[str, object]] = [
        {"params": layers, "lr": schedule.rate},
        {"params": list(network.out.parameters()), "lr": schedule.head_rate},
    ]
    if table.requires_grad:
        groups.append({"params": [table], "lr": schedule.table_rate, "weight_decay": 0.0})
    return groups


def _batches(encoded: Encoded, size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Rows of like length together, so that little is padded; in random order; without end."""
    lengths = np.array(
        [min(len(p) + len(a), 64) for p, a in zip(encoded.prompts, encoded.answers, strict=True)]
    )
    while True:
        order = rng.permutation(len(lengths))
        for start in range(0, len(order), size * 64):
            block = order[start : start + size * 64]
            block = block[np.argsort(lengths[block], kind="stable")]
            chunks = [block[at : at + size] for at in range(0, len(block), size)]
            for index in rng.permutation(len(chunks)):
                yield chunks[index]


def _loss(
    network: Network, encoded: Encoded, batch: NDArray[np.int64], rng: np.random.Generator, schedule: Schedule
) -> Tensor:
    arrays = padded([window_of(encoded, index, rng) for index in batch], CLS, SEP)
    logits = network(*(torch.from_numpy(array) for array in arrays))
    labels = torch.from_numpy(encoded.labels[batch]).float()
    weights = torch.from_numpy(encoded.weights[batch])
    known = (labels >= 0).float() * weights[:, None]
    heads = nn.functional.binary_cross_entropy_with_logits(
        logits[:, : len(HEADS)], labels.clamp(min=0), reduction="none"
    )
    loss: Tensor = (heads * known).sum() / len(batch)
    hazards = torch.from_numpy(encoded.hazards[batch])
    if (hazards >= 0).any():
        named = nn.functional.cross_entropy(
            logits[:, len(HEADS) :], hazards, ignore_index=-1, reduction="sum"
        )
        loss = loss + schedule.hazard_weight * named / len(batch)
    return loss


def logits_of(network: Network, encoded: Encoded, batch: int = 64) -> NDArray[np.float32]:
    """(rows, outputs): the first window of each row."""
    network.eval()
    rng = np.random.default_rng(0)
    lengths = np.array([len(p) + len(a) for p, a in zip(encoded.prompts, encoded.answers, strict=True)])
    order = np.argsort(lengths, kind="stable")
    found = np.zeros((len(order), network.out.out_features), dtype=np.float32)
    with torch.no_grad():
        for start in range(0, len(order), batch):
            some = order[start : start + batch]
            pairs = [window_of(encoded, index, rng) for index in some]
            arrays = padded(pairs, CLS, SEP)
            found[some] = network(*(torch.from_numpy(array) for array in arrays)).numpy()
    return found
