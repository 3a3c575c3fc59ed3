"""How well a value fits a field, as numbers for the logistic model: by name, description, type, unit, and nearness.

Two families, because what tells where a number goes (units, counts, equations) differs from what tells where a text
goes (kinds of names, prepositions, the trained reader).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from questline.tools.text import STOPWORDS, stem

from .mention import Mention
from .names import OPENERS
from .places import is_place
from .reading import MANY, Question
from .schema import Field
from .units import measures, same_unit, unit_names, wanted_measures
from .wording import content_stems

__all__ = ["NUMBER_FEATURES", "TEXT_FEATURES", "View", "number_features", "text_features"]

NUMBER_FEATURES: Final = (
    "bias", "name_before", "name_after", "told_before", "told_after", "equals", "unit_named", "unit_other",
    "measure", "measure_other", "bare_unit", "ordinal", "year", "year_other", "in_date", "same_rank", "same_count",
    "only", "required", "counts", "percent", "start", "end", "name_part", "word", "word_many", "often", "often_other", "period",
)  # fmt: skip
TEXT_FEATURES: Final = (
    "bias", "name_before", "name_after", "told_before", "told_after", "equals", "quoted", "quoted_other", "name",
    "lower_name", "place", "place_no", "place_capital", "person", "date", "date_no", "time", "time_no", "formula",
    "formula_no", "code", "code_no", "number", "number_no", "from", "to", "from_to_other", "by", "in", "of_for",
    "example", "option", "margin", "best_margin", "cosine", "length", "long", "edge", "tool_words", "own_words",
    "required", "same_rank", "next_is_own", "before_is_own", "example_shape", "unit", "unit_no", "maker_by", "title_quoted", "mixed", "mail", "mail_no", "path", "path_no", "capital", "cut_left", "cut_right", "currency", "currency_no", "currency_from", "currency_to", "in_unit", "unit_kind", "inside_name",
)  # fmt: skip
_GENERIC: Final = frozenset(
    stem(word)
    for word in "name value number type amount id list data string text input total parameter first second field".split()
)
_PLACE: Final = frozenset(
    "location city country place region state address area destination origin county province where town venue from to"
    " start end departure arrival district".split()
)
_PERSON: Final = frozenset("name artist player actor author person title team company brand composer athlete user".split())
_DATE: Final = frozenset("date day month year time period when start end deadline checkin checkout season".split())
_TIME: Final = frozenset("time hour clock start end".split())
_FORMULA: Final = frozenset("function equation expression formula polynomial".split())
_CODE: Final = frozenset("id email file path url code isbn symbol sku username ticker".split())
_NUMBER: Final = frozenset("id number code year season zip postal phone isbn version card rank value".split())
_UNIT: Final = frozenset("unit units currency measure measurement scale system".split())
_MAKER: Final = frozenset("artist author director composer creator maker brand writer sculptor painter manufacturer".split())
_TITLE: Final = frozenset("title name song movie book game product album text subject body message content query".split())
_FROM: Final = frozenset("from start origin departure source base begin starting initial first old current low".split())
_TO: Final = frozenset("to end destination arrival target final ending second new dest until high".split())


@dataclass(frozen=True, kw_only=True)
class View:
    """One tool's fields beside one question: what is the same for all pairs of a field and a value."""

    question: Question
    fields: Sequence[Field]
    tool: str
    """Name and description."""
    margins: Mapping[tuple[str, int, int], float]
    """Of the trained reader, by field and place."""
    cosines: Mapping[tuple[str, int, int], float]
    """Between a field and a value, likewise, less the mean of the value with all fields."""

    @cached_property
    def shared(self) -> Mapping[str, int]:
        """How many fields have a stem in name or description."""
        count: dict[str, int] = {}
        for field in self.fields:
            for one in self.names(field) | self.told(field):
                count[one] = count.get(one, 0) + 1
        return count

    @cached_property
    def best(self) -> Mapping[str, float]:
        """The highest margin of each field."""
        found: dict[str, float] = {}
        for (field, _, _), margin in self.margins.items():
            found[field] = max(found.get(field, -99.0), margin)
        return found

    @cached_property
    def of_tool(self) -> frozenset[str]:
        """Stems of the tool's name and description."""
        return content_stems(self.tool)

    @cached_property
    def ranks(self) -> Mapping[str, tuple[int, int]]:
        """Place of each field among those of its family that are required, and how many there are."""
        found: dict[str, tuple[int, int]] = {}
        for numeric in (True, False):
            like = [one for one in self.fields if (one.type in ("integer", "number")) == numeric]
            needed = [one for one in like if one.required] or like
            for one in like:
                found[one.id] = (needed.index(one) if one in needed else 99, len(needed))
        return found

    def names(self, field: Field) -> frozenset[str]:
        """Return the stems of a field's name that tell it from others."""
        own = frozenset(stem(word) for word in field.words.split() if word not in STOPWORDS)
        return own - _GENERIC or own

    def told(self, field: Field) -> frozenset[str]:
        """Return the stems of its description's first sentence."""
        return content_stems(re.split(r"\.\s|\be\.g\b|\bdefault", field.description, flags=re.IGNORECASE)[0][:200]) - _GENERIC

    def distinct(self, stems: Set[str]) -> frozenset[str]:
        """Return the stems that no other field has."""
        return frozenset(one for one in stems if self.shared.get(one, 0) <= 1)


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
        "equals": float(_equals(question.text, field, mention)),
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
        "percent": float(mention.unit == "percent" and bool({"rate", "percentage", "interest"} & set(field.words.split()))),
        "start": _role(question, field, mention, _FROM, ("from", "between")),
        "end": _role(question, field, mention, _TO, ("to", "and", "until")),
        "word": float(spelled and not mention.ordinal),
        "word_many": float(spelled and wording.after(mention.end) in MANY),
        "often": float(mention.unit == "times" and bool({"compound", "time", "tim", "frequenc", "roll"} & (names | told))),
        "often_other": float(mention.unit == "times"),
        "period": float(mention.text[:1].isalpha() and mention.unit in ("day", "week", "month", "year")),
        "name_part": float(len(names) > 1) * min(before + after, 1.0),
    }


