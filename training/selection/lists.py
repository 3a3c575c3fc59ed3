"""Lists to select from: candidates of a question with the passages that are gold, found or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.tools.text import sentences
from questline.training.embedded.examples import answer_places, question_hash
from questline.training.evaluation.lists import read_labelled
from questline.training.evaluation.rows import read_qrels, read_rows
from questline.training.ranking.mining import Bm25, corpus_passages
from questline.types import Passage

__all__ = ["SelectionList", "labelled_lists", "searched_lists", "sentence_lists", "shorter", "without_support"]

_ALL_WAYS: Final = (0, 1, 6, 7)
"""Draws that show every list of sentences of a question once."""
_SIZES: Final = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionList:
    """One question with what a first stage found for it."""

    id: str
    question: str
    passages: tuple[Passage, ...]
    gold: frozenset[str]
    """Ids of the passages that help; what the first stage missed is here too."""
    source: str = "all"
    answers: tuple[str, ...] = ()
    """Accepted answers; empty where none is known."""
    opposed: tuple[tuple[str, str], ...] = ()
    """Pairs of passages that are known to contradict each other."""

    @property
    def reachable(self) -> frozenset[str]:
        """The gold passages among the candidates."""
        return self.gold & {passage.id for passage in self.passages}


def searched_lists(corpus: Path, questions: Path, *, depth: int = 20, limit: int | None = None) -> list[SelectionList]:
    """Return BM25's best passages of each question that names its support, also where it found none of it.

    Args:
        corpus: JSON lines of ``{id | _id, title, text}``.
        questions: JSON lines of ``{id, question, support[], source?, answers?}``.
        depth: Passages a list.
        limit: Only so many questions, from the first on.

    Raises:
        UsageError: ``bad_data`` and what else reading raises.
    """
    gold = read_qrels(questions)
    rows = [row for row in read_rows(questions) if str(row.values.get("id", row.values.get("_id"))) in gold]
    passages = corpus_passages(corpus)
    if not passages:
        raise UsageError(f"{str(corpus)!r} holds no passage", code="bad_data", path=corpus, field="text")
    index = Bm25([passage.as_text() for passage in passages])
    found: list[SelectionList] = []
    for row in rows[:limit]:
        name, asked = row.identifier("id", "_id"), row.text("question")
        found.append(
            SelectionList(
                id=name,
                question=asked,
                passages=tuple(replace(passages[n], score=score) for n, score in index.best(asked, depth)),
                gold=frozenset(gold[name]),
                source=row.text("source") if "source" in row.values else "all",
                answers=row.texts("answers") if row.values.get("answers") else (),
            )
        )
    return found


def labelled_lists(questions: Path) -> list[SelectionList]:
    """Read ``{question, candidates[{text, label}]}`` rows; raises what reading raises."""
    return [
        SelectionList(
            id=each.id,
            question=each.query,
            passages=each.passages,
            gold=frozenset(name for name, grade in each.grades.items() if grade > 0),
        )
        for each in read_labelled(questions)
    ]


def shorter(lists: Sequence[SelectionList]) -> Iterator[SelectionList]:
    """Yield each list cut to 1 to 20 passages, as the hash of its question says: selectors are given few, too.

    Half of them have no titles, for neither do all that selectors are given.
    """
    for each in lists:
        size = _SIZES[int(question_hash(each.question + "~") * len(_SIZES))]
        yield _untitled(replace(each, passages=each.passages[:size]))


def without_support(lists: Sequence[SelectionList], share: float) -> Iterator[SelectionList]:
    """Yield a share of the lists without what is gold, half of them cut: nothing that is left helps.

    Of those that are cut, half have no titles.

    Args:
        lists: What is taken from.
        share: How many of them, by the hash of their questions.
    """
    for each in lists:
        place = question_hash(each.question + "!")
        if place >= share:
            continue
        left = tuple(passage for passage in each.passages if passage.id not in each.gold)
        if not left:
            continue
        helpless = replace(each, id=f"{each.id}-", passages=left, gold=frozenset())
        if place >= share / 2:
            size = _SIZES[int(place * 1000) % len(_SIZES)]
            helpless = _untitled(replace(helpless, passages=left[:size]))
        yield helpless


def _untitled(given: SelectionList) -> SelectionList:
    """Return half of the lists, by the hash of their questions, without the titles of their passages."""
    if question_hash(given.question + "=") < 0.5:
        return given
    return replace(given, passages=tuple(replace(passage, title="") for passage in given.passages))


def sentence_lists(lists: Sequence[SelectionList], *, every: bool = False) -> Iterator[SelectionList]:
    """Yield lists of single sentences: with the one that answers the question, and without any that does.

    Only questions with one gold passage and a known answer serve, and only where a first stage found the passage: the
    sentences of it that hold the answer are gold. The candidates of the first list are the sentences of that passage
    alone, or those of the best other passage too; the second list has the same passage without its gold sentences, or
    the other passage alone. Half of all lists carry the passages' titles. The hash of the question says which.

    Args:
        lists: As `searched_lists` returns them.
        every: Each question in all these ways, where there are few.
    """
    for each in lists:
        if len(each.gold) != 1 or not each.answers:
            continue
        found = [passage for passage in each.passages if passage.id in each.gold]
        others = [passage for passage in each.passages if passage.id not in each.gold]
        if found and others:
            for draw in _ALL_WAYS if every else (int(question_hash(each.question + "/") * 8),):
                yield from _with_and_without(each, found[0], others[0], draw)


def _with_and_without(given: SelectionList, found: Passage, best: Passage, draw: int) -> Iterator[SelectionList]:
    titled, beside, apart = bool(draw & 1), bool(draw & 2), bool(draw & 4)
    own, other = _sentences(found, titled=titled), _sentences(best, titled=titled)
    gold = frozenset(one.id for one in own if answer_places(one.text, given.answers))
    rest = tuple(one for one in own if one.id not in gold)
    if not gold or not rest:
        return
    yield replace(given, id=f"{given.id}/{draw}", passages=own + other if beside else own, gold=gold)
    without = tuple(one for one in other if not answer_places(one.text, given.answers)) if apart else rest
    if without:
        yield replace(given, id=f"{given.id}/{draw}-", passages=without, gold=frozenset())


def _sentences(passage: Passage, *, titled: bool) -> tuple[Passage, ...]:
    return tuple(
        Passage(
            id=f"{passage.id}/{place}",
            document_id=passage.id,
            source=passage.source,
            title=passage.title if titled else "",
            text=span.text,
        )
        for place, span in enumerate(sentences(passage.text))
    )
