"""One batch of results on its way into the store.

Everything slow (encoding, hashing bytes) is done by ``prepare``, before the transaction, so that another
process waits for nothing but inserts. Rows are inserted in the order of their keys: two processes that bring
the same ones then never wait for each other in a circle.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from octarine.core.codec import canonical
from octarine.core.content import Part
from octarine.core.errors import InputError, InternalError
from octarine.core.results import Completion, Finish, Judgement, Outcome, Run
from octarine.core.samples import Sample
from octarine.store.engine import Engine, Row, Transaction
from octarine.store.payload import integer_column, key_bytes, pack, real_column, to_column
from octarine.store.records import Record

CHUNK = 500
"""Keys asked for at once; SQLite before 3.32 takes at most 999."""


@dataclass(slots=True)
class _Entry:
    """A record as rows. ``failed``: neither its completion nor its judgement may be used again."""

    record: Record
    sample_key: bytes
    completion_key: bytes
    judgement_key: bytes
    completion: Row | None
    judgement: Row | None
    failed: bool

    def attempt(self, run: int, number: int) -> _Attempt:
        """The entry as the run's attempt ``number`` at its sample."""
        completion_key, judgement_key = self.completion_key, self.judgement_key
        if self.failed:
            # Keys of its own, that no later run asks for.
            place = f"{run} {self.record.repeat} {number} ".encode() + self.sample_key
            judgement_key = hashlib.sha256(b"judgement " + place + judgement_key).digest()
            if self.record.completion is not None and self.record.completion.finish is Finish.ERROR:
                completion_key = hashlib.sha256(b"completion " + place + completion_key).digest()
        return _Attempt(self, number, completion_key, judgement_key)


class _Attempt(NamedTuple):
    entry: _Entry
    number: int
    completion_key: bytes
    judgement_key: bytes


@dataclass(slots=True)
class Batch:
    """What ``write`` inserts."""

    entries: list[_Entry]
    samples: list[Row]
    blobs: list[Row]

    def write(self, transaction: Transaction, run: int) -> None:
        """Insert it; first writer wins, and only a failed result is followed by another attempt."""
        transaction.serialise(f"run {run}")
        transaction.many("INSERT INTO blobs (sha256, data) VALUES (?, ?) ON CONFLICT DO NOTHING", self.blobs)
        transaction.many(_INSERT_SAMPLE, self.samples)
        keys = {entry.sample_key for entry in self.entries}
        found = select(transaction, "SELECT key, number FROM samples WHERE key IN", keys)
        numbers = {key: number for key, number in found}  # noqa: C416 - rows are tuples of anything
        fresh = self._fresh(transaction, run, numbers)
        transaction.many(
            INSERT_COMPLETION, _rows((new.completion_key, new.entry.completion) for new in fresh)
        )
        transaction.many(_INSERT_JUDGEMENT, _rows((new.judgement_key, new.entry.judgement) for new in fresh))
        transaction.many(_INSERT_RESULT, _result_rows(transaction, run, fresh, numbers))

    def _fresh(self, transaction: Transaction, run: int, numbers: dict[bytes, int]) -> list[_Attempt]:
        """The entries that the run has no good result for."""
        found = select(
            transaction,
            "SELECT sample, repeat, MAX(attempt), MIN(failed) FROM results WHERE sample IN",
            set(numbers.values()),
            " AND run = ? GROUP BY sample, repeat",
            (run,),
        )
        # A sample that is tried again within the batch counts too: the last word is kept up to date here.
        last = {(sample, repeat): (attempt, bool(failed)) for sample, repeat, attempt, failed in found}
        fresh: list[_Attempt] = []
        for entry in self.entries:
            place = (numbers[entry.sample_key], entry.record.repeat)
            attempt, retry = last.get(place, (-1, True))
            if not retry:
                continue
            last[place] = (attempt + 1, entry.failed)
            fresh.append(entry.attempt(run, attempt + 1))
        return fresh


def prepare(engine: Engine, records: Sequence[Record]) -> Batch:
    """Encode what the store does not hold yet."""
    keys = {key_bytes(record.sample.key): record.sample for record in records}
    known = {key for (key,) in select(engine, "SELECT key FROM samples WHERE key IN", keys)}
    samples = [
        _sample_row(key, sample) for key, sample in sorted(keys.items(), key=_first) if key not in known
    ]
    return Batch([_entry(record) for record in records], samples, blob_rows(engine, _parts(records)))


def select(
    source: Engine | Transaction, sql: str, keys: Iterable[bytes | int], more: str = "", args: Row = ()
) -> Iterator[Row]:
    """Rows of ``sql``, which ends with ``IN``, for all keys, a chunk at a time."""
    run = source.rows if isinstance(source, Engine) else source.run
    wanted = list(keys)
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        yield from run(f"{sql} ({', '.join('?' * len(chunk))}){more}", (*chunk, *args))


