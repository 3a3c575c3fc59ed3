"""What the linker's network sees of a question over a table: words, columns, and each word beside each column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.tables.lexicon import CUES
from questline.tools.tables.notes import about
from questline.tools.tables.related import related
from questline.tools.tables.spelled import distance
from questline.tools.tables.units import MONEY, UNITS, factor
from questline.tools.tables.wording import Sheet

from .sight import KINDS, Cell, View
from .spoken import FORMS, Word, is_month, is_number, is_order, is_time, marks, shape, split
from .vectors import WIDTH, States, vector

__all__ = ["PAIRS", "Seen", "Spoken", "hear", "see"]

Floats = NDArray[np.float32]
PAIRS: Final = 29
"""How many numbers tell of a word beside a column."""
_LONGEST: Final = 8
"""Words of a cell that is looked for as a whole."""
_MOST_FUZZY: Final = 4000
_SLIP: Final = 5
_HALF: Final = 0.5
_LONG: Final = 400
"""Characters of a question that are compared with columns as one text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A question, looked at once for all tables."""

    sheet: Sheet
    words: list[Word]
    states: Floats
    """[words, 384]: each word in its question."""
    alone: Floats
    """[words, 384]: each telling word by itself; zeros for the others."""
    forms: Floats
    """[words, FORMS]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A question over a table."""

    spoken: Spoken
    view: View
    pairs: Floats
    """[words, columns, PAIRS]."""
    names: Floats
    """[columns, 384]: of the spelled-out names."""
    told: Floats
    """[columns, 384]: of names with the table's name and some cells."""
    natures: Floats
    """[columns, KINDS]."""


def hear(question: str) -> Spoken:
    """Return a question with what the encoder makes of its words.

    Raises:
        RunError: ``damaged_model``.
    """
    sheet = Sheet(question)
    spoken = split(sheet)
    alone = np.zeros((len(spoken), WIDTH), np.float32)
    for place, word in enumerate(spoken):
        if word.telling and not word.text.isdigit():
            alone[place] = vector(word.text)
    forms = np.array([shape(spoken, place) for place in range(len(spoken))], np.float32)
    return Spoken(
        sheet=sheet,
        words=spoken,
        states=States.load().of(sheet.text, spoken),
        alone=alone,
        forms=forms.reshape(len(spoken), FORMS),
    )


def see(spoken: Spoken, view: View) -> Seen:
    """Return a question over a table: each word held against each column."""
    names = np.array([vector(each.phrase) for each in view.columns], np.float32).reshape(-1, WIDTH)
    told = np.array([vector(each.told) for each in view.columns], np.float32).reshape(-1, WIDTH)
    natures = np.array([each.nature for each in view.columns], np.float32).reshape(-1, KINDS)
    pairs = np.zeros((len(spoken.words), len(view.columns), PAIRS), np.float32)
    if spoken.words and view.columns:
        _by_name(spoken, view, pairs)
        _by_cell(spoken, view, pairs)
        _by_kind(spoken, view, pairs)
        _by_meaning(spoken, view, pairs, names)
        _by_whole(spoken, view, pairs, told)
    return Seen(spoken=spoken, view=view, pairs=pairs, names=names, told=told, natures=natures)


def _by_name(spoken: Spoken, view: View, pairs: Floats) -> None:
    """Fill 0-6: the word in the name, how much of the name is said, what the lexicon says."""
    said = {word.stem for word in spoken.words}
    fields = [each.field for each in view.columns]
    place_of = {each.sql: number for number, each in enumerate(fields)}
    for place, word in enumerate(spoken.words):
        concepts, way, _ = marks().get(word.text, ((), 0, -1))
        for number, each in enumerate(about(concepts, fields)):
            pairs[place, place_of[each.sql], 4 if way > 0 else 5] = 1.0 / (1 + number)
        for number, column in enumerate(view.columns):
            if word.stem in column.spelled:
                pairs[place, number, 0] = 1.0
                pairs[place, number, 1] = len(said & column.spelled) / len(column.spelled)
            elif len(word.text) > 3 and any(_shortened(each, word.text) for each in column.spelled):
                pairs[place, number, 6] = 1.0
        if not word.telling:
            continue
        for number, each in enumerate(about(CUES.get(word.stem, ()), fields)):
            pairs[place, place_of[each.sql], 2] = 1.0 / (1 + number)
        for each in related(word.stem, fields):
            pairs[place, place_of[each.sql], 3] = 1.0


def _shortened(name: str, word: str) -> bool:
    """Say whether a part of a name is a word cut short: ``vac`` of ``vaccination``, ``amt`` of ``amount``."""
    if not 2 <= len(name) < len(word) or name[0] != word[0] or len(name) > 5:
        return False
    if word.startswith(name):
        return len(name) > 2
    rest = iter(word)
    return len(name) > 2 and all(letter in rest for letter in name)


