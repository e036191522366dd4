"""How a technique of this category is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from octarine.redteam.seed import Seed
from octarine.redteam.technique import Category, Effect, Made, Technique


def structural(
    id: str,
    name: str,
    mechanism: str,
    apply: Callable[[Seed], Made],
    read: Callable[[str], str] | None = None,
    *,
    group: str,
    reference: str = "ours",
    effect: Effect = Effect.KEEPS,
    **fields: Any,
) -> Technique:
    """A technique of ``group``; ``read`` gets the text back; ``effect``: where there is none. ``fields``: of
    ``Technique``."""

    def inverse(text: str, values: Mapping[str, Any]) -> str:
        assert read is not None
        return read(text)

    return Technique(
        id=id,
        name=name,
        category=Category.STRUCTURE,
        group=group,
        mechanism=mechanism,
        apply=apply,
        effect=Effect.ENCODES if read else effect,
        inverse=inverse if read else None,
        reference=reference,
        **fields,
    )
