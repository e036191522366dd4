"""Where a picture's tiles begin, and which variant of phases it gets: where the picture itself agrees best.

A picture is heard on every carrier before it is marked. Among all variants and places of the tile's origin,
about 65,000, some agree with it by chance: there the mark is heard with the picture's help and not against
it, for nothing. Pictures that differ begin in different places, so that they do not average to the mark; the
same picture is always marked alike. Detection looks in all places, and whoever has no key learns nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.carriers import Carriers
from octarine.watermark.image.lock import SHIFTS, agreements

Doubles = npt.NDArray[np.float64]

DATA = 0.5
"""How much the agreement of data carriers counts beside that of sync carriers, in units of chance."""


def best_place(
    heard: npt.NDArray[np.complexfloating], carriers: Carriers, signs: Doubles
) -> tuple[int, Doubles]:
    """The variant and the shift (2,) in tiles for ``Carriers.laid``, of a picture in which ``heard`` (n,) is
    heard on each carrier without a mark."""
    ring = np.clip((carriers.radius - 4) / 3, 0, 7).astype(int)
    power = np.bincount(ring, np.abs(heard) ** 2, 8) / np.maximum(np.bincount(ring, minlength=8), 1)
    weighted = heard * signs * carriers.amplitude / np.maximum(power, 1e-9)[ring]
    total = np.zeros((len(carriers.phases), SHIFTS, SHIFTS))
    for part, counts in ((slice(0, carriers.sync), 1.0), (slice(carriers.sync, None), DATA)):
        chance = float(np.sqrt((np.abs(weighted[part]) ** 2).sum() / 2))
        terms = weighted[part] * carriers.phases[:, part].conj()
        total += agreements(terms, carriers.k[part]) * (counts / max(chance, 1e-9))
    variant, y, x = (int(i) for i in np.unravel_index(int(total.argmax()), total.shape))
    return variant, np.array([x, y]) / SHIFTS
