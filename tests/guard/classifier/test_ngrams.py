import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.guard.classifier.ngram_model import NgramModel
from octarine.guard.classifier.ngrams import CHARACTERS, ngram_ids, ngram_weights

BITS = 18


@given(st.text(max_size=200))
def test_any_text_gives_buckets_of_the_table(text: str) -> None:
    buckets, weights = ngram_weights(ngram_ids(text, BITS))
    assert ((buckets >= 0) & (buckets < 2**BITS)).all()
    assert np.linalg.norm(weights) == pytest.approx(1, abs=1e-5)


@given(st.text(max_size=60))
def test_case_width_digits_and_spaces_make_no_difference(text: str) -> None:
    same = "  ".join(text.split()).translate(str.maketrans("123456789", "987654321"))
    assert (ngram_ids(text, BITS) == ngram_ids(same, BITS)).all()


def test_case_makes_no_difference() -> None:
    assert (ngram_ids("PICK The Lock", BITS) == ngram_ids("pick the lock", BITS)).all()
    assert (ngram_ids("ｐｉｃｋ", BITS) == ngram_ids("pick", BITS)).all()


def test_a_word_is_the_same_wherever_it_stands() -> None:
    """Brute force: the shared buckets of two texts hold those of the words that they share."""
    alone = set(ngram_ids("lock", BITS).tolist())
    assert alone <= set(ngram_ids("please pick the lock now", BITS).tolist())
    assert not alone <= set(ngram_ids("please pick the clock now", BITS).tolist())


def test_the_number_of_ngrams_is_that_of_the_windows() -> None:
    characters = len(" pick the lock ")
    expected = sum(characters - n + 1 for n in CHARACTERS) + 3 + 2
    assert len(ngram_ids("pick the lock", BITS)) == expected


def test_quantising_changes_a_logit_little(tmp_path) -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(2**10, 3)).astype(np.float32)
    bias = np.array([0.5, -1, 2], dtype=np.float32)
    model = NgramModel.quantised(weights, bias)
    buckets, amounts = ngram_weights(ngram_ids("pick the lock of a door", 10))
    exact = amounts @ weights[buckets] + bias
    assert model.logits(["pick the lock of a door"])[0] == pytest.approx(exact, abs=0.1)
    model.save(tmp_path / "n.npz")
    again = NgramModel.load(tmp_path / "n.npz")
    assert (again.logits(["a", "b"]) == model.logits(["a", "b"])).all()
    assert model.logits([]).shape == (0, 3)
