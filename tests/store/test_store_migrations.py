"""Old stores are upgraded in place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from stored_records import record, records, run

from octarine.core.errors import StoreError
from octarine.core.results import Finding
from octarine.store import batch, open_store
from octarine.store import store as store_module
from octarine.store.engine import Engine
from octarine.store.opening import opened
from octarine.store.payload import pack
from octarine.store.postgres import PostgresEngine
from octarine.store.schema import MIGRATIONS, Migration
from octarine.store.sqlite import SQLiteEngine

RUN = run()


def engine(url: str) -> Engine:
    return PostgresEngine(url) if url.startswith("postgres") else SQLiteEngine(Path(url))


def versions(url: str) -> list[int]:
    with open_store(url) as store:
        return [row[0] for row in store._engine.rows("SELECT version FROM schema_version ORDER BY version")]


@pytest.fixture
def before_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Insert samples as versions 1 and 2 did, which had no columns for modality and turns."""
    columns = "(key, cluster, sample_group, variant, template, risk, objectives, behaviour, payload)"
    insert = f"INSERT INTO samples {columns} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    row = batch._sample_row
    monkeypatch.setattr(batch, "_INSERT_SAMPLE", insert)
    monkeypatch.setattr(batch, "_sample_row", lambda key, sample: (*row(key, sample)[:8], pack(sample)))


BESIDE = 5
"""The version that knows which run another was made beside."""


def made_by(url: str, migrations: Sequence[Migration]) -> None:
    """A store as an Octarine with these migrations leaves it, with a result in it."""
    with pytest.MonkeyPatch.context() as patch:
        if len(migrations) < BESIDE:
            insert, row = batch.INSERT_RUN.replace(" beside,", "").replace("?, ", "", 1), batch.run_row
            patch.setattr(store_module, "INSERT_RUN", insert)
            patch.setattr(store_module, "run_row", lambda run: (*row(run)[:3], row(run)[4]))
        with opened(engine(url), migrations) as store:
            store.begin_run(RUN)
            store.add(RUN.id, records([1]))


VERSIONS = list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.usefixtures("before_form")
def test_the_form_of_older_samples_is_filled_in(url: str, version: int) -> None:
    made_by(url, MIGRATIONS[:version])
    with open_store(url) as store:
        (row,) = store.scores(RUN.id)
        sample = record(1).sample
        assert (row.modality, row.turns) == (sample.modality, sample.conversation.turns)
    assert versions(url) == VERSIONS


@pytest.mark.parametrize("version", VERSIONS[2:])
def test_a_store_of_any_older_version_opens(url: str, version: int) -> None:
    made_by(url, MIGRATIONS[:version])
    source = record(1)
    assert source.completion is not None
    assert source.judgement is not None
    finding = Finding("f", source.sample, source.completion, source.judgement, RUN.model, "2025-01-01")

    with open_store(url) as store:
        store.add_finding(finding)
        assert list(store.findings()) == [finding]
        assert [result.sample for result in store.results(RUN.id)] == [source.sample]
        assert store.run("latest").run == RUN
    assert versions(url) == VERSIONS


def test_a_new_store_is_at_the_newest_version(url: str) -> None:
    open_store(url).close()
    assert versions(url) == VERSIONS


def test_a_migration_that_fails_leaves_the_old_version(url: str) -> None:
    made_by(url, MIGRATIONS)
    broken = (*MIGRATIONS, ("CREATE TABLE half_done (x BIGINT)", "CREATE TABLE runs (id TEXT)"))

    with pytest.raises(StoreError, match="already exists"):
        opened(engine(url), broken)

    assert versions(url) == VERSIONS
    with open_store(url) as store:
        assert not store._engine.has_table("half_done")
        assert len(store.done(RUN.id)) == 1


def test_a_later_migration_is_applied_once(url: str) -> None:
    made_by(url, MIGRATIONS)
    later = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN note TEXT",))
    for _ in range(2):
        with opened(engine(url), later) as store:
            assert store._engine.rows("SELECT note FROM runs") == [(None,)]
            assert len(store.done(RUN.id)) == 1
