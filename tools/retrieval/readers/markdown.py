"""Markdown to plain text: headings, front matter and fences understood, inline marks taken off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from questline.tools.retrieval.documents import Document, TextBuilder, iso_date, tidy

from .text import decode

__all__ = ["read"]

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^([A-Za-z][\w-]*)[ \t]*:[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_TABLE_RULE = re.compile(r"^ *\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:[ \t]+\S+.*$")
_BLOCK_MARK = re.compile(r"^[ \t]*(?:>[ \t]?)+")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_INLINE: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"!\[([^\]]*)\](?:\([^)\s]*(?:\s+[^)]*)?\)|\[[^\]]*\])"), r"\1"),  # images
    (re.compile(r"\[([^\]]+)\](?:\((?:[^()\s]|\([^()]*\))*(?:\s+[^)]*)?\)|\[[^\]]*\])"), r"\1"),  # links
    (re.compile(r"<((?:https?|mailto):[^>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>\n]*>"), ""),
    (re.compile(r"(?<![\w*])(\*{1,3})(?=\S)(.+?)(?<=\S)\1(?![\w*])"), r"\2"),
    (re.compile(r"(?<!\w)(_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"~~(?=\S)(.+?)(?<=\S)~~"), r"\1"),
)
_LITERAL = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)|\\([\\`*_{}\[\]()#+\-.!|<>~])")
"""A code span, or a mark that a backslash takes the meaning from."""


def read(data: bytes, source: str, path: Path) -> Document:
    """Read Markdown; the title is the front matter's, the first heading's, or the file's name."""
    body = decode(data, path)
    fields: dict[str, str] = {}
    if front := _FRONT.match(body):
        fields = {name.lower(): value.strip("\"'") for name, value in _FIELD.findall(front[1])}
        body = body[front.end() :]
    parser = _Parser()
    parser.feed(body)
    builder = parser.builder
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


def inline(text: str) -> str:
    """Take off links, images, emphasis and tags; what stands in code spans stays as it is."""
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(match[3] or match[2].strip() or match[2])
        return f"\x00{len(literals) - 1}\x00"

    text = _LITERAL.sub(keep, text)
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return re.sub(r"\x00(\d+)\x00", lambda match: literals[int(match[1])], text)


class _Parser:
    """Goes line by line, holding the paragraph that is being read."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self._held: list[str] = []
        self._fence = ""

    def feed(self, body: str) -> None:
        for line in self._without_comments(body):
            if self._fence:
                self._code(line)
            else:
                self._line(line)
        self._flush(raw=bool(self._fence))

    @staticmethod
    def _without_comments(body: str) -> list[str]:
        """Drop comments outside fences, keeping the fences' own text untouched."""
        parts = re.split(r"(^ {0,3}(?:```|~~~).*?^ {0,3}(?:```|~~~)[`~]*[ \t]*$)", body, flags=re.DOTALL | re.MULTILINE)
        return "".join(part if odd % 2 else _COMMENT.sub("", part) for odd, part in enumerate(parts)).split("\n")

    def _code(self, line: str) -> None:
        closing = _FENCE.match(line)
        if closing and closing[1].startswith(self._fence) and not closing[2].strip():
            self._flush(raw=True)
            self._fence = ""
        else:
            self._held.append(line)

    def _line(self, line: str) -> None:
        if fence := _FENCE.match(line):
            self._flush()
            self._fence = fence[1]
        elif heading := _HEADING.match(line):
            self._flush()
            self.builder.heading(inline(heading[2] or ""), len(heading[1]))
        elif (under := _UNDERLINE.match(line)) and len(self._held) == 1:
            title = self._held.pop()
            self.builder.heading(inline(title), 1 if under[1].startswith("=") else 2)
        elif _RULE.match(line) or not line.strip():
            self._flush()
        elif not (_TABLE_RULE.match(line) or _REFERENCE.match(line)):
            self._held.append(_BLOCK_MARK.sub("", line))

    def _flush(self, *, raw: bool = False) -> None:
        text = "\n".join(self._held)
        self._held.clear()
        self.builder.block(text if raw else inline(text))
