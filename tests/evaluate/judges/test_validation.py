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


def test_what_is_committed_can_be_read() -> None:
    assert {"refusal", "language"} <= {entry.judge for entry in validations()}
    for entry in validations():
        assert entry.judge in registry.names("judge")
        assert len(entry.sha256) == 64
        assert entry.true_positive + entry.false_negative > 0


@pytest.mark.parametrize("judge", ["refusal", "language"])
def test_the_judges_have_counts_as_they_are(judge: str) -> None:
    """A change of the rules takes the counts' effect away, and scorecards say "judge unvalidated here". To
    renew them takes labelled data that is not part of the repository, so this asks and does not fail."""
    version = registry.get("judge", judge)().version
    found = counts_for(judge, version, "en", VARIOUS)
    if found is None:
        pytest.skip(
            f"{judge} {version} has no counts; renew: python benchmarks/judges.py --data FOLDER --write"
        )
    assert 0.0 < found.counts.sensitivity.value <= 1.0
    assert 0.0 < found.counts.specificity.value <= 1.0
