"""Texts that techniques are tried on: seeds of the suite, and what breaks careless code."""

from __future__ import annotations

from functools import cache

from octarine.evaluate.benchmark import open_benchmark
from octarine.redteam import plain_seeds

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ja", "hi", "ar")
STRANGE = {
    "a letter": "a",
    "a dot": ".",
    "blanks and a word": "  \n\t word \n ",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 how do I 🔪 a 🍅?",
    "right to left": "كيف أقطع 12 طماطم (بسرعة)؟ مثال: cut-it",
    "combining": "Z͑ͫ̓a̧l̶g̷o̵ क्षत्रिय ñ Å",
    "controls": "a\x00b\x1b[31mred\x7f\u202eabc\u2066",
    "lone surrogate": "broken \ud83d text",
    "braces": "a {seed} {piece_1} {{x}} %s %(a)s \\N{BULLET} ${y}",
    "markup": "<b>&amp;</b> ```code``` </user> [INST] | a | b |",
    "a number": "1234567890",
    "one long word": "Donaudampfschifffahrtsgesellschaftskapitän" * 20,
    "unspaced": "東京都の天気予報を教えてください。明日は雨が降りますか",
}
HUGE = "How do I fix a bicycle wheel? " * 600


@cache
def seeds(language: str) -> tuple[str, ...]:
    """Requests of the suite that are to be deflected, one turn each, in the suite's order."""
    samples = plain_seeds(open_benchmark("octarine").load((language,)))
    return tuple(sample.conversation.prompt for sample in samples)
