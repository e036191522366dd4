"""What a person sees when the store cannot be used."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from stored_records import record, records, run

from octarine.core.errors import InputError, MissingExtra, StoreError, StoreFull, StoreVersion
from octarine.store import Store, open_store
from octarine.store.postgres import without_password

RUN = run()


def connection_of(store: Store) -> sqlite3.Connection:
    return store._engine._connection  # type: ignore[attr-defined, no-any-return]


def test_a_full_disk_keeps_what_was_committed(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.sqlite")) as store:
        store.begin_run(RUN)
        store.add(RUN.id, records(range(10)))
        pages = connection_of(store).execute("PRAGMA page_count").fetchone()[0]
        connection_of(store).execute(f"PRAGMA max_page_count = {pages + 2}")

        with pytest.raises(StoreFull, match="no space left") as error:
            store.add(RUN.id, records(range(10, 500)))
        assert "safe" in error.value.hint

        assert len(list(store.results(RUN.id))) == 10
        connection_of(store).execute("PRAGMA max_page_count = 100000")
        store.add(RUN.id, records(range(10, 500)))
        assert len(store.done(RUN.id)) == 500


def test_a_database_that_turns_read_only(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.sqlite")) as store:
        connection_of(store).execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="read-only") as error:
            store.begin_run(RUN)
        assert "Make it writable" in error.value.hint


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own are the user's alone."""
    with tempfile.TemporaryDirectory(prefix="octarine-") as folder:
        yield Path(folder)
        Path(folder).chmod(0o755)


