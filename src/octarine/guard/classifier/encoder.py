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

BATCH = 16
"""Windows a call: more gain nothing on one core."""


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
        """Windows of like length are run together, so that little is padded."""
        order = sorted(range(len(rows)), key=lambda index: len(rows[index][0]))
        found = np.zeros((len(rows), self._session.get_outputs()[0].shape[-1]), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            found[some] = self._session.run(None, _padded([rows[index] for index in some]))[0]
        return found


def _padded(rows: Sequence[tuple[list[int], int]]) -> dict[str, NDArray[np.int64]]:
    longest = max(len(ids) for ids, _ in rows)
    feed = {name: np.zeros((len(rows), longest), dtype=np.int64) for name in INPUTS}
    ids, mask, types = feed.values()
    for index, (row, answer) in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
        if answer:
            types[index, answer : len(row)] = 1
    return feed


INPUTS = ("input_ids", "attention_mask", "token_type_ids")
