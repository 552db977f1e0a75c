"""DuckDB for hostile input: what it may open is one directory of ours, and nothing it is asked can change that."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

MEMORY: Final = "1GB"
SPILL: Final = "4GB"
MAX_THREADS: Final = 4


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
            "temp_directory": f"{folder}/spill",
            "max_temp_directory_size": SPILL,
        },
    )
    quoted = folder.replace("'", "''")  # the one text that becomes SQL: `SET` takes no parameters
    connection.execute(f"SET allowed_directories = ['{quoted}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
