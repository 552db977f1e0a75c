"""DuckDB for hostile input: what it may open is one directory of ours, and nothing it is asked can change that."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

MEMORY: Final = "1GB"
SPILL: Final = "4GB"
MAX_THREADS: Final = 4

_kept: dict[tuple[int, str], duckdb.DuckDBPyConnection] = {}
"""The database of the last folder that `session` was asked for; the process is in the key: none survives a fork."""
_keeping = threading.Lock()


def session(folder: str) -> duckdb.DuckDBPyConnection:
    """Return a connection as `connect` makes it, to a database that is kept for the next question about *folder*.

    Opening one takes 20 ms, a tenth of what a question may take. Each session has temporary tables of its own, which
    go when it is closed; nothing else is ever made in the database.

    Args:
        folder: an absolute path that lasts.
    """
    key = os.getpid(), folder
    with _keeping:
        database = _kept.get(key)
        if database is None:
            database = connect(folder)
            _close_own()  # sessions that others still have keep theirs open
            _kept[key] = database
            atexit.unregister(_close_own)
            atexit.register(_close_own)  # while there is still a DuckDB to close it
        return database.cursor()


def _close_own() -> None:
    """Let go what this process has opened. What a fork has taken along has no threads there, and cannot be closed."""
    for key in [key for key in _kept if key[0] == os.getpid()]:
        del _kept[key]


def connect(folder: str, *, threads: int = MAX_THREADS) -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty database in memory.

    No extension is loaded that is not built in, nothing is fetched, no file outside of *folder* is opened, memory,
    threads and what is spilled to *folder* are bounded, and the configuration is locked.

    Args:
        folder: an absolute path; any characters.
        threads: at most so many, and no more than there are cores.
    """
    import duckdb  # noqa: PLC0415 - 60 ms, and only heavy questions need it

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_unsigned_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": MEMORY,
            "threads": str(max(1, min(os.cpu_count() or 1, threads))),
            "enable_external_file_cache": "false",  # the system caches files, and who keeps a session needs no copy
            "temp_directory": f"{folder}/spill",
            "max_temp_directory_size": SPILL,
        },
    )
    quoted = folder.replace("'", "''")  # the one text that becomes SQL: `SET` takes no parameters
    connection.execute(f"SET allowed_directories = ['{quoted}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
