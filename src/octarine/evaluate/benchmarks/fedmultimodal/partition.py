"""Who holds which windows: FedMultimodal's partition of UCI-HAR, drawn as its code draws it.

A fifth of each training subject's windows is set apart for development; the rest is dealt to five clients by
a Dirichlet distribution over them, one draw for each class (``alpha`` .1: each client has mostly a few
classes; 5: nearly all alike). 21 subjects make 105 clients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from octarine.core.errors import InputError
from octarine.evaluate.benchmarks.fedmultimodal.corpus import IntArray, Windows

SHARDS = 5
LEAST = 5
"""Windows that every client must have."""
SEED = 8
FIRST_SEED = 2
"""The official simulation numbers the partition's entries, and 'test' and 'dev' are the first two of them."""
_MOST_DRAWS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Client:
    """One client: its name, its seed in the official simulation, its rows of the training part."""

    name: str
    seed: int
    rows: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """The clients by name, as the official server numbers them; the rows for development."""

    clients: tuple[Client, ...]
    dev: IntArray


def partition(windows: Windows, alpha: float) -> Partition:
    """Deal the training part.

    Raises:
        InputError: a subject has too few windows for five clients.
    """
    clients: list[Client] = []
    dev: list[IntArray] = []
    for subject in np.unique(windows.subjects):
        # The official code sorts "subject/row" as text.
        rows = np.array(sorted(np.flatnonzero(windows.subjects == subject), key=str), dtype=np.int64)
        order = np.arange(len(rows))
        np.random.RandomState(SEED).shuffle(order)
        apart = len(rows) // 5
        dev.append(rows[order[:apart]])
        kept = rows[order[apart:]]
        for shard, places in enumerate(_dealt(windows.labels[kept], alpha, int(subject))):
            clients.append(Client(f"{subject}-{shard}", FIRST_SEED + len(clients), kept[places]))
    clients.sort(key=lambda client: client.name)
    return Partition(tuple(clients), np.concatenate(dev))


def _dealt(labels: IntArray, alpha: float, subject: int) -> list[IntArray]:
    """Places of the ``labels`` for each shard; drawn again until every shard has ``LEAST``."""
    random = np.random.RandomState(SEED)
    if len(labels) < LEAST * SHARDS:
        raise InputError(
            f"subject {subject} has {len(labels)} windows to train on; {SHARDS} clients need {LEAST} each"
        )
    for _ in range(_MOST_DRAWS):
        shards = _one_deal(labels, alpha, random)
        if min(map(len, shards)) >= LEAST:
            return [np.array(shard, dtype=np.int64) for shard in shards]
    raise InputError(
        f"subject {subject}: no deal with alpha {alpha:g} gave every client {LEAST} windows",
        hint="Take a larger --alpha.",
    )


def _one_deal(labels: IntArray, alpha: float, random: np.random.RandomState) -> list[list[int]]:
    shards: list[list[int]] = [[] for _ in range(SHARDS)]
    # The official code counts classes up from 0, and loses rows where a subject lacks one; this one does not.
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        random.shuffle(places)
        shares = random.dirichlet(np.repeat(alpha, SHARDS))
        shares = shares * [len(shard) < len(labels) / SHARDS for shard in shards]
        total = shares.sum()
        # With a tiny alpha every open shard's share can be 0: the last one then takes all, as it does there.
        cuts = (np.cumsum(shares / total) * len(places)).astype(int)[:-1] if total > 0 else [0] * (SHARDS - 1)
        for shard, part in zip(shards, np.split(places, cuts), strict=True):
            shard.extend(part.tolist())
    return shards