def blob_rows(engine: Engine, parts: Iterable[Part]) -> list[Row]:
    """Rows for the bytes that the parts carry and the store does not hold yet."""
    carried = {key_bytes(part.sha256): part.data for part in parts if part.data is not None}
    if not carried:
        return []
    known = {key for (key,) in select(engine, "SELECT sha256 FROM blobs WHERE sha256 IN", carried)}
    rows: list[Row] = []
    for key, data in sorted(carried.items(), key=_first):
        if key in known:
            continue
        if hashlib.sha256(data).digest() != key:
            raise InputError(
                "a part carries bytes that its hash does not name", hint="Make it with Part.of_bytes."
            )
        rows.append((key, data))
    return rows


def _parts(records: Iterable[Record]) -> Iterator[Part]:
    for record in records:
        for message in record.sample.conversation.messages:
            yield from message.parts
        if record.completion is not None:
            yield from record.completion.parts


def _entry(record: Record) -> _Entry:
    completion, judgement = record.completion, record.judgement
    return _Entry(
        record=record,
        sample_key=key_bytes(record.sample.key),
        completion_key=key_bytes(record.completion_key),
        judgement_key=key_bytes(record.judgement_key),
        completion=None if completion is None else _completion_row(completion),
        judgement=None if judgement is None else _judgement_row(judgement),
        failed=(completion is not None and completion.finish is Finish.ERROR)
        or (judgement is not None and judgement.outcome is Outcome.ERROR),
    )


def run_row(run: Run) -> Row:
    """A row for ``INSERT_RUN``."""
    return (*map(to_column, (run.id, run.model.name, run.benchmark, run.beside)), pack(run))


def _sample_row(key: bytes, sample: Sample) -> Row:
    texts = (sample.cluster, sample.group, sample.variant, sample.template, sample.risk)
    objectives = canonical(sample.objectives)
    form = (sample.modality, sample.conversation.turns)
    return (
        key,
        *map(to_column, (*texts, objectives)),
        sample.expectation.behaviour.value,
        *form,
        pack(sample),
    )


def _completion_row(completion: Completion) -> Row:
    tokens = integer_column(completion.usage.output_tokens)
    return (real_column(completion.latency_s), tokens, pack(completion))


def completion_row(key: bytes, completion: Completion) -> Row:
    """A row for ``INSERT_COMPLETION``."""
    return (key, *_completion_row(completion))


def _judgement_row(judgement: Judgement) -> Row:
    who = (to_column(judgement.judge), to_column(judgement.version))
    return (*who, judgement.outcome.value, real_column(judgement.score), pack(judgement))


def _result_rows(
    transaction: Transaction, run: int, fresh: Sequence[_Attempt], numbers: Mapping[bytes, int]
) -> list[Row]:
    completions = _by_key(transaction, _FIND_COMPLETIONS, (new.completion_key for new in fresh))
    judgements = _by_key(transaction, _FIND_JUDGEMENTS, (new.judgement_key for new in fresh))
    rows: list[Row] = []
    for entry, attempt, *keys in fresh:
        record, sample = entry.record, entry.record.sample
        try:
            completion, latency_s, output_tokens = completions[keys[0]]
            judgement, judge, version, outcome, score = judgements[keys[1]]
        except KeyError:
            raise InternalError(
                f"the sample {sample.id} came without an answer or judgement, and the store holds none"
            ) from None
        where = (run, numbers[entry.sample_key], record.repeat, attempt, record.position)
        what = (completion, judgement, int(entry.failed), sample.dimension.value, to_column(sample.language))
        rows.append((*where, *what, outcome, score, judge, version, latency_s, output_tokens))
    return rows


def _rows(pairs: Iterable[tuple[bytes, Row | None]]) -> list[Row]:
    return [(key, *row) for key, row in sorted(pairs, key=_first) if row is not None]


def _by_key(transaction: Transaction, sql: str, keys: Iterable[bytes]) -> dict[bytes, Row]:
    return {row[0]: row[1:] for row in select(transaction, sql, set(keys))}


def _first(pair: tuple[bytes, object]) -> bytes:
    return pair[0]


INSERT_RUN = (
    "INSERT INTO runs (id, model, benchmark, beside, payload) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_INSERT_SAMPLE = (
    "INSERT INTO samples "
    "(key, cluster, sample_group, variant, template, risk, objectives, behaviour, modality, turns, payload) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
INSERT_COMPLETION = (
    "INSERT INTO completions (key, latency_s, output_tokens, payload) VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
_INSERT_JUDGEMENT = (
    "INSERT INTO judgements (key, judge, judge_version, outcome, score, payload) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
_INSERT_RESULT = (
    "INSERT INTO results (run, sample, repeat, attempt, position, completion, judgement, failed, dimension, "
    "language, outcome, score, judge, judge_version, latency_s, output_tokens) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_FIND_COMPLETIONS = "SELECT key, number, latency_s, output_tokens FROM completions WHERE key IN"
_FIND_JUDGEMENTS = "SELECT key, number, judge, judge_version, outcome, score FROM judgements WHERE key IN"
