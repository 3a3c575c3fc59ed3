"""How well a number fits a field: by the field's words near it, by its unit, and by its place among the numbers."""

from __future__ import annotations

from typing import Final

from questline.tools.text import stem

from .mention import Mention
from .reading import MANY, Question
from .schema import Field
from .units import measures, same_unit, unit_names, wanted_measures
from .view import FROM, TO, View, equals, role

__all__ = ["NUMBER_FEATURES", "number_features"]

NUMBER_FEATURES: Final = (
    "bias", "name_before", "name_after", "told_before", "told_after", "equals", "unit_named", "unit_other", "measure",
    "measure_other", "bare_unit", "ordinal", "year", "year_other", "in_date", "same_rank", "same_count", "only",
    "required", "counts", "percent", "start", "end", "name_part", "word", "word_many", "often", "often_other", "period",
)  # fmt: skip


def number_features(view: View, field: Field, mention: Mention) -> dict[str, float]:
    """Return what is not 0 of `NUMBER_FEATURES`."""
    question, wording = view.question, view.question.wording
    names, told = view.names(field), view.told(field)
    before, after = wording.near(view.distinct(names) or names, mention.start, mention.end, question.taken)
    told_before, told_after = wording.near(view.distinct(told - names), mention.start, mention.end, question.taken)
    units = unit_names(f"{field.words} {field.description}")
    kinds = measures(mention.unit)
    wanted = wanted_measures(field.words) or (wanted_measures(" ".join(units)) if units else frozenset[str]())
    named = bool(mention.unit) and any(same_unit(mention.unit, one) for one in units)
    plain = [one for one in question.numbers if not _in_date(question, one)]
    rank, count = view.ranks[field.id]
    place = next((n for n, one in enumerate(plain) if one.start == mention.start), -1)
    value = mention.value
    year = isinstance(value, int) and 1000 <= value <= 2100 and not mention.unit
    wants_year = "year" in field.words.split() or "season" in field.words.split()
    spelled = mention.text[:1].isalpha()
    counted = stem(wording.after(mention.end))
    return {
        "bias": 1.0,
        "name_before": before,
        "name_after": after,
        "told_before": told_before,
        "told_after": told_after,
        "equals": float(equals(question.text, field, mention)),
        "unit_named": float(named),
        "unit_other": float(bool(kinds) and bool(units) and not named),
        "measure": float(bool(kinds & wanted)),
        "measure_other": float(bool(kinds) and bool(wanted) and not kinds & wanted),
        "bare_unit": float(not kinds and bool(wanted)),
        "ordinal": float(mention.ordinal),
        "year": float(year and wants_year),
        "year_other": float(year != wants_year),
        "in_date": float(mention.how == "number" and _in_date(question, mention)),
        "same_rank": float(place == rank),
        "same_count": float(len(plain) == count),
        "only": float(len(plain) == 1 and count == 1),
        "required": float(field.required),
        "counts": float(bool(counted) and counted in (told | names)),
        "percent": float(
            mention.unit == "percent" and bool({"rate", "percentage", "interest"} & set(field.words.split()))
        ),
        "start": role(question, field, mention, FROM, ("from", "between")),
        "end": role(question, field, mention, TO, ("to", "and", "until")),
        "word": float(spelled and not mention.ordinal),
        "word_many": float(spelled and wording.after(mention.end) in MANY),
        "often": float(
            mention.unit == "times" and bool({"compound", "time", "tim", "frequenc", "roll"} & (names | told))
        ),
        "often_other": float(mention.unit == "times"),
        "period": float(mention.text[:1].isalpha() and mention.unit in ("day", "week", "month", "year")),
        "name_part": float(len(names) > 1) * min(before + after, 1.0),
    }


def _in_date(question: Question, mention: Mention) -> bool:
    return any(
        one.start <= mention.start and mention.end <= one.end and (one.end - one.start) > (mention.end - mention.start)
        for one in question.dates
    )
