"""Which cell of a column a span of words stands for: the same words, some of them, a slip, or a like meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from questline.tools.tables.spelled import distance
from questline.tools.text import STOPWORDS, stem

from .features import Seen
from .sight import Cell
from .spans import Span
from .vectors import vector

__all__ = ["cells"]

_PART, _SLIPPED = 0.95, 0.9
_LIKE: Final = 0.35
_AHEAD: Final = 0.08
_MEANT: Final = 0.6
_MOST: Final = 24
"""Different cells up to which meanings are compared."""
_SEVERAL: Final = 4
"""Cells that one span may stand for: two of one surname, and no whole column."""


def cells(seen: Seen, span: Span) -> tuple[tuple[str, ...], float]:
    """Return the cells that a span stands for in its column, as the table writes them, and how sure that is.

    None are returned where nothing in the column is like it, or too much is.
    """
    own = [cell for cell in seen.view.cells if cell.column == span.column]
    if span.cell:
        return tuple(cell.text for cell in own if cell.text.lower() == span.cell.lower()), 1.0
    said = [word.text for word in seen.spoken.words[span.first : span.last + 1]]
    joined = " ".join(said)
    if exact := [cell.text for cell in own if " ".join(cell.words) == joined]:
        return tuple(exact), 1.0
    stems = [stem(word) for word in said]
    if formed := [cell.text for cell in own if [stem(word) for word in cell.words] == stems]:
        return tuple(formed), 1.0
    telling = [word for word in said if word not in STOPWORDS and len(word) > 1] or said
    if parts := _parts(telling, own):
        return (parts, _PART) if len(parts) <= _SEVERAL else ((), 0.0)
    if near := _slips(telling, own):
        return (near, _SLIPPED) if len(near) <= _SEVERAL else ((), 0.0)
    return _meant(joined, own)


def _parts(said: Sequence[str], own: Sequence[Cell]) -> tuple[str, ...]:
    """Return the cells that hold all telling words, else those that the words hold whole."""
    stems = {stem(word) for word in said}
    holding = [cell.text for cell in own if stems <= {stem(word) for word in cell.words} | set(cell.words)]
    if holding:
        return tuple(holding)
    held = [cell for cell in own if cell.words and {stem(word) for word in cell.words} <= stems]
    longest = max((len(cell.words) for cell in held), default=0)
    return tuple(cell.text for cell in held if len(cell.words) == longest)


def _slips(said: Sequence[str], own: Sequence[Cell]) -> tuple[str, ...]:
    found: list[tuple[int, str]] = []
    for cell in own:
        far = [min((_far(word, each) for each in cell.words), default=9) for word in said]
        if all(each < 9 for each in far):
            found.append((sum(far), cell.text))
    least = min((far for far, _ in found), default=0)
    return tuple(text for far, text in found if far == least)


def _far(said: str, meant: str) -> int:
    if said == meant or stem(said) == stem(meant):
        return 0
    longest = max(len(said), len(meant))
    far = distance(said, meant) if longest > 3 and said[:1] == meant[:1] else 9
    return far if far <= (1 if longest < 8 else 2) else 9


def _meant(joined: str, own: Sequence[Cell]) -> tuple[tuple[str, ...], float]:
    few = [cell for cell in own if cell.words]
    if not few or len(few) > _MOST:
        return (), 0.0
    one = vector(joined)
    near = sorted(((float(vector(" ".join(cell.words)) @ one), cell.text) for cell in few), reverse=True)
    best, text = near[0]
    if best < _LIKE or (len(near) > 1 and best - near[1][0] < _AHEAD):
        return (), 0.0
    return (text,), min(1.0, max(best, _MEANT))
