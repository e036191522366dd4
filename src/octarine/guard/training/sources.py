"""Public data sets into rows: what each label column means, what a missing label implies, caps and licences.

The table is ``data/sources.toml``. A folder is read as it was fetched: ``FOLDER/ID/{train,dev}.jsonl.gz``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from octarine.core.codec import decode_toml
from octarine.core.errors import DataError
from octarine.guard.classifier.heads import OUTPUT_HEADS, Head
from octarine.guard.training.row import Row


class TextKind(StrEnum):
    """What the text of a row is."""

    REQUEST = "request"
    ATTACK = "attack"
    DOCUMENT = "document"
    STATEMENT = "statement"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of ``data/sources.toml``, which says what the fields mean."""

    id: str
    kind: TextKind
    licence: str
    cap: int = 0
    weight: float = 1.0
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hazards: Mapping[str, str] = field(default_factory=dict)
    held_out: str = ""
    continues: bool = False
    ordinary: bool = False
    split: str = ""


@dataclass(frozen=True, slots=True)
class _SourceFile:
    source: tuple[Source, ...]


@cache
def sources(table: str = "sources") -> Mapping[str, Source]:
    """Id → source, in the order of the table: ``sources`` to train on, ``development`` to measure on."""
    file = resources.files("octarine.guard.training") / "data" / f"{table}.toml"
    found = decode_toml(_SourceFile, file.read_text("utf-8"), path=str(file)).source
    return {source.id: source for source in found}


CONTENT = {
    "hate": Head.HATE,
    "harassment": Head.HARASSMENT,
    "sexual": Head.SEXUAL,
    "violence": Head.VIOLENCE,
    "self_harm": Head.SELF_HARM,
}
_NOTHING = dict.fromkeys(
    (
        Head.HARMFUL_REQUEST,
        Head.HARMFUL_CONTENT,
        Head.JAILBREAK,
        Head.PROMPT_INJECTION,
        Head.INDIRECT_INJECTION,
    ),
    False,
)
NOTED = ("category", "idx", "qid", "kind", "templ_id", "pos")
"""Columns that are kept with a row."""
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ja", "hi", "ar")


def read_source(folder: Path, source: Source, split: str = "train", *, others: bool = False) -> list[Row]:
    """The rows of one data set, in the file's order, duplicates left out, before any cap.

    Args:
        folder: that holds ``ID/SPLIT.jsonl.gz``; a set that is not there gives nothing.
        others: keep languages beyond the nine as well.

    Raises:
        DataError: a file that is not gzipped JSON Lines.
    """
    path = folder / source.id / f"{split}.jsonl.gz"
    if not path.exists():
        return []
    seen: set[tuple[str, str]] = set()
    rows = []
    for record in _records(path):
        for row in _rows(source, record):
            if (row.language in LANGUAGES or others) and (row.text, row.response) not in seen:
                seen.add((row.text, row.response))
                rows.append(row)
    return [*rows, *(_continuations(source, path) if source.continues else ())]


