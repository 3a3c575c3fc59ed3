"""How well a text fits a field: by what kind of name it is, by the words around it, and by the trained reader."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.text import STOPWORDS

from .mention import Mention
from .names import OPENERS
from .places import is_place
from .reading import Question
from .schema import Field
from .units import measures
from .view import FROM, GENERIC, TO, View, equals, role
from .vocabulary import listed
from .wording import content_stems

__all__ = ["TEXT_FEATURES", "text_features"]

TEXT_FEATURES: Final = (
    "bias", "name_before", "name_after", "told_before", "told_after", "equals", "quoted", "quoted_other", "name",
    "lower_name", "place", "place_no", "place_capital", "person", "date", "date_no", "time", "time_no", "formula",
    "formula_no", "code", "code_no", "number", "number_no", "from", "to", "from_to_other", "by", "in", "of_for",
    "example", "option", "margin", "best_margin", "length", "long", "edge", "tool_words", "own_words", "required",
    "same_rank", "next_is_own", "before_is_own", "example_shape", "unit", "unit_no", "maker_by", "title_quoted",
    "mixed", "mail", "mail_no", "path", "path_no", "capital", "cut_left", "cut_right", "currency", "currency_no",
    "currency_from", "currency_to", "in_unit", "unit_kind", "inside_name",
)  # fmt: skip
_PLACE: Final = frozenset(
    listed(
        "location city country place region state address area destination origin county province where town"
        " venue from to start end departure arrival district"
    )
)
_PERSON: Final = frozenset(
    listed("name artist player actor author person title team company brand composer athlete user")
)
_DATE: Final = frozenset(listed("date day month year time period when start end deadline checkin checkout season"))
_TIME: Final = frozenset(listed("time hour clock start end"))
_FORMULA: Final = frozenset(listed("function equation expression formula polynomial"))
_CODE: Final = frozenset(listed("id email file path url code isbn symbol sku username ticker"))
_NUMBER: Final = frozenset(listed("id number code year season zip postal phone isbn version card rank value"))
_UNIT: Final = frozenset(listed("unit units currency measure measurement scale system"))
_MAKER: Final = frozenset(
    listed("artist author director composer creator maker brand writer sculptor painter manufacturer")
)
_TITLE: Final = frozenset(
    listed("title name song movie book game product album text subject body message content query")
)


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
        "formula": bool(words & _FORMULA)
        or bool(
            re.search(
                r"\b(?:mathematical|polynomial) function|equation|expression|function (?:to|for)\b", field.description
            )
        ),
        "code": bool(words & _CODE),
        "number": bool(words & _NUMBER),
        "unit": bool(words & _UNIT) and "currency" not in words,
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
    roles = role(question, field, mention, FROM, ("from", "between")), role(question, field, mention, TO, ("to", "and"))
    wrong = float(bool(words & FROM) and said_before == "to") + float(bool(words & TO) and said_before == "from")
    return {
        "bias": 1.0,
        "name_before": before,
        "name_after": after,
        "told_before": told_before,
        "told_after": told_after,
        "equals": float(equals(question.text, field, mention)),
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
        "length": 0.0 if how == "quoted" else float(min(6, last - first)),
        "long": float(last - first > 3 and how != "quoted"),
        "edge": edge / 2,
        "tool_words": len(stems & view.of_tool) / max(1, len(stems)),
        "own_words": len(stems & (names | GENERIC)) / max(1, len(stems)),
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
        "currency_from": float(
            how == "unit"
            and bool(words & FROM)
            and (said_before[:1].isdigit() or said_before == "from" or text in "$€£₹")
        ),
        "currency_to": float(how == "unit" and bool(words & TO) and said_before in ("to", "in", "into")),
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


def _in_quotes(question: Question, mention: Mention) -> bool:
    return any(one.how == "quoted" and one.start <= mention.start and mention.end <= one.end for one in question.texts)


def _text_rank(question: Question, mention: Mention) -> int:
    marked = sorted({one.start for one in question.texts if one.how in ("quoted", "name", "place")})
    return marked.index(mention.start) if mention.start in marked else -1


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", re.sub(r"[A-Z]+", "A", text)))
