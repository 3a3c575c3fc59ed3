"""What a server says that it holds: the planner chooses servers by it, and nothing is called for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from questline.mcp_servers import documents, tables
from questline.tools.tables import Tables

pytestmark = pytest.mark.requirement("tura.planner.held")


def test_tables_name_their_columns(tmp_path: Path) -> None:
    (tmp_path / "boats.csv").write_text("boat,seats\nHeron,40\n", "utf-8")
    with Tables.open({"boats": tmp_path / "boats.csv"}) as held:
        assert (tables.server(held).description or "").endswith(": boats (boat, seats).")


def test_of_many_tables_as_many_are_named_as_there_is_room_for(tmp_path: Path) -> None:
    files: dict[str, Path | str] = {}
    for number in range(60):
        file = tmp_path / f"t{number:02}.csv"
        file.write_text(",".join(f"a_rather_long_column_{n}" for n in range(4)) + "\n1,2,3,4\n", "utf-8")
        files[file.stem] = file
    with Tables.open(files) as held:
        description = tables.server(held).description or ""
    assert len(description) < 2_000
    assert "; and 4" in description
    assert description.endswith(" more.")


async def test_the_documents_say_what_they_offer_without_being_read(tmp_path: Path) -> None:
    from questline.tools.retrieval import DocumentIndex

    with DocumentIndex.open(tmp_path / "index") as index:
        manifest = await documents.manifest_of(index)
    assert (manifest.name, [tool.name for tool in manifest.tools]) == ("documents", ["search", "fetch", "answer"])
    assert all(tool.server == "documents" for tool in manifest.tools)
    assert manifest.description
