"""The audit log: every change shows."""

from __future__ import annotations

import json
import multiprocessing
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.errors import DataError, InputError
from octarine.server import audit as module
from octarine.server.audit import FIRST, Audit, audit_key, text_hash, verify

KEY = b"a-key-of-the-operator"


def written(path, count, key=b""):
    log = Audit(path, key)
    for number in range(count):
        assert log.append({"n": number, "text": "größer \ud800 \n"})
    log.close()
    return path


@pytest.mark.parametrize("key", [b"", KEY])
def test_a_log_that_was_left_alone_holds(tmp_path, key):
    path = written(tmp_path / "a.jsonl", 5, key)
    written(path, 3, key)
    found = verify(path, key)
    assert (found.records, found.problems) == (8, ())
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert lines[0]["prev"] == FIRST
    assert lines[-1]["hash"] == found.last
    assert all("time" in line for line in lines)
    assert path.stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return written(tmp_path_factory.mktemp("log") / "a.jsonl", 6, KEY).read_bytes()


@given(data=st.data())
def test_any_byte_that_changes_shows(log, tmp_path_factory, data):
    at = data.draw(st.integers(0, len(log) - 1))
    new = data.draw(st.integers(0, 255).filter(lambda byte: byte != log[at]))
    path = tmp_path_factory.mktemp("changed") / "a.jsonl"
    path.write_bytes(log[:at] + bytes([new]) + log[at + 1 :])
    assert verify(path, KEY).problems


@given(st.permutations(range(6)))
def test_lines_that_move_show(log, tmp_path_factory, order):
    lines = log.splitlines(keepends=True)
    path = tmp_path_factory.mktemp("moved") / "a.jsonl"
    path.write_bytes(b"".join(lines[index] for index in order))
    assert bool(verify(path, KEY).problems) == (order != list(range(6)))


def test_lines_that_are_taken_out_show_except_at_the_end(log, tmp_path):
    lines = log.splitlines(keepends=True)
    path = tmp_path / "a.jsonl"
    for gone in range(5):
        path.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
        assert verify(path, KEY).problems
    path.write_bytes(b"".join(lines[:5]))
    shorter = verify(path, KEY)
    assert not shorter.problems  # what the last hash, kept elsewhere, is for
    path.write_bytes(log)
    assert shorter.last != verify(path, KEY).last


def test_who_has_no_key_cannot_write_a_chain_that_holds(tmp_path):
    path = written(tmp_path / "a.jsonl", 3, b"another-key-of-somebody")
    assert len(verify(path, KEY).problems) == 3


def _write(path, worker):
    log = Audit(path, KEY)
    for number in range(200):
        log.append({"worker": worker, "n": number})
    log.close()


def test_several_processes_write_one_chain(tmp_path):
    path = tmp_path / "a.jsonl"
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_write, args=(path, number)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = verify(path, KEY)
    assert (found.records, found.problems) == (600, ())
    seen = [json.loads(line) for line in path.read_bytes().splitlines()]
    for number in range(3):
        assert [line["n"] for line in seen if line["worker"] == number] == list(range(200))


def test_a_line_that_was_cut_off_is_named_and_the_chain_goes_on(tmp_path):
    path = written(tmp_path / "a.jsonl", 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    written(path, 2)
    found = verify(path)
    assert [line for line, _ in found.problems] == [3]
    assert found.records == 4


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path, monkeypatch):
    told, full, real = [], [True], os.write

    def write(descriptor, data):
        if full[0]:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[: random.randint(1, len(data))])

    monkeypatch.setattr(module.os, "write", write)
    monkeypatch.setattr(module, "_AGAIN_S", 0.01)
    log = Audit(tmp_path / "a.jsonl", b"", told.append)
    log.append({"n": 0})
    while not log.failure:
        pass
    log.append({"n": 1})
    assert "No space" in told[0]
    full[0] = False
    while log.failure:
        pass
    log.close()
    assert (verify(log.path).records, verify(log.path).problems) == (2, ())
    assert len(told) == 1


def test_half_a_line_is_taken_back(tmp_path, monkeypatch):
    path = written(tmp_path / "a.jsonl", 1)
    real, calls = os.write, []

    def write(descriptor, data):
        calls.append(data)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:10])

    monkeypatch.setattr(module.os, "write", write)
    log = Audit(path)
    log.append({"n": 1})
    log.close()
    assert len(calls) > 2
    assert not verify(path).problems


def test_hashes_of_texts_need_the_key_where_there_is_one():
    assert text_hash("a", b"") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert text_hash("a", KEY) != text_hash("a", b"") != text_hash("b", b"")
    assert text_hash("\ud800", b"")


def test_what_cannot_be_used_is_said(tmp_path):
    with pytest.raises(InputError, match="OCTARINE_AUDIT_KEY"):
        audit_key({"OCTARINE_AUDIT_KEY": "short"})
    assert audit_key({}) == b""
    with pytest.raises(InputError, match="cannot be written"):
        Audit(tmp_path)
    with pytest.raises(DataError):
        verify(tmp_path / "none")
