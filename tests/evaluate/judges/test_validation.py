"""The committed counts of the judges' errors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from octarine.core.registry import registry
from octarine.evaluate import validation
from octarine.evaluate.validation import VARIOUS, JudgeValidation, counts_for, validations

ENTRY = JudgeValidation(
    judge="j",
    version="1",
    language="en",
    model=VARIOUS,
    positive="deflected",
    source="made",
    sha256="0" * 64,
    rows=10,
    licence="MIT",
    label="by hand",
    true_positive=4,
    false_negative=1,
    true_negative=3,
    false_positive=2,
    clusters=10,
)


def test_the_most_specific_stratum_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = (
        ENTRY,
        replace(ENTRY, model="m"),
        replace(ENTRY, model="other", rows=20, true_positive=14),
        replace(ENTRY, model="one-sided", true_positive=0, false_negative=0, true_negative=8),
    )
    monkeypatch.setattr(validation, "validations", lambda: entries)
    assert counts_for("j", "1", "en", "m") == entries[1]
    assert counts_for("j", "1", "en", "unheard of") == ENTRY
    assert counts_for("j", "1", "en", "one-sided") == ENTRY
    assert counts_for("j", "2", "en", "m") is None
    assert counts_for("j", "1", "de", "m") is None


def test_counts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up"):
        replace(ENTRY, rows=11)


def test_what_is_committed_is_of_the_judges_as_they_are() -> None:
    """A changed rule file needs ``python benchmarks/judges.py --data FOLDER --write``."""
    assert {"refusal", "language"} <= {entry.judge for entry in validations()}
    for entry in validations():
        assert registry.get("judge", entry.judge)().version == entry.version
        assert len(entry.sha256) == 64
        found = counts_for(entry.judge, entry.version, entry.language, entry.model)
        assert found is not None
        assert 0.0 < found.counts.sensitivity.value <= 1.0
