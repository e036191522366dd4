"""The network that is trained: a BERT encoder, mean pooling, one linear layer for all heads and hazards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from octarine.guard.classifier.heads import HAZARDS, HEADS

OUTPUTS = len(HEADS) + len(HAZARDS)


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


def start_network(encoder: Path, embeddings: Tensor | None = None) -> Network:
    """The network before training: a published encoder, with another table of word embeddings where given."""
    from transformers import BertModel

    bert: Any = BertModel.from_pretrained(str(encoder), add_pooling_layer=False)
    if embeddings is not None:
        bert.embeddings.word_embeddings = nn.Embedding.from_pretrained(embeddings.float(), freeze=False)
        bert.config.vocab_size = len(embeddings)
    return Network(bert)
