from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from questline.errors import UsageError
from questline.tools.tables import Found, Tables

pytestmark = [pytest.mark.requirement("tables.files"), pytest.mark.slow]


def test_every_kind_of_file_becomes_tables(tables: Tables) -> None:
    found = {
        table.name: (table.rows, [f"{column.name} {column.type}" for column in table.columns])
        for table in tables.tables
    }
    assert found == {
        "people": (
            4,
            [
                "name VARCHAR",
                "city VARCHAR",
                "age BIGINT",
                "salary DOUBLE",
                "joined DATE",
                "考试 成绩 BIGINT",
                'select "x" y BIGINT',
            ],
        ),
        "cities": (3, ["名称 VARCHAR", "国家 VARCHAR", "人口 BIGINT"]),
        "log": (2, ["id BIGINT", "tags VARCHAR[]", "at DATE", "more STRUCT(x BIGINT)"]),
        "shop.my orders": (2, ["id BIGINT", "price DOUBLE", "note VARCHAR", "mixed VARCHAR", "data VARCHAR"]),
        "shop.empty": (0, ["id VARCHAR"]),
        "numbers": (1, ["big BIGINT", "money DECIMAL(9,2)", "no DOUBLE"]),
    }
    assert tables.table("People").columns[1].samples == ("London", "Paris", "北京")


def test_values_come_back_plain(tables: Tables) -> None:
    assert tables.sample("shop.my orders").rows == ((1, 2.5, "a'b", "text", "0x00ff"), (2, 3.0, None, "7", None))
    assert tables.sample("numbers").rows == ((1 << 40, "1.10", "nan"),)
    assert tables.sample("log").rows == ((1, ["a"], "2024-05-01", None), (2, None, None, {"x": 1}))
    assert tables.query('SELECT "考试 成绩", "select ""x"" y" FROM people WHERE salary IS NULL').rows == ((70, 3),)
    with pytest.raises(UsageError) as caught:
        tables.sample("nobody")
    assert caught.value.code == "unknown_table"


def test_odd_files_are_read_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "ragged.csv").write_text("a,b\n1,2,3\n4\n5,6\n", encoding="utf-8")
    (tmp_path / "twice.csv").write_text("a,a,A\n1,2,3\n", encoding="utf-8")
    (tmp_path / "header.csv").write_text("a;b\n", encoding="utf-8")
    files = {name: tmp_path / f"{name}.csv" for name in ("ragged", "twice", "header")}
    with Tables.open(files, seconds=100) as opened:
        ragged, twice, header = opened.tables
        assert [warning.code for warning in ragged.warnings] == ["ragged_rows"]
        assert opened.sample("ragged").rows == ((1, 2, 3), (4, None, None), (5, 6, None))
        assert len({column.name.lower() for column in twice.columns}) == 3
        assert (header.rows, [column.name for column in header.columns]) == (0, ["a", "b"])


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", "unreadable_file"),
        ("empty.jsonl", b"", "unreadable_file"),
        ("wrong.parquet", b"no parquet", "unreadable_file"),
        ("wrong.db", b"no database at all, but long enough to be looked at" * 10, "unreadable_file"),
        ("wrong.jsonl", b"{not json", "unreadable_file"),
        ("latin.csv", "a,b\nÄ,é\n".encode("latin-1"), "bad_encoding"),
        ("page.html", b"<p>", "unsupported_file"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_path(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        Tables.open({"t": path}, seconds=100)
    assert (caught.value.code, caught.value.fields["path"]) == (code, str(path))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for files, code in (
        ({"a": tmp_path / "none.csv"}, "file_not_found"),
        ({"a": "https://example.com/a.csv"}, "file_not_found"),
        ({}, "bad_argument"),
        ({"": tmp_path}, "bad_argument"),
    ):
        with pytest.raises(UsageError) as caught:
            Tables.open(files)
        assert caught.value.code == code


def warned(opened: Tables, name: str) -> list[str]:
    return [warning.code for warning in opened.table(name).warnings]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("Name;Betrag, netto;Betrag, brutto\nAnn;1,5;2,5\nBob;3,25;4\n", [("Ann", "1,5", "2,5"), ("Bob", "3,25", "4")]),
        ("name,note\nAnn,a;b;c\nBob,d\n", [("Ann", "a;b;c"), ("Bob", "d")]),
        ('name;note\nAnn;"a, b; c"\nBob;"d\n, e"\n', [("Ann", "a, b; c"), ("Bob", "d\n, e")]),
        ("name|a, b, c\nAnn|1\nBob|2\n", [("Ann", 1), ("Bob", 2)]),
        ("a, b, c\tname\n1\tAnn\n", [(1, "Ann")]),
        ("\ufeffname;a\r\nAnn;1\r\n\r\nBob;2\r\n", [("Ann", 1), ("Bob", 2)]),
        ("name\nAnn\nBob\n", [("Ann",), ("Bob",)]),
        ("note\nplain\n", [("plain",)]),
        ("a, b;c, d\n", []),
    ],
)
def test_lines_are_cut_by_what_cuts_all_alike(tmp_path: Path, content: str, rows: list[tuple[object, ...]]) -> None:
    (tmp_path / "t.csv").write_text(content, encoding="utf-8", newline="")
    with Tables.open({"t": tmp_path / "t.csv"}, seconds=100) as opened:
        assert list(opened.sample("t").rows) == rows
        assert warned(opened, "t") == []


