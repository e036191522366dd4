"""Keys: derivation against the RFC's own vectors, files, and what is never shown."""

from __future__ import annotations

import os
import stat

import numpy as np
import pytest

from octarine.core.errors import DataError, InputError
from octarine.watermark import Key, generate_key, keys, read_key, read_keys, write_key
from tests.watermark.pictures import KEY, OTHER


def test_hkdf_is_rfc_5869s(monkeypatch):
    # Appendix A.1, whose info field is no text.
    monkeypatch.setattr(keys, "_SALT", bytes(range(13)))

    class Info(str):
        def encode(self):
            return bytes(range(0xF0, 0xFA))

    out = keys.hkdf(b"\x0b" * 22, Info(), 42)
    assert out.hex().startswith(
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_streams_depend_on_key_and_label_alone():
    first = KEY.uniform("a", 1000)
    assert (first == KEY.uniform("a", 1000)).all()
    for other in (KEY.uniform("b", 1000), OTHER.uniform("a", 1000)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.15
    assert 0 <= first.min() < 0.02
    assert 0.98 < first.max() < 1


def test_streams_are_the_same_on_every_machine():
    assert KEY.uniform("a", 1)[0] == pytest.approx(PINNED, abs=1e-15)


PINNED = 0.08674636469437047


def test_a_permutation_holds_each_once():
    assert sorted(KEY.permutation("p", 100)) == list(range(100))


def test_a_key_file_is_read_back_and_only_its_owners(tmp_path):
    key = generate_key()
    write_key(tmp_path / "KEY", key)
    assert read_key(tmp_path / "KEY") == key
    assert stat.S_IMODE(os.stat(tmp_path / "KEY").st_mode) == 0o600


def test_a_key_file_is_never_overwritten(tmp_path):
    write_key(tmp_path / "KEY", KEY)
    with pytest.raises(InputError, match="never overwritten"):
        write_key(tmp_path / "KEY", OTHER)
    assert read_key(tmp_path / "KEY") == KEY


def test_several_keys_in_their_order(tmp_path):
    path = tmp_path / "KEYS"
    path.write_text(f"{KEY.secret.hex()}  # since June\n\n# retired\n{OTHER.secret.hex().upper()}\n")
    assert read_keys(path) == (KEY, OTHER)


@pytest.mark.parametrize("text", ["", "# nothing\n", "0123\n", "z" * 64])
def test_a_file_without_a_key_is_told_and_its_text_is_not_shown(tmp_path, text):
    path = tmp_path / "KEY"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read_keys(path)
    assert "keygen" in str(caught.value)
    assert "z" * 8 not in str(caught.value)


def test_a_secret_is_not_in_the_repr():
    assert KEY.secret.hex() not in repr(KEY)
    assert "a key" not in repr(KEY)


def test_a_short_key_is_refused():
    with pytest.raises(InputError, match="too short"):
        Key(b"short")
