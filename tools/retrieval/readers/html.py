"""HTML to plain text with the standard library's parser: the main content, its headings, title and date."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from questline.tools.retrieval.documents import Document, TextBuilder, iso_date, tidy

from .text import decode

__all__ = ["plain", "read"]

_SKIPPED: Final = frozenset(
    {"script", "style", "template", "noscript", "svg", "nav", "head", "iframe", "object", "button", "select"}
)
_BLOCKS: Final = frozenset(
    {"address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption"}
    | {
        "figure",
        "footer",
        "form",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
    }
    | {"tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)
_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_MAIN: Final = frozenset({"main", "article"})
_DATES: Final = ("article:published_time", "datepublished", "date", "dc.date", "dcterms.created", "pubdate")
_SPACES = re.compile(r"[^\S\n]*\n[^\S\n]*|[^\S\n]+")


def read(data: bytes, source: str, path: Path) -> Document:
    """Read a page; when it marks its main content, only that is kept."""
    page = _Page()
    page.feed(decode(data, path))
    page.close()
    page.finish()
    builder = page.main if page.main.text else page.whole
    top = builder.sections[0].title if builder.sections else ""
    return Document(
        id=source,
        source=source,
        text=builder.text,
        title=tidy(page.title) or top or path.stem,
        date=page.date,
        kind="html",
        sections=tuple(builder.sections),
    )


def plain(fragment: str) -> str:
    """Return the text of a piece of HTML."""
    page = _Page()
    page.feed(fragment)
    page.close()
    page.finish()
    return page.whole.text


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.whole = TextBuilder()
        self.main = TextBuilder()
        self.title = ""
        self.date: str | None = None
        self._held: list[str] = []
        self._skipping: list[str] = []
        self._in_title = False
        self._in_main = 0
        self._in_pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._note_date(tag, values)
        if tag == "title" and not self.title:
            self._in_title = True
        elif tag == "body":
            self._skipping.clear()  # an unclosed head or script must not swallow the page
        if self._skipping:
            if tag not in _VOID:
                self._skipping.append(tag)
            return
        if (tag in _SKIPPED or "hidden" in values) and tag not in _VOID:
            self._flush()
            self._skipping.append(tag)
        elif tag == "br":
            self._held.append("\n")
        elif tag in {"td", "th"}:
            self._held.append(" | " if self._cell_before() else "")
        elif tag in {"li", "tr"} and self._held:
            self._held.append("\n- " if tag == "li" else "\n")
        elif tag == "li":
            self._held.append("- ")
        elif tag in _BLOCKS or tag in _HEADINGS:
            self._flush()
        self._in_main += tag in _MAIN
        self._in_pre += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if self._skipping:
            if tag in self._skipping:
                while self._skipping.pop() != tag:
                    pass
            return
        if level := _HEADINGS.get(tag):
            self._heading(level)
        elif tag in _BLOCKS and tag not in {"li", "td", "th", "tr", "tbody", "thead", "tfoot", "hr"}:
            self._flush()
        self._in_main = max(0, self._in_main - (tag in _MAIN))
        self._in_pre = max(0, self._in_pre - (tag == "pre"))

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._skipping:
            self._held.append(data if self._in_pre else re.sub(r"\s+", " ", data))

    def finish(self) -> None:
        """Keep what stands after the last closing tag."""
        self._flush()

    def _cell_before(self) -> bool:
        return bool(self._held) and not "".join(self._held[-2:]).endswith("\n") and bool("".join(self._held).strip())

    def _note_date(self, tag: str, values: dict[str, str]) -> None:
        if self.date is not None:
            return
        name = (values.get("property") or values.get("name") or values.get("itemprop") or "").lower()
        if tag == "meta" and name in _DATES:
            self.date = iso_date(values.get("content"))
        elif tag == "time" and "datetime" in values:
            self.date = iso_date(values["datetime"])

    def _take(self) -> str:
        text = "".join(self._held)
        self._held.clear()
        return text if self._in_pre else _SPACES.sub(lambda gap: "\n" if "\n" in gap[0] else " ", text)

    def _flush(self) -> None:
        text = self._take()
        self.whole.block(text)
        if self._in_main:
            self.main.block(text)

    def _heading(self, level: int) -> None:
        title = self._take()
        self.whole.heading(title, level)
        if self._in_main:
            self.main.heading(title, level)