def text_features(view: View, field: Field, mention: Mention) -> dict[str, float]:
    """Return what is not 0 of `TEXT_FEATURES`."""
    question, wording = view.question, view.question.wording
    names, told = view.names(field), view.told(field)
    before, after = wording.near(names, mention.start, mention.end)
    told_before, told_after = wording.near(view.distinct(told - names), mention.start, mention.end)
    words = set(field.words.split())
    text, how = mention.text, mention.how
    lower = text.casefold()
    capital = how in ("name", "place", "quoted") or text[:1].isupper()
    stems = content_stems(text)
    margin = view.margins.get((field.id, mention.start, mention.end), -12.0)
    said_before = wording.before(mention.start)
    wants = {
        "place": bool(words & _PLACE) or field.hints.city_state or "city" in field.description.casefold(),
        "date": bool(words & _DATE) or bool(field.hints.date_form),
        "time": bool(words & _TIME),
        "formula": bool(words & _FORMULA) or bool(re.search(r"\b(?:mathematical|polynomial) function|equation|expression|function (?:to|for)\b", field.description)),
        "code": bool(words & _CODE),
        "number": bool(words & _NUMBER),
        "unit": bool(words & _UNIT) and not "currency" in words,
        "currency": "currency" in words or "currency" in field.description.casefold(),
    }
    said = f"{field.words} {field.description}".casefold()
    mail, path = how == "code" and "@" in text, how == "code" and bool(re.search(r"[/\\]|\.\w{2,4}$", text))
    known_place = how == "place" or (how in ("name", "quoted", "phrase") and is_place(text))
    first, last = wording.span(mention.start, mention.end)
    rank, _ = view.ranks[field.id]
    own_next = last < len(wording.words) and wording.words[last].stem in names
    own_before = first > 0 and wording.words[first - 1].stem in names
    edge = (first == 0 or wording.words[first - 1].lower in STOPWORDS | OPENERS) + (
        last >= len(wording.words) or wording.words[last].lower in STOPWORDS or text[-1:] in ".,?!"
    )
    examples = [one.casefold() for one in (*field.hints.examples, field.hints.default)]
    roles = _role(question, field, mention, _FROM, ("from", "between")), _role(question, field, mention, _TO, ("to", "and"))
    wrong = float(bool(words & _FROM) and said_before == "to") + float(bool(words & _TO) and said_before == "from")
    return {
        "bias": 1.0,
        "name_before": before,
        "name_after": after,
        "told_before": told_before,
        "told_after": told_after,
        "equals": float(_equals(question.text, field, mention)),
        "quoted": float(how == "quoted"),
        "quoted_other": float(how != "quoted" and _in_quotes(question, mention)),
        "name": float(how == "name"),
        "lower_name": float(not capital and bool(words & _PERSON)),
        "place": float(wants["place"] and known_place),
        "place_no": float(known_place and not wants["place"]),
        "place_capital": float(wants["place"] and not known_place and capital),
        "person": float(bool(words & _PERSON) and how in ("name", "quoted") and not known_place),
        "date": float(how == "date" and wants["date"]),
        "date_no": float((how == "date") != wants["date"]),
        "time": float(how == "time" and wants["time"]),
        "time_no": float(how == "time" and not wants["time"]),
        "formula": float(how == "formula" and wants["formula"]),
        "formula_no": float((how == "formula") != wants["formula"]),
        "code": float(how == "code" and wants["code"]),
        "code_no": float(how == "code" and not wants["code"]),
        "number": float(how == "number" and wants["number"]),
        "number_no": float(how == "number" and not wants["number"]),
        "from": roles[0],
        "to": roles[1],
        "from_to_other": wrong,
        "by": float(said_before == "by"),
        "in": float(said_before in ("in", "at", "near")) * float(wants["place"]),
        "of_for": float(said_before in ("of", "for", "about", "on")),
        "example": float(lower in examples),
        "option": float(lower in (one.casefold() for one in field.hints.options)),
        "margin": max(-12.0, min(6.0, margin)) / 6,
        "best_margin": float(margin >= view.best.get(field.id, 99.0) - 0.01),
        "cosine": view.cosines.get((field.id, mention.start, mention.end), 0.0),
        "length": 0.0 if how == "quoted" else float(min(6, last - first)),
        "long": float(last - first > 3 and how != "quoted"),
        "edge": edge / 2,
        "tool_words": len(stems & view.of_tool) / max(1, len(stems)),
        "own_words": len(stems & (names | _GENERIC)) / max(1, len(stems)),
        "required": float(field.required),
        "same_rank": float(_text_rank(question, mention) == rank),
        "next_is_own": float(own_next and not (capital and _beside(question, mention.end, last))),
        "before_is_own": float(own_before),
        "example_shape": float(any(_shape(one) == _shape(text) for one in field.hints.examples)),
        "unit": float(bool(measures(lower)) and wants["unit"]),
        "unit_no": float(bool(measures(lower)) != wants["unit"]),
        "maker_by": float(said_before == "by" and bool(words & _MAKER)),
        "title_quoted": float(how == "quoted" and bool(words & _TITLE)),
        "mixed": float(text[:1].isupper() and any(part[:1].islower() for part in text.split()[1:]) and how == "phrase"),
        "mail": float(mail and "email" in said),
        "mail_no": float(mail != ("email" in said)),
        "path": float(path and bool(re.search(r"\b(?:path|file|url|link|data)", said))),
        "path_no": float(path and not re.search(r"\b(?:path|file|url|link|data)", said)),
        "capital": float(capital),
        "cut_left": float(first > 0 and capital and _beside(question, mention.start - 1, first - 1)),
        "cut_right": float(last < len(wording.words) and capital and _beside(question, mention.end, last)),
        "currency": float(how == "unit" and wants["currency"]),
        "currency_no": float((how == "unit") != wants["currency"]),
        "currency_from": float(how == "unit" and bool(words & _FROM) and (said_before[:1].isdigit() or said_before == "from" or text in "$€£₹")),
        "currency_to": float(how == "unit" and bool(words & _TO) and said_before in ("to", "in", "into")),
        "inside_name": float(_inside_name(question, mention)),
        "in_unit": float(said_before in ("in", "into") and wants["unit"]),
        "unit_kind": float(wants["unit"] and bool(measures(lower)) and _unit_fits(field, lower)),
    }


