"""Best-of-n: the request again and again, each time spelt otherwise."""

from __future__ import annotations

import numpy as np

from octarine.redteam.seed import graphemes, words
from octarine.redteam.strategies.attempt import Attempt
from octarine.redteam.strategies.strategy import strategy
from octarine.redteam.technique import Parameter


@strategy(
    "best-of-n",
    name="Best of n",
    mechanism="The request is asked afresh up to n times, its letters shuffled, recased and shifted at "
    "random each time, until one answer is the wanted one.",
    reference="Hughes et al. 2024, arXiv:2412.03556, section 2 (text)",
    differs="20 samples by default (the paper: up to 10,000).",
    parameters=(
        Parameter("n", 20, "Samples at most.", low=1, high=100_000),
        Parameter("strength", 0.4, "Of the changes, the paper's sigma.", low=0.0, high=1.0),
        Parameter("temperature", 1.0, "Of the target.", low=0.0, high=2.0),
    ),
    calls=lambda values: int(values["n"]),
)
async def best_of_n(play: Attempt) -> None:
    """Every sample is a conversation of its own."""
    values = play.strategy.values
    while not play.over:
        text = augmented(play.request, values["strength"], play.rng)
        await play.ask(text, asks=True, temperature=values["temperature"])


def augmented(text: str, strength: float, rng: np.random.Generator) -> str:
    """The paper's three changes: the middle of a word of four letters or more is shuffled and a letter's case
    turned, each with probability ``strength ** (1/2)``; a printable ASCII character is moved by one with
    ``strength ** 3``. Letters are those that a reader sees, so that marks stay with theirs."""
    often, seldom = strength**0.5, strength**3
    spelt = "".join(_shuffled(word, often, rng) for word in words(text))
    cased = "".join(char.swapcase() if rng.random() < often else char for char in spelt)
    return "".join(_moved(char, rng) if rng.random() < seldom else char for char in cased)


def _shuffled(word: str, often: float, rng: np.random.Generator) -> str:
    letters = graphemes(word.rstrip())
    if len(letters) < 4 or rng.random() >= often:
        return word
    middle = [letters[1 + i] for i in rng.permutation(len(letters) - 2)]
    return "".join([letters[0], *middle, letters[-1]]) + word[len(word.rstrip()) :]


def _moved(char: str, rng: np.random.Generator) -> str:
    moved = chr(ord(char) + (1 if rng.random() < 0.5 else -1))
    return moved if char.isascii() and char.isprintable() and 32 <= ord(moved) <= 126 else char
