"""A file is written whole or not at all."""

from __future__ import annotations

import pytest

from octarine.core.errors import InputError
from octarine.core.files import writing


def test_what_was_written_is_there_at_the_end_and_not_before(tmp_path):
    path = tmp_path / "it"
    with writing(path) as file:
        file.write(b"abc")
        assert not path.exists()
        file.seek(0)
        assert file.read() == b"abc"
    assert path.read_bytes() == b"abc"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_raises_leaves_what_was_there(tmp_path):
    path = tmp_path / "it"
    path.write_bytes(b"before")

    def spoil() -> None:
        with writing(path) as file:
            file.write(b"half")
            raise ValueError

    with pytest.raises(ValueError):
        spoil()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="it was not written: No such file"), writing(tmp_path / "no" / "it"):
        pass
