"""Markdown to plain text: CommonMark with tables and struck-out text, read by markdown-it; marks are taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from questline.tools.retrieval.documents import Document, TextBuilder, iso_date, tidy

from . import html
from .text import decode

__all__ = ["read"]

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^([A-Za-z][\w-]*)[ \t]*:[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DEEPEST: Final = 40
"""Quotations and lists inside each other that are read; the library leaves out what lies deeper."""
_BREAKS: Final = frozenset({"softbreak", "hardbreak"})
_INDENT: Final = "  "


def read(data: bytes, source: str, path: Path) -> Document:
    """Read Markdown; the title is the front matter's, the first heading's, or the file's name."""
    body = decode(data, path)
    fields: dict[str, str] = {}
    if front := _FRONT.match(body):
        fields = {name.lower(): value.strip("\"'") for name, value in _FIELD.findall(front[1])}
        body = body[front.end() :]
    builder = _Writer().write(_parser().parse(body))
    top = builder.sections[0].title if builder.sections else ""
    return Document(
        id=source,
        source=source,
        text=builder.text,
        title=tidy(fields.get("title", "")) or top or path.stem,
        date=iso_date(fields.get("date") or fields.get("updated")),
        kind="markdown",
        sections=tuple(builder.sections),
    )


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])


class _Writer:
    """Puts down one block after the other; a list or a table stays together as one."""

    def __init__(self) -> None:
        self._builder = TextBuilder()
        self._lines: list[str] = []
        """Of the list or table that is open."""
        self._lists = 0
        self._marker = ""
        """What the next line of the list begins with: ``- ``, ``1. `` or, further down in an item, its indent."""
        self._cells: list[str] | None = None

    def write(self, tokens: Sequence[Token]) -> TextBuilder:
        place = iter(tokens)
        for token in place:
            self._take(token, place)
        return self._builder

    def _take(self, token: Token, rest: Iterator[Token]) -> None:
        if token.type == "heading_open":
            self._heading(_inline(next(rest)), int(token.tag[1:]))
        elif token.type == "inline":
            self._text(_inline(token))
        elif token.type in {"fence", "code_block"}:
            self._text(token.content.rstrip("\n"))
        elif token.type == "html_block":
            self._text(html.plain(_COMMENT.sub("", token.content)))
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            self._lists += 1
        elif token.type == "list_item_open":
            self._marker = f"{_INDENT * (self._lists - 1)}{token.info}{token.markup} "
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            self._lists -= 1
            self._close()
        elif token.type == "tr_open":
            self._cells = []
        elif token.type == "tr_close":
            self._lines.append(f"| {' | '.join(self._cells or [])} |")
            self._cells = None
        elif token.type == "table_close":
            self._close()

    def _heading(self, title: str, level: int) -> None:
        if self._lists:
            self._text(title)
        else:
            self._builder.heading(title, level)

    def _text(self, text: str) -> None:
        if self._cells is not None:
            self._cells.append(text)
        elif not self._lists:
            self._builder.block(text)
        elif text.strip():
            indent = _INDENT * self._lists
            self._lines.append(self._marker + text.replace("\n", f"\n{indent}"))
            self._marker = indent

    def _close(self) -> None:
        """End the list or table, unless it stands in another list."""
        if not self._lists:
            self._builder.block("\n".join(self._lines))
            self._lines.clear()
            self._marker = ""


def _inline(token: Token) -> str:
    """Return the words of a line or paragraph; of a picture its description, of a tag nothing."""
    words: list[str] = []
    for child in token.children or ():
        if child.type in _BREAKS:
            words.append("\n")
        elif child.type == "image":
            words.append(_inline(child))
        elif child.type != "html_inline":
            words.append(child.content)
    return "".join(words)
