import json

import numpy as np
import pytest

from octarine.core.errors import DataError
from octarine.guard.classifier.calibration import Blend, Calibration, Stop, sigmoid, squashed
from octarine.guard.classifier.card import Card, read_card, write_card
from octarine.guard.classifier.heads import HAZARDS, HEADS

PLAIN = Calibration({head.value: Blend(1.0, 0.5, -1.0) for head in HEADS}, Stop({"jailbreak": 2.0}, -3.0))


def test_a_blend_is_a_weighted_sum() -> None:
    encoder = np.full((2, len(HEADS) + len(HAZARDS)), 2.0, np.float32)
    ngrams = np.full((2, len(HEADS)), 4.0, np.float32)
    assert PLAIN.logits(encoder, ngrams) == pytest.approx(np.full((2, len(HEADS)), 3.0))


def test_one_score_rises_with_its_heads() -> None:
    logits = np.full((3, len(HEADS)), -5.0, np.float32)
    logits[1, HEADS.index("jailbreak")] = 0
    logits[2, HEADS.index("jailbreak")] = 5
    low, middle, high = PLAIN.stopped(logits)
    assert low < 0.1 < middle < high
    assert high == pytest.approx(1 / (1 + np.exp(3 - 2 * np.log1p(np.exp(7)))), abs=1e-5)


def test_hazards_share_one() -> None:
    encoder = np.random.default_rng(0).normal(size=(4, len(HEADS) + len(HAZARDS))).astype(np.float32)
    assert PLAIN.hazards(encoder).sum(axis=1) == pytest.approx(np.ones(4))


def test_sigmoid_knows_no_overflow() -> None:
    assert sigmoid(np.array([-1e4, 0, 1e4], np.float32)).tolist() == [0.0, 0.5, 1.0]
    assert squashed(np.array([-1e4], np.float32))[0] == pytest.approx(0)


def test_a_card_comes_back(tmp_path) -> None:
    card = Card("1", PLAIN, {"jailbreak": {"low": 0.9}}, {"encoder.onnx": "ab"}, data=("xsafety",), seed=3)
    write_card(tmp_path / "card.json", card)
    assert read_card(tmp_path / "card.json") == card
    assert card.lineage == {"ab", "data:xsafety"}


def test_what_is_no_card_is_named(tmp_path) -> None:
    path = tmp_path / "card.json"
    path.write_text("{")
    with pytest.raises(DataError, match=r"card\.json:1"):
        read_card(path)
    path.write_text(json.dumps({"version": "1"}))
    with pytest.raises(DataError, match="'calibration' is missing"):
        read_card(path)
