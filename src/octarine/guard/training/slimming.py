"""A trained network made narrower: what a layer loses, the rest of it makes up for by least squares.

Attention heads and neurons are taken away one by one, always the one whose loss costs the layer's output
least once the weights that stay have been adjusted (the optimal brain surgeon of Hassibi and Stork 1993,
equations 5 and 6, for whole groups of inputs, on the second moments of what the layer sees: Frantar and
Alistarh 2022, section 3). Layers follow each other, so that each is fitted to what it will receive. Some
training afterwards recovers most of what is left of the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from octarine.guard.training.network import Network, Shape, keep_heads, keep_neurons

Batch = tuple[Tensor, Tensor, Tensor]
"""Ids, mask and types, as ``Network`` takes them."""
DAMPING = 1e-3
"""Added to the diagonal, as a share of its mean."""


def slim(
    network: Network, batches: Sequence[Batch], shape: Shape, report: Callable[[float], None] | None = None
) -> None:
    """Cut every layer to ``shape``, in place. A layer that is as narrow stays as it is.

    Args:
        batches: of rows like those that the network will see; some hundred windows are enough.
    """
    network.eval()
    layers = network.bert.encoder.layer
    for index, layer in enumerate(layers):
        width, heads = network.head_width, network.shape.heads if not index else _heads(layer)
        if heads > shape.heads:
            groups = [list(range(head * width, (head + 1) * width)) for head in range(heads)]
            keep_heads(layer, _fit(network, batches, layer.attention.output.dense, groups, shape.heads))
        neurons = layer.output.dense.in_features
        if neurons > shape.neurons:
            each = [[neuron] for neuron in range(neurons)]
            keep_neurons(layer, _fit(network, batches, layer.output.dense, each, shape.neurons))
        if report:
            report((index + 1) / len(layers))
    for module in network.bert.modules():
        # A narrow layer has nothing to spare.
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def _heads(layer: Any) -> int:
    count: int = layer.attention.self.num_attention_heads
    return count


def _fit(
    network: Network, batches: Sequence[Batch], linear: nn.Linear, groups: list[list[int]], keep: int
) -> list[int]:
    """Adjust ``linear`` so that it needs ``keep`` of the groups of its inputs; returns which."""
    moments = torch.zeros(linear.in_features, linear.in_features, dtype=torch.float64)
    for seen in _inputs(network, batches, linear):
        moments += (seen.T @ seen).double()
    kept, weight = surgeon(moments, linear.weight.detach().double(), groups, keep)
    with torch.no_grad():
        linear.weight.copy_(weight.float())
    return kept


def _inputs(network: Network, batches: Sequence[Batch], linear: nn.Linear) -> Iterator[Tensor]:
    """(tokens, inputs) of each batch: what a layer's product sees, padding left out."""
    seen: list[Tensor] = []
    hook = linear.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    try:
        for ids, mask, types in batches:
            with torch.no_grad():
                network(ids, mask, types)
            yield seen.pop()[mask.bool()]
    finally:
        hook.remove()


def surgeon(
    moments: Tensor, weight: Tensor, groups: Sequence[Sequence[int]], keep: int
) -> tuple[list[int], Tensor]:
    """Take away groups of inputs of a linear map until ``keep`` are left.

    Args:
        moments: (inputs, inputs), the sum of the outer products of what the map sees.
        weight: (outputs, inputs).

    Returns:
        The groups that stay, and the weights, adjusted; columns of groups that went are zero.
    """
    damped = moments + DAMPING * moments.diagonal().mean() * torch.eye(len(moments), dtype=moments.dtype)
    inverse, weight = torch.linalg.inv(damped), weight.clone()
    alive = list(range(len(groups)))
    while len(alive) > keep:
        costs = _costs(inverse, weight, [groups[index] for index in alive])
        gone = torch.tensor(list(groups[alive.pop(int(costs.argmin()))]))
        across = inverse[:, gone] @ torch.linalg.inv(inverse[gone][:, gone])
        weight -= weight[:, gone] @ across.T
        inverse -= across @ inverse[gone]
    left = torch.zeros(len(moments), dtype=moments.dtype)
    left[[column for index in alive for column in groups[index]]] = 1.0
    return alive, weight * left


def _costs(inverse: Tensor, weight: Tensor, groups: Sequence[Sequence[int]]) -> Tensor:
    """(groups,): how much the squared error of the outputs grows when a group goes."""
    if len(groups[0]) == 1:
        columns = torch.tensor([group[0] for group in groups])
        return (weight[:, columns] ** 2).sum(0) / inverse.diagonal()[columns]
    found = []
    for group in map(torch.tensor, map(list, groups)):
        part = weight[:, group]
        found.append(torch.trace(part @ torch.linalg.solve(inverse[group][:, group], part.T)))
    return torch.stack(found)
