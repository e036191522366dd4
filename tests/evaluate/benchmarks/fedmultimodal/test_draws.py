"""Corruption: the official draws, as an independent reading of their code gave them, and the mended ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.evaluate.benchmarks.fedmultimodal.corruption import Corruption, Draws, damage
from octarine.evaluate.benchmarks.fedmultimodal.noise import fixed_survivors, matrix, official_matrix

LABELS = np.repeat(np.arange(6), 40)

# By number of classes, of the seeds 0 … 5: cells above 0 off the diagonal, row by row, as binary digits.
OPEN_CELLS = {
    4: [27334, 15238, 31050, 27422, 14940, 27096],
    5: [14249366, 7556286, 16434618, 14290838, 7498684, 13265082],
    6: [12001912702, 6614891390, 29642005868, 29626086710, 17781731166, 8229731934],
    8: [
        3294324234644412878,
        2028405095398104564,
        5633679666203768310,
        8007333528771755066,
        4269376085358140564,
        9088369523386628600,
    ],
}


def broken(corruption, rate, draws, client, repeat=0, labels=LABELS):
    return damage(corruption, rate, labels, 6, client=client, draws=draws, repeat=repeat)


@pytest.mark.parametrize("classes", OPEN_CELLS)
def test_official_matrices(classes):
    for seed, digits in enumerate(OPEN_CELLS[classes]):
        found = official_matrix(seed, classes, 0.3)
        cells = [value > 0 and i != j for i, row in enumerate(found) for j, value in enumerate(row)]
        assert int("".join("1" if cell else "0" for cell in cells), 2) == digits
        assert np.allclose(found.sum(axis=1), 1)
        assert np.allclose(np.diag(found), 0.7)


def test_where_the_official_code_stops_so_do_we():
    with pytest.raises(InputError, match="3 classes"):
        official_matrix(7, 3, 0.2)


def test_official_missing_modalities():
    found = [broken(Corruption.MISSING_MODALITY, 0.3, Draws.OFFICIAL, client).missing for client in range(12)]
    first = [0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0]
    second = [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert found == [(bool(a), bool(b)) for a, b in zip(first, second, strict=True)]
    assert all(found[2 * client][0] == found[client][1] for client in range(6))  # the shared seeds


def test_official_missing_labels():
    found = broken(Corruption.MISSING_LABEL, 0.3, Draws.OFFICIAL, 5, labels=LABELS[:12])
    assert found.unlabelled.astype(int).tolist() == [0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("client", "expected"), [(2, [0, 1, 2, 3, 4, 5]), (7, [0, 0, 0, 0, 0, 0]), (9, [0, 0, 1, 1, 1, 0])]
)
def test_official_noise_gives_a_class_one_label_in_a_client(client, expected):
    found = broken(Corruption.LABEL_NOISE, 0.4, Draws.OFFICIAL, client)
    assert found.labels.tolist() == np.repeat(expected, 40).tolist()


def test_official_draws_are_the_same_in_every_repeat_and_fixed_ones_are_not():
    for corruption in Corruption:
        for draws in Draws:
            seen = {
                (one.missing, one.labels.tobytes(), one.unlabelled.tobytes())
                for one in (broken(corruption, 0.4, draws, 3, repeat) for repeat in range(12))
            }
            assert (len(seen) == 1) == (draws is Draws.OFFICIAL)


def test_fixed_noise_is_drawn_for_each_window():
    found = broken(Corruption.LABEL_NOISE, 0.4, Draws.FIXED, 3)
    for label in range(6):
        kept = (found.labels[label == LABELS] == label).mean()
        assert 0.3 < kept < 0.9
        assert len(set(found.labels[label == LABELS])) > 1


def test_fixed_draws_have_their_rate_and_clients_are_independent():
    lost = np.array(
        [
            broken(Corruption.MISSING_MODALITY, 0.3, Draws.FIXED, c, labels=LABELS[:1]).missing
            for c in range(3000)
        ]
    )
    assert lost.mean(axis=0) == pytest.approx([0.3, 0.3], abs=0.03)
    assert lost.all(axis=1).mean() == pytest.approx(0.09, abs=0.02)
    doubled = (lost[: len(lost) // 2, 1] == lost[::2, 0]).mean()
    assert doubled == pytest.approx(0.3**2 + 0.7**2, abs=0.04)  # what independence gives


@given(st.integers(2, 12), st.integers(0, 10_000))
def test_fixed_matrices_leave_every_class_a_wrong_label(classes, seed):
    alive = fixed_survivors(np.random.default_rng(seed), classes)
    assert alive.any(axis=1).all()
    assert not np.diag(alive).any()
    closed = classes * (classes - 1) - int(alive.sum())
    assert closed == min(round(classes * (classes - 1) * 0.4), classes * (classes - 2))
    assert np.allclose(matrix(alive, 0.3).sum(axis=1), 1)


@given(st.sampled_from(list(Corruption)), st.integers(0, 500), st.floats(0, 0.9), st.floats(0, 0.9))
def test_a_higher_rate_breaks_more_of_the_same(corruption, client, one, other):
    low, high = (broken(corruption, rate, Draws.FIXED, client) for rate in sorted((one, other)))
    assert all(a <= b for a, b in zip(low.missing, high.missing, strict=True))
    assert (low.unlabelled <= high.unlabelled).all()
    wrong = low.labels != LABELS
    assert (low.labels[wrong] == high.labels[wrong]).all()


def test_no_rate_breaks_nothing():
    for corruption in Corruption:
        for draws in Draws:
            found = broken(corruption, 0.0, draws, 4)
            assert (found.labels == LABELS).all()
            assert not found.lost
            assert not any(found.missing)


def test_a_client_without_both_modalities_or_any_label_is_lost():
    sides = {broken(Corruption.MISSING_MODALITY, 0.9, Draws.FIXED, c).missing for c in range(60)}
    assert sides == {(True, True), (True, False), (False, True), (False, False)}
    for client in range(60):
        found = broken(Corruption.MISSING_MODALITY, 0.9, Draws.FIXED, client)
        assert found.lost == (found.missing == (True, True))
    bare = (broken(Corruption.MISSING_LABEL, 0.9, Draws.FIXED, c, labels=LABELS[:3]) for c in range(60))
    assert any(one.lost for one in bare)
