from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from questline.tools.tables import Tables

PEOPLE = """name,city,age,salary,joined,考试 成绩,"select ""x"" y"
Ann,Paris,31,1000.5,2020-01-05,90,1
Bob,London,25,2000,2021-03-01,80,2
Cid,Paris,42,,2020-07-07,70,3
Dee,北京,28,1500,2022-02-02,60,4
"""
CITIES = """名称\t国家\t人口
北京\t中国\t2189
上海\t中国\t2487
东京\t日本\t1396
"""


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file of each kind."""
    folder = tmp_path_factory.mktemp("files")
    paths = {"people": folder / "peo*ple.csv", "cities": folder / "城市.tsv", "log": folder / "log.jsonl"}
    paths |= {"shop": folder / "shop.db", "numbers": folder / "numbers.parquet"}
    paths["people"].write_text(PEOPLE, encoding="utf-8")
    paths["cities"].write_text(CITIES, encoding="utf-8")
    lines = ('{"id": 1, "tags": ["a"], "at": "2024-05-01"}', '{"id": 2, "more": {"x": 1}}')
    paths["log"].write_text("\n".join(lines), encoding="utf-8")
    with closing(sqlite3.connect(paths["shop"])) as shop:
        shop.execute('CREATE TABLE "my orders" (id INTEGER, price REAL, note TEXT, mixed, data BLOB)')
        shop.execute("INSERT INTO \"my orders\" VALUES (1, 2.5, 'a''b', 'text', x'00ff'), (2, 3, NULL, 7, NULL)")
        shop.execute("CREATE TABLE empty (id INTEGER)")
        shop.commit()
    with duckdb.connect() as engine:
        engine.execute(
            "COPY (SELECT 1099511627776::BIGINT AS big, 1.10::DECIMAL(9,2) AS money, 'nan'::DOUBLE AS no) "
            f"TO '{paths['numbers']}' (FORMAT parquet)"
        )
    return paths


@pytest.fixture(scope="session")
def tables(files: dict[str, Path]) -> Generator[Tables]:
    with Tables.open(files, seconds=100) as opened:
        yield opened
