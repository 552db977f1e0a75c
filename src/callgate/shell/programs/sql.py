"""Which SQL only reads: a short list of statements, functions and keywords. Everything else is not understood."""

from __future__ import annotations

import re

# The dialects disagree about comments, escapes and other quotes: text that holds one of these is not read at all.
_DISPUTED = re.compile(r"--|/\*|[#$\\`\[\]]")
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<string>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>[0-9][0-9.eE]*)|(?P<end>;)|(?P<sign>[-+*/%<>=!~|&^(),.:?@])""",
    re.VERBOSE,
)
_STARTS = frozenset("select with explain show describe desc values table".split())
# Words that make a statement change something, wherever they stand in it (`WITH x AS (DELETE …)`, `SELECT … INTO`).
_CHANGES = frozenset(
    """
insert update delete drop alter create truncate grant revoke copy into call do load attach detach vacuum execute prepare
import export install merge outfile dumpfile reindex rename lock unlock handler reset refresh cluster notify listen
begin commit rollback savepoint release set declare fetch move use pragma kill flush purge shutdown checkpoint
""".split()
)
# What may stand in front of a parenthesis: keywords, types, and functions that only compute.
_BEFORE_PARENTHESIS = frozenset(
    """
and or not in exists any all some as on using from join where having when then else case select union intersect except
values over partition by filter within group order limit offset between like ilike is distinct cross inner left right
outer full lateral interval array row returns check
char varchar character varying numeric decimal float double int integer bigint text timestamp time date bit binary
count sum avg min max total coalesce nullif ifnull iif lower upper length char_length octet_length substr substring trim
ltrim rtrim btrim replace round abs ceil ceiling floor sqrt power mod sign exp ln log cast convert concat concat_ws
group_concat string_agg array_agg json_agg jsonb_agg json_object_agg datetime strftime julianday unixepoch
now age extract date_trunc date_part to_char to_date to_number to_timestamp greatest least row_number rank
dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value typeof instr hex unhex quote printf
format json json_extract json_array_length json_each json_tree json_type json_valid json_object json_array jsonb_array_elements unnest
generate_series version current_database current_schema current_user database schema user left right position strpos
split_part regexp_replace regexp_matches random rand likelihood unicode zeroblob
pg_size_pretty pg_database_size pg_relation_size pg_total_relation_size pg_table_size pg_indexes_size pg_get_viewdef
pg_get_indexdef pg_get_constraintdef pg_get_functiondef obj_description col_description format_type to_regclass
date_format datediff timestampdiff unix_timestamp from_unixtime year month day hour minute second weekday dayofweek
std stddev variance var_pop var_samp stddev_pop stddev_samp percentile_cont percentile_disc mode median corr
bool_and bool_or every string_to_array array_length array_to_string cardinality md5 initcap lpad rpad repeat reverse
""".split()
)
# Virtual tables of SQLite's shell that hold files: `SELECT data FROM fsdir WHERE path = '/etc/shadow'`.
_FILE_TABLES = frozenset({"fsdir", "lsdir", "zipfile"})
# Where a quoted name or a string names a table, which to DuckDB may be a file or an address.
_BEFORE_TABLE = frozenset(
    {"from", "join", ",", ".", "table", "show", "describe", "desc", "pivot", "unpivot", "summarize"}
)
# DuckDB takes `x.csv`, quoted or not, for the file where no such table is.
_FILE_SUFFIXES = frozenset(
    "csv tsv json jsonl ndjson geojson parquet xlsx avro arrow txt gz zst db duckdb shp vortex lance".split()
)
_SAFE_PRAGMA = re.compile(
    r"pragma\s+(?:(?:main|temp)\.)?(?:(?:table_info|table_xinfo|index_list|index_info|index_xinfo|foreign_key_list|"
    r"foreign_key_check|integrity_check|quick_check)\s*(?:\(\s*['\"]?[\w$]+['\"]?\s*\))?|database_list|table_list|"
    r"collation_list|function_list|module_list|pragma_list|compile_options|journal_mode|page_count|page_size|"
    r"user_version|schema_version|application_id|encoding|freelist_count|foreign_keys|synchronous|auto_vacuum)",
    re.IGNORECASE,
)


def problem(text: str, *, pragma: bool = False, quoted_tables: bool = True) -> str:
    """Say why the statements of *text* may do more than read; empty when they only read.

    Args:
        text: statements with `;` between them, as one argument holds them.
        pragma: whether the queries among SQLite's `PRAGMA` statements are known.
        quoted_tables: whether a quoted name is a table; for DuckDB it may be a file.
    """
    disputed = _DISPUTED.search(text)
    if disputed is not None:
        return f"`{disputed[0]}` means different things to different databases"
    position = 0
    statement: list[tuple[str, str]] = []
    statements: list[list[tuple[str, str]]] = [statement]
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return f"`{text[position : position + 10]}` is not understood"
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "end":
            statement = []
            statements.append(statement)
        elif kind != "space":
            statement.append((kind, match[0]))
    found = [one for one in statements if one]
    if not found:
        return "no statement"
    return next((why for why in (_statement(one, pragma=pragma, tables=quoted_tables) for one in found) if why), "")


def _statement(tokens: list[tuple[str, str]], *, pragma: bool, tables: bool) -> str:
    kind, first = tokens[0]
    if kind != "word":
        return f"a statement that begins with `{first}`"
    if pragma and first.lower() == "pragma":
        text = "".join(f" {value}" if kind == "word" else value for kind, value in tokens).strip()
        return "" if _SAFE_PRAGMA.fullmatch(text) else f"`{text[:40]}` may change the database"
    if first.lower() not in _STARTS:
        return f"`{first}` may change the database"
    previous = ("", "")
    for token in tokens:
        kind, value = token
        word = value.lower()
        if kind == "word" and word in _CHANGES and previous[1] != ".":
            return f"`{value}` may change the database"
        if (
            value == "("
            and previous[0] in {"word", "quoted", "string"}
            and previous[1].lower() not in _BEFORE_PARENTHESIS
        ):
            return f"what the function `{previous[1]}` does is not known"
        if word.strip("'\"") in _FILE_TABLES:
            return f"the table {value} holds files"
        if not tables and _names_a_file(kind, word, previous[1].lower()):
            return f"{value} may be a file"
        previous = token
    return ""


def _names_a_file(kind: str, word: str, previous: str) -> bool:
    """Whether the token may name a file to DuckDB."""
    if kind in {"string", "quoted"}:
        return previous in _BEFORE_TABLE or word[1:-1].rpartition(".")[2] in _FILE_SUFFIXES or "/" in word
    return kind == "word" and previous == "." and word in _FILE_SUFFIXES
