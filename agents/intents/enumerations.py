"""One request over several things ("the weather in Oslo, Paris and Rome") taken apart into one for each.

Only shapes whose plain reading is "each of them" are taken apart. Lists that one call takes whole (numbers to average,
``between``, ``from … to``, receivers of a message) and names with an "and" in them stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .ellipsis import NAME, afterthought, resumed
from .values import Rule

__all__ = ["Member", "enumerated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One thing of an enumeration, with its place in the clause, and the request for it alone."""

    start: int
    end: int
    text: str
    rule: Rule = "enumeration"


LONGEST: Final = 600
"""Characters of a clause; an enumeration is shorter, and each member repeats what they share."""
_THING: Final = rf"(?:{NAME}|\d{{4}}|the [a-z]+(?: [a-z]+)?)"
_THREE: Final = rf"{_THING}(?:,\s*{_THING})+,?\s+and\s+{_THING}"
_TWO: Final = rf"(?:{NAME}|\d{{4}})\s+and\s+(?:{NAME}|\d{{4}})"
_SEPARATOR: Final = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+")
_TAIL: Final = r"(?P<tail>(?:\s+(?:right now|today|tonight|tomorrow|now|this \w+|next \w+|on \w+day|in \d{4}))?)"
_ASK: Final = (
    r"(?:(?:please|can you|could you)\s+)*(?:what(?:'s|’s|\s+is|\s+are|\s+was|\s+were|\s+will)|what\s+\w+\s+is"
    r"|how\s+(?:is|was|much\s+is)|who\s+(?:is|was|won)"
    r"|when\s+(?:is|was)|tell\s+me|give\s+me|provide(?:\s+me)?(?:\s+with)?|show(?:\s+me)?|get(?:\s+me)?"
    r"|find(?:\s+me)?|fetch|look\s+up|check|list)"
)
_OVER: Final = re.compile(
    rf"^(?P<head>(?i:{_ASK})\b.{{0,200}}?\b(?:in|of|for|at|on)\s+)(?P<list>{_THREE}|{_TWO}){_TAIL}$"
)
_EACH: Final = re.compile(
    r"\b(?:weather|forecasts?|temperatures?|humidity|time|populations?|capitals?|areas?|heights?|depths?"
    r"|lengths?|elevations?"
    r"|altitudes?|gdp|currenc(?:y|ies)|exchange rates?|prices?|stocks?|share prices?|sales|air quality|sunrise"
    r"|sunset|date"
    r"|time zones?|opening hours|coordinates)\b",
    re.IGNORECASE,
)
_WHOLE: Final = re.compile(
    r"\b(?:between|among|across|from|through|mean|average|median|sum|total|product|maximum|minimum|largest"
    r"|smallest|range"
    r"|deviation|variance|ratio|difference|distance|relationships?|correlation|common|together|combined|route"
    r"|path|divisor"
    r"|multiple|films?|movies?|bands?|groups?|songs?|albums?|books?|novels?|plays?|poems?|series|shows?|titled"
    r"|called|named"
    r"|authors?|plots?|casts?|members|directors?|history of|role|war|treaty|flights?|compare|intersection|union"
    r"|mixture)\b",
    re.IGNORECASE,
)
_REPEATED: Final = re.compile(
    rf"^(?P<head>(?i:what|how|who|when|where|which|tell me|show me|give me)\b.{{0,200}}?)\b(?P<of>in|of|for|at|on)\s+"
    rf"(?P<first>{NAME}|\d{{4}})\s*,?\s+and\s+(?P=of)\s+(?P<second>{NAME}|\d{{4}})$"
)
_WERE: Final = re.compile(
    rf"^(?P<head>(?i:when|where|how|in which year|in what year)\s+were\s+)(?P<list>{_THREE}|{NAME}\s+and\s+{NAME})"
    r"(?P<tail>\s+(?:born|founded|built|opened|released|established|published|elected|created|formed|invented|signed))$"
)
_QUANTITY: Final = r"\d[\d.,]*\s*[^\W\d]+(?:\s[^\W\d]+)?\s+(?:to|into)\s+[^\W\d]+(?:\s[^\W\d]+)?"
_CONVERT: Final = re.compile(
    rf"^(?P<head>(?:please\s+)?(?:convert|change"
    rf"|turn)\s+)(?P<list>{_QUANTITY}(?:,\s*{_QUANTITY})*,?\s+and\s+{_QUANTITY})(?P<tail>)$",
    re.IGNORECASE,
)
_NUMBERS: Final = re.compile(
    r"^(?P<head>.{0,120}?\b(?:factorial|square root|cube root|square|cube|logarithm|sine|cosine|tangent"
    r"|prime factors)s?\s+of\s+)"
    r"(?P<list>(?:\d[\d.]*\s*,\s*)*\d[\d.]*\s*,?\s+and\s+\d[\d.]*)(?P<tail>)$",
    re.IGNORECASE,
)
_DETERMINER: Final = r"(?:the|an?|its|their|his|her|my|our)"
_PHRASES: Final = re.compile(
    r"^(?P<head>(?:(?:please|can you|could you)\s+)*(?:what(?:'s|’s|\s+is|\s+are|\s+was|\s+were)|tell\s+me"
    r"|give\s+me|show\s+me|provide(?:\s+me)?(?:\s+with)?"
    rf"|(?:find|get)(?:\s+me)?|fetch|look\s+up|check|calculate|compute)\s+)(?P<list>{_DETERMINER}\s.+)$",
    re.IGNORECASE,
)
_PHRASE_CUT: Final = re.compile(rf",\s*(?:and\s+)?(?={_DETERMINER}\s)|\s+and\s+(?={_DETERMINER}\s)", re.IGNORECASE)
_COMPLEMENT: Final = re.compile(r"\s(?:of|in|for|at|on|to)\s+(?P<what>\S.*)$", re.IGNORECASE)
_OF_IT: Final = re.compile(r"(?<=\bof )(?:it|them)$", re.IGNORECASE)
_CHINESE: Final = re.compile(
    r"^(?P<head>请问|查询|查一下|告诉我)?(?P<list>(?:[\u4e00-\u9fff]{2,6}、)*[\u4e00-\u9fff]{2,6}?(?:和|与|以及"
    r"|及)[\u4e00-\u9fff]{2,6}?)(?P<tail>(?:今天|明天|现在)?的.+)$"
)
_CHINESE_WHOLE: Final = re.compile(
    r"平均|总|之和|最大|最小|公约|公倍|中位|距离|关系|区别|差|共同|相同|作者|电影|小说|哪"
)