def _beside(question: Question, place: int, number: int) -> bool:
    """Whether a word with a capital stands right beside a place, with only a space between."""
    word = question.wording.words[number]
    gap = question.text[place : word.start] if word.start >= place else question.text[word.end : place + 1]
    return gap == " " and question.text[word.start].isupper() and word.lower not in OPENERS


def _inside_name(question: Question, mention: Mention) -> bool:
    """Whether it is a part of a longer name that no "and" joins: ``Museum`` of ``Museum of Art``."""
    return any(
        one.start <= mention.start and mention.end <= one.end and one.end - one.start > mention.end - mention.start
        for one in question.names
        if " and " not in one.text and ", " not in one.text
    )


def _unit_fits(field: Field, unit: str) -> bool:
    """Whether a unit measures what the default or the examples of a field measure."""
    told = [measures(one.casefold()) for one in (field.hints.default, *field.hints.examples, *field.hints.options)]
    return any(one & measures(unit) for one in told)


def _equals(text: str, field: Field, mention: Mention) -> bool:
    """Whether the field's own name stands right before, with or without a sign: ``b = -3``, ``height is 5``."""
    names = {re.escape(field.path[-1]), re.escape(field.words)}
    low = text[max(0, mention.start - 60) : mention.start]
    return bool(
        re.search(rf"(?<!\w)(?:{'|'.join(names)})\)?['\"]?\s*(?:=|:|is|as|of|being|equals?|equal to)?\s*['\"$]?$", low, re.IGNORECASE)
    )


def _role(question: Question, field: Field, mention: Mention, roles: frozenset[str], before: tuple[str, ...]) -> float:
    words = set(field.words.split())
    if not words & roles and not ("1" in field.words and "from" in before) and not ("2" in field.words and "to" in before):
        return 0.0
    said = question.wording.before(mention.start, 3).split()[::-1]
    return next((1.0 / (1 + n) for n, word in enumerate(said) if word in before), 0.0)


def _in_date(question: Question, mention: Mention) -> bool:
    return any(
        one.start <= mention.start and mention.end <= one.end and (one.end - one.start) > (mention.end - mention.start)
        for one in question.dates
    )


def _in_quotes(question: Question, mention: Mention) -> bool:
    return any(one.how == "quoted" and one.start <= mention.start and mention.end <= one.end for one in question.texts)


def _text_rank(question: Question, mention: Mention) -> int:
    marked = sorted({one.start for one in question.texts if one.how in ("quoted", "name", "place")})
    return marked.index(mention.start) if mention.start in marked else -1


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", re.sub(r"[A-Z]+", "A", text)))
