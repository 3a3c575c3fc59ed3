"""Preference pairs of greetings: read with every fault named, split by query so that no query is on both sides."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.training.evaluation.rows import Row, read_rows

__all__ = ["MATCHED", "Labelled", "Pair", "fold_of", "plain", "read_labelled_or_pairs", "read_pairs"]

MATCHED: Final = 5
"""Characters by which two texts may differ in length and still count as matched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two texts for one query, of which the first was preferred."""

    query: str
    chosen: str
    rejected: str
    group: str = ""
    """Texts of one origin, as a seed that several pairs were made of; empty where none is known."""

    sources: tuple[str, str] = ("", "")
    """Who wrote the chosen and the rejected text, as far as a row says so: ``chosen_source``, ``rejected_source``."""

    @property
    def matched(self) -> bool:
        """Whether the lengths differ by at most `MATCHED` characters."""
        return abs(len(self.chosen) - len(self.rejected)) <= MATCHED

    @property
    def identical(self) -> bool:
        """Whether both sides are one text, so that no judge can be right."""
        return self.chosen == self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A text for a query, good or not."""

    query: str
    text: str
    good: bool


def plain(text: str) -> str:
    """Return a text as leaks are looked for: without spaces, marks, case and compatibility forms."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def fold_of(query: str, folds: int) -> int:
    """Return which of so many parts a query belongs to: by the SHA-1 of its text."""
    return int(hashlib.sha1(query.encode(), usedforsecurity=False).hexdigest(), 16) % folds


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs of a file.

    Raises:
        UsageError: See `read_labelled_or_pairs`; also ``bad_data`` for a file of labelled texts.
    """
    found = read_labelled_or_pairs(path)
    if not all(isinstance(one, Pair) for one in found):
        raise UsageError(
            f"{str(path)!r} holds labelled texts; give pairs: {{query, chosen, rejected}}", code="bad_data", path=path
        )
    return cast("list[Pair]", found)


def read_labelled_or_pairs(path: Path) -> list[Pair] | list[Labelled]:
    """Return the rows of JSON lines, plain or .gz: ``{query, chosen, rejected}`` or ``{query, text, good}``.

    The form with ``conversations`` and ``{from, value}`` objects is read too, and ``prompt`` for ``query``, ``label``
    for ``good``.

    Raises:
        UsageError: ``file_not_found``, ``bad_encoding``, or ``bad_data`` naming the row, for a row that is neither, for
            a file of both or of none.
    """
    pairs: list[Pair] = []
    labelled: list[Labelled] = []
    for row in read_rows(path):
        one = _row(row)
        if isinstance(one, Pair):
            pairs.append(one)
        else:
            labelled.append(one)
    if pairs and labelled:
        raise UsageError(f"{str(path)!r} mixes pairs and labelled texts; give two files", code="bad_data", path=path)
    if not pairs and not labelled:
        raise UsageError(f"{str(path)!r} holds no row", code="bad_data", path=path)
    return pairs or labelled


def _row(row: Row) -> Pair | Labelled:
    told = row.values
    query = _text(told.get("query", told.get("prompt"))) or _said(told.get("conversations"))
    if not query:
        raise row.fault("query", "has no query")
    if "chosen" in told or "rejected" in told:
        chosen, rejected = _text(told.get("chosen")), _text(told.get("rejected"))
        if not chosen or not rejected:
            lacks = "rejected" if chosen else "chosen"
            raise row.fault(lacks, f"has no text under {lacks!r}")
        sources = _text(told.get("chosen_source")), _text(told.get("rejected_source"))
        group = _text(told.get("group"))
        return Pair(query=query, chosen=chosen, rejected=rejected, group=group, sources=sources)
    text, good = _text(told.get("text", told.get("response"))), told.get("good", told.get("label"))
    if not text:
        raise row.fault("text", "has neither 'chosen' and 'rejected' nor a 'text'")
    if good not in (0, 1):  # also True and False
        raise row.fault("good", f"has {good!r} for 'good'; give 0 or 1")
    return Labelled(query=query, text=text, good=bool(good))


def _text(told: object) -> str:
    if isinstance(told, Mapping):
        told = cast("Mapping[str, object]", told).get("value")
    return told.strip() if isinstance(told, str) else ""


def _said(told: object) -> str:
    turns = cast("Sequence[object]", told) if isinstance(told, list) else ()
    people = [cast("Mapping[str, object]", one) for one in turns if isinstance(one, Mapping)]
    return next((_text(one) for one in people if one.get("from") == "human"), "")
