"""What is refused, and what is promised beside the oracle."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from octarine.core.errors import DataError
from octarine.guard.classifier.classifier import packaged_weights
from octarine.guard.classifier.tokeniser import Tokeniser
from octarine.guard.classifier.tokeniser.tokeniser import NORMALISER

SHAPE: dict[str, Any] = {
    "truncation": None,
    "padding": None,
    "added_tokens": [
        {
            "id": 1,
            "content": "[SEP]",
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
        }
    ],
    "normalizer": NORMALISER,
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "model": {
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 10,
        "vocab": {"[UNK]": 0, "[SEP]": 1, "un": 2, "##want": 3, "##ed": 4, "want": 5, "##": 6, "": 7, ".": 8},
    },
}


def written(folder: Path, data: Any) -> Path:
    path = folder / "tokenizer.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    return path


def test_the_longest_pieces_come_first(tmp_path: Path) -> None:
    tokeniser = Tokeniser.read(written(tmp_path, SHAPE))
    found = tokeniser.encode("Unwanted. wants [SEP]ünwanted")
    assert found.ids == [2, 3, 4, 8, 0, 1, 2, 3, 4]
    assert found.offsets == [
        *((0, 2), (2, 6), (6, 8), (8, 9), (10, 15), (16, 21)), *((21, 23), (23, 27), (27, 29))
    ]  # fmt: skip
    assert tokeniser.encode("wantwantwant").ids == [0]
    assert tokeniser.encode("").ids == []
    assert tokeniser.encode("\ud800 un").ids == [2]


@pytest.mark.parametrize(
    ("where", "value", "named"),
    [
        (("normalizer",), {"type": "NFC"}, "normalizer"),
        (("normalizer",), None, "normalizer"),
        (("pre_tokenizer",), {"type": "Whitespace"}, "pre-tokenizer"),
        (("model", "type"), "BPE", "the model is"),
        (("model", "continuing_subword_prefix"), "@@", "prefix"),
        (("model", "unk_token"), "<unk>", "missing"),
        (("truncation",), {"max_length": 128}, "truncation"),
        (("padding",), {"strategy": "BatchLongest"}, "padding"),
        (("added_tokens", 0, "lstrip"), True, r"'lstrip' of the token \[SEP\]"),
        (("added_tokens", 0), {}, "missing"),
        (("model",), [], "another form"),
    ],
)
def test_another_kind_is_refused(tmp_path: Path, where: tuple[Any, ...], value: Any, named: str) -> None:
    data = json.loads(json.dumps(SHAPE))
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    with pytest.raises(DataError, match=named) as refused:
        Tokeniser.read(written(tmp_path, data))
    assert "tokenizer.json" in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3"])
def test_what_is_no_tokeniser_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError):
        Tokeniser.read(written(tmp_path, text))
    with pytest.raises(DataError, match="cannot be read"):
        Tokeniser.read(tmp_path / "elsewhere.json")


def test_threads_do_not_disturb_each_other() -> None:
    path = packaged_weights() / "tokenizer.json"
    texts = [f"Wort{n} über größere {n} 日本語{n}番 किताब{n}" for n in range(400)]
    alone = [Tokeniser.read(path).encode(text).ids for text in texts[:3]]
    shared = Tokeniser.read(path)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda text: shared.encode(text).ids, texts * 4))
    assert found[:3] == alone
    assert found[:400] * 4 == found


def test_the_model_tier_needs_no_library_for_it() -> None:
    pytest.importorskip("onnxruntime", reason="needs the extra 'guard'")
    code = (
        "import sys; sys.modules['tokenizers'] = sys.modules['huggingface_hub'] = None\n"
        "from octarine.guard.classifier import Classifier\n"
        "assert 0 < Classifier.load().score_inputs(['hello'])[0] < 1"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
