"""Getting data: from a copy, from an archive, and never what is not the official file."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

import httpx
import pytest

from octarine.core.errors import DataError, InputError
from octarine.evaluate.benchmarks import fetch
from octarine.evaluate.benchmarks.fetch import RECORD, get, standing
from octarine.evaluate.benchmarks.frame import DataFile, Source

COMMIT = "0123456789012345678901234567890123456789"


def source(**more) -> Source:
    good = hashlib.sha256(b"right\n").hexdigest()
    files = (DataFile("Data/a.txt", good), DataFile("prompts/*.txt"), DataFile("extra.json", optional=True))
    return Source("https://github.com/owner/name", COMMIT, "CC0", files, **more)


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "copy"
    for name, data in (("Data/a.txt", b"right\n"), ("prompts/1.txt", b"one"), ("prompts/2.txt", b"two")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_a_copy_is_checked_and_recorded(copy, tmp_path):
    got = get("x", source(), tmp_path / "to", copy_of=copy)
    assert [(item.path, item.checked) for item in got] == [
        ("Data/a.txt", True),
        ("prompts/1.txt", False),
        ("prompts/2.txt", False),
    ]
    record = json.loads((tmp_path / "to" / RECORD).read_text())
    assert record["commit"] == COMMIT
    assert set(record["files"]) == {"Data/a.txt", "prompts/1.txt", "prompts/2.txt"}


@pytest.mark.parametrize("data", [b"right", b"right\r\n", b"", b"\xff\xfer\x00"])
def test_a_file_that_is_not_the_official_one_is_refused_and_nothing_is_written(copy, tmp_path, data):
    (copy / "Data" / "a.txt").write_bytes(data)
    with pytest.raises(DataError, match="SHA-256 differs") as error:
        get("x", source(), tmp_path / "to", copy_of=copy)
    assert error.value.path.endswith("a.txt")
    assert not (tmp_path / "to").exists()


def test_a_copy_without_a_file_is_refused(copy, tmp_path):
    for prompt in (copy / "prompts").iterdir():
        prompt.unlink()
    with pytest.raises(DataError, match=r"holds no \*\.txt"):
        get("x", source(), tmp_path / "to", copy_of=copy)


def archive(commit=COMMIT, a=b"right\n") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT, pax_headers={"comment": commit}
    ) as tar:
        for name, data in (
            ("Data/a.txt", a),
            ("prompts/1.txt", b"1"),
            ("code.py", b""),
            ("extra.json", b"{}"),
        ):
            info = tarfile.TarInfo(f"name-{commit}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def serving(status=200, data=b"", asked=None):
    def answer(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(str(request.url))
        return httpx.Response(status, content=data)

    return httpx.MockTransport(answer)


def test_an_archive_of_the_pinned_commit_is_unpacked(tmp_path):
    asked: list[str] = []
    got = get("x", source(), tmp_path, transport=serving(data=archive(), asked=asked))
    assert asked == [f"https://codeload.github.com/owner/name/tar.gz/{COMMIT}"]
    assert [item.path for item in got] == ["Data/a.txt", "prompts/1.txt", "extra.json"]
    assert (tmp_path / "Data" / "a.txt").read_bytes() == b"right\n"


@pytest.mark.parametrize(
    ("transport", "message"),
    [
        (serving(404), "answered 404"),
        (serving(data=archive(a=b"wrong")), "SHA-256 differs"),
        (serving(data=archive(commit="f" * 40)), "is of the commit"),
        (serving(data=archive()[:80]), "not an archive"),
        (serving(data=b"<html>"), "not an archive"),
    ],
)
def test_what_is_not_the_archive_is_one_error(tmp_path, transport, message):
    with pytest.raises(InputError, match=message):
        get("x", source(), tmp_path / "to", transport=transport)
    assert not (tmp_path / "to").exists()


def test_without_a_network_the_error_says_what_to_do(tmp_path):
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with pytest.raises(InputError, match="octarine data get x --from FOLDER"):
        get("x", source(), tmp_path / "to", transport=httpx.MockTransport(refuse))


@pytest.mark.parametrize("gone", ["Data/a.txt", "prompts/1.txt"])
def test_a_partial_copy_writes_nothing_and_spoils_nothing(copy, tmp_path, gone):
    to = tmp_path / "to"
    get("x", source(), to, copy_of=copy)
    before = {path: path.read_bytes() for path in to.rglob("*") if path.is_file()}
    (copy / gone).unlink()
    (copy / "prompts" / "2.txt").unlink(missing_ok=True)
    with pytest.raises(DataError):
        get("x", source(), to, copy_of=copy)
    assert {path: path.read_bytes() for path in to.rglob("*") if path.is_file()} == before


def test_a_disk_that_fills_up_leaves_nothing_half_written(copy, tmp_path, monkeypatch):
    written = fetch.write_bytes

    def full(path, data):
        if path.name == "2.txt":
            raise InputError(f"{path} was not written: no space is left on the device")
        return written(path, data)

    monkeypatch.setattr(fetch, "write_bytes", full)
    with pytest.raises(InputError, match="no space"):
        get("x", source(), tmp_path / "deep" / "to", copy_of=copy)
    assert list((tmp_path / "deep").iterdir()) == []


def test_a_folder_that_may_be_another_disk_is_written_from_inside(copy, tmp_path, monkeypatch):
    to, disk, places = tmp_path / "to", tmp_path / "disk", []
    disk.mkdir()
    to.symlink_to(disk)
    written = fetch.write_bytes
    monkeypatch.setattr(fetch, "write_bytes", lambda path, data: (places.append(path), written(path, data)))
    get("x", source(), to, copy_of=copy)
    assert all(to in path.parents for path in places)
    assert {entry.name for entry in disk.iterdir()} == {"Data", "prompts", RECORD}


def test_a_place_that_takes_no_folder_is_one_error(copy, tmp_path, monkeypatch):
    def refused(**_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(fetch.tempfile, "TemporaryDirectory", refused)
    with pytest.raises(InputError, match=r"nothing can be written in .*: Permission denied"):
        get("x", source(), tmp_path / "to", copy_of=copy)


def test_what_the_repository_does_not_hold_is_not_fetched(tmp_path):
    asked: list[str] = []
    with pytest.raises(InputError, match="cannot be fetched") as error:
        get("x", source(by_hand=True), tmp_path / "to", transport=serving(asked=asked))
    assert asked == []
    assert "--from FOLDER" in error.value.hint


def test_the_standing_of_a_folder(copy, tmp_path):
    to = tmp_path / "to"
    assert standing(source(), to) == "not here"
    get("x", source(), to, copy_of=copy)
    assert standing(source(), to) == "as published where there are hashes (1 files)"
    (to / "Data" / "a.txt").write_bytes(b"changed")
    assert standing(source(), to) == "changed: Data/a.txt"
    (to / "Data" / "a.txt").unlink()
    assert standing(source(), to) == "partly here: no Data/a.txt"
    whole = Source("https://github.com/owner/name", COMMIT, "CC0", (DataFile("prompts/1.txt"),))
    assert standing(whole, to) == "here, without hashes to check"


def test_every_public_source_is_pinned_and_every_hash_is_one():
    from octarine.cli.data import sources

    for name, found in sources().items():
        assert found.licence, name
        assert found.by_hand or len(found.commit) == 40, name
        for file in found.files:
            assert len(file.sha256) in (0, 64), name
            assert not file.url or found.commit in file.url or "fever.ai" in file.url, name
