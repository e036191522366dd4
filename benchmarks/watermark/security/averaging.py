"""Many pictures of one key: what their average gives away, to take marks off others or to put them on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from attacker import Tile, folded, laid_over, nearest, sorted_out, without
from pictures import KEY, MARK, Picture, Setting, Tally, at_psnr, payload_of

from octarine.watermark.code import encode
from octarine.watermark.image.carriers import carriers_of
from octarine.watermark.image.embed import add_mark

COUNTS = (4, 16, 64, 256)
LEAST_PSNR = 38.0
"""What taking off may cost, in dB against the marked picture."""
FORGED_PSNR = 41.0
PAYLOAD = 0x5EED_1234_ABCD

Marking = Callable[[Picture, int], Picture]


def _without_places(variants: int) -> Marking:
    """The scheme as it would be if pictures differed by so many variants and by nothing else."""

    def mark(image: Picture, payload: int) -> Picture:
        carriers = carriers_of(KEY)
        signs = carriers.signs(encode(KEY, payload))
        phases = carriers.laid(int(image.sum()) % variants, np.zeros(2), signs)
        return add_mark(image, carriers, phases, None)

    return mark


MARKINGS: dict[str, tuple[Marking, bool]] = {
    "one place, 4 variants": (_without_places(4), True),
    "as it is": (MARK.embed, True),
    "as it is, payloads differ": (MARK.embed, False),
}
"""How pictures are marked, and whether they all have one payload."""


def averaging(setting: Setting) -> Iterator[Tally]:
    """Plain averages, and averages by one who lays the tiles on each other and sorts them first."""
    for name, (marking, alike) in MARKINGS.items():
        generator = setting.random(name)
        payloads = [PAYLOAD if alike else payload_of(generator) for _ in range(max(COUNTS))]
        pieces = setting.pieces(max(COUNTS), "averaged")
        tiles = [folded(marking(piece, payload)) for piece, payload in zip(pieces, payloads, strict=True)]
        for count in COUNTS:
            yield from _attacked(setting, f"{name}, {count}", tiles[:count], payloads[:count], marking)


def _attacked(
    setting: Setting, name: str, tiles: list[Tile], payloads: list[int], marking: Marking
) -> Iterator[Tally]:
    for how, estimates in (("plain", [np.mean(tiles, 0)]), ("sorted", sorted_out(tiles))):
        left, forged = Tally(f"{name}, {how}: taken off others"), Tally(f"{name}, {how}: put on unmarked")
        for image in setting.targets("targets"):
            marked = marking(image, PAYLOAD)
            estimate = nearest(folded(marked), estimates) if how == "sorted" else estimates[0]
            left.add(without(marked, estimate, LEAST_PSNR), PAYLOAD, beside=marked)
            forged.add(at_psnr(image, laid_over(image, estimates[0]), FORGED_PSNR), *payloads)
        yield left
        yield forged
