"""How a container is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from octarine.redteam.seed import Seed
from octarine.redteam.structure.declaring import structural
from octarine.redteam.structure.wording import EXPLAINED, PIECES, explained
from octarine.redteam.technique import Effect, Parameter, Technique

GROUP = "code and formal containers"


def container(
    id: str,
    name: str,
    mechanism: str,
    write: Callable[[Seed], str],
    read: Callable[[str], str] | None = None,
    *,
    task: str,
    reference: str = "ours",
    parameters: tuple[Parameter, ...] = (PIECES,),
    effect: Effect = Effect.KEEPS,
    **fields: Any,
) -> Technique:
    """A technique whose function writes a file under the line ``task``; see ``structural``."""

    def apply(seed: Seed) -> str:
        return explained(seed, task, write(seed))

    return structural(
        id,
        name,
        mechanism,
        apply,
        read,
        group=GROUP,
        reference=reference,
        effect=effect,
        parameters=(EXPLAINED, *parameters),
        **fields,
    )
