"""A verdict is recorded under a version that changes with whatever may change it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from octarine.guard import Guard, revision
from octarine.guard.policy import policy_from_text

from .fake_classifier import FakeClassifier

POLICY = "name: p\nversion: 1.0.0\nwords: [{id: w, terms: [forbidden], action: block}]\n"
MODEL = "name: m\nversion: 1.0.0\ncategories: {harmful_request: {action: block}}\n"


@pytest.fixture
def folder(tmp_path):
    for name in ("guard.py", "rules/data/secrets.toml", "normalise/search.py", "data/weights/encoder.onnx"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["guard.py", "rules/data/secrets.toml", "normalise/search.py"])
def test_it_changes_with_every_file_that_decides(folder, name):
    before = revision.revision_of(folder)
    assert revision.revision_of(folder) == before
    path = folder / name
    path.write_text(path.read_text("utf-8") + " ", "utf-8")
    changed = revision.revision_of(folder)
    path.unlink()
    assert len({before, changed, revision.revision_of(folder)}) == 3


def test_it_changes_where_a_file_is_renamed_and_with_what_else_is_said(folder):
    before = revision.revision_of(folder)
    assert revision.revision_of(folder, "2") != revision.revision_of(folder, "1") != before
    (folder / "guard.py").rename(folder / "warden.py")
    assert revision.revision_of(folder) != before


def test_weights_training_and_compiled_code_are_left_out(folder):
    before = revision.revision_of(folder)
    (folder / "data/weights/encoder.onnx").write_text("other", "utf-8")
    for name in ("training/fitting.py", "rules/__pycache__/rule.cpython-312.pyc"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("other", "utf-8")
    assert revision.revision_of(folder) == before


def test_the_normaliser_the_rules_and_the_policies_are_all_in_it():
    root = resources.files("octarine.guard")
    assert isinstance(root, Path)
    found = {name for name, _ in revision._files(root, "")}
    assert {"guard.py", "normalise/search.py", "normalise/data/morse.toml", "policy/decision.py"} < found
    assert {f"rules/data/{path.name}" for path in (root / "rules/data").iterdir()} < found
    assert not any(name.startswith(("training/", "data/weights/")) for name in found)


def test_a_guard_is_another_where_its_code_is(monkeypatch):
    policy = policy_from_text(POLICY)
    before = Guard(policy).version
    assert Guard(policy).version == before
    monkeypatch.setattr(revision, "revision", lambda: "another")
    assert Guard(policy).version != before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", "fake-2"),
        ("lineage", frozenset({"other"})),
        ("thresholds", {"harmful_request": {"medium": 0.2}}),
    ],
)
def test_a_guard_is_another_where_its_weights_or_thresholds_are(name, value):
    policy = policy_from_text(MODEL)
    other = FakeClassifier()
    setattr(other, name, value)
    assert Guard(policy, FakeClassifier()).version != Guard(policy, other).version


def test_weights_that_nobody_asks_do_not_matter():
    policy = policy_from_text(POLICY)
    other = FakeClassifier()
    other.version = "fake-2"
    assert Guard(policy, FakeClassifier()).version == Guard(policy, other).version
