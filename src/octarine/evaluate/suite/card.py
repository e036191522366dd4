"""The part of a file's card that is counted, not written: what is in it, who read it, how hard it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources

from octarine.core.codec import decode
from octarine.core.files import json_lines
from octarine.core.samples import Sample
from octarine.evaluate.audit import audit
from octarine.evaluate.benchmark_file import Header
from octarine.evaluate.difficulty import Difficulty, parse_difficulty

MARK = "<!-- counted: python benchmarks/suite_cards.py --write -->"
"""What stands below it in a card is made by the command."""


class ReviewVerdict(StrEnum):
    """What a second reader said of a sample."""

    KEEP = "keep"
    FIXED = "fixed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Review:
    """A second reader's word on a sample; ``key`` is the hash of the conversation as it was kept."""

    id: str
    verdict: ReviewVerdict
    reader: str
    date: str
    key: str = ""
    note: str = ""


def reviews() -> tuple[Review, ...]:
    """Every recorded review, of all languages."""
    lines = json_lines(_text("reviews.jsonl").split("\n"), "reviews.jsonl")
    return tuple(decode(Review, record, path="reviews.jsonl", line=number) for number, record in lines)


def difficulties() -> tuple[Difficulty, ...]:
    """The difficulty record of all languages."""
    return parse_difficulty(_text("difficulty.jsonl"), "difficulty.jsonl")


def _text(name: str) -> str:
    source = resources.files("octarine.evaluate") / "suite" / name
    return source.read_text("utf-8") if source.is_file() else ""


def counted(
    header: Header,
    samples: Sequence[Sample],
    read: Mapping[str, Review],
    hard: Mapping[str, Difficulty],
) -> str:
    """The counted part as Markdown. ``read`` and ``hard`` are by sample id."""
    found = audit(samples)
    lines = [
        MARK,
        "",
        "## Counted",
        "",
        f"Version {header.version}; {found.samples} samples in {found.groups} groups, "
        f"{found.templates} templates (the commonest {found.largest_template} times), "
        f"{_share(found.several_turns, found.samples)} with several turns, {found.pictured} with a picture.",
        f"Near duplicates: {_share(round(found.near_duplicate_rate * found.samples), found.samples)}. "
        f"Told to be in another language: {_share(len(found.elsewhere), found.samples)}"
        + (f" ({', '.join(found.elsewhere)})." if found.elsewhere else "."),
        "",
        f"Expected: {_listed(found.behaviours)}.",
        *([f"Risks: {_listed(found.risks)}."] if found.risks else []),
        "",
        "| objective | n | shortfall found with 80 % power |",
        "|---|--:|--:|",
        *(
            f"| `{entry.objective}` | {entry.n} | "
            f"{'–' if entry.detectable is None else f'{100 * entry.detectable:.0f} points'} |"
            for entry in found.objectives
        ),
        "",
        *_review_lines(samples, read),
        *_difficulty_lines(samples, hard),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())


def _share(n: int, total: int) -> str:
    return f"{n} ({100 * n / max(1, total):.0f} %)"


def _review_lines(samples: Sequence[Sample], read: Mapping[str, Review]) -> list[str]:
    own = [(sample, read[sample.id]) for sample in samples if sample.id in read]
    if not own:
        return ["Second reader: none yet.", ""]
    verdicts = Counter(review.verdict.value for _, review in own)
    stale = sum(bool(review.key) and review.key != sample.conversation.key for sample, review in own)
    text = ", ".join(f"{name} {n}" for name, n in sorted(verdicts.items()))
    readers = ", ".join(sorted({review.reader for _, review in own}))
    later = f" {stale} changed since." if stale else ""
    return [f"Second reader ({readers}): {len(own)} of {len(samples)} read; {text}.{later}", ""]


def _difficulty_lines(samples: Sequence[Sample], hard: Mapping[str, Difficulty]) -> list[str]:
    pairs = [(sample, hard[sample.id]) for sample in samples if sample.id in hard]
    own = [entry for sample, entry in pairs if entry.key == sample.conversation.key]
    if not own:
        return ["Difficulty: not recorded yet."]
    every = sum(entry.met == entry.asked for entry in own)
    none = sum(entry.met == 0 for entry in own)
    asked = max(entry.asked for entry in own)
    return [
        f"Difficulty: {len(own)} samples asked of up to {asked} models; {every} met by all, {none} by none."
    ]
