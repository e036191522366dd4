"""Running one technique on one text."""

from __future__ import annotations

from typing import Any

import numpy as np

from octarine.core.content import Conversation
from octarine.redteam import techniques


def written(name: str, text: str, language: str = "en", seed: int = 7, **values: Any) -> str:
    """What technique ``name`` makes of ``text``, without an explanation where it has one."""
    technique = techniques[name]
    if any(parameter.name == "explained" for parameter in technique.parameters):
        values.setdefault("explained", False)
    made = technique.set(**values)(Conversation.user(text), np.random.default_rng(seed), language=language)
    assert isinstance(made, Conversation), made.reason
    return made.prompt
