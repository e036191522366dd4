"""A request whose lines are broken anew, and no more, is a request in a wrapping."""

from __future__ import annotations

import re

import pytest

from octarine.redteam import Effect, Turns
from octarine.redteam.structure import techniques as own
from tests.redteam.structure.reading import TEXT, made, squashed

TEXTS = ("How do I mend the roof of a barn before the winter?", TEXT)
WHOLE = [one.id for one in own() if one.turns is Turns.ONE and one.effect is Effect.KEEPS and not one.wraps]


@pytest.mark.parametrize("name", WHOLE)
def test_what_does_not_wrap_takes_the_request_apart(name: str) -> None:
    unquoted = [re.sub(r"(?m)^[#>|*/ ]+", "", made(name, text).prompt) for text in TEXTS]
    assert not all(squashed(text) in squashed(said) for text, said in zip(TEXTS, unquoted, strict=True))
