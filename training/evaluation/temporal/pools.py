"""What questions are searched over: the gold texts of the whole file, a corpus with them, or each question's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from questline.tools.temporal.searching import DatedPassage, TemporalSearch
from questline.training.evaluation.rows import Row, read_rows

from .known_sets import read_day
from .question import Given, TimedQuestion

__all__ = ["Pool", "own_pool", "shared_pool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Passages with their search; texts that are equal are one passage."""

    passages: Mapping[str, DatedPassage]
    """By id."""
    by_text: Mapping[str, str]
    """The id of each text."""
    added: int = 0
    """Gold texts that the corpus lacked and that were added to it."""
    _made: list[TemporalSearch] = field(default_factory=list[TemporalSearch])

    def prepare(self, hears: Callable[[], None] | None = None) -> None:
        """Index the passages, once; else the first search does. `hears` is called for each; what it raises ends it."""
        if not self._made:
            self._made.append(TemporalSearch(list(self.passages.values()), hears=hears))

    def search(self, question: TimedQuestion, k: int, *, temporal: bool = True) -> Sequence[str]:
        """Return the ids of the best passages; without its own day a question's relative words count from today."""
        self.prepare()
        found = self._made[0].search(question.question, anchor=question.anchor, k=k, temporal=temporal)
        return [each.id for each in found]

    def gold(self, question: TimedQuestion) -> Sequence[str]:
        """Return the ids of a question's gold texts."""
        return list(dict.fromkeys(self.by_text[text_of(given)] for given in question.gold))


def text_of(given: Given) -> str:
    """Return a passage's text with its title ahead, where it has one that the text does not begin with."""
    return given.text if not given.title or given.text.startswith(given.title) else f"{given.title}\n{given.text}"


def shared_pool(
    questions: Sequence[TimedQuestion],
    corpus: Path | None = None,
) -> Pool:
    """Return the pool of all gold texts of a file, or of a corpus with those that it lacks.

    Args:
        questions: Whose gold texts are in it.
        corpus: JSON lines of ``{id | _id, text, title?, date?}``.

    Raises:
        UsageError: ``bad_data`` for a corpus without ``text``, and what reading raises.
    """
    passages: dict[str, DatedPassage] = {}
    by_text: dict[str, str] = {}
    for row in read_rows(corpus) if corpus else ():
        one = _document(row)
        if one.id in passages:
            raise row.fault("id", f"the id {one.id!r} stands in the corpus twice")
        passages[one.id] = one
        by_text.setdefault(one.text, one.id)
    held = len(passages)
    for question in questions:
        for given in question.gold:
            text = text_of(given)
            if text not in by_text:
                name = f"gold-{len(passages) - held + 1}"
                passages[name] = DatedPassage(id=name, text=text, published=given.published)
                by_text[text] = name
    return Pool(passages=passages, by_text=by_text, added=len(passages) - held)


def own_pool(question: TimedQuestion) -> Pool:
    """Return the pool of the passages that come with one question, its gold ones among them."""
    texts = {text_of(given): given.published for given in (*question.passages, *question.gold)}
    passages = {
        f"p{place}": DatedPassage(id=f"p{place}", text=text, published=day)
        for place, (text, day) in enumerate(texts.items())
    }
    return Pool(passages=passages, by_text={each.text: name for name, each in passages.items()})


def _document(row: Row) -> DatedPassage:
    title = row.values.get("title")
    given = Given(text=row.text("text"), title=title if isinstance(title, str) else "")
    day = read_day(row.values.get("date", row.values.get("published")))
    return DatedPassage(id=row.identifier("id", "_id"), text=text_of(given), published=day)
