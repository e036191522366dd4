"""Content credentials that are found by a watermark."""

from __future__ import annotations

import hashlib

import pytest

from octarine.core.errors import InputError
from octarine.store import KeptManifest, open_store

DATA = b"\0jumb\xff"


def kept(label: str, mark: int = 2**48 - 1, data: bytes = DATA) -> KeptManifest:
    return KeptManifest(
        label, mark, "ab12", hashlib.sha256(data).hexdigest(), "f" * 64, title="a\0b \N{SNOWMAN}"
    )


def test_manifests_come_back_the_newest_first(url: str) -> None:
    with open_store(url) as store:
        store.keep_manifest(kept("one"), DATA)
        store.keep_manifest(kept("two", data=b"other"), b"other")
        store.keep_manifest(kept("else", mark=5), DATA)
    with open_store(url) as store:
        found = store.manifests(2**48 - 1, "ab12")
        assert found == [kept("two", data=b"other"), kept("one")]
        assert [store.blob(one.manifest) for one in found] == [b"other", DATA]


def test_mark_and_key_both_count(url: str) -> None:
    with open_store(url) as store:
        store.keep_manifest(kept("one"), DATA)
        assert store.manifests(2**48 - 1, "cd34") == []
        assert store.manifests(0, "ab12") == []


def test_the_first_of_a_label_stands(url: str) -> None:
    with open_store(url) as store:
        store.keep_manifest(kept("one"), DATA)
        store.keep_manifest(kept("one", mark=5), DATA)
        assert store.manifests(5, "ab12") == []
        assert store.manifests(2**48 - 1, "ab12") == [kept("one")]


def test_other_bytes_than_the_record_names_are_refused(url: str) -> None:
    with open_store(url) as store:
        with pytest.raises(InputError, match="not those of its record"):
            store.keep_manifest(kept("one"), b"other")
        assert store.manifests(2**48 - 1, "ab12") == []
