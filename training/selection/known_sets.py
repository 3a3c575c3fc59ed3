"""Lists to select from in the forms that published sets have: one reader a form, told apart by a row's fields.

- ``{query, answer[], positive[], negative[]}``: useful and useless web passages (RGB, arXiv:2309.01431)
- ``{question, choices[], answer[], docs[{title, text, date}]}``: news questions with search results (RealtimeQA,
  arXiv:2207.13332). The label is weak: a document helps where the answer's words stand in it.
- ``{question, parametric_memory_aligned_evidence, counter_memory_aligned_evidence}``: two pieces of evidence that
  contradict each other (ConflictQA, arXiv:2305.13300); both are to be kept, and marked
- ``{question, answers[], context[{title, text}]}``: a question with the passage that answers it (Natural Questions)
- ``{question, candidates[{text, label}]}``: labelled candidates

But for labelled candidates, which keep the order of the file, neither order nor ids tell the labels: both follow from a
hash of the texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.answer_metrics import holds_answer
from questline.training.evaluation.rows import Row, read_rows
from questline.types import Passage

from .lists import SelectionList, labelled_lists

__all__ = ["read_lists"]

_SIDES: Final = ("parametric_memory_aligned_evidence", "counter_memory_aligned_evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    text: str
    useful: bool
    title: str = ""
    date: str = ""


def read_lists(path: Path) -> list[SelectionList]:
    """Read a file of questions with their candidates, in any of the forms above.

    A question without any candidate is left out, and one of the news without an answer: there is nothing to select from
    or to compare with. The first row of a form that is not known here makes the whole file one of labelled candidates.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``; ``file_not_found``, ``unreadable_file``,
            ``bad_encoding``.
    """
    found: list[SelectionList] = []
    for row in read_rows(path):
        reader = next((each for field, each in _FORMS.items() if field in row.values), None)
        if reader is None:
            return labelled_lists(path)
        made = reader(row)
        if made.passages:
            found.append(made)
    if not found:
        raise UsageError(f"{str(path)!r} holds no question with candidates", code="bad_data", path=path)
    return found


def _noisy(row: Row) -> SelectionList:
    answers = tuple(_flat(row.values.get("answer")))
    candidates = [_Candidate(text=text, useful=True) for text in row.texts("positive")]
    if row.values.get("negative"):
        candidates += [_Candidate(text=text, useful=False) for text in row.texts("negative")]
    return _listed(row, row.text("query"), candidates, answers=answers)


def _news(row: Row) -> SelectionList:
    choices = row.texts("choices")
    given = _flat(row.values.get("answer"))  # one published row has a text instead of a list
    if not given:
        return _listed(row, row.text("question"), ())
    try:
        answers = tuple(choices[int(number)] for number in given)
    except (ValueError, IndexError) as error:
        raise row.fault("answer", "needs 'answer' as places in 'choices', from 0") from error
    candidates: list[_Candidate] = []
    for values in _objects(row, "docs"):
        each = Row(row.path, row.line, values)
        title, text = _plain(each, "title"), _plain(each, "text")
        if text:
            useful = holds_answer(f"{title}\n{text}", answers)
            candidates.append(_Candidate(text=text, useful=useful, title=title, date=_iso(_plain(each, "date"))))
    return _listed(row, row.text("question"), candidates, answers=answers)


def _opposed(row: Row) -> SelectionList:
    candidates = [_Candidate(text=row.text(side), useful=True) for side in _SIDES]
    made = _listed(row, row.text("question"), candidates)
    pair = tuple(passage.id for passage in made.passages)
    return replace(made, opposed=((pair[0], pair[1]),) if len(pair) == 2 else ())


def _answered(row: Row) -> SelectionList:
    answers = row.texts("answers")
    candidates: list[_Candidate] = []
    for values in _objects(row, "context"):
        each = Row(row.path, row.line, values)
        text = each.text("text")
        candidates.append(_Candidate(text=text, useful=holds_answer(text, answers), title=_plain(each, "title")))
    return _listed(row, row.text("question"), candidates, answers=answers)


_FORMS: Final[Mapping[str, Callable[[Row], SelectionList]]] = {
    "positive": _noisy,
    "choices": _news,
    _SIDES[0]: _opposed,
    "context": _answered,
}
"""By the field that tells a form."""


def _listed(
    row: Row, question: str, candidates: Sequence[_Candidate], *, answers: tuple[str, ...] = ()
) -> SelectionList:
    """Return the list, each text once: of exact duplicates a selector keeps one, useful if any of them is."""
    once: dict[tuple[str, str], _Candidate] = {}
    for each in candidates:
        key = (" ".join(each.title.split()), " ".join(each.text.split()))
        if key not in once or each.useful:
            once[key] = each
    drawn = sorted(once.values(), key=lambda each: question_hash(f"{each.title}\n{each.text}"))
    return SelectionList(
        id=str(row.line),
        question=question,
        passages=tuple(
            Passage(
                id=str(n), document_id=str(n), source=str(n), title=each.title, text=each.text, date=each.date or None
            )
            for n, each in enumerate(drawn)
        ),
        gold=frozenset(str(n) for n, each in enumerate(drawn) if each.useful),
        answers=answers,
    )


def _flat(value: object) -> list[str]:
    """Return the texts of a list whose items are texts or lists of alternatives."""
    if isinstance(value, list):
        return [text for item in cast("list[object]", value) for text in _flat(item)]
    return [str(value)] if isinstance(value, str | int | float) and not isinstance(value, bool) else []


def _objects(row: Row, name: str) -> list[dict[str, object]]:
    """Return a list of objects; one that is missing or empty holds nothing."""
    value = row.values.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else [value] if value else []
    if not all(isinstance(item, dict) for item in items):
        raise row.fault(name, f"needs {name!r} as a list of objects")
    return cast("list[dict[str, object]]", items)


def _plain(row: Row, name: str) -> str:
    value = row.values.get(name) or ""
    if not isinstance(value, str):
        raise row.fault(name, f"needs {name!r} as text")
    return value.strip()


def _iso(date: str) -> str:
    return date.replace("/", "-")