def _by_cell(spoken: Spoken, view: View, pairs: Floats) -> None:
    """Fill 7-12: whole cells, parts of cells and cells with a slip; in how many columns a word stands."""
    texts = [word.text for word in spoken.words]
    for start in range(len(texts)):
        for end in range(start + 1, min(len(texts), start + _LONGEST) + 1):
            for cell in view.whole.get(" ".join(texts[start:end]), ()):
                pairs[start:end, cell.column, 7] = 1.0
                pairs[start:end, cell.column, 8] = np.maximum(pairs[start:end, cell.column, 8], (end - start) / 4)
    spelt = _vocabulary(view)
    for place, word in enumerate(spoken.words):
        if not word.telling:
            continue
        for cell in (*view.parts.get(word.text, ()), *view.parts.get(word.stem, ())):
            share = _share(texts, cell)
            pairs[place, cell.column, 9] = max(pairs[place, cell.column, 9], share)
        if not pairs[place, :, 9].any() and len(word.text) >= _SLIP and word.text.isalpha():
            for cell in _close(word.text, view, spelt):
                pairs[place, cell.column, 10] = 1.0
        homes = (pairs[place, :, 9] > 0).sum()
        if homes:
            pairs[place, :, 11] = (pairs[place, :, 9] > 0) / homes
    pairs[:, :, 12] = (pairs[:, :, 7:11].max(axis=2) > 0).any(axis=1, keepdims=True)


def _share(texts: list[str], cell: Cell) -> float:
    """Return how much of a cell's words a question says."""
    return sum(each in texts for each in cell.words) / max(1, len(cell.words)) or 0.2


def _vocabulary(view: View) -> dict[str, list[str]]:
    """Return the longer words of cells by their first letter; none of a large table."""
    found: dict[str, list[str]] = {}
    if len(view.parts) <= _MOST_FUZZY:
        for word in view.parts:
            if len(word) >= _SLIP - 1 and word.isalpha():
                found.setdefault(word[0], []).append(word)
    return found


def _close(word: str, view: View, spelt: dict[str, list[str]]) -> list[Cell]:
    most = 1 if len(word) < 8 else 2
    near = [each for each in spelt.get(word[0], ()) if abs(len(each) - len(word)) <= most]
    return [cell for each in near if distance(word, each) <= most for cell in view.parts[each]]


def _by_kind(spoken: Spoken, view: View, pairs: Floats) -> None:
    """Fill 13-18: numbers, dates, times and units beside columns of such."""
    for place, word in enumerate(spoken.words):
        number = is_number(word.text)
        value = _value(word.text) if number else None
        dated = is_month(word.text) or is_order(word.text) or "-" in word.text or "/" in word.text
        for place_, column in enumerate(view.columns):
            each = column.field
            row = pairs[place, place_]
            if number:
                row[13] = each.kind in {"number", "year"}
                within = value is not None and column.low is not None and column.high is not None
                row[14] = within and column.low <= value <= column.high  # type: ignore[operator]
            row[15] = each.kind in {"date", "month"} and (dated or (value is not None and 1900 < value < 2100))
            row[16] = each.kind == "time" and (is_time(word.text) or number)
            if word.text in UNITS:
                row[17] = bool(each.unit) and factor(word.text, each.unit) is not None
                row[18] = UNITS[word.text][0] in MONEY and bool(pairs[:, place_, 2].any()) and each.kind == "number"


def _value(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def _by_meaning(spoken: Spoken, view: View, pairs: Floats, names: Floats) -> None:
    """Fill 19-23: cosines of the word alone with names and with cells, and how far each stands out."""
    near = spoken.alone @ names.T
    pairs[:, :, 19] = near
    pairs[:, :, 20] = _standing(near)
    if view.likened:
        meant = np.array([vector(" ".join(cell.words)) for cell in view.likened], np.float32)
        cosines = spoken.alone @ meant.T
        best = np.zeros_like(near)
        for number, cell in enumerate(view.likened):
            best[:, cell.column] = np.maximum(best[:, cell.column], cosines[:, number])
        pairs[:, :, 21] = best
        pairs[:, :, 22] = _standing(best)
    pairs[:, :, 23] = (near.max(axis=1, keepdims=True) > 0) * near.max(axis=1, keepdims=True)


def _by_whole(spoken: Spoken, view: View, pairs: Floats, told: Floats) -> None:
    """Fill 24-28: the question, with and without what it says of cells, beside a question for each column."""
    rest = [
        word.text for place, word in enumerate(spoken.words)
        if not (pairs[place, :, 7].any() or pairs[place, :, 9].max() > _HALF)
    ]  # fmt: skip
    asked = np.array([vector(each.asked) for each in view.columns], np.float32)
    for place, (text, of) in enumerate(((" ".join(rest), asked), (spoken.sheet.text[:_LONG], told))):
        if text.strip():
            near = (of @ vector(text))[None, :]
            pairs[:, :, 24 + 2 * place] = near
            pairs[:, :, 25 + 2 * place] = _standing(near)
    for place, word in enumerate(spoken.words):
        known = word.telling and (word.stem in CUES or bool(marks().get(word.text, ((), 0, 0))[0]))
        pairs[place, :, 28] = known and not pairs[place, :, 2:6].any()


def _standing(near: Floats) -> Floats:
    """Return how much of a word's likeness each column has."""
    sharp = np.exp((near - near.max(axis=1, keepdims=True)) * 12)
    return np.where(near.max(axis=1, keepdims=True) > 0, sharp / sharp.sum(axis=1, keepdims=True), 0.0)
