from collections import Counter

import numpy as np
import pytest

from octarine.evaluate.benchmark import open_benchmark
from octarine.guard.classifier.heads import HAZARDS, Head
from octarine.guard.training.authored import SLOT, authored_rows, written
from octarine.guard.training.sources import LANGUAGES

CAPTION = {"en": ("how", "write"), "ja": ("方法",), "hi": ("तरीका",), "ar": ("كيف",)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_is_there_and_every_cell_is_filled(language: str) -> None:
    files = written(language)
    for name in ("goals", "carriers", "requests", "benign", "jailbreak", "injection", "payloads", "replies"):
        rows = getattr(files, name)
        assert len(rows) >= 30, name
        assert all(cell.strip() == cell and cell for row in rows for cell in row), name
    assert {row[0] for row in (*files.goals, *files.requests, *files.words)} <= set(HAZARDS)
    assert {row[0] for row in files.goals} == set(HAZARDS)
    assert all(carrier.count(SLOT) == 1 for (carrier,) in files.carriers)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_written_twice(language: str) -> None:
    files = written(language)
    cells = Counter(cell for row in (*files.goals, *files.requests) for cell in row[1:])
    cells.update(text for (text,) in files.benign)
    assert [cell for cell, count in cells.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_classes_are_alike_in_number_and_length(language: str) -> None:
    rows = [row for row in authored_rows(language, np.random.default_rng(0)) if not row.response]
    harmful = [len(row.text) for row in rows if row.labels.get(Head.HARMFUL_REQUEST)]
    fine = [len(row.text) for row in rows if row.labels.get(Head.HARMFUL_REQUEST) is False]
    assert 0.5 < len(harmful) / len(fine) < 1.5
    assert 0.8 < np.mean(harmful) / np.mean(fine) < 1.4
    assert not any(SLOT in row.text + row.response for row in rows)


def test_what_trains_is_not_what_tests() -> None:
    """A lineage goes to training or to a benchmark, never to both: no near copies (character 5-grams)."""
    samples = [sample.conversation.prompt for sample in open_benchmark("octarine").load()]
    for language in LANGUAGES:
        files = written(language)
        ours = [cell for row in files.requests for cell in row[1:]] + [text for (text,) in files.benign]
        known: dict[str, set[int]] = {}
        for index, sample in enumerate(samples):
            for gram in _grams(sample):
                known.setdefault(gram, set()).add(index)
        for text in ours:
            shared = Counter(index for gram in _grams(text) for index in known.get(gram, ()))
            for index, count in shared.most_common(1):
                union = len(_grams(text) | _grams(samples[index]))
                assert count / union < 0.7, (text, samples[index])


def _grams(text: str) -> set[str]:
    plain = "".join(text.lower().split())
    return {plain[at : at + 5] for at in range(max(1, len(plain) - 4))}
