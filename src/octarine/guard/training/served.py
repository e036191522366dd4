"""The network as it is served: one window at a time, so without a mask, and three products joined in one.

Against the graph that transformers exports, the same numbers with a third less work around the products.
"""

from __future__ import annotations

import math
from typing import Any, Self

import torch
from torch import Tensor, nn

from octarine.guard.training.network import OUTPUTS, Network, Shape, resize


class Served(nn.Module):  # type: ignore[misc]
    """Token ids to logits: windows of one length, every token counts.

    Names of parameters say where a layer stands (``layers.0.joined.weight``), so that what was exported can
    be read again.
    """

    def __init__(self, sizes: tuple[int, int, int, int], shape: Shape, layers: int, head: int) -> None:
        """
        Args:
            sizes: pieces of the vocabulary, positions, token types, width.
            shape: neurons and attention heads of a layer.
            head: width of an attention head.
        """
        super().__init__()
        pieces, positions, types, width = sizes
        self.words = nn.Embedding(pieces, width)
        self.positions = nn.Embedding(positions, width)
        self.types = nn.Embedding(types, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(_Layer(width, shape, head) for _ in range(layers))
        self.out = nn.Linear(width, OUTPUTS)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor) -> Tensor:
        """(windows, tokens) of int64 each → (windows, outputs) of logits."""
        places = self.positions.weight[: input_ids.shape[1]]
        hidden = self.norm(self.words(input_ids) + self.types(token_type_ids) + places)
        for layer in self.layers:
            hidden = layer(hidden)
        logits: Tensor = self.out(hidden.mean(1))
        return logits

    @classmethod
    def of(cls, network: Network) -> Self:
        """A copy of a network."""
        found = cls(_sizes(network), network.shape, len(network.bert.encoder.layer), network.head_width)
        with torch.no_grad():
            for mine, theirs in _matching(found, network):
                mine.copy_(theirs)
        found.eval()
        return found

    def write_to(self, network: Network) -> None:
        """Make a network a copy of this; it is cut to the same shape first."""
        resize(network, self.layers[0].shape)
        with torch.no_grad():
            for mine, theirs in _matching(self, network):
                theirs.copy_(mine)


class _Layer(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, shape: Shape, head: int) -> None:
        super().__init__()
        self.shape, self.head = shape, head
        inner = shape.heads * head
        self.joined = nn.Linear(width, 3 * inner)
        self.mixed = nn.Linear(inner, width)
        self.norm_mixed = nn.LayerNorm(width, eps=1e-12)
        self.up = nn.Linear(width, shape.neurons)
        self.down = nn.Linear(shape.neurons, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, hidden: Tensor) -> Tensor:
        apart = self.joined(hidden).view(hidden.shape[0], -1, 3, self.shape.heads, self.head)
        query, key, value = apart.permute(2, 0, 3, 1, 4).unbind(0)
        weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(self.head), -1)
        heard = (weights @ value).transpose(1, 2).reshape(hidden.shape[0], -1, self.shape.heads * self.head)
        hidden = self.norm_mixed(self.mixed(heard) + hidden)
        found: Tensor = self.norm(self.down(nn.functional.gelu(self.up(hidden))) + hidden)
        return found


def _sizes(network: Network) -> tuple[int, int, int, int]:
    tables = network.bert.embeddings
    return (
        tables.word_embeddings.weight.shape[0],
        tables.position_embeddings.weight.shape[0],
        tables.token_type_embeddings.weight.shape[0],
        tables.word_embeddings.weight.shape[1],
    )


def _matching(served: Served, network: Network) -> list[tuple[Tensor, Tensor]]:
    """Each parameter of one beside that of the other; of the joined products, the third that is meant."""
    tables = network.bert.embeddings
    found = [
        (served.words.weight, tables.word_embeddings.weight),
        (served.positions.weight, tables.position_embeddings.weight),
        (served.types.weight, tables.token_type_embeddings.weight),
        *_both(served.norm, tables.LayerNorm),
        *_both(served.out, network.out),
    ]
    for mine, theirs in zip(served.layers, network.bert.encoder.layer, strict=True):
        heard = theirs.attention.self
        parts = (heard.query, heard.key, heard.value)
        inner = mine.shape.heads * mine.head
        for number, part in enumerate(parts):
            rows = slice(number * inner, (number + 1) * inner)
            found += [(mine.joined.weight[rows], part.weight), (mine.joined.bias[rows], part.bias)]
        found += _both(mine.mixed, theirs.attention.output.dense)
        found += _both(mine.norm_mixed, theirs.attention.output.LayerNorm)
        found += _both(mine.up, theirs.intermediate.dense)
        found += _both(mine.down, theirs.output.dense)
        found += _both(mine.norm, theirs.output.LayerNorm)
    return found


def _both(mine: Any, theirs: Any) -> list[tuple[Tensor, Tensor]]:
    return [(mine.weight, theirs.weight), (mine.bias, theirs.bias)]
