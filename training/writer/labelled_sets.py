"""The three sets of labelled texts of the loop over rules: to learn from, to hold edits to, and for the last figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from questline.errors import UsageError

from .pairs import MATCHED, Labelled, Pair, fold_of, plain, read_labelled_or_pairs

__all__ = ["Sets", "matched_items", "read_sets"]

_PARTS: Final = 5
"""Of one file: two fifths to learn from, two for the gate, one for the last figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """No text and no query is in two of them."""

    train: Sequence[Labelled]
    gate: Sequence[tuple[Labelled, Labelled]]
    """A good and a bad text each, of about one length."""
    test: Sequence[tuple[Labelled, Labelled]]
    test_all: Sequence[Labelled]
    """The whole third set, for the figure at any length."""


def read_sets(labelled: Path, gate: Path | None = None, test: Path | None = None) -> Sets:
    """Read files of ``{query, text, good}`` or of pairs; what is not given is cut from `labelled` by the query's hash.

    Raises:
        UsageError: What `read_labelled_or_pairs` raises; ``no_gate_set`` where the gate, or the third set, has no good
            and bad text of about one length; ``leak`` with the ``count`` of texts and queries in two sets; ``bad_data``
            where nothing is left to learn from.
    """
    rows = _read(labelled)
    parts = {part: [row for row in rows if fold_of(row.query, _PARTS) == part] for part in range(_PARTS)}
    taken = ([2, 3] if gate is None else []) + ([4] if test is None else [])
    train = [row for row in rows if fold_of(row.query, _PARTS) not in taken]
    held = _read(gate) if gate is not None else [*parts[2], *parts[3]]
    last = _read(test) if test is not None else parts[4]
    _check_leaks({"labelled": train, "gate": held, "test": last})
    if not any(row.good for row in train):
        raise UsageError(
            f"{str(labelled)!r} leaves no good text to learn from; give more labelled texts", code="bad_data"
        )
    return Sets(
        train=train, gate=_matched(held, "gate"), test=_matched(last, "test"), test_all=tuple(dict.fromkeys(last))
    )


def matched_items(rows: Sequence[Labelled], *, within: int = MATCHED) -> list[tuple[Labelled, Labelled]]:
    """Pair good and bad texts whose lengths differ by at most `within` characters, each text once.

    As many pairs as there can be: both sides by length, each text with the first of the other side that is near enough.
    """
    good = sorted((row for row in rows if row.good), key=_by_length)
    bad = sorted((row for row in rows if not row.good), key=_by_length)
    found: list[tuple[Labelled, Labelled]] = []
    place = 0
    for one in good:
        while place < len(bad) and len(bad[place].text) < len(one.text) - within:
            place += 1
        if place < len(bad) and len(bad[place].text) <= len(one.text) + within:
            found.append((one, bad[place]))
            place += 1
    return found


def _by_length(row: Labelled) -> tuple[int, str, str]:
    return len(row.text), row.query, row.text


def _read(path: Path) -> list[Labelled]:
    rows: list[Labelled] = []
    for row in read_labelled_or_pairs(path):
        if isinstance(row, Pair):
            rows.append(Labelled(query=row.query, text=row.chosen, good=True))
            rows.append(Labelled(query=row.query, text=row.rejected, good=False))
        else:
            rows.append(row)
    return list(dict.fromkeys(rows))


def _matched(rows: Sequence[Labelled], name: str) -> list[tuple[Labelled, Labelled]]:
    found = matched_items(rows)
    if not found:
        count = sum(row.good for row in rows)
        raise UsageError(
            f"the {name} set has {count} good and {len(rows) - count} bad texts, and no two of them are of about one "
            f"length (within {MATCHED} characters); give --{name} F with more labelled texts",
            code="no_gate_set",
            argument=name,
        )
    return found


def _check_leaks(sets: dict[str, Sequence[Labelled]]) -> None:
    names = list(sets)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            texts = {plain(row.text) for row in sets[one]} & {plain(row.text) for row in sets[other]}
            queries = {plain(row.query) for row in sets[one]} & {plain(row.query) for row in sets[other]}
            if texts or queries:
                example = min(texts or queries)
                raise UsageError(
                    f"{len(texts)} texts and {len(queries)} queries are both in the {one} and the {other} set, such as "
                    f"{example[:40]!r}; a figure on them says nothing. Leave them out of one",
                    code="leak",
                    count=len(texts) + len(queries),
                    texts=len(texts),
                    queries=len(queries),
                )
