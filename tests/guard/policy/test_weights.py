"""A policy names the weights of the model tier."""

from pathlib import Path

import pytest

from octarine.core.errors import DataError
from octarine.guard.policy import compare, read_policy, write_policy

OURS = "name: ours\nversion: 1.0.0\nextends: [default]\nweights: mine\n"


def written(folder: Path) -> Path:
    (folder / "mine").mkdir()
    (folder / "mine" / "card.json").write_text("{}")
    path = folder / "ours.yaml"
    path.write_text(OURS)
    return path


def test_the_folder_is_relative_to_the_policy(tmp_path: Path) -> None:
    policy = read_policy(written(tmp_path))
    assert Path(policy.weights) == tmp_path / "mine"
    assert read_policy("default").weights == ""


def test_a_later_policy_keeps_them_and_a_diff_shows_them(tmp_path: Path) -> None:
    path = written(tmp_path)
    policy = read_policy(path, "personal-data")
    assert Path(policy.weights) == tmp_path / "mine"
    changes = [str(change) for change in compare(read_policy("default"), read_policy(path))]
    assert any("weights" in change and "mine" in change for change in changes)


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    policy = read_policy(written(tmp_path))
    again = tmp_path / "again.yaml"
    again.write_text(write_policy(policy))
    assert read_policy(again).weights == policy.weights


def test_a_folder_without_weights_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(OURS)
    with pytest.raises(DataError) as raised:
        read_policy(path)
    assert raised.value.line == 4
    assert "mine" in str(raised.value)
