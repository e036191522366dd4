from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from octarine.cli.main import cli
from octarine.core.errors import InputError, UnknownPlugin
from octarine.redteam.strategies import strategies


def call(*args: str) -> str:
    result = CliRunner().invoke(cli, ["redteam", "strategies", *args], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_all_are_listed_with_what_they_cost() -> None:
    listed = {card["id"]: card for card in json.loads(call("--json"))}
    assert set(listed) == set(strategies)
    assert listed["crescendo"]["calls"] == 10
    assert "Russinovich" in listed["crescendo"]["reference"]
    assert all(name in call() for name in listed)


def test_parameters_change_what_one_costs() -> None:
    (card,) = json.loads(call("crescendo(turns=8, inside=base64)", "--json"))
    assert card["calls"] == 13
    assert {p["name"]: p["value"] for p in card["parameters"]} == {
        "turns": 8,
        "backtracks": 5,
        "inside": "base64",
    }
    told = call("crescendo(turns=8)")
    assert "at most: 13" in told
    assert "Differs from it" in told


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("crecendo", "crescendo"),
        ("crescendo(turns=0)", "turns=0"),
        ("crescendo(turns=many)", "turns=many"),
        ("crescendo(rounds=3)", "rounds"),
        ("pair(inside=no-such-thing)", "no-such-thing"),
        ("pair(inside=slow-drift)", "turns of its own"),
        ("(", "names no strategy"),
    ],
)
def test_a_slip_is_named(name: str, said: str) -> None:
    with pytest.raises((InputError, UnknownPlugin)) as caught:
        call(name)
    assert said in str(caught.value)
