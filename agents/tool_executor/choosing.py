"""Which members of a record, and which columns of rows, an intent asks for.

By the words of names, by the kind of value that is asked for, by what the tool returns only when told to, and by what
merely repeats the arguments. The weights are set by hand, with the open half of `tests/scenarios` in view.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from questline.tools.text import content_terms, normalize

from .asked import Asked, kind_of_value
from .views import Plain, Record, Rows, plain_name

__all__ = ["chosen_columns", "chosen_fields", "companion"]

_MOST: Final = 6
_FITS: Final[Mapping[str, Mapping[str, float]]] = {
    "weekday": {"weekday": 4.0, "date": 0.5},
    "time": {"time": 3.0},
    "date": {"date": 2.0, "time": 1.0, "weekday": -1.0, "number": -1.0},
    "number": {"number": 1.5, "text": -0.5, "date": -1.5, "weekday": -1.5},
    "person": {"text": 0.5, "number": -2.0, "date": -2.0, "weekday": -2.0},
    "place": {"text": 0.5, "number": -2.0, "date": -2.0, "weekday": -2.0},
    "entity": {"text": 0.5},
    "yesno": {"yesno": 3.0},
    "reason": {"text": 1.0},
}
_NAMED: Final = frozenset({"name", "title", "label", "full name", "person"})
_TOTAL: Final = re.compile(r"\b(?:in all|total|overall|altogether)\b")
_COMPANIONS: Final = frozenset({"zone", "timezone", "time zone", "tz", "unit", "units", "currency"})
_ID: Final = re.compile(r"(?:^| )id$")
_ASKS_ID: Final = re.compile(r"\b(?:ids?|numbers?|codes?|keys?|no\.?|nr\.?)\b|编号|号", re.IGNORECASE)
_EITHER: Final = re.compile(
    r"\b(?:which|who|what)\b.{1,200}\bor\b|哪.{1,80}(?:还是|或)|(?:还是|和|与|跟).{1,80}哪", re.IGNORECASE
)
"""One of the things that the question names is the answer."""
_NEAR: Final = 0.5
_SURE: Final = 1.0


def companion(name: str) -> bool:
    """Say whether a member only says how to read the others: a unit, a currency, a time zone."""
    return plain_name(name.rpartition(".")[2]) in _COMPANIONS


def chosen_fields(
    record: Record, asked: Asked, arguments: Mapping[str, object], schema: Mapping[str, Any] | None
) -> tuple[str, ...]:
    """Return the names of the members that an intent asks for, in their order; most of them where none stands out.

    Args:
        record: What a tool returned.
        asked: What for.
        arguments: Of the call.
        schema: The tool's output schema.
    """
    given = {normalize(str(value)) for value in arguments.values() if isinstance(value, (str, int, float))}
    optional = _optional(schema)
    scores = {
        name: _score(name, [value], asked)
        + (2.5 if name.partition(".")[0] in optional else 0.0)
        - (3.0 if normalize(str(value)) in given else 0.0)
        for name, value in record.fields.items()
        if value not in (None, "") and not companion(name)
    }
    if not scores:
        return tuple(record.fields)[:_MOST]
    best = max(scores.values())
    near = [name for name, score in scores.items() if score >= best - _NEAR]
    if best < _SURE or len(near) > _MOST:  # nothing stands out: all that is of a fitting kind
        near = [name for name, score in scores.items() if score >= 0][:_MOST] or list(scores)[:_MOST]
    beside = [name for name in record.fields if companion(name) and record.fields[name] not in (None, "")]
    return tuple(name for name in record.fields if name in near or name in beside)


def chosen_columns(rows: Rows, asked: Asked) -> tuple[int, ...]:
    """Return the numbers of the columns that an intent asks for: first the one that answers, then those that it names.

    Where the tool says which columns answer, they do.
    A single row whose cells answer together keeps all of the best ones.
    """
    cells = [[row[place] for row in rows.rows] for place in range(len(rows.columns))]
    scores: list[float] = []
    first_text = True
    for name, values in zip(rows.columns, cells, strict=True):
        score = _score(name, values[:20], asked)
        if kind_of_value(next((value for value in values if value not in (None, "")), None)) == "text":
            score += 0.5 if first_text else 0.0
            first_text = False
        said = sum(_says(asked.text, value) for value in values)
        if said and said == len(values):  # what the question names is no answer, but where it asks which of it
            score += 4.0 if _EITHER.search(asked.text) and kind_of_value(values[0]) == "text" else -2.0
        scores.append(score)
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    if not order:
        return ()
    main = rows.answers[0] if rows.answers else order[0]
    named = [
        place for place in order
        if place != main and asked.terms & _stems(rows.columns[place]) and not _mere_key(rows.columns[place], asked)
    ]  # fmt: skip
    apart = _apart(cells, rows.answers)
    return tuple(dict.fromkeys((main, *rows.answers, *apart, *_keys(cells, main, asked), *named)))[
        : max(3, len(rows.answers))
    ]


def _apart(cells: Sequence[Sequence[Plain]], answers: Sequence[int]) -> list[int]:
    """Return the first column beside the one that answers, where two rows answer the same and are not the same."""
    if len(answers) != 1 or len(set(cells[answers[0]])) == len(cells[answers[0]]):
        return []
    return [place for place in range(len(cells)) if place not in answers][:1]


def _keys(cells: Sequence[Sequence[Plain]], main: int, asked: Asked) -> list[int]:
    """Return the columns that say of what each row is: those that the question names, else a text beside figures."""
    if not cells or len(cells[0]) < 2:
        return []
    others = [place for place in range(len(cells)) if place != main]
    named = [place for place in others if any(_says(asked.text, value) for value in cells[place])]
    texts = [place for place in others if kind_of_value(cells[place][0]) == "text"]
    figure = kind_of_value(cells[main][0]) in ("number", "date", "time", "weekday")
    return named or (texts[:1] if figure else [])


def _score(name: str, values: Iterable[Plain], asked: Asked) -> float:
    words = plain_name(name)
    stems = _stems(name)
    kinds = {kind_of_value(value) for value in values if value not in (None, "")}
    fits = max((_FITS[asked.kind].get(kind, 0.0) for kind in kinds), default=-3.0)
    strict = asked.kind in ("weekday", "time", "date")
    score = fits + 1.5 * len(stems & asked.terms) / max(1, len(stems))
    score += 3.0 * bool(stems & asked.focus) if fits > 0 or not strict else 0.0
    bare = re.sub(r"\b(?:the|an?) ", "", asked.text, flags=re.IGNORECASE)
    if " " in words and _says(bare, words):  # "day of the year" is asked for by its very name
        score += 4.0
    score -= 4.0 if _mere_key(name, asked) else 0.0
    if asked.kind in ("number", "entity") and _TOTAL.search(words):
        score += 0.6
    if asked.kind in ("person", "entity", "place") and words.rpartition(".")[2] in _NAMED:
        score += 1.0
    return score


def _mere_key(name: str, asked: Asked) -> bool:
    """Say whether a column only numbers the rows and is not asked for: "which members" means no member_id."""
    return bool(_ID.search(plain_name(name))) and not _ASKS_ID.search(asked.text)


def _stems(name: str) -> frozenset[str]:
    return frozenset(content_terms(plain_name(name)))


def _says(text: str, value: Plain) -> bool:
    """Say whether a text names a cell's value: a name of some length, as a whole word."""
    if not isinstance(value, str) or len(value) < 2:
        return False
    folded, wanted = normalize(text), normalize(value)
    if not wanted.isascii():
        return wanted in folded
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", folded) is not None


def _optional(schema: Mapping[str, Any] | None) -> frozenset[str]:
    """Return the members that a tool returns only sometimes: what a call asked for in particular."""
    if not schema or not schema.get("required"):
        return frozenset()
    properties = cast("Mapping[str, Any]", schema.get("properties") or {})
    required = cast("Sequence[object]", schema["required"])
    return frozenset(name for name in properties if name not in required)
