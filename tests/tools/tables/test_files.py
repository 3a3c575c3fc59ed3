from __future__ import annotations

from pathlib import Path

import pytest

from questline.errors import UsageError
from questline.tools.tables import Tables

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
