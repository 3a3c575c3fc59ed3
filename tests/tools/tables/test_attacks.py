"""What a hostile query may try: every attempt is a typed error, and the files stay as they were."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questline.errors import QuestlineError, RunError, UsageError
from questline.tools.tables import Limits, Tables

pytestmark = pytest.mark.slow
AMPLE = Limits(seconds=60)
PIECES = ["SELECT", "FROM", "people", "*", "(", ")", "'", '"', ",", "age", ";", "1"]


def digests(files: dict[str, Path]) -> dict[str, str]:
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


@pytest.mark.requirement("tables.read-only")
@pytest.mark.parametrize(
    "sql",
    [
        "COPY people TO 'out.csv'",
        "COPY (SELECT 1) TO '/dev/stdout'",
        "EXPORT DATABASE 'out'",
        "ATTACH 'other.db'",
        "ATTACH ':memory:' AS m",
        "DETACH tables",
        "INSTALL httpfs",
        "LOAD httpfs",
        "FORCE INSTALL sqlite",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM read_json('/etc/passwd')",
        "SELECT * FROM parquet_scan('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM 'http://example.com/a.csv'",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM sqlite_scan('a', 'b')",
        "SELECT getenv('PATH')",
        "PRAGMA database_list",
        "PRAGMA enable_profiling",
        "CALL pragma_version()",
        "CHECKPOINT",
        "VACUUM",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "SET VARIABLE x = 1",
        "USE shop",
        "BEGIN",
        "DROP TABLE people",
        "DELETE FROM people",
        "UPDATE people SET age = 1",
        "INSERT INTO people SELECT * FROM people",
        "TRUNCATE people",
        "ALTER TABLE people RENAME TO p",
        "CREATE TABLE t AS SELECT 1",
        "CREATE TEMP TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE MACRO f() AS 1",
        "CREATE SECRET s (TYPE http)",
        "CREATE FUNCTION f() AS 1",
        "WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone",
        "EXPLAIN ANALYZE DELETE FROM people",
        "EXPLAIN ANALYZE COPY people TO 'out.csv'",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "SELECT 1; DROP TABLE people",
        "SELECT 1; SELECT 2",
        "SELECT * FROM query('DROP TABLE people')",
        "SELECT * FROM tables",
        "SELECT * FROM self",
        "SELECT $1",
        "",
        ";",
        "-- only a comment",
        "'",
        "SELECT " + "(" * 3000 + "1" + ")" * 3000,
    ],
)
def test_nothing_but_reading_the_tables(tables: Tables, files: dict[str, Path], sql: str, workdir: Path) -> None:
    before = digests(files)
    with pytest.raises(QuestlineError) as caught:
        tables.query(sql, AMPLE)
    assert caught.value.code in {"bad_sql", "not_permitted", "run_failed", "too_deep"}
    assert tables.query("SELECT count(*) FROM people", AMPLE).rows == ((4,),)
    assert digests(files) == before
    assert list(workdir.iterdir()) == []


@pytest.mark.requirement("tables.limits")
@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range = 7",
        "SELECT repeat('x', 1000000000)",
        "SELECT list(range) FROM range(10000000000)",
        "SELECT string_agg(repeat('x', 1000), '') FROM range(1000000000)",
    ],
)
def test_what_never_ends_or_grows_is_stopped_and_the_next_query_works(tables: Tables, sql: str) -> None:
    with pytest.raises(RunError) as caught:
        tables.query(sql, Limits(seconds=0.5))
    assert caught.value.code in {"time_limit", "memory_limit"}
    assert not caught.value.retryable
    assert tables.query("SELECT 1", AMPLE).rows == ((1,),)


@pytest.mark.requirement("tables.limits")
def test_rows_bytes_and_values_are_cut_with_a_sign(tables: Tables) -> None:
    rows = tables.query("SELECT * FROM range(100000000000)", Limits(rows=3, seconds=60))
    assert (len(rows.rows), rows.truncated) == (3, True)
    assert not tables.query("SELECT * FROM range(3)", Limits(rows=3, seconds=60)).truncated
    short = tables.query("SELECT repeat('x', 400) FROM range(10)", Limits(bytes=1000, seconds=60))
    assert (len(short.rows), short.truncated) == (2, True)
    cut = tables.query("SELECT repeat('y', 100), ['é', repeat('z', 50)]", Limits(cell=10, seconds=60))
    assert (cut.rows, cut.truncated) == ((("y" * 10, ["é", "z" * 10]),), True)
    for wrong in (Limits(rows=0), Limits(seconds=float("inf"))):
        with pytest.raises(UsageError):
            tables.query("SELECT 1", wrong)


@pytest.mark.requirement("tables.errors")
def test_an_error_says_where(tables: Tables) -> None:
    with pytest.raises(UsageError) as caught:
        tables.query("SELECT name,\n  salery FROM people", AMPLE)
    assert caught.value.code == "bad_sql"
    assert (caught.value.fields["line"], caught.value.fields["column"]) == (2, 3)
    with pytest.raises(UsageError) as divided:
        tables.query("SELECT CAST('x' AS INTEGER)", AMPLE)
    assert divided.value.code == "bad_sql"


@pytest.mark.requirement("tables.errors")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(st.sampled_from(["SELECT", "FROM", "people", "*", "(", ")", "'", '"', ",", "age", ";", "1"])).map(
            " ".join
        ),
    )
)
def test_whatever_the_text_only_a_typed_error_is_raised(tables: Tables, sql: str) -> None:
    try:
        tables.query(sql, AMPLE)
    except QuestlineError as error:
        code = error.code
    else:
        code = "bad_sql"
    assert code in {"bad_sql", "not_permitted"}
