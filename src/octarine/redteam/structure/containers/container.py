"""How a container is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from octarine.redteam.seed import Seed
from octarine.redteam.structure.wording import EXPLAINED, PIECES, explained
from octarine.redteam.technique import Category, Effect, Parameter, Technique

GROUP = "code and formal containers"


def _same(text: str) -> str:
    return text


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
    survives: Callable[[str], str] = _same,
    effect: Effect = Effect.KEEPS,
    wraps: bool = False,
) -> Technique:
    """A technique whose function writes a file under the line ``task``. ``read``: gets the text back;
    ``effect``: where there is none."""

    def apply(seed: Seed) -> str:
        return explained(seed, task, write(seed))

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
        survives=survives,
        wraps=wraps,
        parameters=(EXPLAINED, *parameters),
        reference=reference,
    )
