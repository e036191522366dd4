"""Which chains of a set of techniques fit together at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from octarine.core.errors import InputError
from octarine.redteam.chain import Chain, unfit
from octarine.redteam.combining.effects import LENGTHS, Chained
from octarine.redteam.technique import Technique


class Candidates:
    """Techniques by the name that they are called by here: an id, or an id with its parameters.

    Raises:
        InputError: fewer than two.
    """

    def __init__(self, techniques: Mapping[str, Technique]) -> None:
        if len(techniques) < 2:
            raise InputError(f"{len(techniques)} techniques cannot be combined", hint="Give two at least.")
        self.names = tuple(sorted(techniques))
        self._techniques = tuple(techniques[name] for name in self.names)
        self._place = {name: place for place, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def pairs(self) -> NDArray[np.bool_]:
        """(n, n): whether the second may come right after the first, of two different techniques. Whether two
        fit is decided by what they declare, so that the rule is asked once for each two declarations."""
        kinds = [(one.inputs, one.outputs, one.turns, one.effect) for one in self._techniques]
        distinct = {kind: place for place, kind in enumerate(dict.fromkeys(kinds))}
        of = np.array([distinct[kind] for kind in kinds])
        samples = [self._techniques[kinds.index(kind)] for kind in distinct]
        others = [dataclasses.replace(one, id=f"{one.id}'") for one in samples]
        table = np.array([[unfit((first,), second) is None for second in others] for first in samples])
        ids = np.array([one.id for one in self._techniques])
        fits: NDArray[np.bool_] = table[np.ix_(of, of)] & (ids[:, None] != ids[None, :])
        return fits

    def fits(self, chain: Chained) -> bool:
        """Whether a chain of techniques that differ passes the type check, in this order."""
        techniques = tuple(self._techniques[place] for place in chain)
        if len({technique.id for technique in techniques}) < len(chain):
            return False
        return all(unfit(techniques[:place], step) is None for place, step in enumerate(techniques))

    def check(self, chain: Chained) -> None:
        """Raises InputError that names what does not fit, and the way out."""
        Chain(tuple(self._techniques[place] for place in chain))

    def placed(self, chain: tuple[str, ...]) -> Chained:
        """A chain of names as places.

        Raises:
            InputError: a name is not known, or it is no chain of one to three different techniques.
        """
        unknown = [name for name in chain if name not in self._place]
        if unknown:
            raise InputError(f"'{unknown[0]}' is none of the techniques that are combined here")
        if not 1 <= len(chain) <= LENGTHS or len(set(chain)) < len(chain):
            raise InputError(f"'{' | '.join(chain)}' is no chain of one to three different techniques")
        return tuple(self._place[name] for name in chain)

    def named(self, chain: Chained) -> tuple[str, ...]:
        """The names of a chain."""
        return tuple(self.names[place] for place in chain)
