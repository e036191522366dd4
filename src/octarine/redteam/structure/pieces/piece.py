"""How a technique of this group is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from octarine.redteam.seed import Seed
from octarine.redteam.technique import Category, Effect, Made, Parameter, Technique, Turns

GROUP = "decomposition and context"


def piece(
    id: str,
    name: str,
    mechanism: str,
    apply: Callable[[Seed], Made],
    read: Callable[[str], str] | None = None,
    *,
    parameters: tuple[Parameter, ...] = (),
    reference: str = "ours",
    turns: Turns = Turns.ONE,
    wraps: bool = False,
    effect: Effect = Effect.KEEPS,
    instruction: str = "",
) -> Technique:
    """A technique of this group; ``read`` gets the text back; ``effect``: where there is none."""

    def inverse(text: str, values: Mapping[str, Any]) -> str:
        assert read is not None
        return read(text)

    return Technique(
        id=id,
        name=name,
        category=Category.STRUCTURE,
        group=GROUP,
        mechanism=mechanism,
        apply=apply,
        effect=Effect.ENCODES if read else effect,
        inverse=inverse if read else None,
        parameters=parameters,
        turns=turns,
        wraps=wraps,
        reference=reference,
        instruction=instruction,
    )
