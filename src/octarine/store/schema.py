"""The one schema, as numbered migrations. Version ``n`` is what the first ``n`` of them make.

``{serial}``, ``{bytes}`` and ``{real}`` are the engine's words for an automatic number, bytes and a double.
A migration that has been released is never changed; add another one at the end.

Rows are only ever added. There are no foreign keys: nothing is deleted that a reference could lose, and
checking them costs PostgreSQL more than the insert itself.

A completion and a judgement stand under their keys, shared by all runs. One that failed stands under a key of
its own that no later run looks for; a later attempt at the same sample is another row of ``results``, and the
last attempt counts. ``results`` repeats the few columns that are counted by: a summary reads no payload.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from octarine.core.codec import decode
from octarine.core.errors import StoreVersion
from octarine.core.samples import Sample
from octarine.store.engine import Engine, Transaction

Migration = Sequence[str | Callable[[Transaction], None]]
FILL = 500
"""So many rows are read and changed at a time."""


def _fill_form_of_samples(transaction: Transaction) -> None:
    last = 0
    while rows := transaction.run(
        "SELECT number, payload FROM samples WHERE number > ? ORDER BY number LIMIT ?", (last, FILL)
    ):
        samples = [
            (number, decode(Sample, json.loads(str(payload, "utf-8", "surrogatepass"))))
            for number, payload in rows
        ]
        transaction.many(
            "UPDATE samples SET modality = ?, turns = ? WHERE number = ?",
            [(sample.modality, sample.conversation.turns, number) for number, sample in samples],
        )
        last = rows[-1][0]


MIGRATIONS: tuple[Migration, ...] = (
    (
        """CREATE TABLE runs (
            number {serial}, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL, benchmark TEXT NOT NULL,
            payload {bytes} NOT NULL)""",
        """CREATE TABLE run_events (
            number {serial}, run BIGINT NOT NULL, at TEXT NOT NULL, status TEXT NOT NULL,
            totals {bytes} NOT NULL)""",
        "CREATE INDEX run_events_by_run ON run_events (run, number)",
        """CREATE TABLE samples (
            number {serial}, key {bytes} NOT NULL UNIQUE, cluster TEXT NOT NULL, sample_group TEXT NOT NULL,
            variant TEXT NOT NULL, template TEXT NOT NULL, risk TEXT NOT NULL, objectives TEXT NOT NULL,
            behaviour TEXT NOT NULL, payload {bytes} NOT NULL)""",
        """CREATE TABLE completions (
            number {serial}, key {bytes} NOT NULL UNIQUE, latency_s {real}, output_tokens BIGINT,
            payload {bytes} NOT NULL)""",
        """CREATE TABLE judgements (
            number {serial}, key {bytes} NOT NULL UNIQUE, judge TEXT NOT NULL, judge_version TEXT NOT NULL,
            outcome TEXT NOT NULL, score {real}, payload {bytes} NOT NULL)""",
        """CREATE TABLE results (
            run BIGINT NOT NULL, sample BIGINT NOT NULL, repeat BIGINT NOT NULL, attempt BIGINT NOT NULL,
            position BIGINT NOT NULL, completion BIGINT NOT NULL, judgement BIGINT NOT NULL,
            failed SMALLINT NOT NULL, dimension TEXT NOT NULL, language TEXT NOT NULL, outcome TEXT NOT NULL,
            score {real}, judge TEXT NOT NULL, judge_version TEXT NOT NULL, latency_s {real},
            output_tokens BIGINT, UNIQUE (run, sample, repeat, attempt))""",
        "CREATE INDEX results_by_position ON results (run, position)",
        "CREATE TABLE blobs (sha256 {bytes} NOT NULL PRIMARY KEY, data {bytes} NOT NULL)",
    ),
    (
        """CREATE TABLE findings (
            number {serial}, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL, dimension TEXT NOT NULL,
            payload {bytes} NOT NULL)""",
    ),
    (
        "ALTER TABLE samples ADD COLUMN modality TEXT NOT NULL DEFAULT 'text'",
        "ALTER TABLE samples ADD COLUMN turns BIGINT NOT NULL DEFAULT 1",
        _fill_form_of_samples,
    ),
    (
        """CREATE TABLE labels (
            number {serial}, sample {bytes} NOT NULL, completion {bytes} NOT NULL, annotator TEXT NOT NULL,
            payload {bytes} NOT NULL)""",
        "CREATE INDEX labels_by_completion ON labels (completion, sample)",
        """CREATE TABLE preferences (
            number {serial}, conversation {bytes} NOT NULL, annotator TEXT NOT NULL,
            payload {bytes} NOT NULL)""",
    ),
    (
        "ALTER TABLE runs ADD COLUMN beside TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX runs_beside ON runs (beside)",
    ),
    (
        """CREATE TABLE manifests (
            number {serial}, label TEXT NOT NULL UNIQUE, mark BIGINT NOT NULL, mark_key TEXT NOT NULL,
            payload {bytes} NOT NULL)""",
        "CREATE INDEX manifests_by_mark ON manifests (mark, mark_key)",
    ),
)


def migrate(engine: Engine, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring a store to the newest schema, in one transaction.

    Raises:
        StoreVersion: it was written by a newer Octarine; nothing is touched.
    """
    if engine.has_table("schema_version"):
        version = engine.rows("SELECT MAX(version) FROM schema_version")[0][0]
        if version > len(migrations):
            raise StoreVersion(
                f"{engine.url} has schema version {version}; this Octarine knows {len(migrations)}",
                hint="It was written by a newer Octarine: upgrade, or name another store.",
            )
        if version == len(migrations):
            return
    engine.write(lambda transaction: _upgrade(transaction, engine.words, migrations))


def _upgrade(transaction: Transaction, words: Mapping[str, str], migrations: Sequence[Migration]) -> None:
    # Everything is asked again here: another process may have migrated since it was asked without the lock.
    transaction.serialise("schema")
    transaction.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)")
    done = transaction.run("SELECT COALESCE(MAX(version), 0) FROM schema_version")[0][0]
    for version, statements in enumerate(migrations[done:], done + 1):
        for statement in statements:
            if callable(statement):
                statement(transaction)
            else:
                transaction.run(statement.format_map(words))
        transaction.run("INSERT INTO schema_version (version) VALUES (?)", (version,))
