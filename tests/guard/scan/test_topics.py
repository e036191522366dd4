"""Topics by example."""

from __future__ import annotations

import pytest

from octarine.guard.classifier import ngrams
from octarine.guard.scan.topics import Profiles, Signature

TEXT = "Trade fairs, opening hours and the price of a ticket are what this long text is about. " * 20


def test_many_topics_take_a_text_apart_once(monkeypatch: pytest.MonkeyPatch) -> None:
    topics = [Signature((f"the opening of gate number {number}",)) for number in range(10)]
    alone = [list(topic.all_near(TEXT)) for topic in topics]
    counted: list[str] = []
    plain = ngrams.ngram_ids
    monkeypatch.setattr(ngrams, "ngram_ids", lambda text, bits: counted.append(text) or plain(text, bits))
    profiles: Profiles = {}
    assert [list(topic.all_near(TEXT, profiles)) for topic in topics] == alone
    assert len(counted) <= len(alone[0])


def test_a_long_example_is_compared_with_stretches_of_its_own_length() -> None:
    profiles: Profiles = {}
    short, long = Signature(("a price",)), Signature((TEXT[:400],))
    for topic in (short, long, short):
        assert topic.nearest(TEXT, profiles) == topic.nearest(TEXT)
    assert long.nearest(TEXT, profiles).score > 0.9
