from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from octarine.guard.classifier.windows import OVERLAP, windows


@given(st.integers(0, 400), st.integers(4, 64))
def test_windows_cover_every_token_and_overlap(count: int, size: int) -> None:
    offsets = [(3 * index, 3 * index + 2) for index in range(count)]
    found = list(windows(offsets, size))
    covered = {token for window in found for token in range(window.first, window.last)}
    assert covered == set(range(count))
    assert all(window.last - window.first <= size for window in found)
    assert len(found) == 1 or all(window.last - window.first == size for window in found)
    for before, after in pairwise(found):
        assert before.last - after.first >= int(size * OVERLAP)
    for window in found:
        if count:
            assert (window.start, window.end) == (3 * window.first, 3 * window.last - 1)


def test_nothing_is_one_empty_window() -> None:
    (window,) = windows([], 10)
    assert (window.first, window.last, window.start, window.end) == (0, 0, 0, 0)
