"""A page of SVG that grows downwards: texts that wrap, boxes, arrows; with colours for light and for dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final

from rich.cells import cell_len, chop_cells

__all__ = ["HIGH", "STYLE", "WIDE", "Page", "cut"]

WIDE: Final = 960
"""Pixels across, at least."""
HIGH: Final = 18
"""Pixels from one line of text to the next."""
_LEFT: Final = WIDE // 48
_CELLS: Final = 124
"""Columns of text in a line."""
_LIGHT: Final = ("#1f6fb2", "#a8481a", "#23783a", "#8338a8", "#a12c63", "#0a6b67")
_DARK: Final = ("#6cb6ff", "#f0a070", "#6fcf87", "#cf9bf0", "#f28cb8", "#63d0ca")


def _style(ink: str, dim: str, line: str, box: str, page: str, step: str, colours: Sequence[str]) -> str:
    rules = [
        f".page{{fill:{page}}}.ink{{fill:{ink}}}.dim{{fill:{dim}}}.step{{fill:{step}}}.wait{{fill:{line}}}",
        f".box{{fill:{box};stroke:{line}}}.line{{stroke:{line};fill:none}}.edge{{stroke:{dim};fill:none}}.tip{{fill:{dim}}}",
        f".lost{{stroke:{ink};stroke-width:1.5;stroke-dasharray:3 2;fill-opacity:.35}}",
    ]
    rules += [f".t{number},.s{number}{{fill:{colour}}}" for number, colour in enumerate(colours)]
    return "".join(rules)


STYLE: Final = (
    "text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre}"
    ".head{font:bold 15px ui-sans-serif,system-ui,sans-serif}.bold{font-weight:bold}.middle{text-anchor:middle}"
    + _style("#1c2733", "#5b6876", "#c2ccd6", "#f3f6fa", "#ffffff", "#8896a5", _LIGHT)
    + "@media(prefers-color-scheme:dark){"
    + _style("#e6edf3", "#9aa7b4", "#3a4552", "#161d26", "#0d1117", "#6e7b89", _DARK)
    + "}"
)
"""The colours of a page, for light and for dark."""


def _flat(text: str) -> str:
    """Return a text in one line, without characters that XML forbids or nobody sees."""
    return "".join(char if char.isprintable() else " " for char in text)


def cut(text: str, cells: int) -> str:
    """Return a text on one line of at most so many columns."""
    flat = " ".join(_flat(text[: 8 * cells]).split())
    return flat if cell_len(flat) <= cells else f"{chop_cells(flat, cells - 1)[0]}…"


class Page:
    """Grows from the top; ``y`` is where the next thing begins."""

    def __init__(self) -> None:
        self.y = 12
        self._wide = WIDE
        self._parts: list[str] = []

    def fit(self, right: float) -> None:
        """Make the page wide enough for something that ends there."""
        self._wide = max(self._wide, int(right) + _LEFT)

    def space(self, pixels: int) -> None:
        """Leave some space."""
        self.y += pixels

    def heading(self, text: str) -> None:
        """Write a heading."""
        self.y += 26
        self.at(_LEFT, self.y, text, "ink head")
        self.y += 8

    def text(self, text: str, shade: str, *, indent: int = 0) -> None:
        """Write a text, wrapped."""
        for line in _wrapped(_flat(text), _CELLS - indent):
            self.y += HIGH
            self.at(_LEFT + 7 * indent, self.y, line, shade)

    def coloured(self, text: str, spans: Sequence[tuple[int, int]]) -> None:
        """Write a text, wrapped, the spans (start, end) in colours of their own."""
        places = _kept(_flat(text))
        flat, at = "".join(char for _, char in places), 0
        for line in _wrapped(flat, _CELLS):
            at = flat.index(line, at)
            self.y += HIGH
            pieces = "".join(
                f'<tspan class="{shade}">{escape(piece)}</tspan>'
                for piece, shade in _shaded(places[at : at + len(line)], spans)
            )
            self._parts.append(f'<text x="{_LEFT}" y="{self.y}" xml:space="preserve">{pieces}</text>')
            at += len(line)

    def legend(self, keys: Sequence[tuple[str, str]]) -> None:
        """Say what the colours of bars mean."""
        self.y += HIGH
        x = _LEFT
        for shade, name in keys:
            self.rect(x, self.y - 9, 12, 10, shade)
            self.at(x + 18, self.y, name, "dim")
            x += 18 + round(7.4 * cell_len(name)) + 18

    def at(self, x: float, y: float, text: str, shade: str) -> None:
        """Write one line."""
        self._parts.append(f'<text class="{shade}" x="{x:.1f}" y="{y:.1f}">{escape(_flat(text))}</text>')

    def rect(self, x: float, y: float, wide: float, high: float, shade: str) -> None:
        """Draw a box."""
        self._parts.append(
            f'<rect class="{shade}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="2"/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a thin line."""
        self._parts.append(f'<path class="line" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>')

    def arrow(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw an arrow from left to right."""
        (x1, y1), (x2, y2) = start, end
        way = f"M{x1:.1f} {y1:.1f}C{x1 + 24:.1f} {y1:.1f} {x2 - 24:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        self._parts.append(f'<path class="edge" marker-end="url(#tip)" d="{way}"/>')

    def svg(self, title: str, *, name: str = "", style: bool = True) -> str:
        """Return the whole page.

        Args:
            title: What it shows, for those who cannot see it.
            name: Ahead of the ids in it, where several stand in one document.
            style: Whether its colours stand in it; otherwise the document needs `STYLE`.
        """
        high = self.y + 20
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self._wide} {high}" width="{self._wide}"'
        tip = (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>'
        )
        parts = [
            f'{head} height="{high}" role="img" aria-labelledby="{name}title">',
            f'<title id="{name}title">{escape(_flat(title))}</title>',
            *([f"<style>{STYLE}</style>"] if style else []),
            tip,
            f'<rect class="page" width="{self._wide}" height="{high}"/>',
            *self._parts,
            "</svg>",
        ]
        return "\n".join(parts) + "\n"


def _kept(text: str) -> list[tuple[int, str]]:
    """Return the characters with their places, of several spaces in a row the first, and none at the ends."""
    kept: list[tuple[int, str]] = []
    for place, char in enumerate(text):
        if not char.isspace():
            kept.append((place, char))
        elif kept and kept[-1][1] != " ":
            kept.append((place, " "))
    return kept[:-1] if kept and kept[-1][1] == " " else kept


def _wrapped(text: str, cells: int) -> Iterator[str]:
    """Yield lines that together hold the text, but for spaces between them; a word that is too long is cut."""
    line = ""
    for word in text.split():
        for number, piece in enumerate(chop_cells(word, cells)):
            joined = f"{line} {piece}" if line and not number else line + piece
            if cell_len(joined) > cells:
                yield line
                joined = piece
            line = joined
    if line:
        yield line


def _shaded(line: Sequence[tuple[int, str]], spans: Sequence[tuple[int, int]]) -> Iterator[tuple[str, str]]:
    """Yield the pieces of a line, characters with their places, each with the colour of the span that it lies in."""

    def shade(at: tuple[int, str]) -> str:
        inside = [number for number, (start, end) in enumerate(spans) if start <= at[0] < end]
        return f"t{inside[0] % 6}" if inside else "dim"

    for name, chars in groupby(line, key=shade):
        yield "".join(char for _, char in chars), name
