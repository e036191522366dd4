"""Reading a model's folder."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from octarine.core.errors import DataError, InputError
from octarine.core.protocols import Artefact, InventoriedModel, Inventory
from octarine.models.gguf_header import read_gguf_metadata
from octarine.models.inventory import read_inventory, with_artefacts
from octarine.models.scripted import ScriptedModel


class _Trap:
    """Unpickling this leaves a mark."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return (open, (self.path, "w"))


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _gguf(*pairs: bytes, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, 0, len(pairs)) + b"".join(pairs)


LICENCE_PAIR = _string("general.license") + struct.pack("<I", 8) + _string("apache-2.0")


def test_files_are_listed_with_hash_text_and_format(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n# Card é", "utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "config.json").write_text(
        json.dumps({"architectures": ["LlamaForCausalLM"], "max_position_embeddings": 2048}), "utf-8"
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "index").write_bytes(b"x")
    header = json.dumps({"__metadata__": {"format": "pt", "source": "us"}}).encode()
    weights = struct.pack("<Q", len(header)) + header
    (tmp_path / "model.safetensors").write_bytes(weights)
    found = read_inventory(tmp_path)
    by_name = {item.name: item for item in found.artefacts}
    assert set(by_name) == {"README.md", "sub/config.json", "model.safetensors"}
    assert by_name["README.md"].text.endswith("# Card é")
    assert by_name["model.safetensors"].format == "safetensors"
    assert by_name["model.safetensors"].sha256 == hashlib.sha256(weights).hexdigest()
    assert found.facts["weights.sha256"] == by_name["model.safetensors"].sha256
    assert found.facts["weights.format"] == "safetensors"
    assert found.facts["weights.pickle"] == "no"
    assert found.facts["source"] == "us"
    assert found.facts["architecture"] == "LlamaForCausalLM"
    assert found.facts["context_length"] == "2048"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_bare_pickle_is_seen_and_not_loaded(tmp_path: Path, protocol: int) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    trap = pickle.dumps(_Trap(str(tmp_path / "sprung")), protocol=protocol)
    (folder / "weights.dat").write_bytes(trap)
    found = read_inventory(folder)
    assert found.facts["weights.pickle"] == "yes"
    assert not (tmp_path / "sprung").exists()


def test_a_pickle_inside_a_zip_file_is_seen_whatever_it_is_called(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pytorch_model.bin", "w") as archive:
        archive.writestr("archive/blob", pickle.dumps({"a": 1}, protocol=2))
    found = read_inventory(tmp_path)
    assert found.artefacts[0].format == "pickle"
    assert found.facts["weights.pickle"] == "yes"


def test_numpy_archives_are_told_apart_by_their_content(tmp_path: Path) -> None:
    np.savez(tmp_path / "plain.npz", a=np.zeros(3))
    np.savez(tmp_path / "objects.npz", a=np.array([{}], dtype=object))
    formats = {item.name: item.format for item in read_inventory(tmp_path).artefacts}
    assert formats == {"plain.npz": "unknown-weights", "objects.npz": "pickle"}


def test_gguf_metadata_become_facts_and_vocabularies_do_not(tmp_path: Path) -> None:
    languages = _string("general.languages") + struct.pack("<IIQ", 9, 8, 2) + _string("en") + _string("de")
    tokens = _string("tokens") + struct.pack("<IIQ", 9, 8, 40) + _string("a") * 40
    scores = _string("scores") + struct.pack("<IIQ3f", 9, 6, 3, 1, 2, 3)
    flag = _string("add_bos") + struct.pack("<IB", 7, 1)
    (tmp_path / "m.gguf").write_bytes(_gguf(tokens, scores, LICENCE_PAIR, languages, flag))
    found = read_inventory(tmp_path)
    assert found.facts["general.license"] == "apache-2.0"
    assert found.facts["general.languages"] == "en, de"
    assert found.facts["add_bos"] == "true"
    assert "tokens" not in found.facts
    assert "scores" not in found.facts
    assert found.facts["weights.format"] == "gguf"


@pytest.mark.parametrize(
    "data",
    [
        _gguf(LICENCE_PAIR)[:-3],
        b"GGUF",
        _gguf(_string("k") + struct.pack("<I", 99)),
        _gguf(struct.pack("<Q", 1 << 60)),
        _gguf(version=9),
    ],
)
def test_a_damaged_gguf_file_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "broken.gguf").write_bytes(data)
    with pytest.raises(DataError, match=r"broken\.gguf"):
        read_gguf_metadata(tmp_path / "broken.gguf")


def test_a_damaged_safetensors_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(struct.pack("<Q", 1 << 40) + b"{}")
    with pytest.raises(DataError, match=r"m\.safetensors"):
        read_inventory(tmp_path)


def test_binary_files_have_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\0\1")
    (tmp_path / "latin.txt").write_bytes("é".encode("latin-1"))
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(2))
    (tmp_path / "w.npy").write_bytes(buffer.getvalue())
    texts = {item.name: (item.text, item.format) for item in read_inventory(tmp_path).artefacts}
    assert texts == {"a.png": ("", ""), "latin.txt": ("", ""), "w.npy": ("", "npy")}


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x", "utf-8")
    with pytest.raises(InputError, match="is not a folder"):
        read_inventory(tmp_path / "f")


async def test_what_a_model_knows_only_after_its_start_is_not_missed(tmp_path: Path) -> None:
    """The embedded model's weights are fetched by ``start``; the folder is read once all the same."""

    class Fetching(ScriptedModel):
        fetched = False

        async def start(self) -> None:
            self.fetched = True

        def inventory(self) -> Inventory:
            return Inventory((Artefact("weights.gguf"),) if self.fetched else ())

    (tmp_path / "LICENSE").write_text("Apache License", "utf-8")
    model = with_artefacts(Fetching(), tmp_path)
    assert isinstance(model, InventoriedModel)
    assert [item.name for item in model.inventory().artefacts] == ["LICENSE"]
    await model.start()
    (tmp_path / "LICENSE").unlink()
    assert [item.name for item in model.inventory().artefacts] == ["weights.gguf", "LICENSE"]
