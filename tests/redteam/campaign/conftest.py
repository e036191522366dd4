from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from octarine.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "results.sqlite")) as opened:
        yield opened