def enumerated(text: str, shown: str) -> tuple[Member, ...]:
    """Return the members of the enumeration that a clause is, at least two; empty where it is none.

    Args:
        text: The clause with quotes and joint names masked.
        shown: The clause as it stands, as long as `text`.
    """
    if len(text) > LONGEST:
        return ()
    for read in (_afterthought, _repeated, _over, _were, _converted, _numbers, _phrases, _chinese):
        found = read(text, shown)
        if len(found) > 1:
            return found
    return ()


def _over(text: str, shown: str) -> tuple[Member, ...]:
    match = _OVER.match(text)
    if match is None or _WHOLE.search(match["head"]):
        return ()
    if "," not in match["list"] and not _EACH.search(match["head"]):
        return ()
    return _listed(match, shown)


def _were(text: str, shown: str) -> tuple[Member, ...]:
    match = _WERE.match(text)
    return _listed(match, shown) if match else ()


def _converted(text: str, shown: str) -> tuple[Member, ...]:
    match = _CONVERT.match(text)
    return _listed(match, shown) if match else ()


def _numbers(text: str, shown: str) -> tuple[Member, ...]:
    match = _NUMBERS.match(text)
    return _listed(match, shown) if match and not _WHOLE.search(match["head"]) else ()


def _listed(match: re.Match[str], shown: str) -> tuple[Member, ...]:
    head, tail = shown[: match.start("list")], shown[match.end("list") :]
    spans = _between(match["list"], _SEPARATOR, match.start("list"))
    return tuple(Member(start=start, end=end, text=head + shown[start:end] + tail) for start, end in spans)


def _between(text: str, separator: re.Pattern[str], offset: int) -> list[tuple[int, int]]:
    cuts = [match.span() for match in separator.finditer(text)]
    return [
        (offset + start, offset + end)
        for start, end in zip([0, *(cut[1] for cut in cuts)], [*(cut[0] for cut in cuts), len(text)], strict=True)
    ]


