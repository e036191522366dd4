"""The quick question misses nothing, with RE2 and without."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest

from octarine.guard.normalise import Budget, normalise, trigger
from octarine.guard.normalise.obfuscations import OBFUSCATIONS
from octarine.guard.normalise.search import Search
from tests.guard.normalise.cases import CODE, HONEST, SENTENCES

TEXTS = [
    *HONEST.values(),
    *CODE.values(),
    *(text for texts in SENTENCES.values() for text in texts),
    *(
        obfuscate(texts[0], np.random.default_rng(5))
        for texts in SENTENCES.values()
        for obfuscate in OBFUSCATIONS.values()
    ),
]


@pytest.fixture
def without_re2(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    trigger._search.cache_clear()
    monkeypatch.setitem(sys.modules, "re2", None)
    yield
    trigger._search.cache_clear()


def test_what_the_quick_question_spares_has_nothing_to_undo() -> None:
    for text in TEXTS:
        full = Search(text, Budget()).run()
        quick = normalise(text)
        assert [view.text for view in quick.views] == [view.text for view in full.views], text
        assert quick.oddities == full.oddities


@pytest.mark.usefixtures("without_re2")
def test_the_pattern_without_re2_spares_nothing_that_needs_undoing() -> None:
    assert "re2" in sys.modules
    for text in TEXTS:
        full = Search(text, Budget()).run()
        assert len(normalise(text).views) == len(full.views), text
