"""Encodings: rules that write the same text, or its bytes, in other signs, with nothing secret about them."""

from octarine.redteam.obfuscation.encodings import (
    bases,
    bits,
    containers,
    escapes,
    numbers,
    packing,
    pronounceable,
    signals,
    spelling,
)
from octarine.redteam.technique import Technique

TECHNIQUES: tuple[Technique, ...] = (
    *bases.TECHNIQUES,
    *pronounceable.TECHNIQUES,
    *escapes.TECHNIQUES,
    *containers.TECHNIQUES,
    *numbers.TECHNIQUES,
    *bits.TECHNIQUES,
    *packing.TECHNIQUES,
    *signals.TECHNIQUES,
    *spelling.TECHNIQUES,
)