def _records(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield json.loads(line)
                except json.JSONDecodeError as error:
                    raise DataError(f"not JSON: {error.msg}", path=path, line=number) from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read as gzipped JSON Lines: {error}", path=path) from None


def _rows(source: Source, record: Mapping[str, Any]) -> Iterator[Row]:
    if any(str(record.get(column)) in values for column, values in source.without.items()):
        return
    labels, weight = labels_of(source, record)
    row = Row(
        text=record["text"],
        labels={head: value for head, value in labels.items() if head not in OUTPUT_HEADS},
        language=str(record.get("lang", "en")),
        source=source.id,
        weight=source.weight * weight,
        hazard=source.hazards.get(str(record.get("category")), ""),
        group=_group(source, record),
        note={key: str(record[key]) for key in NOTED if key in record},
    )
    if row.labels:
        yield row
    answered = {head: value for head, value in labels.items() if head in OUTPUT_HEADS}
    if answered and record.get("response"):
        yield replace(row, response=record["response"], labels=answered)


def _group(source: Source, record: Mapping[str, Any]) -> str:
    if source.held_out:
        return f"{source.id}:{record.get('category', '')}:{record[source.held_out]}"
    if "idx" in record:
        return f"{source.id}:{record['idx']}"
    return f"{source.id}:{record['templ_id']}" if "templ_id" in record else ""


def labels_of(source: Source, record: Mapping[str, Any]) -> tuple[dict[Head, bool], float]:
    """What a record says of each head, said or implied, and a factor of its weight."""
    labels = dict(_said(source, record))
    fine = any(str(record.get(column)) in values for column, values in source.fine.items())
    if fine and Head.HARMFUL_REQUEST not in labels:
        return {**_NOTHING}, 0.5
    if not labels:
        return {}, 1.0
    return {**_implied(source, labels), **labels}, 1.0


def _said(source: Source, record: Mapping[str, Any]) -> Iterator[tuple[Head, bool]]:
    injection = Head.INDIRECT_INJECTION if source.kind is TextKind.DOCUMENT else Head.PROMPT_INJECTION
    columns = {
        "prompt_harmful": Head.HARMFUL_REQUEST,
        "jailbreak": Head.JAILBREAK,
        "injection": injection,
        "injection_payload": injection,
        "response_harmful": Head.HARMFUL_RESPONSE,
        "response_refusal": Head.REFUSAL,
        **CONTENT,
    }
    for column, head in columns.items():
        if column in record:
            yield head, bool(record[column])
    harms = [record[column] for column in ("toxic", *CONTENT) if column in record]
    if any(harms):
        yield Head.HARMFUL_CONTENT, True
    elif "toxic" in record or "hate" in record or "self_harm" in record:
        yield Head.HARMFUL_CONTENT, False


def _implied(source: Source, labels: Mapping[Head, bool]) -> Mapping[Head, bool]:
    """What follows for the heads of which a record says nothing."""
    if source.kind is TextKind.STATEMENT:
        return {head: False for head in _NOTHING if head is not Head.HARMFUL_CONTENT}
    fired = any(value for head, value in labels.items() if head in _NOTHING)
    known = any(head in labels for head in _NOTHING)
    if known and not fired:
        return _NOTHING
    if source.kind is TextKind.REQUEST and labels.get(Head.HARMFUL_REQUEST):
        return dict.fromkeys((Head.JAILBREAK, Head.PROMPT_INJECTION, Head.INDIRECT_INJECTION), False)
    return {}


def _continuations(source: Source, path: Path) -> Iterator[Row]:
    """Prompts with their continuations as answers: harmful where the continuation is."""
    records = list(_records(path))
    begun = {(r["lang"], r["idx"]): r["text"] for r in records if r.get("kind") == "prompt"}
    for record in records:
        prompt = begun.get((record["lang"], record["idx"]))
        harmful = dict(_said(source, record)).get(Head.HARMFUL_CONTENT)
        if record.get("kind") == "prompt" or prompt is None or harmful is None:
            continue
        yield Row(
            text=prompt,
            response=record["text"],
            labels={Head.HARMFUL_RESPONSE: harmful, Head.REFUSAL: False},
            language=record["lang"],
            source=source.id,
            group=_group(source, record),
            weight=source.weight,
        )


def capped(rows: Iterable[Row], cap: int, rng: np.random.Generator) -> list[Row]:
    """At most ``cap`` rows a language, drawn at random, half of them firing where there are as many."""
    by_language: dict[str, list[Row]] = {}
    for row in rows:
        by_language.setdefault(row.language, []).append(row)
    if not cap:
        return [row for found in by_language.values() for row in found]
    return [row for found in by_language.values() for row in _drawn(found, cap, rng)]


def _drawn(rows: list[Row], cap: int, rng: np.random.Generator) -> list[Row]:
    if len(rows) <= cap:
        return rows
    fires = np.array([any(row.labels.values()) for row in rows])
    order = rng.permutation(len(rows))
    firing, quiet = order[fires[order]], order[~fires[order]]
    some = min(len(firing), max(cap // 2, cap - len(quiet)))
    return [rows[index] for index in (*firing[:some], *quiet[: cap - some])]
