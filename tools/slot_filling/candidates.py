"""Every value that a field may take, with the log odds that it is the one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .choices import choices_in
from .conversion import as_list, as_number, as_text
from .mention import Mention
from .number_features import number_features
from .result import How
from .schema import Field
from .shipped import Coefficients
from .switches import stated_default, switch_in
from .text_features import text_features
from .view import View

__all__ = ["Proposal", "logit", "proposals", "text_mentions"]

_FORM: Final = 2.0
"""Added for a day where the description says how a day is written."""
_ROW: Final = 2.0
"""Log odds of several numbers in a row for an array of numbers, beside what its words tell."""
_ONE_OF_ROW: Final = -1.0
_ONE_TEXT: Final = 1.5
_TEXT_ROW: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One value for one field."""

    value: object
    how: How
    start: int
    end: int
    odds: float
    """Log odds that it is right."""
    shared: bool = False
    """Leaves its place to other fields too."""


def proposals(view: View, field: Field, weights: Coefficients) -> Iterator[Proposal]:
    """Yield the values for one field, in no order."""
    wording = view.question.wording
    if field.type == "boolean":
        switch = switch_in(wording, field, view.of_tool)
        if switch is not None:
            odds = 6 * (switch.strength - 0.6)
            if switch.value == stated_default(field):
                odds += 0.5
            yield Proposal(value=switch.value, how="switch", start=switch.start, end=switch.end, odds=odds, shared=True)
    elif field.type == "array":
        yield from _arrays(view, field, weights)
    elif field.enum:
        for choice in choices_in(wording, field.enum):
            odds = logit(min(0.97, choice.strength * 0.97)) + _cue(view, field, choice.start, choice.end)
            yield Proposal(value=choice.value, how="choice", start=choice.start, end=choice.end, odds=odds)
    elif field.type in ("integer", "number"):
        yield from _numbers(view, field, weights)
    elif field.type in ("string", "any"):
        yield from _texts(view, field, weights)
        if field.type == "any":
            yield from _numbers(view, field, weights)


def text_mentions(view: View, field: Field) -> Iterator[tuple[Mention, str]]:
    """Yield what a text field may hold, with the text as the field wants it."""
    for mention in view.question.texts:
        value = as_text(mention, field)
        if value:
            yield mention, value


def logit(chance: float) -> float:
    """Return the log odds of a probability."""
    return math.log(chance / (1 - chance))


def _numbers(view: View, field: Field, weights: Coefficients) -> Iterator[Proposal]:
    question = view.question
    for mention in (*question.numbers, *question.dates, *question.times):
        value = as_number(mention, field)
        if value is not None:
            odds = _dot(weights.number, number_features(view, field, mention))
            yield Proposal(value=value, how=mention.how, start=mention.start, end=mention.end, odds=odds)


def _texts(view: View, field: Field, weights: Coefficients) -> Iterator[Proposal]:
    wording = view.question.wording
    named = field.hints.options
    for choice in choices_in(wording, named) if named else ():
        odds = logit(min(0.95, choice.strength * 0.95)) + _cue(view, field, choice.start, choice.end)
        yield Proposal(value=choice.value, how="choice", start=choice.start, end=choice.end, odds=odds)
    examples = [one for one in field.hints.examples if not re.search(r"\d|, [A-Z]", one)]
    for choice in choices_in(wording, examples) if examples else ():
        if choice.strength >= 0.85:
            odds = logit(choice.strength * 0.85) + _cue(view, field, choice.start, choice.end)
            yield Proposal(value=choice.value, how="choice", start=choice.start, end=choice.end, odds=odds)
    for mention, value in text_mentions(view, field):
        odds = _dot(weights.text, text_features(view, field, mention))
        odds += _FORM if mention.how == "date" and field.hints.date_form else 0.0
        yield Proposal(value=value, how=mention.how, start=mention.start, end=mention.end, odds=odds)


def _arrays(view: View, field: Field, weights: Coefficients) -> Iterator[Proposal]:
    question = view.question
    item = field.items
    options = (item.enum if item is not None else ()) or field.enum
    if options:
        chosen = [one for one in choices_in(question.wording, options) if one.strength >= 0.4]
        if any(one.strength >= 0.8 for one in chosen):
            chosen = [one for one in chosen if one.strength >= 0.6]
        if chosen:
            odds = logit(0.9 * min(one.strength for one in chosen))
            start, end = min(one.start for one in chosen), max(one.end for one in chosen)
            yield Proposal(
                value=[one.value for one in chosen], how="choice", start=start, end=end, odds=odds, shared=True
            )
        return
    kind = item.type if item is not None else "any"
    if kind in ("integer", "number", "any"):
        for mention in (*question.number_lists, *question.numbers):
            values = as_list(mention, field)
            if values is not None:
                odds = (_ROW if mention.how == "list" else _ONE_OF_ROW) + _cue(view, field, mention.start, mention.end)
                bracket = 1.0 if mention.text[:1] in "[(" else 0.0
                yield Proposal(value=values, how="list", start=mention.start, end=mention.end, odds=odds + bracket)
    if kind in ("string", "any"):
        for mention in question.text_lists:
            values = as_list(mention, field)
            if values is not None:
                odds = _TEXT_ROW + _cue(view, field, mention.start, mention.end) + (mention.text[:1] == "[")
                yield Proposal(value=values, how="list", start=mention.start, end=mention.end, odds=odds)
        for mention, value in text_mentions(view, field):
            odds = _dot(weights.text, text_features(view, field, mention)) - _ONE_TEXT
            yield Proposal(value=[value], how=mention.how, start=mention.start, end=mention.end, odds=odds)


def _cue(view: View, field: Field, start: int, end: int) -> float:
    """Return what the field's own words beside a place add to the log odds."""
    names = view.names(field)
    before, after = view.question.wording.near(names, start, end)
    told = view.distinct(view.told(field) - names)
    said = view.question.wording.near(told, start, end)
    return 2.0 * max(before, after) + 0.8 * max(said)


def _dot(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return sum(weights[name] * value for name, value in features.items())
