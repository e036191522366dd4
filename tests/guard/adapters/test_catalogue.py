"""Every adapter is described, and its example opens."""

from __future__ import annotations

import pytest

from octarine.core.errors import MissingExtra
from octarine.guard.adapters import adapter_names, described, open_adapter


def test_all_are_described_and_nothing_else() -> None:
    assert sorted(described()) == sorted(adapter_names())


@pytest.mark.parametrize("name", adapter_names())
def test_the_example_opens_and_covers_what_is_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = described()[name]
    assert one.example.startswith(f"{name}:")
    assert one.licence
    assert one.asked
    try:
        adapter = open_adapter(one.example)
    except MissingExtra as missing:
        pytest.skip(missing.message)
    assert adapter.name == name
    assert dict(adapter.covers) == dict(one.covers)
