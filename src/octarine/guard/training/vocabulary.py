"""A tokeniser for nine languages: that of an English encoder with the frequent pieces of eight others."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

SIZES: Mapping[str, int] = {
    "de": 4000,
    "fr": 4000,
    "es": 4000,
    "it": 4000,
    "pt": 4000,
    "ja": 6000,
    "hi": 5000,
    "ar": 6000,
}
"""Pieces learnt in each language; those that are known already add nothing."""

UNKNOWN = "[UNK]"
LONGEST_WORD = 2_000
"""Japanese puts no spaces between words: a sentence is one."""


def normaliser() -> Any:
    """Lower case and compatibility forms; accents of Latin, Greek and Cyrillic letters fall away as in
    BERT's own,
    and the vowel signs of Hindi and Arabic stay."""
    from tokenizers import Regex, normalizers

    return normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.BertNormalizer(
                clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=True
            ),
            normalizers.NFD(),
            normalizers.Replace(Regex("[\\u0300-\\u036f]"), ""),
            normalizers.NFC(),
        ]
    )


def extended_tokenizer(base: Path, texts: Mapping[str, Iterable[str]]) -> Any:
    """The tokeniser of ``base/tokenizer.json`` with pieces learnt from ``texts`` (language → texts) behind
    its own,
    so that every id of its own keeps its meaning."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    data = json.loads((base / "tokenizer.json").read_text("utf-8"))
    vocabulary = data["model"]["vocab"]
    for language, size in SIZES.items():
        learner = Tokenizer(models.WordPiece(unk_token=UNKNOWN, max_input_chars_per_word=400))
        learner.normalizer = normaliser()
        learner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(
            vocab_size=size,
            min_frequency=3,
            special_tokens=[UNKNOWN],
            show_progress=False,
            limit_alphabet=2500,
        )
        learner.train_from_iterator(texts.get(language, ()), trainer)
        for piece, _ in sorted(learner.get_vocab().items(), key=lambda item: item[1]):
            vocabulary.setdefault(piece, len(vocabulary))
    data["model"]["max_input_chars_per_word"] = LONGEST_WORD
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.normalizer = normaliser()
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
