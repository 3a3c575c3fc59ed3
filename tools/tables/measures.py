"""The numbers, dates, superlatives and comparisons of a question, and the columns that they are about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from questline.tools.number_words import NUMBERS

from .dates import When, whens
from .lasting import SINCE, TENURE, note_house
from .lexicon import ADJECTIVES, CHINESE_ADJECTIVES, TIMES, degrees
from .notes import Notes
from .units import QUANTITY, UNITS
from .wording import number_text

__all__ = ["LESS", "MORE", "TEMPORAL", "Compared", "Measures", "measures"]

MORE: Final = r"(?:more|greater|higher|larger|bigger) than|above|over|exceed(?:s|ing)?|>|大于|超过|高于|多于|以上"
LESS: Final = r"(?:less|fewer|lower|smaller) than|below|under|<|小于|低于|少于|不到|不足"
_SIGNS: Final = {
    ">=": r"at least|no less than|not less than|no fewer than|>=|≥|不少于|不小于|不低于|至少",
    "<=": r"at most|no more than|not more than|up to|<=|≤|不超过|不大于|不多于|不高于|至多",
    ">": MORE,
    "<": LESS,
    "=": r"exactly|equal to|equals|=|正好|等于",
}
_BEHIND: Final = {
    ">=": r"以上|及以上|\s+(?:or|and) (?:more|over|above|up|upwards)\b",
    "<=": r"以下|以内|\s+(?:or|and) (?:less|fewer|under|below)\b",
    ">": "多",
    "<": "",
}
TEMPORAL: Final = {
    ">": r"(?:later|more recently) than|after|晚于|迟于",
    "<": r"(?:earlier|sooner) than|before|早于",
}
_LASTS: Final = re.compile(r"\b(?:does|do|did|will|would|can)\b(?:(?!\b(?:the|our|your|their)\s+last).)*\blast\Z")
_PAIR: Final = 2
_PAID: Final = {"best": 1, "highest": 1, "most": 1, "lowest": -1, "worst": -1, "least": -1, "better": 1, "worse": -1}
_MORE_OR_LESS: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    "多": ((), 1), "少": ((), -1), "低": ((), -1), "早": ((), -2), "晚": ((), 2),
}  # fmt: skip
"""Of the column that is named: direction, 2 where it is of dates."""
_NUMBERS: Final = {w: n for w, n in NUMBERS.items() if n <= 10}
_CHINESE_NUMBERS: Final = {w: n for n, w in enumerate("一二三四五六七八九十", start=1)}
_TOP: Final = re.compile(
    rf"\b(?:top|first)\s+(?P<a>\d{{1,3}}|{'|'.join(_NUMBERS)})\b|\b(?P<b>\d{{1,3}}|{'|'.join(_NUMBERS)})\s+(?=(?:\w+est|most|least|best|worst)\b)"
    rf"|\b(?:which|what)\s+(?P<e>{'|'.join(_NUMBERS)})\s+(?=[a-z]+\s)"
    r"|前(?P<c>\d{1,3}|[一二三四五六七八九十])(?:名|个|位|条|种)?|(?:最\w{1,2}的)(?P<d>\d{1,3}|[一二三四五六七八九十])(?:名|个|位|条|种)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A number with a comparison."""

    start: int
    end: int
    sign: str
    values: tuple[str, ...]
    unit: str
    concepts: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Measures:
    """What was found, not yet bound to columns."""

    dates: list[When]
    numbers: list[Compared]
    extremes: list[tuple[int, int, tuple[str, ...], int]]
    """Superlatives: start, end, concepts (none where a column's name follows or goes ahead), direction."""
    rows: list[tuple[int, int, tuple[str, ...], int]]
    """Comparatives with another row: "longer than the Vanda"."""
    top: int = 0


@lru_cache(maxsize=1)
def _degrees() -> tuple[dict[str, str], dict[str, str]]:
    pairs = {adjective: degrees(adjective) for adjective in ADJECTIVES}
    return {pair[0]: adjective for adjective, pair in pairs.items()}, {
        pair[1]: adjective for adjective, pair in pairs.items()
    } | {"latest": "recent", "earliest": "old", "newest": "new"}


