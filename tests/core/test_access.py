"""Who may read what: by risk, by word, and never against a fixed label."""

from __future__ import annotations

import pytest

from octarine.core.access import access_labels, access_of, keeps_text, known_label, label_of, public
from octarine.core.errors import InputError
from octarine.core.risks import risks
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
