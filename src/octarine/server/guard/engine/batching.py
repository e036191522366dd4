"""The model tier behind one thread: calls of several requests go through it one after the other, or together.

Together they are a little faster, and not quite the same: the weights that ship are quantised dynamically, so
that one scale holds for a whole batch and a score moves (by up to 0.3 on the logit) with whatever else is in
it. So the default is one call at a time: a served verdict is then the library's verdict, and nobody's depends
on what others ask. ``calls`` above 1 is for weights that do not mind.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from octarine.guard.scan.window_cache import Scores, Tier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WAIT_S = 0.002
"""How long a call waits for others to come along, where several may."""
_INPUTS, _OUTPUTS = "inputs", "outputs"


@dataclass(frozen=True, slots=True)
class _Call:
    kind: str
    items: Sequence[Any]
    answer: Future[list[Scores]] = field(default_factory=Future)


class BatchingTier:
    """A ``Tier`` that many threads may call at once; one thread runs it.

    Args:
        load: gives the classifier; called when something first asks for it.
        calls: how many calls may be joined in one.
        wait_s: how long to wait for more, where more than one may be joined.
    """

    def __init__(self, load: Callable[[], Tier], *, calls: int = 1, wait_s: float = WAIT_S) -> None:
        self._load = load
        self._calls = calls
        self._wait_s = wait_s if calls > 1 else 0.0
        self._queue: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="octarine-model-tier", daemon=True)
        self._thread.start()

    @cached_property
    def inner(self) -> Tier:
        """The classifier.

        Raises:
            MissingExtra: its libraries or weights are not there.
        """
        return self._load()

    @property
    def version(self) -> str:
        """The classifier's."""
        return self.inner.version

    @property
    def lineage(self) -> frozenset[str]:
        """The classifier's."""
        return self.inner.lineage

    @property
    def thresholds(self) -> Mapping[str, Mapping[str, float]]:
        """The classifier's."""
        return self.inner.thresholds

    def input_windows(self, texts: Sequence[str]) -> Sequence[Scores]:
        """As the classifier's; waits for its turn."""
        return self._ask(_INPUTS, texts)

    def output_windows(self, pairs: Sequence[tuple[str, str]]) -> Sequence[Scores]:
        """As the classifier's; waits for its turn."""
        return self._ask(_OUTPUTS, pairs)

    def score_inputs(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The classifier's own, out of turn."""
        return self.inner.score_inputs(texts)

    def score_outputs(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """The classifier's own, out of turn."""
        return self.inner.score_outputs(pairs)

    def close(self) -> None:
        """Answer what waits, and end the thread. Whoever calls later is answered with an error."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _ask(self, kind: str, items: Sequence[Any]) -> list[Scores]:
        if not items:
            return []
        if self._closed:
            raise RuntimeError("the model tier was closed")
        call = _Call(kind, items)
        self._queue.put(call)
        return call.answer.result()

    def _run(self) -> None:
        ended = False
        while not ended:
            taken = self._taken()
            ended = None in taken
            calls = [call for call in taken if call is not None]
            for kind in (_INPUTS, _OUTPUTS):
                self._answer(kind, [call for call in calls if call.kind == kind])
        while not self._queue.empty():
            left = self._queue.get()
            if left is not None:
                left.answer.set_exception(RuntimeError("the model tier was closed"))

    def _taken(self) -> list[_Call | None]:
        taken = [self._queue.get()]
        until = time.monotonic() + self._wait_s
        while len(taken) < self._calls and taken[-1] is not None:
            try:
                taken.append(self._queue.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                break
        return taken

    def _answer(self, kind: str, calls: list[_Call]) -> None:
        """Run some calls as one; where that fails each alone, so that one text does not fail for others."""
        if not calls:
            return
        ask = self.inner.input_windows if kind == _INPUTS else self.inner.output_windows
        try:
            scored = list(ask([item for call in calls for item in call.items]))
        except Exception as error:
            if len(calls) == 1:
                calls[0].answer.set_exception(error)
                return
            for call in calls:
                self._answer(kind, [call])
            return
        at = 0
        for call in calls:
            call.answer.set_result(scored[at : at + len(call.items)])
            at += len(call.items)
