"""What comes of labels: files that calibrate judges and train reward models, and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from octarine.core.codec import Json, digest, encode
from octarine.core.content import Conversation, Modality, Role
from octarine.core.labels import Choice
from octarine.core.results import Evidence, Finding, Judgement
from octarine.evaluate.labelling.pairs import PairQueue
from octarine.evaluate.labelling.queue import LabelQueue

PEOPLE = "people"
"""The judge of a finding that people made."""


def in_words(conversation: Conversation) -> bool:
    """Whether a line of text alone can carry a conversation: no picture, no tool."""
    roles = {message.role for message in conversation.messages}
    return conversation.modalities <= {Modality.TEXT} and not conversation.tools and Role.TOOL not in roles


def _turns(conversation: Conversation) -> list[Json]:
    return [
        {"role": message.role.value, "content": message.text}
        for message in conversation.messages
        if message.role is not Role.TOOL
    ]


def labelled_lines(queue: LabelQueue) -> Iterator[Json]:
    """A line for each answer whose label stands, as ``calibrate-judge`` reads it. Conversations with
    pictures or tools are left out, for the line could not carry them."""
    for item, label in queue.settled():
        sample = item.result.sample
        if not in_words(sample.conversation):
            continue
        yield {
            "messages": _turns(sample.conversation),
            "answer": item.result.completion.text,
            "outcome": label.outcome.value,
            "score": label.score,
            "language": sample.language,
            "expect": sample.expectation.behaviour.value,
            "judge": sample.expectation.judge,
            "args": encode(sample.expectation.args),
            "objectives": list(sample.objectives),
            "model": queue.run.model.name,
            "cluster": sample.cluster,
        }


def preference_lines(queue: PairQueue) -> Iterator[Json]:
    """A line for each pair that most people decided: prompt, chosen and rejected, as trainers of reward
    models read them (TRL's conversational preference format)."""
    votes: dict[int, Counter[bool]] = {}
    for pair, given in queue.given():
        if given.choice is not Choice.TIE:
            better = given.first if given.choice is Choice.FIRST else given.second
            votes.setdefault(pair.place, Counter())[better == pair.first.completion_key] += 1
    for place, counted in sorted(votes.items()):
        pair = queue.pairs[place]
        if counted[True] == counted[False] or not in_words(pair.first.sample.conversation):
            continue
        chosen, rejected = (
            (pair.first, pair.second) if counted[True] > counted[False] else (pair.second, pair.first)
        )
        yield {
            "prompt": _turns(pair.first.sample.conversation),
            "chosen": [{"role": "assistant", "content": chosen.completion.text}],
            "rejected": [{"role": "assistant", "content": rejected.completion.text}],
            "dimension": pair.first.sample.dimension.value,
            "language": pair.first.sample.language,
            "votes": [max(counted.values()), min(counted[True], counted[False])],
        }


def findings(queue: LabelQueue) -> Iterator[Finding]:
    """A finding for each answer that, people say, did not do what was expected."""
    for item, label in queue.settled():
        if label.score >= 1.0:
            continue
        result = item.result
        who = Evidence(f"{len(queue.labels(item))} people; {label.annotator} last")
        yield Finding(
            id=digest([PEOPLE, *item.key])[:16],
            sample=result.sample,
            completion=result.completion,
            judgement=Judgement(label.outcome, label.score, PEOPLE, "1", evidence=(who,)),
            model=queue.run.model,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            note=label.note,
        )
