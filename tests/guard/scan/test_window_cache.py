"""The cache in front of the model tier."""

from octarine.guard.scan.window_cache import WINDOWS, WindowCache
from tests.guard.fake_classifier import FakeClassifier


def test_long_texts_count_for_more() -> None:
    cache = WindowCache(FakeClassifier(), 4)
    texts = [f"{number} " * 400 for number in range(8)]
    for text in texts:
        assert len(cache.inputs([text])[0]) > 4
    assert 0 < sum(map(len, cache._held.values())) <= 4 * WINDOWS
    before = cache.hits
    cache.inputs([texts[-1]])
    assert cache.hits == before + 1


def test_a_text_longer_than_the_cache_is_scored_and_not_kept() -> None:
    cache = WindowCache(FakeClassifier(), 1)
    assert len(cache.inputs(["word " * 2_000])[0]) > WINDOWS
    assert not cache._held
