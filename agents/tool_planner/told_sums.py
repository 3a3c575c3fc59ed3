"""Sums whose numbers all stand in the question: "14 rows with 9 chairs in each, and then took 5 away".

A sum is read only where each of the question's numbers has its place in it: one that is left over may change it. A pet
that eats 50 grams a day has food for so many days; rows, boxes and trays multiply; what is taken away is taken off; a
length that is told is wanted in another unit. Who asks for something that is not in the question gets no sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.mathematics.unit_table import find, is_known
from questline.tools.number_words import in_words
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.text import stem

from .literals import Literals
from .operands import Frame
from .spelling import spelled

__all__ = ["told_sums"]

_N: Final = rf"(?:\d[\d,]*(?:\.\d+)?|(?:{in_words(2, 19)}|twenty|thirty|forty|fifty|sixty|a dozen|one)(?!\w))"
_THING: Final = r"[a-z][a-z-]*(?: [a-z][a-z-]*)?"
_UNIT: Final = r"[A-Za-zµ]+"
_TIME: Final = r"(?:hour|day|night|week|month|year)"
_GROUPS: Final = re.compile(
    rf"(?P<a>{_N}) (?P<of>{_THING}?) (?:of (?P<b1>{_N}) (?P<item1>[a-z][a-z-]*)(?: each\b)?"
    rf"|(?:which |that )?(?:each )?(?:with|containing|contain|holding|hold|having"
    rf"|have) (?P<b2>{_N}) (?P<item2>[a-z][a-z-]*)"
    r" (?:(?:in|on|to|for|at|per) )?(?:each|every one|apiece)\b)",
    re.IGNORECASE,
)
_LESS: Final = re.compile(
    rf"\b(?:took|take|taken|taking|removed?|gave|give|given|lost|lose|ate|eaten|eat|sold|sell|broke|broken|used|threw|thrown"
    rf"|minus|less|without|returned|put back|dropped)(?: (?:away|out|off|back|up))? (?P<n>{_N})\b"
    rf"|(?P<m>{_N}) (?:(?:of (?:them|those|these)|[a-z]+) )?(?:are|were|is|was|have been|got|had been) (?:broken"
    rf"|missing|gone"
    r"|sold|lost|empty|cracked|taken away|thrown away)",
    re.IGNORECASE,
)
_MORE: Final = re.compile(
    rf"\b(?:and|plus|added|add|bought|found|got)(?: (?:another|also|then))? (?P<n>{_N}) (?:(?:[a-z]+ )?(?:more"
    rf"|extra|loose"
    r"|single|spare|odd|separate|others?|besides)|on top)\b",
    re.IGNORECASE,
)
_HOW_MANY: Final = re.compile(
    r"\bhow many (?P<item>[a-z][a-z-]*)(?: (?:are|is|were|was|will|do|does|did|have|has|had|be|i|we|you|they|he"
    r"|she|there|that"
    r"|this|it|make|makes|got|get|left|remain|remaining|over|altogether|in|all|total|now|then|still|standing|stand|lying|here"
    r"|of|them))*[\s?.!]*$",
    re.IGNORECASE,
)
_RATE: Final = re.compile(
    rf"(?P<n>{_N}) ?(?P<unit>{_UNIT})\b(?: of [a-z -]+?)?(?: (?:of it|altogether))? (?:a|an|per|each"
    rf"|every) (?P<time>{_TIME})\b",
    re.IGNORECASE,
)
_STOCK: Final = re.compile(rf"(?P<n>{_N}) ?(?P<unit>{_UNIT})\b", re.IGNORECASE)
_LASTS: Final = re.compile(
    rf"\bhow (?:long|many (?P<time>{_TIME})s?)\b[^?]*\b(?:last|lasts|enough|do|keep|go|run out|be gone|suffice)\b",
    re.IGNORECASE,
)
_SHARED: Final = re.compile(
    rf"\b(?:share|split|divide|shared|divided|sharing|splitting) (?P<a>{_N}) (?P<item>{_THING}?)(?: (?:equally"
    rf"|evenly|fairly))?"
    rf" (?:between|among|amongst|by|into|with) (?P<b>{_N})\b",
    re.IGNORECASE,
)
_THAT_IN: Final = re.compile(
    rf"(?P<n>{_N})[ -]?(?P<unit>{_UNIT})\b[^?]*?[,.;:–-]\s*(?:and |so )?(?:(?:what|how much)(?:['’]?s| is| are| would)?"
    rf" (?:that|it|this)(?: be)? in (?P<to>{_UNIT})|how many (?P<many>{_UNIT}) (?:is|are|would|does) (?:that|it"
    rf"|this|they)\b[^?]*)"
    r"[\s?.!]*$",
    re.IGNORECASE,
)
_THAT_IN_ZH: Final = re.compile(
    r"(?P<n>\d+(?:\.\d+)?)\s?(?P<unit>[\u4e00-\u9fff]{1,3}?|[A-Za-z]+)(?:[长宽高深重远]|左右)?[，,。\s]*(?:大?约|一共|那|这|换算)?"
    r"(?:是|等于|合|折合|相当于|成|有)多少(?P<to>[\u4e00-\u9fff]{1,3}?|[A-Za-z]+)[？?。\s]*$"
)
_LEFT: Final = re.compile(r"\b(?:left|remain|remaining|over)\b", re.IGNORECASE)
_CAME: Final = re.compile(
    r"\b(?:bought|baked|made|added|found|arrived|delivered|fetched back|got back|brought|received|returned|grew"
    r"|came|extra|more)\b",
    re.IGNORECASE,
)
_NO_NOUN: Final = re.compile(
    r"(?:and|or|of|were|was|are|is|have|had|got|went|more|extra|loose|new|fresh|broken|bad|away|off|out|then|to|for|from|in|on"
    r"|at|by|yesterday|today|later|again|so|but|left|others?)",
    re.IGNORECASE,
)
_MORE_OF: Final = re.compile(r"\s+(?:more|extra|loose|new|fresh)\b", re.IGNORECASE)
_PERCENT: Final = re.compile(
    rf"(?:(?:and )?what(?:['’]s| is|s)?|how much is)?\s*[$£€]?\s?(?P<n>{_N})(?: ?(?:dollars|pounds|euros|quid))?"
    rf" (?P<how>less|minus|plus|with|and|take away|reduced by) (?P<p>{_N}) ?(?:%|per ?cent)(?: (?:off|on top|tax"
    rf"|vat|discount))?"
    r"[\s?.!=]*",
    re.IGNORECASE,
)
_WHICH_DAY: Final = re.compile(
    r"\b(?:which|what) (?:date|day)\b(?!.*\b(?:last|latest|expires?|ends?|week)\b)"
    r"|\bwhen (?:can|will|may|should|could|must) (?:i|we|it|they|he|she)\b"
    r"|\bwhen (?:is|are) (?:it|they|he|she) (?:ready|done|due|ripe|finished)\b",
    re.IGNORECASE,
)
_TAKES: Final = re.compile(
    r"\b(?:takes?|took|needs?|wants?|has to|have to|must|should|lasts?|requires?|is to)\b[^.?]*\b(?:days?|weeks?"
    r"|months?|years?)\b",
    re.IGNORECASE,
)
_LONGEST: Final = 400


def told_sums(text: str, opening: str = "") -> Iterator[Frame]:
    """Yield the sum that a question tells whole, as a formula or a conversion; nothing where a number is left over.

    Args:
        text: One need.
        opening: What was said before it.

    >>> [one.pieces for one in told_sums("I put out 14 rows with 9 chairs in each. How many chairs are there?")]
    [('14 * 9',)]
    """
    whole = spelled(" ".join(f"{opening} {text}".split()))
    if len(whole) > _LONGEST:
        return
    for read in (_lasting, _grouped, _shared, _converted, _altered, _ready):
        made = read(whole)
        if made:
            yield Frame(pieces=(made,))
            return


def _value(text: str) -> str:
    if text.casefold() == "a dozen":
        return "12"
    found = numbers_in(text)
    return str(found[0].value) if found and not found[0].ordinal else ""


def _all_used(text: str, used: int) -> bool:
    """Say whether a text has no number but those that are used."""
    return len(re.findall(rf"(?<![\w.]){_N}", text, re.IGNORECASE)) == used


def _grouped(text: str) -> str:
    """So many of so many each, with what is added and what is taken away."""
    asked = _HOW_MANY.search(text)
    story = text[: asked.start()] if asked else ""
    groups = _GROUPS.search(story)
    item = (groups["item1"] or groups["item2"]) if groups else ""
    if asked is None or groups is None or stem(item.casefold()) != stem(asked["item"].casefold()):
        return ""
    rest = story[groups.end() :]
    if _LEFT.search(asked[0]):
        return _with_what_left(text, groups, rest, stem(item.casefold()))
    formula, used = f"{_value(groups['a'])} * {_value(groups['b1'] or groups['b2'])}", 2
    for pattern, sign in ((_MORE, "+"), (_LESS, "-")):
        for match in pattern.finditer(rest):
            formula += f" {sign} {_value(next(filter(None, match.groups())))}"
            used += 1
    return formula if _all_used(text, used) else ""


def _with_what_left(text: str, groups: re.Match[str], rest: str, item: str) -> str:
    """What is left of so many: each number told since then went, but for what was made, bought or found."""
    formula, used, before = f"{_value(groups['a'])} * {_value(groups['b1'] or groups['b2'])}", 2, 0
    for match in re.finditer(rf"(?<![\w.]){_N}", rest, re.IGNORECASE):
        behind = re.match(r"\s+(?P<noun>[a-z]+)", rest[match.end() :], re.IGNORECASE)
        noun = stem(behind["noun"].casefold()) if behind else ""
        if noun and noun != item and behind and not _NO_NOUN.fullmatch(behind["noun"]):
            return ""
        came = _CAME.search(rest[before : match.start()]) or _MORE_OF.match(rest, match.end())
        formula += f" {'+' if came else '-'} {_value(match[0])}"
        used, before = used + 1, match.end()
    return formula if _all_used(text, used) else ""


def _altered(text: str) -> str:
    """An amount with a percentage off it, or on it."""
    match = _PERCENT.fullmatch(text.strip())
    if match is None:
        return ""
    amount, share = _value(match["n"]), _value(match["p"])
    off = match["how"].casefold() not in ("plus", "with", "and")
    return f"{amount} * (100 {'-' if off else '+'} {share}) / 100"


def _ready(text: str) -> str:
    """The day on which something is ready that was begun on a day and takes so long."""
    said = Literals(text)
    if len(said.days) != 1 or len(said.counts) != 1 or not _WHICH_DAY.search(text) or not _TAKES.search(text):
        return ""
    day, count = said.days[0], said.counts[0]
    rest = text
    for one in sorted((day, count), key=lambda each: -each.start):
        rest = f"{rest[: one.start]} {rest[one.end :]}"
    if re.search(rf"(?<![\w.]){_N}", rest, re.IGNORECASE) or count.unit not in ("days", "weeks", "months", "years"):
        return ""
    return f"which date is {count.value} {count.unit} after {day.value}"


def _lasting(text: str) -> str:
    """How long a stock lasts of which so much is used a day."""
    asked, rate = _LASTS.search(text), _RATE.search(text)
    if asked is None or rate is None or (asked["time"] and asked["time"].casefold() != rate["time"].casefold()):
        return ""
    other = f"{text[: rate.start()]} {text[rate.end() :]}"
    stocks = [one for one in _STOCK.finditer(other) if _alike(one["unit"], rate["unit"])]
    if len(stocks) != 1 or not _all_used(text, 2):
        return ""
    stock = stocks[0]
    if stem(stock["unit"].casefold()) == stem(rate["unit"].casefold()) or not is_known(rate["unit"]):
        return f"{_value(stock['n'])} / {_value(rate['n'])}"
    return f"{_value(stock['n'])} {stock['unit']} / ({_value(rate['n'])} {rate['unit']})"


def _alike(one: str, other: str) -> bool:
    """Say whether two words are one thing that is counted, or units of one measure."""
    return stem(one.casefold()) == stem(other.casefold()) or _units(one, other)


def _shared(text: str) -> str:
    match = _SHARED.search(text)
    asks = re.search(r"\bhow (?:many|much)\b[^?]*\b(?:each|everyone|everybody|apiece|one)\b", text, re.IGNORECASE)
    return f"{_value(match['a'])} / {_value(match['b'])}" if match and asks and _all_used(text, 2) else ""


def _converted(text: str) -> str:
    """An amount that is told of something, in another unit."""
    match = _THAT_IN.search(text)
    to = (match["to"] or match["many"]) if match else ""
    if match and _units(match["unit"], to) and _all_used(text, 1):
        return f"{_value(match['n'])} {match['unit']} in {to}"
    match = _THAT_IN_ZH.search(text)
    if match and _units(match["unit"], match["to"]) and len(re.findall(r"\d+(?:\.\d+)?", text)) == 1:
        return f"{match['n']}{match['unit']}是多少{match['to']}"
    return ""


def _units(one: str, other: str) -> bool:
    """Say whether two words are units of one measure."""
    return is_known(one) and is_known(other) and find(one).dimension == find(other).dimension
