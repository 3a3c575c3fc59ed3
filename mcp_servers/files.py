"""The server `files`: the text files of named folders, to list and to read."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from questline.tools.fencing import verbatim
from questline.tools.files import Roots

from .serving import READ_ONLY, QuestlineServer, tool
from .shapes import line, lines

__all__ = ["server"]


class FileOut(TypedDict):
    """One file."""

    path: str
    bytes: int
    modified: str


class Listed(TypedDict):
    """Files by path."""

    files: list[FileOut]
    truncated: bool
    unreadable: int
    left_out: int


class Part(TypedDict):
    """Characters of a file."""

    path: str
    text: str
    start: int
    end: int
    characters: int


def server(roots: Roots, **options: Any) -> QuestlineServer:
    """Return the server over named folders."""

    def list_files(
        folder: Annotated[str, Field(description="root or root/folder; else all roots.")] = "",
        pattern: Annotated[
            str, Field(description="Of names, such as *.md; with a slash, of paths: .github/*.yml.")
        ] = "*",
        most: Annotated[int, Field(ge=1, le=1000)] = 200,
    ) -> Listed:
        """List files of the named roots."""
        found = roots.list(folder, pattern=pattern, most=most)
        return Listed(
            files=[FileOut(path=each.path, bytes=each.size, modified=each.modified) for each in found.files],
            truncated=found.truncated,
            unreadable=found.unreadable,
            left_out=found.left_out,
        )

    def read_file(
        path: Annotated[str, Field(description="As listed: root/folder/name; a name of one file alone is enough.")],
        start: Annotated[int, Field(description="First character.", ge=0)] = 0,
        characters: Annotated[int, Field(description="To read at most.", ge=1, le=50_000)] = 20_000,
    ) -> Part:
        """Read a part of a text file."""
        found = roots.read(path, start=start, characters=characters)
        return Part(path=found.path, text=found.text, start=found.start, end=found.end, characters=found.characters)

    return QuestlineServer(
        "files",
        title="Files",
        description=f"Read-only: the text files of {', '.join(roots.names)}."
        + (" Files that may hold keys or passwords are among them." if roots.secrets else ""),
        tools=[
            tool(list_files, title="List files", hints=READ_ONLY, text=_listed_text),
            tool(read_file, title="Read a file", hints=READ_ONLY, text=_part_text),
        ],
        **options,
    )


def _listed_text(found: Listed) -> str:
    rows = [f"{each['path']} ({each['bytes']} bytes, {each['modified']})" for each in found["files"]]
    return lines(
        verbatim("files", "\n".join(rows)) if rows else "no file matches",
        "there are more files" if found["truncated"] else "",
        f"{found['unreadable']} names could not be looked at" if found["unreadable"] else "",
        f"{found['left_out']} left out: hidden or generated folders, to be listed by name, and secret-like files"
        if found["left_out"]
        else "",
    )


def _part_text(found: Part) -> str:
    place = f"{line(found['path'])}, characters {found['start']} to {found['end']} of {found['characters']}"
    return lines(place, verbatim("file", found["text"]))
