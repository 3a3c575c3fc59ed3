"""A finding held against what its intent asks for: whether it answers, is only near, or is of another kind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

from questline.agents.intents.closed_words import WH
from questline.agents.tool_executor.asked import Asked, asked_of, may_be
from questline.agents.tool_executor.call_evidence import result_told
from questline.agents.tool_executor.choosing import chosen_fields
from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.views import (
    Cited,
    Passages,
    Record,
    Rows,
    Text,
    Value,
    cells_of,
    is_prose,
    plain_name,
)
from questline.agents.tool_planner.aboutness import Fit, about
from questline.agents.tool_planner.counted import counts_in, single
from questline.agents.tool_planner.operands import Frame
from questline.agents.tool_planner.priced import TOGETHER
from questline.agents.tool_planner.requests import told_to_do
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.text import is_cjk, stem, words
from questline.types import Evidence

from .accounting import accounted
from .conditions import altered
from .contract import Finding
from .figures import figures_of
from .fitting import attribute_missing, column_misfits, fit_of, reckoned, wanted_of
from .ground import without_source
from .linked import unheld
from .other_prices import alike_priced, priced_for_others
from .rates import field_lacking
from .texts import fields_of, relevant_fields

__all__ = ["held", "held_of_text", "worked_of"]

_FIGURES: Final = frozenset({"money", "number", "amount", "age", "share"})
_BEHIND: Final = 60
"""Characters behind a number in which what it counts is named."""
_PLACES: Final = frozenset({"path", "file", "filename", "file_path", "uri", "url"})
"""Arguments that say where a text is, and nothing of what is asked of it."""
_WORKED: Final = re.compile(r"\b(?:sum|avg|count|date_diff)\s*\(|\s[-+*/]\s", re.IGNORECASE)
_HOW_MANY: Final = re.compile(r"\bhow (?:many|much|long)\b|多少|几(?:天|周|个)", re.IGNORECASE)
_PLACE_IN: Final = re.compile(
    r"(?:second|minute|hour|day|week|month|quarter|page|place|position)s? (?:of|in) ", re.IGNORECASE
)
"""Names of members that say which one of a larger whole, and not how many: day of the year."""
_ISO_WEEK: Final = re.compile(r"\d{4}-W\d{2}(?:-\d)?")
_SEVERAL: Final = re.compile(rf"\b{WH}\b.+\b(?:and|,)\s.*\b{WH}\b", re.IGNORECASE)


def held(
    asked: Asked, intent: str, finding: Finding, text: str, sources: Sequence[Evidence] = ()
) -> tuple[Fit, str, str]:
    """Return whether what is said of a finding answers, and where it is only near the code and the words for why.

    Args:
        asked: What the finding was asked for.
        intent: The whole intent, with what was said before its question.
        finding: The task and its result.
        text: What is said of it.
        sources: What that cites.
    """
    if told_to_do(finding.task.tool, intent):
        return "fits", "", ""  # what a tool says of a deed is what came of it
    found = view(finding.result.result)
    fed = bool(finding.task.depends_on)
    own = finding.task.intent if fed and words(finding.task.intent) != words(intent) else ""
    if isinstance(found, Value) and is_prose(found.value):  # it is told behind the words of the question
        return held_of_text(asked, intent, str(found.value), sources=sources, fed=fed)
    if isinstance(found, Cited):  # without the passages that it rests on nothing tells what it speaks of
        passages = [one for one in sources if one.kind == "passage"]
        return held_of_text(asked, intent, text, sources=passages, fed=fed, own=own)
    if isinstance(found, Text):
        fed = fed and not _only_found(finding)
        lacks = "" if fed else _field_lacking(asked, found)
        if lacks:
            return "other", "not_worked_out", lacks
    if isinstance(found, Passages | Text):
        return held_of_text(asked, intent, text, sources=sources, fed=fed, own=own)
    wanted = wanted_of(asked)
    needed = view(finding.result.needed) if finding.result.needed is not None else found
    cells = cells_of(needed)
    if not fed and cells and not may_be(asked, cells, figure=wanted.kind in _FIGURES):
        return "other", "another_kind", wanted.what or "what was asked for"
    if not fed and column_misfits(wanted, _name(needed)):
        return "near", "another_kind", wanted.what
    if isinstance(found, Record) and _only_a_place(asked, found, finding):
        return "other", "another_kind", wanted.what or "what was asked for"
    lacks = unheld(asked.text, finding.result.result) if isinstance(found, Rows | Value | Record) else ""
    if lacks:
        return "near", "another_thing", lacks
    if not fed and isinstance(found, Rows) and not _WORKED.search(_sql(finding.result.result)):
        said = " ".join(result_told(one) for one in sources)  # what is told repeats the words of the question
        return _to_reckon(asked, intent, said or text)
    return "fits", "", ""


def _only_a_place(asked: Asked, found: Record, finding: Finding) -> bool:
    """Say whether an amount is asked for, and what is told is a place in something larger: day 186 of the year."""
    if not _HOW_MANY.search(asked.text):
        return False
    names = chosen_fields(found, asked, finding.task.arguments, None)
    return bool(names) and all(
        _PLACE_IN.match(plain_name(name)) or _ISO_WEEK.fullmatch(str(found.fields[name])) for name in names
    )


def _only_found(finding: Finding) -> bool:
    """Say whether what came before only found the file that is read: the question is still the asker's own."""
    given = finding.task.arguments
    referred = [name for name, value in given.items() if isinstance(value, Mapping)] or list(given)
    return bool(referred) and all(name in _PLACES for name in referred)


