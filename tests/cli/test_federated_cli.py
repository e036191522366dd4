"""``octarine evaluate federated`` with clients that learn alone, which needs no engine."""

from __future__ import annotations

import json

import pytest

from octarine.cli.main import run
from tests.evaluate.benchmarks.fedmultimodal.folders import uci_har


def octarine(capsys, *args: str) -> tuple[int, str, str]:
    code = run(["evaluate", "federated", *args])
    out, err = capsys.readouterr()
    return code, out, err


SHORT = (
    "--strategy",
    "local",
    "--corruption",
    "missing-label",
    "--rates",
    "0.5",
    "--rounds",
    "10",
    "--repeats",
    "2",
)


def test_json_has_every_cell_with_its_interval(capsys, tmp_path):
    uci_har(tmp_path / "UCI HAR Dataset")
    code, out, err = octarine(capsys, "--data", str(tmp_path), *SHORT, "--alpha", "5", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["data"] == "uci-har"
    assert found["windows"] == {"train": 96, "dev": 24, "test": 24}
    assert [(cell["corruption"], cell["rate"]) for cell in found["cells"]] == [
        (None, 0.0),
        ("missing-label", 0.5),
    ]
    for cell in found["cells"]:
        for one in cell["figures"].values():
            assert one["low"] <= one["value"] <= one["high"]
            assert one["clusters"] == 2
    assert any("7352" in note for note in found["notes"])


def test_the_table_and_its_files(capsys, tmp_path):
    code, out, _ = octarine(capsys, *SHORT, "--out", str(tmp_path / "new"))
    assert code == 0
    assert "drop from clean" in out
    assert "the paper's, not measured here" in out
    assert json.loads((tmp_path / "new" / "federated.json").read_text())["data"] == "synthetic"
    assert "<svg" in (tmp_path / "new" / "federated.html").read_text()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--strategy", "fedsgd"), "fedavg, fedopt, local"),
        (("--strategy", "local,local"), "each once"),
        (("--corruption", ","), "one at least"),
        (("--rates", "0.1,x"), "no list of numbers"),
        (("--rates", "1"), "below 1"),
        (("--rates", "nan"), "below 1"),
        (("--repeats", "1"), "--repeats"),
        (("--data", "/nowhere"), "/nowhere/train"),
    ],
)
def test_what_cannot_be_used_is_one_error(capsys, args, says):
    code, out, err = octarine(capsys, *args)
    assert code == 2
    assert out == ""
    assert says in err


def test_the_list_says_how_it_is_run(capsys):
    assert run(["evaluate", "list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["fedmultimodal"]["problem"] == "octarine evaluate federated"
