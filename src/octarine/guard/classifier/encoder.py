"""The small encoder, in ONNX Runtime: token windows to logits. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from octarine.core.errors import MissingExtra
from octarine.guard.classifier.legible import Legible
from octarine.guard.classifier.windows import PROMPT_TOKENS, TOKENS, Window, windows


class Encoder:
    """``encoder.onnx`` and ``tokenizer.json`` of a folder.

    Raises:
        MissingExtra: a library or a file is not there.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError:
            raise MissingExtra("guard", "the guard's model tier") from None
        if not (folder / "encoder.onnx").is_file():
            raise MissingExtra("guard", f"the guard's model tier ({folder / 'encoder.onnx'} is not there)")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._cls = self._special("[CLS]")
        self._sep = self._special("[SEP]")
        self._legible = Legible(self._tokenizer.get_vocab())

    def _encode(self, text: str) -> Any:
        return self._tokenizer.encode(self._legible(text), add_special_tokens=False)

    def _special(self, token: str) -> int:
        found: int = self._tokenizer.token_to_id(token)
        return found

    def count(self, texts: Sequence[str]) -> list[int]:
        """How many windows ``texts`` gives of each."""
        return [sum(1 for _ in windows(self._encode(text).offsets, TOKENS - 2)) for text in texts]

    def texts(self, texts: Sequence[str]) -> tuple[list[list[Window]], NDArray[np.float32]]:
        """Windows of each text, and logits of all windows in one array (windows, outputs)."""
        found, rows = [], []
        for text in texts:
            encoding = self._encode(text)
            cut = list(windows(encoding.offsets, TOKENS - 2))
            found.append(cut)
            rows += [([self._cls, *encoding.ids[w.first : w.last], self._sep], 0) for w in cut]
        return found, self._logits(rows)

    def answers(self, pairs: Sequence[tuple[str, str]]) -> tuple[list[list[Window]], NDArray[np.float32]]:
        """As ``texts``, over windows of each answer behind the beginning of its request."""
        found, rows = [], []
        for request, answer in pairs:
            asked = self._encode(request).ids[:PROMPT_TOKENS]
            encoding = self._encode(answer)
            cut = list(windows(encoding.offsets, TOKENS - 3 - len(asked)))
            found.append(cut)
            begin = [self._cls, *asked, self._sep]
            rows += [([*begin, *encoding.ids[w.first : w.last], self._sep], len(begin)) for w in cut]
        return found, self._logits(rows)

    def _logits(self, rows: Sequence[tuple[list[int], int]]) -> NDArray[np.float32]:
        """Each window alone: in one batch the int8 activations of all would share their scale, and a text's
        score would depend on the company that it keeps. On one core a batch gains less than a tenth."""
        found = np.zeros((len(rows), self._session.get_outputs()[0].shape[-1]), dtype=np.float32)
        for index, (ids, answer) in enumerate(rows):
            found[index] = self._session.run(None, _feed(ids, answer))[0][0]
        return found


def _feed(ids: list[int], answer: int) -> dict[str, NDArray[np.int64]]:
    types = np.zeros((1, len(ids)), dtype=np.int64)
    if answer:
        types[0, answer:] = 1
    return dict(zip(INPUTS, (np.array([ids], dtype=np.int64), np.ones_like(types), types), strict=True))


INPUTS = ("input_ids", "attention_mask", "token_type_ids")