def _field_lacking(asked: Asked, found: Text) -> str:
    """Return what the name of the one field that is told of a file says, and the question does not ask for."""
    record = fields_of(found.text)
    named = relevant_fields(record, asked) if record is not None else None
    return field_lacking(without_source(asked.text), next(iter(named))) if named and len(named) == 1 else ""


def worked_of(intent: str, finding: Finding, evidence: Sequence[Evidence]) -> tuple[Fit, str, str]:
    """Return whether an amount that was multiplied out is all that its sources say: not where they tell a discount.

    Args:
        intent: What was asked.
        finding: The task that worked it out.
        evidence: Of it, and of all that went into it.
    """
    formula = str(finding.result.evidence[0].text) if finding.result.evidence else ""
    if finding.task.tool != "calculate" or " * (100 - " in formula:
        return "fits", "", ""
    passages = [one.text for one in evidence if one.kind == "passage"]
    told = " \n".join(passages)
    plain = re.sub(r"^[^{]*\{\"expression\": \"([^\"]*)\".*$", r"\1", formula.partition("\n")[0])
    if passages and not is_cjk(intent):
        if word := priced_for_others(intent, plain, passages):
            return "near", "not_worked_out", f"the price for “{word}”"
        if alike_priced(intent, plain, passages):
            return "near", "not_worked_out", "the price of each of them"
    change = altered(intent, told)
    used = {one.value for one in figures_of(formula.partition("\n")[0]).numbers}
    prices = used - {one.value for one in counts_in(intent, times=True)}
    if prices & {one.value for one in figures_of(change).numbers}:  # the condition is that of the price which was used
        return "fits", "", ""
    return ("near", "not_worked_out", f"the whole: “{change}”") if change else ("fits", "", "")


def held_of_text(
    asked: Asked, intent: str, text: str, *, sources: Sequence[Evidence] = (), fed: bool = False, own: str = ""
) -> tuple[Fit, str, str]:
    """Return the same of sentences that a source says.

    Args:
        asked: What they were asked for.
        intent: The whole intent.
        text: The sentences.
        sources: What they are told from.
        fed: It was asked with what was found before.
        own: What it was asked then, in its own words.
    """
    wanted = wanted_of(asked)
    fit: Fit = "other" if attribute_missing(asked, text) else fit_of(wanted, text)
    if fit == "other" and _SEVERAL.search(asked.text):  # one of several needs may be answered
        fit = "near"
    if fit != "fits":
        return fit, "another_kind", wanted.what or "what was asked for"
    of, lacks = about(asked, text, sources) if not fed else ("fits", "")
    if of != "fits":
        near = of == "near" or _SEVERAL.search(asked.text) is not None
        return "near" if near else "other", "another_thing", lacks or "what was asked about"
    if fed:
        return accounted(asked_of(own), own, text, sources) if own else ("fits", "", "")
    account = accounted(asked, intent, text, sources)
    return account if account[0] != "fits" else _to_reckon(asked, intent, text)


def _to_reckon(asked: Asked, intent: str, text: str) -> tuple[Fit, str, str]:
    """Say that a figure of a source is not yet what is asked for, unless the source speaks of as many."""
    way = reckoned(asked, intent.removesuffix(asked.text))
    if way is None or _of_as_many(way, intent, text):
        return "fits", "", ""
    return "near", "not_worked_out", "yet what is asked for"


def _of_as_many(way: Frame, intent: str, text: str) -> bool:
    """Say whether a source speaks of as many as the question does: of 30 guests, and not of 30 minutes."""
    if is_cjk(intent):
        factor = re.match(r"\d+", str(way.pieces[0]))
        return factor is not None and factor[0] in {str(one.value) for one in figures_of(text).numbers}
    counts = counts_in(intent, times=True)
    if not counts:
        return TOGETHER.search(intent) is not None and TOGETHER.search(text) is not None
    wanted = {(one.value, stem(single(one.noun).split()[-1])) for one in counts}
    wanted |= {(one.value, stem(one.noun.split()[0])) for one in counts}
    said = {
        (one.value, stem(word))
        for one in numbers_in(text)
        if isinstance(one.value, int)
        for word in words(text[one.end : one.end + _BEHIND])[:3]
    }
    return bool(wanted & said)


def _name(found: object) -> str:
    match found:
        case Value():
            return found.name
        case Record() if len(found.fields) == 1:
            return next(iter(found.fields))
        case Rows() if len(found.rows) == 1:
            return found.columns[0]
        case _:
            return ""


def _sql(result: object) -> str:
    return str(cast("Mapping[str, object]", result).get("sql", "")) if isinstance(result, Mapping) else ""