OPEN_AS_NOBODY = """
import os, sys
from octarine.core.errors import StoreError
from octarine.store import open_store
if os.getuid() == 0:
    os.setuid(65534)
try:
    open_store(sys.argv[1])
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX permissions")
@pytest.mark.parametrize("exists", [True, False])
def test_a_place_that_this_user_may_not_write(open_folder: Path, exists: bool) -> None:
    path = open_folder / "store.sqlite"
    if exists:
        open_store(str(path)).close()
        path.chmod(0o444)
    open_folder.chmod(0o555)

    command = [sys.executable, "-c", OPEN_AS_NOBODY, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "store.sqlite is read-only" in ran.stdout or "store.sqlite cannot be opened" in ran.stdout
    assert "name another store" in ran.stdout


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist") as error:
        open_store(str(tmp_path / "none" / "store.sqlite"))
    assert f"mkdir -p '{tmp_path / 'none'}'" in error.value.hint


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        open_store(str(tmp_path))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database\n" * 100)
    with pytest.raises(StoreError, match=r"notes\.txt is not an Octarine store"):
        open_store(str(path))
    assert path.read_text().startswith("not a database")


def test_a_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"another program.*bookmarks"):
        open_store(str(path))
    assert path.read_bytes() == before


def test_a_store_of_a_newer_version(url: str) -> None:
    with open_store(url) as store:
        store._engine.write(lambda t: t.run("INSERT INTO schema_version (version) VALUES (99)"))
    with pytest.raises(StoreVersion, match="schema version 99") as error:
        open_store(url)
    assert "upgrade" in error.value.hint


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.sqlite")) as store:
        store.begin_run(RUN)
        store.add(RUN.id, [record(1)])
        connection_of(store).execute("UPDATE samples SET payload = CAST('{broken' AS BLOB)")
        with pytest.raises(StoreError, match="not JSON"):
            list(store.results(RUN.id))


def test_a_store_that_another_process_keeps_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.sqlite"
    open_store(str(path)).close()
    monkeypatch.setattr("octarine.store.sqlite.BUSY_S", 0.01)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_store(str(path)) as store:
        with pytest.raises(StoreError, match="locked by another process"):
            store.begin_run(RUN)
        other.execute("COMMIT")
        store.begin_run(RUN)
    other.close()


@pytest.mark.parametrize("url", ["mysql://u:geheim@host/db", "mongodb+srv://geheim@host"])
def test_an_unknown_kind_of_store(url: str) -> None:
    with pytest.raises(InputError, match="no kind of store") as error:
        open_store(url)
    assert "geheim" not in str(error.value)


def test_too_few_slashes() -> None:
    with pytest.raises(InputError, match="too few slashes"):
        open_store("sqlite://store.sqlite")


def test_where_the_store_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OCTARINE_STORE", "from-variable.sqlite")
    for url, path in {
        None: tmp_path / "from-variable.sqlite",
        "plain.sqlite": tmp_path / "plain.sqlite",
        "sqlite:///relative.sqlite": tmp_path / "relative.sqlite",
        f"sqlite:///{tmp_path}/absolute.sqlite": tmp_path / "absolute.sqlite",
        "~/home.sqlite": tmp_path / "home.sqlite",
        "odd name %20?&#.sqlite": tmp_path / "odd name %20?&#.sqlite",
    }.items():
        with open_store(url) as store:
            assert store.url == f"sqlite:///{path}"
        assert path.is_file()
        with open_store(store.url):
            pass
    monkeypatch.setenv("OCTARINE_STORE", "")
    with open_store() as store:
        assert store.url.endswith("/octarine.sqlite")
        assert "from-variable" not in store.url


def test_a_data_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "octarine"
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: folder)
    monkeypatch.delenv("OCTARINE_STORE", raising=False)
    with pytest.raises(StoreError, match="cannot be made") as error:
        open_store()
    assert "OCTARINE_STORE" in error.value.hint


def test_postgres_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra) as error:
        open_store("postgresql://localhost/db")
    assert "octarine[postgres]" in error.value.hint


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:geheim@host:5432/db", "postgresql://me:***@host:5432/db"),
        ("postgresql://me@host/db?password=geheim&x=1", "postgresql://me@host/db?password=***&x=1"),
        ("postgresql://:geheim@/db?host=/tmp/pg", "postgresql://:***@/db?host=/tmp/pg"),
        ("postgresql://host/db", "postgresql://host/db"),
        ("postgresql://me:ge@heim@[::1/db", "postgresql://me:***@[::1/db"),
        ("postgresql://me:ge/he?im@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me@host/db?sslpassword=geheim", "postgresql://me@host/db?sslpassword=***"),
    ],
)
def test_passwords_are_not_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.heavy
class TestPostgres:
    """Errors that only a server makes."""

    def test_nobody_listens(self) -> None:
        pytest.importorskip("psycopg", reason="needs psycopg (octarine[postgres])")
        with pytest.raises(StoreError, match="cannot be reached") as error:
            open_store("postgresql://me:geheim@127.0.0.1:9/db")
        assert "geheim" not in str(error.value)

    def test_a_url_that_cannot_be_read(self) -> None:
        pytest.importorskip("psycopg", reason="needs psycopg (octarine[postgres])")
        with pytest.raises(InputError, match="cannot be read") as error:
            open_store("postgresql://me:geheim@host:port:x/db?nonsense=1")
        assert "geheim" not in str(error.value)

    def test_a_database_that_does_not_exist(self, postgres_url: str) -> None:
        with pytest.raises(StoreError, match="does not exist"):
            open_store(postgres_url.replace("/test", "/none"))

    def test_a_full_disk(self, postgres_url: str) -> None:
        import psycopg

        with open_store(postgres_url) as store:

            def fill(_: object) -> None:
                raise psycopg.errors.DiskFull("could not extend file")

            with pytest.raises(StoreFull, match="no space left"):
                store._engine.write(fill)

    def test_a_user_who_may_only_read(self, postgres_url: str) -> None:
        separator = "&" if "?" in postgres_url else "?"
        with open_store(postgres_url) as store:
            store.begin_run(RUN)
        read_only = f"{postgres_url}{separator}options=-c%20default_transaction_read_only%3Don"
        with open_store(read_only) as store:
            assert [found.run for found in store.runs()] == [RUN]
            with pytest.raises(StoreError, match="refuses to write"):
                store.begin_run(RUN)

    def test_a_connection_that_was_cut_is_made_again(self, postgres_url: str) -> None:
        import psycopg

        with open_store(postgres_url) as store:
            store.begin_run(RUN)
            pid = store._engine.rows("SELECT pg_backend_pid()")[0][0]
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            store.add(RUN.id, records([1]))
            assert len(store.done(RUN.id)) == 1