@pytest.mark.parametrize(
    ("days", "codes"),
    [
        (["03/04/2024", "05/06/2024"], ["ambiguous_dates"]),
        (["03-04-2024", "12-12-2024"], ["ambiguous_dates"]),
        (["03/04/24 10:00", "05/06/24 11:30"], ["ambiguous_dates"]),
        (["03/04/2024", "25/06/2024"], []),
        (["03/04/2024", "06/25/2024"], []),
        (["04/04/2024", "05/05/2024"], []),
        (["2024-03-04", "2024-05-06"], []),
        (["03.04.2024", "05.06.2024"], []),
        (["03/04/2024", ""], ["ambiguous_dates"]),
    ],
)
def test_dates_that_may_be_the_other_way_round_are_told(tmp_path: Path, days: list[str], codes: list[str]) -> None:
    (tmp_path / "t.csv").write_text("n,day\n" + "".join(f"1,{day}\n" for day in days), encoding="utf-8")
    with Tables.open({"t": tmp_path / "t.csv"}, seconds=100) as opened:
        assert warned(opened, "t") == codes
        if codes:
            (warning,) = opened.table("t").warnings
            assert min(day for day in days if day) in warning.message


def test_dates_of_json_lines_are_told_too(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(
        '{"n": 1, "day": "03-04-2024"}\n{"n": 2, "day": "05-06-2024"}\n', encoding="utf-8"
    )
    with Tables.open({"t": tmp_path / "t.jsonl"}, seconds=100) as opened:
        assert warned(opened, "t") == ["ambiguous_dates"]


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path, other = tmp_path / "t.csv", tmp_path / "new.csv"
    path.write_text("name,age\nAnn,31\n", encoding="utf-8")
    with Tables.open({"t": path}, seconds=100) as opened:
        assert opened.query("SELECT age FROM t").rows == ((31,),)
        path.write_text("name,age\nAnn,32\nBob,25\n", encoding="utf-8")
        assert opened.query("SELECT max(age), count(*) FROM t").rows == ((32, 2),)
        other.write_text("name,age,city\nCid,1,Oslo\n", encoding="utf-8")
        other.rename(path)
        assert [column.name for column in opened.table("t").columns] == ["name", "age", "city"]
        assert opened.sample("t").rows == (("Cid", 1, "Oslo"),)
        path.unlink()
        with pytest.raises(UsageError) as caught:
            opened.query("SELECT 1")
        assert caught.value.code == "file_not_found"
        path.write_text("name,age\nDee,7\n", encoding="utf-8")
        found = opened.look_up("highest age")
        assert isinstance(found, Found)
        assert found.rows.rows == ((7,),)


def test_rows_in_the_log_of_a_database_are_seen(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "t.db")) as shop:
        shop.execute("PRAGMA journal_mode = WAL")
        shop.execute("CREATE TABLE a (n INTEGER)")
        shop.execute("INSERT INTO a VALUES (1)")
        shop.commit()
        with Tables.open({"t": tmp_path / "t.db"}, seconds=100) as opened:
            assert opened.query("SELECT n FROM t.a").rows == ((1,),)
            shop.execute("INSERT INTO a VALUES (2)")
            shop.commit()
            assert opened.query("SELECT n FROM t.a ORDER BY n").rows == ((1,), (2,))
