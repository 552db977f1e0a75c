"""DuckDB opens one directory and nothing else, whatever it is asked."""

from __future__ import annotations

import contextlib
from pathlib import Path

import duckdb
import pytest

from callgate.reviewer.logs.database import connect, session

ESCAPES = [
    "SELECT * FROM read_text('{outside}')",
    "SELECT * FROM read_csv('{outside}')",
    "SELECT * FROM sniff_csv('{outside}')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM '{outside}'",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "EXPORT DATABASE '{folder}/out'",
    "ATTACH '{folder}/other.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT * FROM read_csv('https://example.invalid/x.csv')",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "RESET lock_configuration",
    "SET threads = 64",
    "SET memory_limit = '100GB'",
    "SET temp_directory = '{folder}'",
    "SET autoinstall_known_extensions = true",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_no_way_out(tmp_path: Path, sql: str) -> None:
    """Other files, the network, extensions and the configuration are out of reach."""
    outside = tmp_path / "outside.txt"
    outside.write_text("secret")
    (tmp_path / "index").mkdir()
    with contextlib.closing(connect(str(tmp_path / "index"))) as connection, pytest.raises(duckdb.Error):
        connection.execute(sql.format(outside=outside, folder=tmp_path)).fetchall()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "outside.txt"]


def test_variables_of_the_program_are_no_tables(tmp_path: Path) -> None:
    """A name in a statement never means an object of Python."""
    secrets = [("x",)]
    with contextlib.closing(connect(str(tmp_path))) as connection, pytest.raises(duckdb.Error):
        connection.execute("SELECT * FROM secrets").fetchall()
    assert secrets


@pytest.mark.parametrize(
    "name", ["plain", "it's", "a[b]c", "x*?y", 'q"q', "semi;colon", "ü b", "--", "$HOME", "{uuid}"]
)
def test_any_name_of_the_directory(tmp_path: Path, name: str) -> None:
    """What is special to SQL or to a glob is a character of a name."""
    folder = tmp_path / name
    folder.mkdir()
    path = str(folder / "x.parquet")
    with contextlib.closing(connect(str(folder))) as connection:
        connection.execute("COPY (SELECT 7 AS n) TO ? (FORMAT parquet)", [path])
        assert connection.execute("SELECT n FROM read_parquet(?)", [[path]]).fetchall() == [(7,)]
    assert (folder / "x.parquet").exists()


def test_a_session_is_as_confined_as_a_connection(tmp_path: Path) -> None:
    """It opens nothing else, and its configuration is locked."""
    with contextlib.closing(session(str(tmp_path))) as found:
        for sql in ("SELECT * FROM read_text('/etc/passwd')", "SET threads = 1", "INSTALL httpfs"):
            with pytest.raises(duckdb.Error):
                found.execute(sql)


def test_sessions_share_a_database_and_no_tables(tmp_path: Path) -> None:
    """The next question about a folder opens none, sees nothing of the one before, and may be asked meanwhile."""
    with contextlib.closing(session(str(tmp_path))) as first:
        first.execute("CREATE TEMP TABLE found AS SELECT 1 AS x")
        with contextlib.closing(session(str(tmp_path))) as second, pytest.raises(duckdb.Error):
            second.execute("SELECT * FROM found")
    with contextlib.closing(session(str(tmp_path))) as third:
        assert third.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]


def test_another_folder_is_another_database(tmp_path: Path) -> None:
    """A session may open the files of its own folder only, also when the one before was about another."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.csv").write_text("x\n1\n")
    old = session(str(tmp_path / "a"))
    with contextlib.closing(old), contextlib.closing(session(str(tmp_path / "b"))) as new:
        read = "SELECT x FROM read_csv(?)"
        assert new.execute(read, [str(tmp_path / "b" / "x.csv")]).fetchall() == [(1,)]
        with pytest.raises(duckdb.Error):
            new.execute(read, [str(tmp_path / "a" / "x.csv")])
        assert old.execute(read, [str(tmp_path / "a" / "x.csv")]).fetchall() == [(1,)]
