"""Where a picture's tiles begin, and which variant of phases it gets: where the picture itself agrees best.

A picture is heard on every carrier before it is marked. Among all variants and places of the tile's origin,
about 65,000, there are some at which its sync carriers agree with the key's by chance: there the mark is
heard with the picture's help and not against it, for nothing. Pictures that differ begin in different places,
so that they do not average to the mark, and the same picture is always marked alike. The payload has no part
in it, so that copies of one picture under many payloads keep their sync carriers when they are averaged.
Detection looks in all places.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.carriers import RINGS, Carriers
from octarine.watermark.image.lock import SHIFTS, agreements

Doubles = npt.NDArray[np.float64]


def best_place(heard: npt.NDArray[np.complexfloating], carriers: Carriers) -> tuple[int, Doubles]:
    """The variant and the shift (2,) in tiles for ``Carriers.laid``, of a picture in which ``heard`` (n,) is
    heard on each carrier without a mark."""
    n = carriers.sync
    ring = carriers.ring[:n]
    power = np.bincount(ring, np.abs(heard[:n]) ** 2, RINGS) / np.maximum(
        np.bincount(ring, minlength=RINGS), 1
    )
    terms = heard[:n] / np.maximum(power, 1e-9)[ring] * carriers.phases[:, :n].conj()
    total = agreements(terms, carriers.k[:n])
    variant, y, x = (int(i) for i in np.unravel_index(int(total.argmax()), total.shape))
    return variant, np.array([x, y]) / SHIFTS
