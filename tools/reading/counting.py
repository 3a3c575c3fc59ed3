"""Count the rows of a table or the items of a list, where the whole of it stands in a passage."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.text import content_terms, stem, words

from .evidence import Evidence, Sentence
from .kinds import LIST_MARK, is_row
from .predicates import alike
from .questions import Question

__all__ = ["Counted", "asks_for_a_count", "count"]

_HOW_MANY: Final = re.compile(r"\bhow many\b|\b(?:what|which) (?:is|was) the (?:total )?number of\b")
_OF_ROWS: Final = frozenset(map(stem, ("row", "entry", "record", "line")))
_OF_ITEMS: Final = frozenset(map(stem, ("item", "point", "bullet", "entry", "line")))
_OF_STEPS: Final = frozenset(map(stem, ("step", "stage", "instruction")))
"""What the items of a numbered list are, too."""
_BLOCKS: Final = frozenset(
    map(stem, "table list row item entry line point bullet contain have there include column total number".split())  # noqa: SIM905 because a list of words reads best as prose
)
"""Stems that speak of the table or list itself."""
_RULE: Final = re.compile(r"^[\s|:+-]+$")
_SURELY_WHOLE: Final = 100
"""Words of a passage that is a whole section: a longer one may have been cut where it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many rows or items there are, and the line that says what they are."""

    number: int
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """The rows below the head of a table, or the items of a list."""

    passage: int
    start: int
    """First character, that of the head or lead, in the passage."""
    head: str
    """The row of the columns' names, or the line that leads a list in."""
    lines: int
    table: bool
    numbered: bool = False
    whole: bool


def asks_for_a_count(question: Question) -> bool:
    """Say whether `question` asks how many of something there are."""
    return question.kind == "number" and not question.chinese and _HOW_MANY.search(question.folded) is not None


def count(question: Question, evidence: Evidence) -> Counted | None:
    """Return the count of the only table or list that is of what `question` counts; None when there is none or several.

    Everything that the question says must be said of the whole list, by its heading, its lead or its columns: "How many
    plans cost 10 euros?" is no count of all plans.
    """
    blocks = [block for block in _blocks(evidence) if _is_of(block, question, evidence)]
    if len(blocks) != 1 or not blocks[0].whole:
        return None
    (block,) = blocks
    here = [one for one in evidence.sentences if one.passage == block.passage and one.span.end > block.start]
    return Counted(number=block.lines, sentence=here[0]) if here else None


def _is_of(block: _Block, question: Question, evidence: Evidence) -> bool:
    head = content_terms(block.head.strip("| ").split("|")[0] if block.table else block.head)
    about = evidence.headings(block.passage) | frozenset(content_terms(block.head))
    unit = frozenset(other for term in question.focus for other in alike(term))
    generic = unit & (_OF_ROWS if block.table else _OF_ITEMS | _OF_STEPS if block.numbered else _OF_ITEMS)
    if not generic and not unit & (frozenset(head) if block.table else about):
        return False
    rest = frozenset(question.terms) - unit - _OF_ROWS - _OF_ITEMS - _BLOCKS
    return rest <= about and bool(rest or not generic or len(evidence.passages) == 1)


def _blocks(evidence: Evidence) -> Iterator[_Block]:
    for place, passage in enumerate(evidence.passages):
        lines = list(_lines(passage.text))
        short = len(words(passage.text)) <= _SURELY_WHOLE
        start = 0
        while start < len(lines):
            form, end = _form(lines[start][1]), start + 1
            if form:
                while end < len(lines) and _belongs(lines[end][1], form):
                    end += 1
                while not lines[end - 1][1].strip():
                    end -= 1
                found = _block(lines, start, end, form, place, whole=short or end < len(lines))
                if found is not None:
                    yield found
            start = end


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, line.rstrip()
        start += len(line)


def _block(
    lines: Sequence[tuple[int, str]], start: int, end: int, form: str, passage: int, *, whole: bool
) -> _Block | None:
    texts = [line for _, line in lines[start:end]]
    if form == "row":
        if len(texts) < 3 or [place for place, line in enumerate(texts) if _RULE.match(line)] != [1]:
            return None
        head = texts[0]
        return _Block(passage=passage, start=lines[start][0], head=head, lines=len(texts) - 2, table=True, whole=whole)
    items = [line for line in texts if LIST_MARK.match(line)]
    flat = len({len(line) - len(line.lstrip()) for line in items}) == 1
    first = next((place for place in range(start - 1, -1, -1) if lines[place][1].strip()), start)
    head = lines[first][1] if first < start else ""
    return _Block(
        passage=passage,
        start=lines[first][0],
        head=head,
        lines=len(items),
        table=False,
        numbered=items[0].lstrip()[0].isdigit(),
        whole=whole and flat,
    )


def _form(line: str) -> str:
    if is_row(line):
        return "row"
    return "item" if LIST_MARK.match(line) else ""


def _belongs(line: str, form: str) -> bool:
    """Say whether a line goes on with the block: another row or item, or what an item goes on with."""
    return _form(line) == form or (form == "item" and (not line.strip() or line[:1].isspace()))
