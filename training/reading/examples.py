"""Questions that one reading answers: those with one supporting document, and both hops of two-document chains."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from questline.tools.decomposition import compared, serial
from questline.tools.reading.questions import analyse
from questline.training.evaluation.rows import Question, read_qrels, read_questions

__all__ = ["SHIPPABLE", "Example", "load_examples"]

SHIPPABLE: Final = {
    "2wiki": "Apache-2.0",
    "hotpot": "CC BY-SA 4.0",
    "musique": "CC BY 4.0",
    "nq": "CC BY-SA 3.0",
    "questline": "Apache-2.0",
}
"""Sources whose licence lets numbers fitted on them ship, with that licence."""
_QUALIFIER = re.compile(r"\s*\([^)]*\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A question that is read directly, without taking it apart."""

    question: str
    answers: tuple[str, ...]
    group: str
    """Its source; ``…/hop1`` and ``…/hop2`` for the parts of a chain."""
    support: tuple[str, ...]
    """Ids of the documents that answer it."""
    given: bool = False
    """The supporting document is always among what is read: a later hop is searched for by a name already found."""


def load_examples(path: Path, sources: Collection[str], title_of: Callable[[str], str]) -> list[Example]:
    """Read questions with support; other sources, yes/no questions and what needs more than two documents are left out.

    Args:
        path: Rows ``{id, question, answers[], source, support[]}``, as `agents eval qa` reads them.
        sources: Which sources to take.
        title_of: Title of a document of the corpus by id; empty for an unknown one.
    """
    support = read_qrels(path)
    found: list[Example] = []
    for row in read_questions(path):
        if row.source in sources:
            found += _of(row, tuple(support.get(row.id, ())), title_of)
    return [example for example in found if analyse(example.question).kind != "yesno"]


def _of(row: Question, support: Sequence[str], title_of: Callable[[str], str]) -> Iterator[Example]:
    if compared(row.text) is not None:
        return
    if len(support) == 1 and len(serial(row.text)) == 1:
        yield Example(question=row.text, answers=row.answers, group=row.source, support=tuple(support))
    elif len(support) == 2:
        yield from _hops(row, support, [title_of(identifier) for identifier in support])


def _hops(row: Question, support: Sequence[str], titles: Sequence[str]) -> Iterator[Example]:
    """Yield both hops where the first names exactly one of the two documents; the other one's title is its answer."""
    parts = serial(row.text)
    named = [place for place, title in enumerate(titles) if title and title.casefold() in parts[0].casefold()]
    if len(parts) != 2 or len(named) != 1:
        return
    first, second = named[0], 1 - named[0]
    bridge = _QUALIFIER.sub("", titles[second])
    yield Example(
        question=parts[0],
        answers=tuple(dict.fromkeys((bridge, titles[second]))),
        group=f"{row.source}/hop1",
        support=(support[first],),
        given=True,
    )
    yield Example(
        question=parts[1].replace("#1", bridge),
        answers=row.answers,
        group=f"{row.source}/hop2",
        support=(support[second],),
        given=True,
    )
