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
_FENCE = re.compile(r"^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,})(.*)$", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t](.*))?$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_TABLE_RULE = re.compile(r"^\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:[ \t]+\S+.*$")
_BLOCK_MARK = re.compile(r"^[ \t]*(?:>[ \t]?)+")
_PARAGRAPH_END = re.compile(r"\n[ \t]*(?:\n|\Z)|\Z")
_OPENING = re.compile(rf"(?P<fence>{_FENCE.pattern})|(?P<ticks>`+)|(?P<comment><!--)|\\[`<\\]", re.MULTILINE)
"""Where a fence, a code span or a comment may begin; a backslash takes the meaning from a mark."""
_INLINE: Final[tuple[tuple[re.Pattern[str], str], ...]] = (  # bounded, so that no text takes time with its square
    (re.compile(r"!\[([^\]]{0,500})\](?:\([^)\s]{0,2000}(?:\s[^)]{0,500})?\)|\[[^\]]{0,500}\])"), r"\1"),  # images
    (
        re.compile(
            r"\[([^\]]{1,500})\]"
            r"(?:\((?:[^()\s]|\([^()]{0,500}\)){0,2000}(?:\s[^)]{0,500})?\)|\[[^\]]{0,500}\])"
        ),
        r"\1",
    ),  # links
    (re.compile(r"<((?:https?|mailto):[^>\s]{1,2000})>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>\n]*>"), ""),
)
_EMPHASIS = re.compile(r"\*+|_+|~+|\n")
_MARKS: Final = frozenset({"*", "**", "***", "_", "__", "___", "~~"})
_LITERAL = re.compile(r"(?<!`)(`{1,32})(?!`)(.+?)(?<!`)\1(?!`)|\\([\\`*_{}\[\]()#+\-.!|<>~])")
"""A code span, or a mark that a backslash takes the meaning from."""
_MAX_TICKS: Final = 32
"""A longer run of backticks is not a code span."""


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
    text = _without_emphasis(text)
    return re.sub(r"\x00(\d+)\x00", lambda match: literals[int(match[1])], text)


def _without_emphasis(text: str) -> str:
    """Take off the pairs of marks that stand on one line around something."""
    waiting: dict[str, re.Match[str]] = {}
    paired: list[re.Match[str]] = []
    for found in _EMPHASIS.finditer(text):
        mark = found[0]
        if mark == "\n":
            waiting.clear()
        if mark not in _MARKS:
            continue
        before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
        inside_a_word = mark != "~~"
        opens = bool(after.strip()) and not (inside_a_word and _is_word(before))
        closes = bool(before.strip()) and not (inside_a_word and _is_word(after))
        if closes and mark in waiting:
            opener = waiting.pop(mark)
            waiting = {name: other for name, other in waiting.items() if other.start() < opener.start()}
            paired += [opener, found]
        elif opens:
            waiting[mark] = found
    kept, end = list[str](), 0
    for found in sorted(paired, key=lambda match: match.start()):
        kept.append(text[end : found.start()])
        end = found.end()
    return "".join([*kept, text[end:]])


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def without_comments(body: str) -> str:
    """Drop comments outside fences and code spans; one that is never closed ends with its paragraph."""
    kept: list[str] = []
    done = place = paragraph = 0
    last = body.rfind("-->")
    unmatched: set[int] = set()  # lengths of backtick runs that nothing closes in this paragraph
    while found := _OPENING.search(body, place):
        place = found.end()
        if place > paragraph:
            paragraph = _end(_PARAGRAPH_END.search(body, place), body)
            unmatched.clear()
        if found["fence"]:
            mark = found["fence"].strip()
            run = len(mark) - len(mark.lstrip(mark[0]))
            closing = re.compile(rf"^ {{0,3}}{mark[0]}{{{run},}}[ \t]*$", re.MULTILINE).search(body, place)
            place = closing.end() if closing else len(body)
        elif ticks := len(found["ticks"] or ""):
            if ticks <= _MAX_TICKS and ticks not in unmatched:
                closing = re.compile(rf"(?<!`)`{{{ticks}}}(?!`)").search(body, place, paragraph)
                place = closing.end() if closing else place
                if closing is None:
                    unmatched.add(ticks)
        elif found["comment"]:
            kept.append(body[done : found.start()])
            done = place = _comment_end(body, found.start(), paragraph, last)
    return "".join([*kept, body[done:]])


def _comment_end(body: str, start: int, paragraph: int, last: int) -> int:
    """A comment that opens a line may hold blank lines, one within a line may not."""
    line = body.rfind("\n", 0, start) + 1
    limit = last + 3 if not body[line:start].strip() else paragraph
    closing = body.find("-->", start + 2, limit)
    return paragraph if closing < 0 else closing + 3


def _end(found: re.Match[str] | None, body: str) -> int:
    return found.start() if found else len(body)


class _Parser:
    """Goes line by line, holding the paragraph that is being read."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self._held: list[str] = []
        self._fence = ""

    def feed(self, body: str) -> None:
        for line in without_comments(body).split("\n"):
            if self._fence:
                self._code(line)
            else:
                self._line(line)
        self._flush(raw=bool(self._fence))

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
            self.builder.heading(inline(_heading(heading[2] or "")), len(heading[1]))
        elif (under := _UNDERLINE.match(line)) and len(self._held) == 1:
            title = self._held.pop()
            self.builder.heading(inline(title), 1 if under[1].startswith("=") else 2)
        elif _RULE.match(line) or not line.strip():
            self._flush()
        elif not (_TABLE_RULE.match(line.strip()) or _REFERENCE.match(line)):
            self._held.append(_BLOCK_MARK.sub("", line))

    def _flush(self, *, raw: bool = False) -> None:
        text = "\n".join(self._held)
        self._held.clear()
        self.builder.block(text if raw else inline(text))


def _heading(text: str) -> str:
    """Take off the marks that may close a heading."""
    text = text.strip()
    open_end = text.rstrip("#")
    return open_end.rstrip() if not open_end or open_end[-1].isspace() else text
