"""Claims and pages of our own in FEVER's formats, out of the knowledge base that ships for INVITE.

They stand in for FEVER's where its claims could not be had: they are easier (one sentence decides each) and
no figure on them is FEVER's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from octarine.evaluate.benchmarks.fever import CLAIMS, PAGES
from octarine.evaluate.benchmarks.invite.generate import Triple
from octarine.evaluate.benchmarks.invite.knowledge import own_knowledge


@dataclass(frozen=True, slots=True)
class Statement:
    """What is written of a predicate: ``{s}`` and ``{o}`` are its subject and object.

    Attributes:
        sentence: on the page, which is named after ``page`` (``s`` or ``o``).
        claim: supported with the triple's own ends, refuted with another ``replaced`` end of the base.
        unknown: a claim that no page says anything on.
    """

    page: str
    sentence: str
    replaced: str
    claim: str
    unknown: str


STATEMENTS = {
    "author": Statement(
        "o", "{o} is a book by {s}.", "s", "{s} wrote {o}.", "{s} wrote the last chapter of {o} first."
    ),
    "composer": Statement(
        "o", "The music of {o} is by {s}.", "s", "{s} composed {o}.", "{s} was ill while composing {o}."
    ),
    "painter": Statement(
        "o", "{o} is a painting by {s}.", "s", "{s} painted {o}.", "{s} changed the colours of {o} twice."
    ),
    "country": Statement(
        "s", "{s} is a city in {o}.", "o", "{s} is in {o}.", "More people in {s} than elsewhere in {o} cycle."
    ),
    "discoverer": Statement(
        "o",
        "The discovery of {o} is due to {s}.",
        "s",
        "{s} discovered {o}.",
        "{s} discovered {o} on a Friday.",
    ),
    "river": Statement(
        "o", "The river at {o} is {s}.", "s", "{s} flows past {o}.", "The oldest bridge over {s} was in {o}."
    ),
}
"""Predicate → what is written of it."""


def write_claims(folder: Path) -> Path:
    """Write ``shared_task_dev.jsonl`` and ``wiki-pages/wiki-001.jsonl``: of every triple three claims, one a
    label, and one page."""
    triples = own_knowledge().triples
    pages = folder / PAGES
    pages.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(_page(triple), ensure_ascii=False) for triple in triples]
    (pages / "wiki-001.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    claims = [json.dumps(claim, ensure_ascii=False) for claim in _claims(triples)]
    (folder / CLAIMS[0]).write_text("\n".join(claims) + "\n", "utf-8")
    return folder


def _filled(text: str, subject: str, object_: str) -> str:
    said = text.format(s=subject, o=object_)
    return said[0].upper() + said[1:]


def _name(triple: Triple) -> str:
    end = triple.subject if STATEMENTS[triple.predicate].page == "s" else triple.object
    return end.replace(" ", "_")


def _page(triple: Triple) -> dict[str, str]:
    sentence = _filled(STATEMENTS[triple.predicate].sentence, triple.subject, triple.object)
    return {"id": _name(triple), "text": sentence, "lines": f"0\t{sentence}"}


def _claims(triples: tuple[Triple, ...]) -> Iterator[dict[str, object]]:
    number = 0
    for triple in triples:
        statement = STATEMENTS[triple.predicate]
        evidence = [[[number, number, _name(triple), 0]]]
        for label, text in (
            ("SUPPORTS", _filled(statement.claim, triple.subject, triple.object)),
            ("REFUTES", _filled(statement.claim, *_wrong(triple, triples))),
            ("NOT ENOUGH INFO", _filled(statement.unknown, triple.subject, triple.object)),
        ):
            given = evidence if label != "NOT ENOUGH INFO" else [[[number, number, None, None]]]
            yield {"id": number, "verifiable": "", "label": label, "claim": text, "evidence": given}
            number += 1


def _wrong(triple: Triple, triples: tuple[Triple, ...]) -> tuple[str, str]:
    """Subject and object, one of them replaced by the next of its kind that makes the claim false: each pair
    that the base does not hold is false."""
    same = [other for other in triples if other.predicate == triple.predicate]
    place = same.index(triple)
    for other in same[place + 1 :] + same[:place]:
        pair = (
            (other.subject, triple.object)
            if STATEMENTS[triple.predicate].replaced == "s"
            else (triple.subject, other.object)
        )
        if not any((known.subject, known.object) == pair for known in same):
            return pair
    raise ValueError(f"every {triple.predicate} of the base is true of {triple.subject}")