def measures(notes: Notes) -> Measures:
    """Mark numbers, dates, superlatives and comparatives, and return them."""
    found = Measures(dates=[], numbers=[], extremes=[], rows=[])
    sheet = notes.sheet
    for match in list(sheet.find(_TOP)):
        said = next(filter(None, match.groups()))
        found.top = int(said) if said.isdigit() else _NUMBERS.get(said) or _CHINESE_NUMBERS[said]
        where = match.span("d" if match["d"] else "e") if match["d"] or match["e"] else match.span()
        sheet.mark(*where)
    _between(notes, found)
    _comparatives(notes, found)
    for when in whens(sheet.text, today=notes.today):
        if notes.free(when.start, when.end) and not (when.bare and not _spoken(notes, when)):
            sheet.mark(when.start, when.end)
            found.dates.append(when)
    _signs(notes, found)
    _superlatives(notes, found)
    return found


def _spoken(notes: Notes, when: When) -> bool:
    return when.grain != "year" or bool(re.search(r"\b(?:in|between|from)\b", notes.sheet.text[when.start : when.end]))


def _between(notes: Notes, found: Measures) -> None:
    low, high = (QUANTITY.pattern.replace("?P<", f"?P<{side}_") for side in ("low", "high"))
    beside = low.replace("low_", "alow_"), high.replace("high_", "ahigh_")
    pattern = rf"\b(?:between|from)\s+{low}\s+(?:and|to)\s+{high}|{beside[0]}\s*[到至]\s*{beside[1]}(?:之间|间)?"
    dates = [(when.start, when.end) for when in whens(notes.sheet.text, today=notes.today) if when.grain == "year"]
    for match in list(notes.sheet.find(pattern)):
        if any(start <= match.start() and match.end() <= end for start, end in dates):
            continue
        side = "" if match["low_value"] else "a"
        values = tuple(
            number_text(match[f"{side}{end}_value"], match[f"{side}{end}_value_scale"]) for end in ("low", "high")
        )
        unit = (match[f"{side}high_unit"] or match[f"{side}low_unit"] or "").replace(" ", "")
        notes.sheet.mark(*match.span())
        found.numbers.append(Compared(start=match.start(), end=match.end(), sign="between", values=values, unit=unit))


def _comparatives(notes: Notes, found: Measures) -> None:
    """Mark "longer than 60 m" with its number, and "longer than" and 比…贵 before the name of a row."""
    sheet = notes.sheet
    forms = _degrees()[0]
    words = "|".join(sorted(forms, key=len, reverse=True))
    plain = "|".join(sorted(ADJECTIVES, key=len, reverse=True))
    pattern = rf"\b(?:(?P<er>{words})|(?P<more>more|less)\s+(?P<adj>{plain}))\s+than\s+"
    for match in list(sheet.find(pattern)):
        adjective = forms[match["er"]] if match["er"] else match["adj"]
        concepts, way = ADJECTIVES[adjective]
        way = -way if match["more"] == "less" else way
        _number_behind(notes, found, match.start(), match.end(), concepts, way)
    pair = [each for each in notes.conditions if notes.one_row(each)]
    for match in list(sheet.find(rf"\b(?P<er>{words})\b(?!\s+than\b)")) if len(pair) == _PAIR else []:
        sheet.mark(*match.span())  # which is longer, the one or the other
        found.extremes.append((*match.span(), *ADJECTIVES[forms[match["er"]]]))
    forms_here = {**CHINESE_ADJECTIVES, **_MORE_OR_LESS}
    beside = rf"比(?P<what>.{{1,20}}?)(?:更|还)?(?P<adj>{'|'.join(forms_here)})(?=的|[\s？?。，,]|\Z)"
    for match in re.finditer(beside, sheet.text):
        if not notes.free(match.start(), match.start("what")) or not notes.free(*match.span("adj")):
            continue
        concepts, way = forms_here[match["adj"]]
        sheet.mark(match.start(), match.start() + 1)
        sheet.mark(*match.span("adj"))
        found.rows.append((match.start(), match.end("adj"), concepts, way))


def _number_behind(notes: Notes, found: Measures, start: int, end: int, concepts: tuple[str, ...], way: int) -> None:
    match = QUANTITY.match(notes.sheet.text, end)
    notes.sheet.mark(start, end)
    sign = ">" if way > 0 else "<"
    if match is None or not notes.free(*match.span()):
        found.rows.append((start, end, concepts, way))
        return
    notes.sheet.mark(*match.span())
    found.numbers.append(
        Compared(
            start=start,
            end=match.end(),
            sign=sign,
            values=(number_text(match["value"], match["value_scale"]),),
            unit=_unit(match),
            concepts=concepts,
        )
    )


