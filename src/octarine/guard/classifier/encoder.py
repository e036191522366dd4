"""The small encoder, in ONNX Runtime: token windows to logits. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from octarine.core.errors import DataError, MissingExtra
from octarine.guard.classifier.legible import Legible
from octarine.guard.classifier.scripts import Scripts
from octarine.guard.classifier.tokeniser import Encoding, Tokeniser
from octarine.guard.classifier.windows import PROMPT_TOKENS, TOKENS, Window, windows


class Encoder:
    """``encoder.onnx`` and ``tokenizer.json`` of a folder. The network is fed those of
    ``INPUTS`` that it asks for.

    Raises:
        MissingExtra: ONNX Runtime or the network is not there.
        DataError: the network or the tokeniser is of another kind.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        try:
            import onnxruntime
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
        self._asked = _asked(self._session, folder / "encoder.onnx")
        self._tokeniser = Tokeniser.read(folder / "tokenizer.json")
        self._cls, self._sep = self._tokeniser["[CLS]"], self._tokeniser["[SEP]"]
        self._legible = Legible(self._tokeniser.vocabulary)
        self.scripts = Scripts(self._tokeniser.vocabulary)

    def _encode(self, text: str) -> Encoding:
        return self._tokeniser.encode(self._legible(text))

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
            found[index] = self._session.run(None, self._feed(ids, answer))[0][0]
        return found

    def _feed(self, ids: list[int], answer: int) -> dict[str, NDArray[np.int64]]:
        types = np.zeros((1, len(ids)), dtype=np.int64)
        if answer:
            types[0, answer:] = 1
        made = dict(zip(INPUTS, (np.array([ids], dtype=np.int64), np.ones_like(types), types), strict=True))
        return {name: made[name] for name in self._asked}


def _asked(session: Any, path: Path) -> tuple[str, ...]:
    """The inputs of a network. A mask is all ones, since a window is never padded: many do without."""
    names = tuple(one.name for one in session.get_inputs())
    if INPUTS[0] not in names or not set(names) <= set(INPUTS):
        raise DataError(
            f"a network of another kind than the guard's: its inputs are {', '.join(names)}",
            path=path,
            hint=f"The guard feeds {', '.join(INPUTS)}; `octarine guard train` makes such a network.",
        )
    return names


INPUTS = ("input_ids", "attention_mask", "token_type_ids")
