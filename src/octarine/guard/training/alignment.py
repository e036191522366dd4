"""Word embeddings of new pieces from translated sentences, so that an English encoder knows other languages.

First a lexicon: IBM model 1 (Brown et al. 1993, section 4.1) says which English pieces a piece stands beside,
and its embedding begins as their mean. Then distillation (Reimers and Gurevych 2020, "Making Monolingual
Sentence Embeddings Multilingual using Knowledge Distillation"): the table alone is trained until a sentence
lies where its English lies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from octarine.guard.training.encoding import padded
from octarine.guard.training.fitting import CLS, SEP
from octarine.guard.training.network import Network

SENTENCE = 46
"""Tokens of a sentence that are looked at."""
NULL = 0
"""The padding id stands for 'no word' in the lexicon."""


def lexicon(
    pairs: Sequence[tuple[list[int], list[int]]], rounds: int = 8
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """``(foreign, english, probability)`` of every pair of pieces that stood in translations of each other.

    Args:
        pairs: ids of a foreign sentence and of its English one.
    """
    foreign, english, position, at = [], [], [], 0
    for ids, translated in pairs:
        beside = np.array([*ids, NULL])
        foreign.append(np.tile(beside, len(translated)))
        english.append(np.repeat(np.array(translated), len(beside)))
        position.append(np.repeat(np.arange(at, at + len(translated)), len(beside)))
        at += len(translated)
    where = np.concatenate(position)
    both = np.concatenate(foreign).astype(np.int64) << 32 | np.concatenate(english)
    kinds, inverse = np.unique(both, return_inverse=True)
    of, chance = kinds >> 32, np.ones(len(kinds))
    for _ in range(rounds):
        beside = chance[inverse]
        share = beside / np.bincount(where, beside, at)[where]
        counts = np.bincount(inverse, share, len(kinds))
        chance = counts / np.maximum(np.bincount(of, counts)[of], 1e-9)
    return of, kinds & 0xFFFFFFFF, chance


def first_table(
    table: Tensor, spelt: Sequence[list[int]], pairs: Sequence[tuple[list[int], list[int]]]
) -> Tensor:
    """A table (pieces, width) for the extended vocabulary.

    Args:
        table: of the pieces known already, which come first and stay as they are.
        spelt: of each new piece, its ids in the old vocabulary.
        pairs: as for ``lexicon``, foreign ids in the new vocabulary.
    """
    size = len(table) + len(spelt)
    of, english, chance = lexicon(pairs)
    likely = chance > 0.05
    of, english, chance = of[likely], english[likely], chance[likely]
    share = torch.from_numpy(chance).float()
    meaning = torch.zeros(size, table.shape[1]).index_add_(
        0, torch.from_numpy(of), table[torch.from_numpy(english)] * share[:, None]
    )
    mass = torch.zeros(size).index_add_(0, torch.from_numpy(of), share)
    seen = np.bincount(np.concatenate([ids for ids, _ in pairs]), minlength=size)
    rows = [table]
    for index, ids in enumerate(spelt, len(table)):
        own = table[ids].mean(0) if ids else table.mean(0)
        # A piece that was seen twice is trusted half.
        trust = min(0.9, seen[index] / (seen[index] + 2)) if mass[index] > 0 else 0.0
        found = own if trust == 0 else own * (1 - trust) + meaning[index] / mass[index] * trust
        rows.append(found[None])
    return torch.cat(rows)


def distil(
    network: Network,
    pairs: Sequence[tuple[list[int], list[int]]],
    known: int,
    *,
    seconds: float,
    seed: int = 0,
    rate: float = 1.5e-3,
    report: Callable[[float, float], None] | None = None,
) -> None:
    """Train the rows of the table from ``known`` on, in place, until a sentence lies where its
    English lies."""
    table = network.bert.embeddings.word_embeddings.weight
    for parameter in network.parameters():
        parameter.requires_grad_(parameter is table)
    network.eval()
    goals = _vectors(network, [english for _, english in pairs])
    sentences = [ids[:SENTENCE] for ids, _ in pairs]
    optimiser = torch.optim.Adam([table], lr=rate)
    began = time.monotonic()
    for step, batch in enumerate(_batches(sentences, np.random.default_rng(seed)), 1):
        done = (time.monotonic() - began) / seconds
        if done >= 1:
            break
        loss = _distance(_mean(network, [sentences[index] for index in batch]), goals[batch])
        optimiser.zero_grad()
        loss.backward()
        table.grad[:known] = 0
        optimiser.param_groups[0]["lr"] = rate * max(0.05, 1 - done)
        optimiser.step()
        if report and step % 50 == 0:
            report(done, float(loss.detach()))
    for parameter in network.parameters():
        parameter.requires_grad_(True)


def _distance(found: Tensor, goals: Tensor) -> Tensor:
    """One minus the cosine, and a contrast with the batch's other sentences."""
    contrast = nn.functional.cross_entropy(found @ goals.T / 0.07, torch.arange(len(goals)))
    loss: Tensor = (1 - (found * goals).sum(1)).mean() + 0.2 * contrast
    return loss


def _mean(network: Network, sentences: Sequence[list[int]]) -> Tensor:
    ids, mask, types = (torch.from_numpy(array) for array in padded([(s, []) for s in sentences], CLS, SEP))
    hidden = network.bert(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
    weight = mask[..., None].to(hidden.dtype)
    found: Tensor = nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=-1)
    return found


def _vectors(network: Network, sentences: Sequence[list[int]]) -> Tensor:
    order = np.argsort([len(ids) for ids in sentences], kind="stable")
    found = torch.zeros(len(sentences), network.bert.config.hidden_size)
    with torch.no_grad():
        for start in range(0, len(order), 64):
            some = order[start : start + 64]
            found[some] = _mean(network, [sentences[index][:SENTENCE] for index in some])
    return found


def _batches(
    sentences: Sequence[list[int]], rng: np.random.Generator, size: int = 32
) -> Iterator[NDArray[np.int64]]:
    lengths = np.array([len(ids) for ids in sentences])
    while True:
        order = rng.permutation(len(lengths))
        for start in range(0, len(order), size * 64):
            block = order[start : start + size * 64]
            block = block[np.argsort(lengths[block], kind="stable")]
            chunks = [block[at : at + size] for at in range(0, len(block), size)]
            yield from (chunks[index] for index in rng.permutation(len(chunks)))
