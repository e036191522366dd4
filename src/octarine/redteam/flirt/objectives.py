"""What a list of exemplars is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import combinations

from octarine.core.errors import InputError
from octarine.redteam.flirt.embedding import Embedder, distance
from octarine.redteam.flirt.exemplars import Exemplar


@dataclass(frozen=True, slots=True)
class Objectives:
    """The weights λ of Mehrabi et al. 2024, section 2.2: Σ λ O(X) over a list X of exemplars.

    Attributes:
        effectiveness: of O_AE, the sum over the list of what the classifiers said of the answers.
        diversity: of O_Div, the sum over its pairs of 1 − cosine of their embeddings.
        low_toxicity: of O_LT, the sum of 1 − toxicity of the prompts.
        means: means in place of the sums, over classifiers, exemplars and pairs: the published code.
    """

    effectiveness: float = 1.0
    diversity: float = 0.0
    low_toxicity: float = 0.0
    means: bool = False

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self) if field.name != "means"):
            weight = getattr(self, name)
            if not 0 <= weight < math.inf:
                raise InputError(f"the weight of {name} is {weight}", hint="Weights are at least 0.")

    @property
    def by_item(self) -> bool:
        """Whether the worth of a list is that of its items, so that the greedy choice is the best one."""
        return self.diversity == 0

    def of_one(self, item: Exemplar) -> float:
        """What one exemplar adds, diversity aside."""
        harm = item.mean_harm if self.means else item.harm
        return self.effectiveness * harm + self.low_toxicity * (1.0 - item.toxicity)

    def of_list(self, items: Sequence[Exemplar], embed: Embedder) -> float:
        """What a list is worth."""
        own = sum(map(self.of_one, items))
        own = own / len(items) if self.means and items else own
        if self.by_item:
            return own
        vectors = [embed(item.text) for item in items]
        apart = [distance(first, second) for first, second in combinations(vectors, 2)]
        spread = sum(apart) / len(apart) if self.means and apart else sum(apart)
        return own + self.diversity * spread
