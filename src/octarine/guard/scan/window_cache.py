"""The model tier behind a bounded cache: agents send the same history again and again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENGLISH = 180
"""Code points of English that a window adds to the one before."""
WINDOWS = 8
"""Windows a text that are kept on average: a window takes over a kilobyte, and a text may have thousands."""

K = TypeVar("K", bound=Hashable)


class Window(Protocol):
    """What the heads say of ``[start, end)`` of a text, in code points."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def heads(self) -> Mapping[str, float]: ...

    @property
    def hazards(self) -> Mapping[str, float]: ...


Scores = Sequence[Window]
"""The windows of one text."""


class Tier(Protocol):
    """What the guard needs of a classifier; see ``classifier.Classifier``."""

    @property
    def version(self) -> str: ...

    @property
    def lineage(self) -> frozenset[str]: ...

    @property
    def thresholds(self) -> Mapping[str, Mapping[str, float]]: ...

    def input_windows(self, texts: Sequence[str]) -> Sequence[Scores]: ...

    def output_windows(self, pairs: Sequence[tuple[str, str]]) -> Sequence[Scores]: ...

    def score_inputs(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def score_outputs(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]: ...

    def unread(self, text: str) -> Sequence[str]: ...


@runtime_checkable
class Counting(Protocol):
    """A tier that knows how many windows a text has before it looks at them."""

    def count_windows(self, texts: Sequence[str]) -> Sequence[int]: ...


def count_windows(tier: Tier, texts: Sequence[str]) -> Sequence[int]:
    """How many windows each text has; of a tier that cannot tell, about as many as English has."""
    if isinstance(tier, Counting):
        return tier.count_windows(texts)
    return [len(text) // ENGLISH + 1 for text in texts]


class WindowCache:
    """Window scores by text, the least recently used dropped first. It holds hashes of texts, no texts.

    Args:
        tier: the classifier; every text is given to it once, equal ones of a batch too.
        entries: how many texts' windows are kept; 0 keeps none. Long texts count for more: at most
            ``WINDOWS`` windows a text are kept on average.
    """

    def __init__(self, tier: Tier, entries: int) -> None:
        self.tier = tier
        self._entries = entries
        self._held: OrderedDict[bytes, Scores] = OrderedDict()
        self._windows = 0
        self._lock = threading.Lock()
        self.hits = self.misses = 0

    def inputs(self, texts: Sequence[str]) -> list[Scores]:
        """As ``Classifier.input_windows``."""
        return self._found(texts, lambda text: _key("in", text), self.tier.input_windows)

    def outputs(self, pairs: Sequence[tuple[str, str]]) -> list[Scores]:
        """As ``Classifier.output_windows``."""
        return self._found(pairs, lambda pair: _key("out", *pair), self.tier.output_windows)

    def _found(
        self,
        items: Sequence[K],
        key: Callable[[K], bytes],
        score: Callable[[Sequence[K]], Sequence[Scores]],
    ) -> list[Scores]:
        keys = [key(item) for item in items]
        with self._lock:
            found = {one: self._held[one] for one in keys if one in self._held}
            for one in found:
                self._held.move_to_end(one)
        missing = {one: item for one, item in zip(keys, items, strict=True) if one not in found}
        fresh = dict(zip(missing, score(list(missing.values())), strict=True)) if missing else {}
        with self._lock:
            self.hits += len(keys) - len(missing)
            self.misses += len(missing)
            for one, windows in fresh.items():
                self._windows += len(windows) - len(self._held.pop(one, ()))
                self._held[one] = windows
            while len(self._held) > self._entries or self._windows > WINDOWS * self._entries:
                self._windows -= len(self._held.popitem(last=False)[1])
        found.update(fresh)
        return [found[one] for one in keys]


def _key(*parts: Any) -> bytes:
    hashed = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = str(part).encode("utf-8", "surrogatepass")
        hashed.update(len(data).to_bytes(8, "big") + data)
    return hashed.digest()
