"""The network that is trained: a BERT encoder, mean pooling, one linear layer for all heads and hazards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from octarine.guard.classifier.heads import HAZARDS, HEADS

OUTPUTS = len(HEADS) + len(HAZARDS)


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a layer.

    Attributes:
        neurons: of the feed-forward part.
        heads: of attention.
    """

    neurons: int
    heads: int


class Network(nn.Module):  # type: ignore[misc]
    """Token ids to logits: ``HEADS`` first, then ``HAZARDS``.

    Mean pooling over the tokens as the encoder was trained with (Reimers and Gurevych 2019, section 3).
    """

    def __init__(self, bert: Any, dropout: float = 0.1) -> None:
        super().__init__()
        self.bert = bert
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(bert.config.hidden_size, OUTPUTS)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """(batch, tokens) of int64 each → (batch, outputs) of logits."""
        hidden = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        mask = attention_mask[..., None].to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        logits: Tensor = self.out(self.dropout(pooled))
        return logits

    @property
    def head_width(self) -> int:
        """Of one attention head."""
        width: int = self.bert.encoder.layer[0].attention.self.attention_head_size
        return width

    @property
    def shape(self) -> Shape:
        """Of every layer."""
        layer = self.bert.encoder.layer[0]
        return Shape(layer.output.dense.in_features, layer.attention.self.num_attention_heads)


def start_network(encoder: Path, embeddings: Tensor | None = None) -> Network:
    """The network before training: a published encoder, with another table of word embeddings where given."""
    from transformers import BertModel

    bert: Any = BertModel.from_pretrained(str(encoder), add_pooling_layer=False)
    if embeddings is not None:
        bert.embeddings.word_embeddings = nn.Embedding.from_pretrained(embeddings.float(), freeze=False)
        bert.config.vocab_size = len(embeddings)
    return Network(bert)


def resize(network: Network, shape: Shape) -> None:
    """Cut every layer to a shape: the first neurons and heads stay."""
    if shape == network.shape:
        return
    for layer in network.bert.encoder.layer:
        keep_heads(layer, range(shape.heads))
        keep_neurons(layer, range(shape.neurons))


def keep_heads(layer: Any, heads: Sequence[int]) -> None:
    """Leave some attention heads of a layer."""
    heard, mixed = layer.attention.self, layer.attention.output.dense
    width = heard.attention_head_size
    rows = [head * width + column for head in heads for column in range(width)]
    for part in (heard.query, heard.key, heard.value):
        _keep_outputs(part, rows)
    _keep_inputs(mixed, rows)
    heard.num_attention_heads, heard.all_head_size = len(heads), len(rows)


def keep_neurons(layer: Any, neurons: Sequence[int]) -> None:
    """Leave some neurons of a layer's feed-forward part."""
    _keep_outputs(layer.intermediate.dense, list(neurons))
    _keep_inputs(layer.output.dense, list(neurons))


def _keep_outputs(linear: nn.Linear, rows: list[int]) -> None:
    linear.weight = nn.Parameter(linear.weight.detach()[rows].clone())
    linear.bias = nn.Parameter(linear.bias.detach()[rows].clone())
    linear.out_features = len(rows)


def _keep_inputs(linear: nn.Linear, columns: list[int]) -> None:
    linear.weight = nn.Parameter(linear.weight.detach()[:, columns].clone())
    linear.in_features = len(columns)
