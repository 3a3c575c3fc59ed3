"""The numbers, dates, superlatives and comparisons of a question, and the columns that they are about."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .dates import When, whens
from .lexicon import ADJECTIVES, CHINESE_ADJECTIVES, degrees
from .notes import Condition, Mention, Notes, Superlative, about
from .reading import unsure
from .sources import Field
from .units import QUANTITY, UNITS, factor
from .wording import number_text

__all__ = ["Measures", "bind", "measures"]

_MORE: Final = r"(?:more|greater|higher|larger|bigger) than|above|over|exceed(?:s|ing)?|>|大于|超过|高于|多于|以上"
_LESS: Final = r"(?:less|fewer|lower|smaller) than|below|under|<|小于|低于|少于|不到|不足"
_SIGNS: Final = {
    ">=": r"at least|no less than|not less than|no fewer than|>=|≥|不少于|不小于|不低于|至少",
    "<=": r"at most|no more than|not more than|up to|<=|≤|不超过|不大于|不多于|不高于|至多",
    ">": _MORE,
    "<": _LESS,
    "=": r"exactly|equal to|equals|=|正好|等于",
}
_BEHIND: Final = {">=": "以上|及以上", "<=": "以下|以内", ">": "多", "<": ""}
_TEMPORAL: Final = {
    ">": r"(?:later|more recently) than|after|晚于|迟于",
    "<": r"(?:earlier|sooner) than|before|早于",
}
_SMALL: Final = r"(?:\s|\b(?:it|they|he|she|its|their|his|her|the|a|was|were|is|are|had|has|have|been|of|in|on|to|be|for|date|day)\b)*"
_PAID: Final = {"best": 1, "highest": 1, "most": 1, "lowest": -1, "worst": -1, "least": -1, "better": 1, "worse": -1}
_NUMBERS: Final = {w: n for n, w in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1)}
_CHINESE_NUMBERS: Final = {w: n for n, w in enumerate("一二三四五六七八九十", start=1)}
_TOP: Final = re.compile(
    rf"\b(?:top|first)\s+(?P<a>\d{{1,3}}|{'|'.join(_NUMBERS)})\b|\b(?P<b>\d{{1,3}}|{'|'.join(_NUMBERS)})\s+(?=(?:\w+est|most|least|best|worst)\b)"
    r"|前(?P<c>\d{1,3}|[一二三四五六七八九十])(?:名|个|位|条|种)?|(?:最\w{1,2}的)(?P<d>\d{1,3}|[一二三四五六七八九十])(?:名|个|位|条|种)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """A number with a comparison."""

    start: int
    end: int
    sign: str
    values: tuple[str, ...]
    unit: str
    concepts: tuple[str, ...] = ()
    flips: bool = False


@dataclass(slots=True, kw_only=True)
class Measures:
    """What was found, not yet bound to columns."""

    dates: list[When]
    numbers: list[_Compared]
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
        where = match.span("d") if match["d"] else match.span()
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
    pattern = rf"\b(?:between|from)\s+{low}\s+(?:and|to)\s+{high}|{low.replace('low_', 'alow_')}\s*[到至]\s*{high.replace('high_', 'ahigh_')}(?:之间|间)?"
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
        found.numbers.append(_Compared(start=match.start(), end=match.end(), sign="between", values=values, unit=unit))


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
        _compared(notes, found, match.start(), match.end(), concepts, way)
    beside = rf"比(?P<what>.{{1,20}}?)(?:更|还)?(?P<adj>{'|'.join(CHINESE_ADJECTIVES)})"
    for match in re.finditer(beside, sheet.text):
        if not notes.free(match.start(), match.start("what")) or not notes.free(*match.span("adj")):
            continue
        concepts, way = CHINESE_ADJECTIVES[match["adj"]]
        sheet.mark(match.start(), match.start() + 1)
        sheet.mark(*match.span("adj"))
        found.rows.append((match.start(), match.end("adj"), concepts, way))


def _compared(notes: Notes, found: Measures, start: int, end: int, concepts: tuple[str, ...], way: int) -> None:
    match = QUANTITY.match(notes.sheet.text, end)
    notes.sheet.mark(start, end)
    sign = ">" if way > 0 else "<"
    if match is None or not notes.free(*match.span()):
        found.rows.append((start, end, concepts, way))
        return
    notes.sheet.mark(*match.span())
    found.numbers.append(
        _Compared(
            start=start,
            end=match.end(),
            sign=sign,
            values=(number_text(match["value"], match["value_scale"]),),
            unit=_unit(match),
            concepts=concepts,
            flips=True,
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
        pattern = rf"(?:\b(?:is|are|was|were)\s+)?(?:(?<![a-z])(?:{words})(?![a-z]))\s*{QUANTITY.pattern}(?P<adj>\s+(?:{adjectives})\b)?"
        for match in list(sheet.find(pattern)):
            concepts = ADJECTIVES[match["adj"].strip()][0] if match["adj"] else ()
            sheet.mark(*match.span())
            found.numbers.append(
                _Compared(
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
                _Compared(start=match.start(), end=match.end(), sign=sign, values=(value,), unit=_unit(match))
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
    for match in list(sheet.find(rf"\b(?:(?P<way>most|least)\s+(?P<adj>{plain})|(?P<est>{'|'.join(forms)}))\b")):
        adjective = match["adj"] or forms[match["est"]]
        concepts, way = ADJECTIVES[adjective]
        sheet.mark(*match.span())
        found.extremes.append((*match.span(), concepts, -way if match["way"] == "least" else way))
    for match in list(sheet.find(r"\b(?:the\s+)?(?P<way>most|least|fewest|maximum|minimum|max|min)\b")):
        sheet.mark(*match.span())
        found.extremes.append((*match.span(), (), -1 if match["way"] in {"least", "fewest", "minimum", "min"} else 1))
    chinese = "|".join(sorted(CHINESE_ADJECTIVES, key=len, reverse=True))
    for match in list(sheet.find(rf"最(?P<adj>{chinese}|多|少|低|早|晚)的?")):
        said = match["adj"]
        concepts, way = CHINESE_ADJECTIVES.get(said, ((), 1 if said in "多晚" else -1))
        if said in "早晚":
            way = 2 if said == "晚" else -2  # of dates alone: nothing turns it round
        sheet.mark(*match.span())
        found.extremes.append((*match.span(), concepts, way))


def bind(notes: Notes, found: Measures) -> None:
    """Give each measure its column, and note it as a condition or a superlative.

    Raises:
        Unsure: For one without a column.
    """
    _bind_columns(notes)
    for each in found.numbers:
        _bind_number(notes, each)
    for extreme in found.extremes:
        _bind_extreme(notes, *extreme)
    for row in found.rows:
        _bind_row(notes, *row)
    for when in found.dates:
        _bind_date(notes, when)


def _bind_number(notes: Notes, each: _Compared) -> None:
    def fits(field: Field) -> bool:
        return field.measured and (not each.unit or not field.unit or factor(each.unit, field.unit) is not None)

    said = notes.sheet.text[each.start : each.end].strip()
    if each.concepts:
        field = next(filter(fits, about(each.concepts, notes.source.fields)), None)
    else:
        mention = notes.near(each.start, each.end, fits)
        field = mention.first(fits) if mention else None
    if field is None and each.unit:
        same = [one for one in notes.source.fields if fits(one) and one.unit]
        field = same[0] if len(same) == 1 else None
    if field is None and not each.concepts:
        measured = [one for one in notes.source.fields if fits(one)]
        raise unsure("ambiguous" if measured else "not_understood", said, message="say of which column the number is")
    if field is None:
        raise unsure("not_understood", said, message="no column holds such numbers")
    times = factor(each.unit, field.unit)
    values = [value if times in (None, 1.0) else f"({value} * {times:g})" for value in each.values]
    if each.sign == "between":
        sql = f"{field.sql} BETWEEN {values[0]} AND {values[1]}"
        told = f"{field.name} between {values[0]} and {values[1]}"
    else:
        sql, told = f"{field.sql} {each.sign} {values[0]}", f"{field.name} {each.sign} {values[0]}"
    notes.of(Condition(start=each.start, end=each.end, field=field, sql=sql, said=told))
    notes.score += 1.0


def _pick(notes: Notes, concepts: Sequence[str], start: int, end: int, fits: Callable[[Field], bool]) -> Field | None:
    """Return the column of a superlative: the one named right behind it or right ahead, else one by what it means."""
    text = notes.sheet.text

    def beside(mention: Mention) -> bool:
        if mention.start >= end:
            return not text[end : mention.start].strip() or text[end : mention.start].strip() in {"的", "in", "of"}
        return not re.sub(_SMALL, "", text[mention.end : start]).strip(" 的是")

    named = [each for each in notes.mentions if each.first(fits) and beside(each)]
    for mention in sorted(named, key=lambda each: each.start < end):
        if mention.how == "name" or not concepts or not about(concepts, notes.source.fields):
            return mention.first(fits)
    return next(filter(fits, about(concepts, notes.source.fields)), None)


def _bind_extreme(notes: Notes, start: int, end: int, concepts: tuple[str, ...], way: int) -> None:
    def fits(field: Field) -> bool:
        return field.temporal or field.measured

    field = _pick(notes, concepts, start, end, fits)
    if field is None:
        mention = notes.near(start, end, fits) if not concepts else None
        field = mention.first(fits) if mention else None
    said = notes.sheet.text[start:end].strip()
    if field is None:
        raise unsure("not_understood", said, message="no column says that: use the name of one")
    turned = field.temporal and concepts and abs(way) == 1
    down = (way > 0) != bool(turned)
    notes.superlatives.append(Superlative(start=start, end=end, field=field, down=down))
    notes.score += 1.0


def _bind_row(notes: Notes, start: int, end: int, concepts: tuple[str, ...], way: int) -> None:
    """Bind "longer than the Vanda": the column of that row is what is compared with."""
    named = [
        each for each in notes.conditions
        if each.field in notes.source.identity and each.literals and (start <= each.start <= end + 12)
    ]  # fmt: skip
    field = next((each for each in about(concepts, notes.source.fields) if each.measured or each.temporal), None)
    said = notes.sheet.text[start:end].strip()
    if field is None or len(named) != 1 or len(named[0].literals) != 1:
        raise unsure("not_understood", said, message="no column says that, or what it is compared with is not clear")
    other = named[0]
    notes.conditions.remove(other)
    down = (way > 0) != field.temporal
    where = f"{other.field.sql} = {other.literals[0]}"
    value = f"(SELECT {field.sql} FROM {notes.source.sql} WHERE {where} LIMIT 1)"  # noqa: S608 because names are quoted
    sign = ">" if down else "<"
    said = f"{field.name} {sign} that of {other.literals[0]}"
    notes.of(Condition(start=start, end=end, field=field, sql=f"{field.sql} {sign} {value}", said=said))
    notes.score += 1.0


def _bind_date(notes: Notes, when: When) -> None:
    def fits(field: Field) -> bool:
        if field.kind == "year":
            return when.grain == "year"
        return field.kind == "date" or (field.kind == "month" and when.grain != "day")

    said = notes.sheet.text[when.start : when.end].strip()
    mention = notes.near(when.start, when.end, fits)
    field = mention.first(fits) if mention else None
    if field is None:
        dates = [each for each in notes.source.fields if fits(each)]
        if len(dates) != 1:
            message = "say of which column the date is" if dates else "no column holds such dates"
            raise unsure("ambiguous" if dates else "not_understood", said, message=message)
        field = dates[0]
        notes.confidence *= 0.95
    low, high = (_written(field, each.isoformat()) for each in (when.low, when.high))
    name = field.comparable
    sql = {
        "in": f"{name} >= {low} AND {name} < {high}",
        "before": f"{name} < {low}",
        "after": f"{name} >= {high}",
        "since": f"{name} >= {low}",
        "until": f"{name} < {high}",
    }[when.relation]
    notes.of(Condition(start=when.start, end=when.end, field=field, sql=sql, said=f"{field.name} {said}"))
    notes.score += 1.0


def _written(field: Field, iso: str) -> str:
    if field.kind == "year":
        return str(int(iso[:4]))
    return f"'{iso[:7]}'" if field.kind == "month" else f"DATE '{iso}'"


def _bind_columns(notes: Notes) -> None:
    """Bind a comparison of two columns: "shipped later than promised"."""
    text = notes.sheet.text
    for sign, words in {**_TEMPORAL, ">=": "", "> ": _MORE, "< ": _LESS}.items():
        for match in re.finditer(rf"(?<![a-z])(?:{words})(?![a-z])", text) if words else ():
            if not notes.free(*match.span()):
                continue
            dates = sign in _TEMPORAL

            def fits(field: Field, *, dates: bool = dates) -> bool:
                return field.temporal if dates else field.measured

            behind = [
                each for each in notes.mentions
                if each.start >= match.end() and each.first(fits) and not re.sub(_SMALL, "", text[match.end() : each.start]).strip()
            ]  # fmt: skip
            ahead = [each for each in notes.mentions if each.end <= match.start() and each.first(fits)]
            if not behind or not ahead:
                continue
            right = behind[0].first(fits)
            left = max(ahead, key=lambda each: each.end).first(lambda each: fits(each) and each != right)  # noqa: B023 because it is called here
            if left is None or right is None or left.kind != right.kind:
                continue
            notes.sheet.mark(*match.span())
            plain = sign.strip()
            notes.of(
                Condition(
                    start=match.start(), end=match.end(), field=left, said=f"{left.name} {plain} {right.name}",
                    sql=f"{left.comparable} {plain} {right.comparable}",
                )
            )  # fmt: skip
            behind[0].bound = True
            notes.score += 1.0
