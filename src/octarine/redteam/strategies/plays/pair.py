"""PAIR: streams of single prompts, each improved by what the last one got."""

from __future__ import annotations

from octarine.redteam.strategies.attempt import Attempt
from octarine.redteam.strategies.plays.improving import APPROACHES, Try, improved
from octarine.redteam.strategies.strategy import Uses, strategy
from octarine.redteam.strategies.topic import on_topic
from octarine.redteam.technique import Parameter


@strategy(
    "pair",
    name="PAIR",
    mechanism="Streams of single messages, each written anew by an attacker that is shown its last messages, "
    "the answers and their scores.",
    reference="Chao et al. 2023, arXiv:2310.08419, algorithm 1",
    differs="3 streams of depth 3 (the paper: 30 of depth 3); the attacker gets its history in one message; "
    "the score is the judge's probability on the scale of 1 to 10.",
    uses=(Uses.ATTACKER, Uses.JUDGE),
    parameters=(
        Parameter("streams", 3, "Independent streams; they take turns.", low=1, high=100),
        Parameter("depth", 3, "Messages of a stream.", low=1, high=50),
    ),
    calls=lambda values: int(values["streams"]) * int(values["depth"]),
)
async def pair(play: Attempt) -> None:
    """One message of each stream, then the next of each, as the authors' code has it."""
    streams: list[list[Try]] = [[] for _ in range(play.number("streams"))]
    for _ in range(play.number("depth")):
        for number, tries in enumerate(streams):
            if play.over:
                return
            text = await improved(play, APPROACHES[number % len(APPROACHES)], tries)
            tries.append(Try(text, await play.ask(text, asks=on_topic(text, play.request))))
