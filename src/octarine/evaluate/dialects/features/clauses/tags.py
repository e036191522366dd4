"""Tags on questions."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Condition, Edit, Feature, Rule, Site, capital, each, saying
from octarine.evaluate.dialects.features.clauses.statement import yes_no
from octarine.evaluate.dialects.parse import Token


def _tagged(tag: str, *conditions: Condition) -> Rule:
    def edit(token: Token) -> Site | None:
        asked = yes_no(token)
        if asked is None:
            return None
        return Edit(token.start, asked.last.end, f"{capital(asked.text)}, {tag}")

    return each(edit, *conditions)


def _fronted(token: Token) -> Site | None:
    asked = yes_no(token)
    return None if asked is None else Edit(token.start, asked.last.end, f"Isn't, {asked.text}?")


FEATURES = (
    Feature(164, "tag amn't I", _tagged("amn't I?", saying({"am"}))),
    Feature(165, "tag isn't it", _tagged("isn't it?")),
    Feature(166, "tag can or not", _tagged("can or not?", saying({"can", "could", "may"}))),
    Feature(167, "fronted isn't", each(_fronted)),
)
