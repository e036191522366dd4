"""The record, over any engine."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType

from octarine.core.access import keeps_text, without_text
from octarine.core.codec import Json
from octarine.core.content import Conversation, Part
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError, InternalError, StoreError
from octarine.core.labels import Label, Preference
from octarine.core.results import (
    Completion,
    Finding,
    Finish,
    Judgement,
    Outcome,
    Result,
    Run,
    RunStatus,
)
from octarine.store import queries
from octarine.store.batch import (
    INSERT_COMPLETION,
    INSERT_RUN,
    blob_rows,
    completion_row,
    prepare,
    run_row,
    select,
)
from octarine.store.engine import Engine, Transaction
from octarine.store.payload import key_bytes, pack, to_column, unpack
from octarine.store.records import KeptManifest, Record, RunEvent, RunRecord, ScoreRow, SummaryRow


class Store:
    """Runs, results, findings and bytes. ``open_store`` makes one.

    Nothing is ever changed or deleted. Each method that writes is one transaction: when it has returned, a
    kill loses nothing of it; when it has raised, nothing of it was recorded. Any thread may call.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Names the store, without a password."""
        return self._engine.url

    def begin_run(self, run: Run) -> None:
        """Record that a run begins. The same id again is its continuation: the first record of it stands."""
        row = run_row(run)

        def begin(transaction: Transaction) -> None:
            transaction.run(INSERT_RUN, row)
            self._event(transaction, run.id, RunStatus.RUNNING, {})

        self._engine.write(begin)

    def end_run(self, run_id: str, status: RunStatus, totals: Mapping[str, Json]) -> None:
        """Record that a run ended, and with what totals. It may be continued all the same."""
        self._engine.write(lambda transaction: self._event(transaction, run_id, status, totals))

    def _event(
        self, transaction: Transaction, run_id: str, status: RunStatus, totals: Mapping[str, Json]
    ) -> None:
        inserted = transaction.run("SELECT number FROM runs WHERE id = ?", (to_column(run_id),))
        if not inserted:
            raise InternalError(f"the run {run_id} has not begun")
        transaction.run(
            "INSERT INTO run_events (run, at, status, totals) VALUES (?, ?, ?, ?)",
            (inserted[0][0], datetime.now(UTC).isoformat(), status.value, pack(totals)),
        )

    def runs(
        self,
        *,
        model: str | None = None,
        benchmark: str | None = None,
        beside: str | None = None,
        limit: int | None = None,
    ) -> list[RunRecord]:
        """The runs, the one that was begun or continued last first; ``beside`` keeps those made beside that
        run."""
        return queries.runs(self._engine, model=model, benchmark=benchmark, beside=beside, limit=limit)

    def run(self, run_id_or_prefix: str) -> RunRecord:
        """One run, by its id, the beginning of it, or ``latest``: the last of ours that stands for itself
        (``Run.beside``, ``Run.imported``).

        Raises:
            InputError: no run or more than one begins so; the nearest are listed.
        """
        return queries.run(self._engine, run_id_or_prefix)

    def events(self, run_id: str) -> list[RunEvent]:
        """All beginnings and ends of a run, in order."""
        return queries.events(self._engine, run_id)

    def completions(self, keys: Sequence[str]) -> dict[str, Completion]:
        """Those of the completions that are there; never one that ended in an error."""
        rows = select(self._engine, "SELECT key, payload FROM completions WHERE key IN", map(key_bytes, keys))
        return {bytes(key).hex(): unpack(Completion, payload, self.url) for key, payload in rows}

    def answered(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys under which there is a completion; reads no payload."""
        rows = select(self._engine, "SELECT key FROM completions WHERE key IN", map(key_bytes, keys))
        return {bytes(key).hex() for (key,) in rows}

    def judgements(self, keys: Sequence[str]) -> dict[str, Judgement]:
        """Those of the judgements that are there; never one that failed."""
        rows = select(self._engine, "SELECT key, payload FROM judgements WHERE key IN", map(key_bytes, keys))
        return {bytes(key).hex(): unpack(Judgement, payload, self.url) for key, payload in rows}

    def add(self, run_id: str, records: Sequence[Record]) -> None:
        """Record results of a run, all in one transaction.

        The first record of a key, and of a sample and repeat in a run, stands; others are ignored. A result
        that failed (the completion's finish or the judgement's outcome is ``error``) is kept in its run only:
        nothing reuses it, and a later record of the same sample and repeat takes its place.

        Raises:
            StoreFull, StoreError: nothing was recorded.
        """
        if not records:
            return
        number = self._number(run_id)
        batch = prepare(self._engine, records)
        self._engine.write(lambda transaction: batch.write(transaction, number))

    def _number(self, run_id: str) -> int:
        with self._lock:
            if run_id not in self._numbers:
                rows = self._engine.rows("SELECT number FROM runs WHERE id = ?", (to_column(run_id),))
                if not rows:
                    raise InternalError(f"the run {run_id} has not begun")
                self._numbers[run_id] = rows[0][0]
            return self._numbers[run_id]

    def done(self, run_id: str) -> set[tuple[str, int]]:
        """``(sample key, repeat)`` of every result that did not fail; empty for an unknown run."""
        return queries.done(self._engine, run_id)

    def results(
        self,
        run_id: str,
        *,
        dimension: Dimension | None = None,
        language: str | None = None,
        outcome: Outcome | None = None,
    ) -> Iterator[Result]:
        """The results in the order of the plan, read a few at a time; the last attempt of each.

        ``Result.completion_key`` of a failed completion is one of its own, which reuse never asks for. Bytes
        are not loaded: see ``with_data``.
        """
        return queries.results(self._engine, run_id, dimension=dimension, language=language, outcome=outcome)

    def scores(self, run_id: str) -> Iterator[ScoreRow]:
        """The same without payloads, for statistics."""
        return queries.scores(self._engine, run_id)

    def summary(self, run_id: str) -> list[SummaryRow]:
        """Counts and sums by dimension, language and outcome, made by the database."""
        return queries.summary(self._engine, run_id)

    def put_blob(self, data: bytes) -> str:
        """Keep bytes; their SHA-256."""
        key = hashlib.sha256(data)
        self._engine.write(
            lambda transaction: transaction.run(
                "INSERT INTO blobs (sha256, data) VALUES (?, ?) ON CONFLICT DO NOTHING", (key.digest(), data)
            )
        )
        return key.hexdigest()

    def blob(self, sha256: str) -> bytes:
        """The bytes of that hash.

        Raises:
            StoreError: they are not here.
        """
        rows = self._engine.rows("SELECT data FROM blobs WHERE sha256 = ?", (key_bytes(sha256),))
        if not rows:
            raise StoreError(
                f"{self.url} does not hold the bytes {sha256}", hint="They may be in another store."
            )
        return bytes(rows[0][0])

    def add_finding(self, finding: Finding) -> None:
        """Keep a finding; one with the same id stands."""
        self.add_findings([finding])

    def add_findings(self, findings: Sequence[Finding]) -> None:
        """Keep findings, all in one transaction; one with the same id stands. Of one whose access label keeps
        no text, the metadata alone (``core.access``)."""
        findings = [one if keeps_text(one) else without_text(one) for one in findings]
        blobs = blob_rows(self._engine, (part for finding in findings for part in _parts(finding)))
        rows = [
            (
                to_column(finding.id),
                to_column(finding.model.name),
                finding.sample.dimension.value,
                pack(finding),
            )
            for finding in findings
        ]

        def insert(transaction: Transaction) -> None:
            transaction.many("INSERT INTO blobs (sha256, data) VALUES (?, ?) ON CONFLICT DO NOTHING", blobs)
            transaction.many(
                "INSERT INTO findings (id, model, dimension, payload) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                rows,
            )

        self._engine.write(insert)

    def finding(self, id_or_prefix: str) -> Finding:
        """One finding, by its id or the beginning of it.

        Raises:
            InputError: no finding or more than one begins so.
        """
        return queries.finding(self._engine, id_or_prefix)

    def findings(self, *, model: str | None = None, dimension: Dimension | None = None) -> Iterator[Finding]:
        """The findings, oldest first, read a few at a time."""
        return queries.findings(self._engine, model=model, dimension=dimension)

    def add_label(self, label: Label) -> None:
        """Keep a label. A later one of the same annotator on the same answer takes its place."""
        keys = (key_bytes(label.sample), key_bytes(label.completion))
        row = (*keys, to_column(label.annotator), pack(label))
        self._engine.write(
            lambda transaction: transaction.run(
                "INSERT INTO labels (sample, completion, annotator, payload) VALUES (?, ?, ?, ?)", row
            )
        )

    def labels(self) -> list[Label]:
        """The last label of each annotator on each answer, oldest first."""
        return queries.labels(self._engine)

    def labels_of_run(self, run_id: str) -> dict[tuple[str, int], list[Label]]:
        """(sample key, repeat) → the labels of that result of a run; results without one are left out."""
        return queries.labels_of_run(self._engine, run_id)

    def add_preference(self, preference: Preference) -> None:
        """Keep a preference. A later one of the same annotator on the same pair takes its place."""
        row = (key_bytes(preference.conversation), to_column(preference.annotator), pack(preference))
        self._engine.write(
            lambda transaction: transaction.run(
                "INSERT INTO preferences (conversation, annotator, payload) VALUES (?, ?, ?)", row
            )
        )

    def preferences(self) -> list[Preference]:
        """The last preference of each annotator on each pair of answers, oldest first."""
        return queries.preferences(self._engine)

    def keep_completion(self, key: str, completion: Completion) -> None:
        """Keep an answer that is no result of a run, such as a judge model's; the first of a key stands.

        Raises:
            InputError: the completion is an error, which nothing may reuse.
        """
        if completion.finish is Finish.ERROR:
            raise InputError("a completion that ended in an error is not kept: the next call may succeed")
        row = completion_row(key_bytes(key), completion)
        self._engine.write(lambda transaction: transaction.many(INSERT_COMPLETION, [row]))

    def keep_manifest(self, kept: KeptManifest, manifest: bytes) -> None:
        """Keep content credentials and their bytes; the first of a label stands.

        Raises:
            InputError: the bytes are not those that the record names.
        """
        key = hashlib.sha256(manifest)
        if key.hexdigest() != kept.manifest:
            raise InputError(f"the bytes of the manifest {kept.label} are not those of its record")
        row = (to_column(kept.label), kept.mark, to_column(kept.mark_key), pack(kept))

        def insert(transaction: Transaction) -> None:
            transaction.run(
                "INSERT INTO blobs (sha256, data) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (key.digest(), manifest),
            )
            transaction.run(
                "INSERT INTO manifests (label, mark, mark_key, payload) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                row,
            )

        self._engine.write(insert)

    def manifests(self, mark: int, mark_key: str) -> list[KeptManifest]:
        """What is kept under a watermark's payload and key, the newest first."""
        return queries.manifests(self._engine, mark, mark_key)

    def close(self) -> None:
        """Release the database. May be called twice."""
        self._engine.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _parts(finding: Finding) -> Iterator[Part]:
    exchange = finding.completion.exchange
    for message in (*finding.sample.conversation.messages, *(exchange.turns if exchange else ())):
        yield from message.parts
    yield from finding.completion.parts


def with_data(conversation: Conversation, store: Store) -> Conversation:
    """The conversation with the bytes of its parts, taken from the store where they are not loaded."""

    def filled(part: Part) -> Part:
        if not part.sha256 or part.data is not None:
            return part
        return dataclasses.replace(part, data=store.blob(part.sha256))

    messages = tuple(
        dataclasses.replace(message, parts=tuple(map(filled, message.parts)))
        for message in conversation.messages
    )
    return Conversation(messages, conversation.tools)