def _repeated(text: str, shown: str) -> tuple[Member, ...]:
    match = _REPEATED.match(text)
    if match is None or _WHOLE.search(match["head"]):
        return ()
    head = shown[: match.start("first")]
    return tuple(
        Member(start=match.start(side), end=match.end(side), text=head + shown[match.start(side) : match.end(side)])
        for side in ("first", "second")
    )


def _afterthought(text: str, shown: str) -> tuple[Member, ...]:
    match = afterthought(text)
    whole = resumed(shown[: match.end("first")], "and " + shown[match.start("rest") :]) if match else ""
    if match is None or not whole:
        return ()
    return (
        Member(start=0, end=match.end("first"), text=shown[: match.end("first")]),
        Member(start=match.start("rest"), end=match.end("rest"), text=whole, rule="ellipsis"),
    )


def _phrases(text: str, shown: str) -> tuple[Member, ...]:
    match = _PHRASES.match(text)
    if match is None:
        return ()
    spans = _between(match["list"], _PHRASE_CUT, match.start("list"))
    if len(spans) < 2 or _apart(text[spans[0][0] : spans[0][1]]):
        return ()
    head, first = shown[: match.start("list")], text[spans[0][0] : spans[0][1]]
    share = ""
    complement = _COMPLEMENT.search(first)
    last = _COMPLEMENT.search(text[spans[-1][0] : spans[-1][1]])
    if complement is None and first.casefold().startswith("the "):
        if last is None or any(_COMPLEMENT.search(text[start:end]) for start, end in spans[:-1]):
            return ()
        share = shown[spans[-1][0] + last.start() : spans[-1][1]]
    elif not all(_stands(text[start:end], head) for start, end in spans[1:]):
        return ()
    what = shown[spans[0][0] + complement.start("what") : spans[0][1]] if complement else ""
    members: list[Member] = []
    for place, (start, end) in enumerate(spans):
        own = shown[start:end]
        if what and place:
            own = _OF_IT.sub(lambda _: what, own)
        extra = share if place < len(spans) - 1 else ""
        members.append(Member(start=start, end=end, text=head + own + extra, rule="parallel"))
    return tuple(members)


_APART: Final = re.compile(
    r"\bthe (?:combined )?(?:total|sum|average|mean|product)(?: [a-z]+)? of (?:the|an?|its|my|our|both)\b"
    r"(?! [a-z]+s\b)"
    r"|\b(?:between|with|given|having|from|using|difference|relationship|ratio|distance|role|war|effects?|impact"
    r"|influence|compare|pros|combination|story"
    r"|film|movie|book|novel|song|band|best|most)\b",
    re.IGNORECASE,
)


def _apart(first: str) -> bool:
    """Whether the first phrase speaks of what it stands beside (``the difference between …``)."""
    return _APART.search(first) is not None


def _stands(phrase: str, head: str) -> bool:
    """Whether a phrase asks for something of its own: it has its own complement, or says whose it is in one question.

    "climate change and its impact on fish" and "compute the pressure … and a gauge pressure of 2 atm" do not.
    """
    said = head.strip().casefold()
    if re.match(r"(?:its|their|his|her)\s", phrase, re.IGNORECASE):
        return said.endswith(("is", "'s", "’s")) and _COMPLEMENT.search(phrase) is None
    if re.match(r"an?\s", phrase, re.IGNORECASE):
        return said.endswith("me") and _COMPLEMENT.search(phrase) is not None
    return _COMPLEMENT.search(phrase) is not None


def _chinese(text: str, shown: str) -> tuple[Member, ...]:
    match = _CHINESE.match(text)
    if match is None or _CHINESE_WHOLE.search(match["tail"]):
        return ()
    spans = _between(match["list"], re.compile("、|以及|和|与|及"), match.start("list"))
    if len(spans) < 3 and "分别" not in match["tail"]:
        return ()
    head, tail = shown[: match.start("list")], shown[match.end("list") :].replace("分别", "")
    return tuple(Member(start=start, end=end, text=head + shown[start:end] + tail) for start, end in spans)
