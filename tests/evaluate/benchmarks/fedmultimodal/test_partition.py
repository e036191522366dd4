"""The deal of windows to clients: the official one, as an independent reading of its code gave it."""

from __future__ import annotations

import numpy as np
import pytest

from octarine.core.errors import InputError
from octarine.evaluate.benchmarks.fedmultimodal.corpus import Windows
from octarine.evaluate.benchmarks.fedmultimodal.partition import partition

SUBJECTS = np.repeat([2, 11], 60)
LABELS = np.arange(120) * 7 % 6
DEV = [1, 50, 44, 34, 2, 42, 30, 9, 56, 36, 3, 40, 101, 86, 79, 68, 112, 77, 64, 99, 92, 70, 63, 75]


def windows(labels=LABELS, subjects=SUBJECTS) -> Windows:
    empty = np.zeros((len(labels), 16, 3))
    return Windows(empty, empty, labels, subjects)


@pytest.mark.parametrize(
    ("alpha", "sizes", "rows"),
    [
        (
            0.1,
            [6, 16, 6, 5, 15, 5, 7, 10, 12, 14],
            {
                "2-1": [13, 7, 19, 55, 37, 43, 49, 41, 17, 35, 5, 47, 11, 53, 29, 23],
                "11-4": [84, 66, 96, 60, 72, 115, 104, 110, 74, 116, 62, 98, 80, 83],
            },
        ),
        (
            5.0,
            [6, 9, 11, 10, 12, 8, 8, 11, 11, 10],
            {
                "2-1": [24, 54, 31, 49, 26, 33, 58, 53, 23],
                "11-4": [90, 96, 102, 109, 115, 74, 116, 111, 93, 87],
            },
        ),
    ],
)
def test_official_deals(alpha, sizes, rows):
    dealt = partition(windows(), alpha)
    assert dealt.dev.tolist() == DEV
    by_seed = sorted(dealt.clients, key=lambda client: client.seed)
    assert [client.seed for client in by_seed] == list(range(2, 12))
    assert [len(client.rows) for client in by_seed] == sizes
    named = {client.name: client.rows.tolist() for client in dealt.clients}
    assert {name: named[name] for name in rows} == rows


def test_clients_are_numbered_by_name_as_text():
    names = [client.name for client in partition(windows(), 5.0).clients]
    assert names == sorted(names)
    assert names[0] == "11-0"


def test_every_window_has_one_place():
    dealt = partition(windows(), 0.3)
    everyone = [*dealt.dev.tolist(), *(row for client in dealt.clients for row in client.rows.tolist())]
    assert sorted(everyone) == list(range(120))


def test_no_window_of_a_subject_without_some_class_is_lost():
    some = windows(labels=np.where(LABELS == 1, 5, LABELS))
    assert sum(len(client.rows) for client in partition(some, 5.0).clients) == 96


def test_a_subject_with_too_few_windows_is_named():
    with pytest.raises(InputError, match="subject 3 has 24 windows"):
        partition(windows(LABELS[:30], np.full(30, 3)), 5.0)
