"""The server `tables`: the user's files as tables for read-only SQL and for plain questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NotRequired, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from questline.tools.fencing import verbatim
from questline.tools.tables import Limits, Refused, Rows, Table, Tables

from .serving import READ_ONLY, QuestlineServer, tool
from .shapes import line, lines

__all__ = ["server"]

Most: TypeAlias = Annotated[int, Field(description="Rows at most.", ge=1, le=1000)]
_ROWS: Final = 100
_SAMPLE: Final = 3
_TOLD: Final = 1_500
"""Characters of the server's description that name tables and columns: what it is chosen by, and what SQL needs."""


class ColumnOut(TypedDict):
    """One column."""

    name: str
    type: str
    samples: list[Any]


class TableOut(TypedDict):
    """One table."""

    name: str
    rows: int
    columns: list[ColumnOut]
    warnings: list[str]


class Listed(TypedDict):
    """All tables."""

    tables: list[TableOut]


class Found(TypedDict):
    """Rows, and the statement that gave them."""

    sql: str
    columns: list[str]
    rows: list[list[Any]]
    truncated: bool


class LookedUp(TypedDict):
    """As `Found`, with how the question was read, how sure that is (0 to 1), and which columns answer; or a refusal.

    `read_by` is there where no rules read it: `model`.
    """

    reading: NotRequired[str]
    confidence: NotRequired[float]
    answers: NotRequired[list[str]]
    read_by: NotRequired[str]
    sql: NotRequired[str]
    columns: NotRequired[list[str]]
    rows: NotRequired[list[list[Any]]]
    truncated: NotRequired[bool]
    refused: NotRequired[str]
    words: NotRequired[list[str]]


def server(tables: Tables, *, limits: Limits | None = None, **options: Any) -> QuestlineServer:
    """Return the server over opened tables, which stay the caller's to close.

    Args:
        tables: What is asked.
        limits: Of each query; its rows are the caller's of the tool.
        options: Of `QuestlineServer`.
    """
    most = limits or Limits()

    def list_tables(name: Annotated[str, Field(description="One table; else all.")] = "") -> Listed:
        """List tables with their columns, types and sample values."""
        return Listed(tables=[_table(each) for each in ([tables.table(name)] if name else tables.tables)])

    def query(sql: Annotated[str, Field(description="One SELECT in DuckDB's SQL.")], rows: Most = _ROWS) -> Found:
        """Run read-only SQL."""
        return _rows(tables.query(sql, replace(most, rows=rows)))

    def look_up(
        question: Annotated[str, Field(description="English or Chinese: filter, count, sum, average, top k, group.")],
        table: Annotated[str, Field(description="Else the one it fits.")] = "",
        rows: Most = _ROWS,
    ) -> LookedUp:
        """Answer a plain question from the tables, or say which words were not understood."""
        today = datetime.now(UTC).date()
        found = tables.look_up(question, table or None, replace(most, rows=rows), today=today)
        if isinstance(found, Refused):
            return LookedUp(refused=f"{found.reason}: {found.message}", words=list(found.words))
        told = LookedUp(reading=found.reading, confidence=found.confidence, **_rows(found.rows))
        if found.linked:
            told["read_by"] = "model"
        if found.answers:
            told["answers"] = [found.rows.columns[place].name for place in found.answers]
        return told

    return QuestlineServer(
        "tables",
        title="Tables",
        description=f"Read-only SQL and plain questions over your CSV, Parquet, JSON-lines and SQLite files: "
        f"{_held(tables.tables)}.",
        tools=[
            tool(list_tables, title="List tables", hints=READ_ONLY, text=_listed_text),
            tool(query, title="Query with SQL", hints=READ_ONLY, text=_rows_text),
            tool(look_up, title="Look up", hints=READ_ONLY, text=_looked_up_text),
        ],
        **options,
    )


def _held(found: Sequence[Table]) -> str:
    """Name tables with their columns, as many as there is room for."""
    told = ""
    for number, table in enumerate(found):
        columns = ", ".join(line(column.name) for column in table.columns)
        piece = f"{'; ' if told else ''}{line(table.name)} ({columns})"
        if len(told) + len(piece) > _TOLD:
            return f"{told}; and {len(found) - number} more" if told else f"{len(found)} tables"
        told += piece
    return told or "no tables"


def _table(found: Table) -> TableOut:
    return TableOut(
        name=found.name,
        rows=found.rows,
        columns=[
            ColumnOut(name=each.name, type=each.type, samples=list(each.samples[:_SAMPLE])) for each in found.columns
        ],
        warnings=[f"{each.code}: {each.message}" for each in found.warnings],
    )


def _rows(found: Rows) -> Found:
    return Found(
        sql=found.sql,
        columns=[each.name for each in found.columns],
        rows=[list(row) for row in found.rows],
        truncated=found.truncated,
    )


def _listed_text(found: Listed) -> str:
    described = "\n\n".join(
        lines(
            f"{line(table['name'])}: {table['rows']} rows",
            [
                f"  {line(each['name'])} {line(each['type'])}, such as {_cells(each['samples'])}"
                for each in table["columns"]
            ],
            [line(warning) for warning in table["warnings"]],
        )
        for table in found["tables"]
    )
    return verbatim("tables", described)


def _rows_text(found: Found) -> str:
    rows = [_cells(found["columns"]), *map(_cells, found["rows"])]
    return lines(verbatim("rows", "\n".join(rows)), "more rows or text were left out" if found["truncated"] else "")


def _looked_up_text(found: LookedUp) -> str:
    if "refused" in found:  # names and values of the table stand in the reason, in the words and in the SQL too
        words = ", ".join(found.get("words", []))
        return lines("not answered", verbatim("reason", lines(line(found["refused"]), line(words))))
    return lines(
        verbatim("reading", line(found.get("reading", ""))),
        verbatim("sql", found.get("sql", "")),
        _rows_text(
            Found(
                sql="",
                columns=found.get("columns", []),
                rows=found.get("rows", []),
                truncated=found.get("truncated", False),
            )
        ),
    )


def _cells(values: list[Any]) -> str:
    return " | ".join("" if value is None else line(str(value)) for value in values)
