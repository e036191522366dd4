"""Who may read what: by risk, by word, and never against a fixed label."""

from __future__ import annotations

from dataclasses import replace

import pytest

from octarine.core.access import (
    access_labels,
    access_of,
    elicits_text,
    keeps_text,
    known_label,
    label_of,
    public,
    withheld_of,
    without_text,
)
from octarine.core.errors import InputError
from octarine.core.risks import risks
from octarine.core.samples import Provenance
from redteam.experts.outside import finding


def test_every_risk_of_a_label_is_a_risk_and_has_one_label() -> None:
    named = [risk for label in access_labels().values() for risk in label.risks]
    assert set(named) <= set(risks())
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    ("risk", "said", "label"),
    [
        ("fraud", "", ""),
        ("", "", ""),
        ("weapons", "", "weapons"),
        ("weapons", "chemical", "chemical"),
        ("weapons", "public", ""),
        ("cyber", "", "cyber_offence"),
        ("self_harm", "", "self_harm"),
        ("fraud", "embargo", "embargo"),
        ("fraud", "public", ""),
        ("child_safety", "", "child_safety"),
        ("child_safety", "public", "child_safety"),
        ("child_safety", "embargo", "child_safety"),
        ("fraud", "of another version", "of another version"),
    ],
)
def test_the_label_is_what_was_said_or_else_the_risks(risk: str, said: str, label: str) -> None:
    found = finding(risk=risk, access=said)
    assert label_of(found) == access_of(found.sample, said) == label
    assert public(found) == (label == "")


def test_only_of_children_no_text_is_kept() -> None:
    assert [one.id for one in access_labels().values() if not one.text] == ["child_safety"]
    assert not keeps_text(finding(risk="child_safety", access="public"))
    assert not keeps_text(finding(access="child_safety"))
    assert keeps_text(finding(access="unheard of"))
    assert keeps_text(finding())


def test_a_label_that_is_none_is_said() -> None:
    assert known_label("embargo") == "embargo"
    with pytest.raises(InputError, match="'secret'"):
        known_label("secret")


@pytest.mark.parametrize(
    ("tag", "said", "label"),
    [
        ("access:embargo", "", "embargo"),
        ("access:embargo", "public", ""),
        ("access:public", "", ""),
        ("access:public", "chemical", "chemical"),
        ("twin", "", "weapons"),
    ],
)
def test_the_tag_of_a_sample_that_was_made_of_a_finding_keeps_its_label(
    tag: str, said: str, label: str
) -> None:
    sample = replace(finding(risk="weapons").sample, tags=(tag,))
    assert access_of(sample, said) == label


def test_a_plain_request_is_shown_and_an_attack_with_a_label_is_not() -> None:
    plain = replace(finding(risk="weapons").sample, tags=(), provenance=Provenance("octarine", "1"))
    attack = replace(plain, provenance=Provenance("octarine", "1", "p", ("base64",)))
    tagged = replace(plain, risk="fraud", tags=("access:embargo",))
    assert [withheld_of(sample) for sample in (plain, attack, tagged)] == ["", "weapons", "embargo"]
    assert elicits_text(attack)
    assert not elicits_text(replace(plain, risk="child_safety"))


def test_a_note_that_only_looks_like_ours_is_not_kept_without_its_text() -> None:
    where = f"run.jsonl, line 3, SHA-256 {'0a' * 32}"
    ours = without_text(finding(risk="child_safety", note=f"{where}\nwords"))
    assert where in ours.note
    assert "words" not in ours.note
    assert without_text(ours).note == ours.note
    for note in ("words, SHA-256 and more words", "The text is not kept. But these words are."):
        assert "words" not in without_text(finding(risk="child_safety", note=note)).note
