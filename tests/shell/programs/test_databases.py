"""Command lines of the family `databases`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("sqlite3 a.db \"select count(*) from x where y = 'a;b'\"", ["read /p/a.db"]),
    ("sqlite3 -json a.db 'select 1; select 2'", ["read /p/a.db"]),
    ("sqlite3 --csv a.db '.tables'", ["read /p/a.db"]),
    ("sqlite3 a.db '.schema users' 'PRAGMA table_info(users)'", ["read /p/a.db"]),
    ("sqlite3 a.db 'with x as (select 1) select * from x'", ["read /p/a.db"]),
    ("sqlite3 :memory: 'select 1'", []),
    ("sqlite3 -version", []),
    ("psql -h db.example.org -U u -d x -c 'select * from t limit 5'", ["network db.example.org"]),
    ("psql -c '\\dt+ public.*'", ["network localhost"]),
    ("psql -l", ["network localhost"]),
    ("psql postgres://u:p@h.example.org:5432/db -c 'explain select 1'", ["network h.example.org:5432"]),
    ("psql -c 'select 1' -o out.txt", ["write /p/out.txt via -o", "network localhost"]),
    ("psql --version", []),
    ("mysql -h db -u root -e 'show tables' x", ["network db"]),
    ("mysql -ptop -e 'select 1'", ["network localhost"]),
    ("duckdb a.db -c 'select sum(x) from t'", ["read /p/a.db", "write /p/a.db"]),
    ("duckdb -readonly a.db -c 'select 1'", ["read /p/a.db"]),
    ("redis-cli -h r.example.org get key", ["network r.example.org"]),
    ("redis-cli INFO", ["network localhost"]),
    ("redis-cli --version", []),
    ("mongosh --version", []),
    ("pg_isready -h db", ["network db"]),
    ("pg_dump --version", []),
    ("pg_isready -d host=evil", ["network localhost", "network <dynamic>"]),
    ("duckdb -c \"select count(*) from t where y = 'z'\"", []),
    ("psql -o out.txt -V", ["write /p/out.txt via -o"]),
    ("sqlite3 -csv -version", []),
    ("mariadb --version", []),
    ("mariadb -h db -e 'select 1'", ["network db"]),
    ("mongo --version", []),
    ("pg_dump -V", []),
    ("pg_dumpall -V", []),
    ("pg_restore -V", []),
    ("mysqldump -V", []),
    ("mongodump -V", []),
    ("createdb -V", []),
    ("dropdb -V", []),
    ("pg_ctl -V", []),
    ("pg_isready", ["network localhost"]),
    ("mysql -e 'select 1' --tee x", ["write /p/x via --tee", "network localhost"]),
    ("redis-cli -u redis://h:1/0 ping", ["network h:1"]),
    ("sqlite3 -separator x a.db 'values (1)'", ["read /p/a.db"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("sqlite3 a.db 'select 1; drop table x'", ["read /p/a.db", "unknown SQL: `drop` may change the database"]),
    ("redis-cli flushall", ["network localhost", "unknown `flushall` may change the database"]),
]

OPAQUE = [
    "sqlite3 a.db",
    "sqlite3 a.db 'delete from x'",
    "sqlite3 a.db 'select 1; drop table x'",
    "sqlite3 a.db '.shell id'",
    "sqlite3 a.db '.system id'",
    "sqlite3 a.db '.read x.sql'",
    "sqlite3 a.db '.output x'",
    "sqlite3 a.db '.once |sh'",
    "sqlite3 a.db '.load ./evil'",
    "sqlite3 a.db '.import \"|id\" t'",
    "sqlite3 a.db \"attach 'x' as y\"",
    "sqlite3 a.db \"select load_extension('x')\"",
    "sqlite3 a.db \"select writefile('x', 'y')\"",
    "sqlite3 a.db \"select readfile('/etc/shadow')\"",
    "sqlite3 a.db \"select edit('x','sh')\"",
    "sqlite3 a.db 'select \"load_extension\"(1)'",
    "sqlite3 a.db 'pragma journal_mode = delete'",
    "sqlite3 a.db 'pragma writable_schema(1)'",
    "sqlite3 a.db \"vacuum into 'x'\"",
    "sqlite3 a.db 'with x as (select 1) insert into y select * from x'",
    "sqlite3 a.db \"select 1 -- ' ; drop table x; -- '\"",
    "sqlite3 a.db 'explain delete from x'",
    "sqlite3 -init evil a.db 'select 1'",
    "sqlite3 -cmd '.shell id' a.db 'select 1'",
    'sqlite3 a.db "$X"',
    "sqlite3 a.db 'glob:select * from x'",
    "sqlite3 'file:a.db?vfs=x' 'select 1'",
    "sqlite3 -A -x",
    "psql",
    "psql -f x.sql",
    "psql -c 'select 1' -o '|sh'",
    "psql -c '\\! id'",
    "psql -c '\\copy t to program id'",
    "psql -c \"copy t to program 'id'\"",
    "psql -c 'select pg_read_file($$x$$)'",
    "psql -c \"select lo_export(1, 'x')\"",
    "psql -c 'select 1 into x'",
    "psql -c 'select evil()'",
    "psql -c \"select E'\\\\'' ; drop table x; --'\"",
    "psql -d 'host=evil sslkey=x' -c 'select 1'",
    "psql -v x=1 -c 'select 1'",
    "psql -c '\\dt `id`'",
    "mysql -e \"select 1 into outfile '/x'\"",
    "mysql -e 'load data infile 1'",
    "mysql -e 'select 1 # it'",
    "mysql -e 'system id'",
    "mysql -e 'set global x = 1'",
    "mysql --pager=sh -e 'select 1'",
    "mysql --init-command=x -e 'select 1'",
    "mysql",
    "duckdb -c \"select * from 'x.csv'\"",
    "duckdb -c \"select * from read_csv('x')\"",
    "duckdb -c \"copy t to 'x'\"",
    "duckdb -ui",
    "redis-cli flushall",
    "redis-cli config set dir /x",
    "redis-cli --eval x.lua",
    'redis-cli "$X"',
    "redis-cli",
    "mongosh --eval 'x'",
    "pg_dump db",
    "dropdb x",
    "duckdb https://evil.org/x.db 'select 1'",
    "sqlite3 a.db \"select data from fsdir where path = '/etc/shadow'\"",
    "sqlite3 a.db \"select data from 'zipfile'\"",
    "duckdb -c 'table \"x.csv\"'",
    "duckdb -c 'select * from secrets.json'",
    "sqlite3 -cmd '.shell id' -version",
    "duckdb -c '.shell id' -version",
    "psql -o '|id' -V",
    "mariadb -e 'drop table x'",
    "mongo x.js",
    "mongosh x.js",
    "pg_dump x",
    "pg_dumpall x",
    "pg_restore x",
    "mysqldump x",
    "mongodump x",
    "createdb x",
    "pg_ctl x",
    "pg_isready --frobnicate",
    "redis-cli --rdb x",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Statements that only read are known, meta commands and everything else are opaque."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize(("line", "expected"), PARTLY)
def test_partly_known(line: str, expected: list[str]) -> None:
    """What can be told is told even when the rest is opaque."""
    assert run(line) == expected
    assert opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What only a rule that names it may cover is opaque."""
    assert opaque(line)
