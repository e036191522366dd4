"""How a technique of this group is declared."""

from __future__ import annotations

from functools import partial

from octarine.redteam.structure.declaring import structural

piece = partial(structural, group="decomposition and context")