def _unit(match: re.Match[str]) -> str:
    signs = {"$": "dollar", "€": "euro", "£": "pound"}
    unit = (match["unit"] or signs.get(match["sign"] or "", "")).replace(" ", "")
    return unit if unit in UNITS else ""


def _signs(notes: Notes, found: Measures) -> None:
    sheet = notes.sheet
    adjectives = "|".join(ADJECTIVES)
    for sign, words in _SIGNS.items():
        said = rf"(?:\b(?:is|are|was|were)\s+)?(?:(?<![a-z])(?:{words})(?![a-z]))"
        pattern = rf"{said}\s*{QUANTITY.pattern}(?P<adj>\s+(?:{adjectives})\b)?"
        for match in list(sheet.find(pattern)):
            concepts = ADJECTIVES[match["adj"].strip()][0] if match["adj"] else ()
            sheet.mark(*match.span())
            found.numbers.append(
                Compared(
                    start=match.start(),
                    end=match.end(),
                    sign=sign,
                    values=(number_text(match["value"], match["value_scale"]),),
                    unit=_unit(match),
                    concepts=concepts,
                )
            )
    for sign, words in _BEHIND.items():
        for match in list(sheet.find(rf"{QUANTITY.pattern}(?:{words})")) if words else []:
            sheet.mark(*match.span())
            value = number_text(match["value"], match["value_scale"])
            found.numbers.append(
                Compared(start=match.start(), end=match.end(), sign=sign, values=(value,), unit=_unit(match))
            )


def _superlatives(notes: Notes, found: Measures) -> None:
    sheet = notes.sheet
    forms = _degrees()[1]
    plain = "|".join(sorted(ADJECTIVES, key=len, reverse=True))
    for match in list(
        sheet.find(r"\b(?P<way>best|highest|most|lowest|worst|least)[ -](?:well[ -])?(?P<what>paid|rated)\b")
    ):
        sheet.mark(*match.span())
        found.extremes.append((*match.span(), ("pay",) if match["what"] == "paid" else ("score",), _PAID[match["way"]]))
    for match in list(sheet.find(r"\bmost recently\b")):
        sheet.mark(*match.span())
        found.extremes.append((*match.span(), TIMES, 2))
    if TENURE.search(sheet.text):  # who has been here the longest came first
        note_house(notes)
        for match in list(sheet.find(r"\b(?:the\s+)?longest(?:[ -](?:serving|standing|staying))?\b")):
            sheet.mark(*match.span())
            found.extremes.append((*match.span(), SINCE, -2))
    for match in list(sheet.find(rf"\b(?:(?P<way>most|least)\s+(?P<adj>{plain})|(?P<est>{'|'.join(forms)}))\b")):
        adjective = match["adj"] or forms[match["est"]]
        concepts, way = ADJECTIVES[adjective]
        sheet.mark(*match.span())
        found.extremes.append((*match.span(), concepts, -way if match["way"] == "least" else way))
    for match in list(sheet.find(r"\b(?:the\s+)?(?P<way>most|least|fewest|maximum|minimum|max|min)\b")):
        sheet.mark(*match.span())
        found.extremes.append((*match.span(), (), -1 if match["way"] in {"least", "fewest", "minimum", "min"} else 1))
    for match in list(
        sheet.find(r"\b(?:the\s+)?(?P<way>first|last)\b(?!\s+(?:\d|week|month|quarter|year|night|day|time))")
    ):
        if any(match["way"] in each.words for each in notes.source.fields) or _LASTS.search(sheet.text[: match.end()]):
            continue
        sheet.mark(*match.span())
        found.extremes.append((*match.span(), TIMES, 2 if match["way"] == "last" else -2))
    chinese = "|".join(sorted(CHINESE_ADJECTIVES, key=len, reverse=True))
    for match in list(sheet.find(rf"最(?P<adj>{chinese}|多|少|低|早|晚)的?")):
        said = match["adj"]
        concepts, way = CHINESE_ADJECTIVES.get(said, ((), 1 if said in "多晚" else -1))
        if said in "早晚":
            way = 2 if said == "晚" else -2  # of dates alone: nothing turns it round
        sheet.mark(*match.span())
        found.extremes.append((*match.span(), concepts, way))
