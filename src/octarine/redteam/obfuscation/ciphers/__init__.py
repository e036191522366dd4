"""Ciphers: rules with a key, with an order, or with something to hide in."""

from octarine.redteam.obfuscation.ciphers import (
    alphabetic,
    fractions,
    hiding,
    machines,
    polyalphabetic,
    puzzles,
    squares,
    transposition,
    words,
)
from octarine.redteam.technique import Technique

TECHNIQUES: tuple[Technique, ...] = (
    *alphabetic.TECHNIQUES,
    *polyalphabetic.TECHNIQUES,
    *squares.TECHNIQUES,
    *fractions.TECHNIQUES,
    *machines.TECHNIQUES,
    *transposition.TECHNIQUES,
    *words.TECHNIQUES,
    *hiding.TECHNIQUES,
    *puzzles.TECHNIQUES,
)
