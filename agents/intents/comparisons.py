"""Find what a question sets against each other."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.decomposition import compared

__all__ = ["members_of"]

_LONGEST: Final = 600
_MORE: Final = r"(?:\w+er|(?:more|less|fewer)(?:\s+\w+)?|better|worse|as\s+\w+)"
_MORE_ZH: Final = (
    "年轻|便宜|昂贵|高|矮|低|长|短|大|小|多|少|好|差|早|晚|重|轻|快|慢|贵|宽|窄|深|浅|厚|薄|远|近|老|新|热|冷"
)
_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            rf"^(?:is|are|was|were|does|do|did|has|have|will"
            rf"|can)\s+(?P<a>.{{1,120}}?)\s+{_MORE}\s+(?:\w+\s+)?than\s+(?P<b>.{{1,120}})$"
        ),
        r"^(?:is|are|was|were)\s+(?P<a>.{1,80}?)\s+(?:\w{2,}er|(?:more|less)\s+\w+)\s+or\s+(?!\w+er\b|not\b)(?P<b>.{1,80})$",
        r"\b(?:differences?|similarit(?:y|ies))\s+between\s+(?P<list>.{1,200})$",
        r"\bhow\s+(?:does|do|did|is|are)\s+(?P<a>.{1,120}?)\s+(?:differ|different)\s+from\s+(?P<b>.{1,120})$",
        (
            r"^(?:please\s+|can you\s+|could you\s+)*compare\s+(?:.{1,120}?\bof\s+)?(?P<a>.{1,120}?)\s+(?:and|with"
            r"|to|against|versus|vs\.?)\s+(?P<b>.{1,120})$"
        ),
        r"^(?P<a>\S.{0,60}?)\s+(?:vs\.?|versus)\s+(?P<b>.{1,60})$",
        (
            rf"^(?:which|whos?|whats?|whose)\b.{{0,200}}?\b(?:{_MORE}|most|first|best|worst|\w+est|larger"
            rf"|longer)\b.{{0,200}}?[,:]\s*(?P<list>[^:]{{1,200}}?,?\s+or\s+.{{1,120}})$"
        ),
        rf"^(?P<a>.{{1,30}}?)比(?P<b>.{{1,30}}?)更?(?:{_MORE_ZH})(?:吗|了?(?:多少|几)[\u4e00-\u9fffa-zA-Z]{{0,4}})?$",
        rf"^(?P<a>.{{1,30}}?)(?:和|与|跟|还是)(?P<b>.{{1,30}}?)[，,]?(?:哪一?[个种本条只家艘]|谁|哪里)更?(?:{_MORE_ZH})$",
        rf"^(?:哪一?[个种本条只家艘]|谁|哪里)更?(?:{_MORE_ZH})[，,：:]\s*(?P<a>.{{1,30}}?)(?:还是|或者?)(?P<b>.{{1,30}})$",
    )
)
_ITEMS: Final = re.compile(r",\s*(?:or\s+|and\s+)?|\s+(?:or|and)\s+")


def members_of(text: str) -> tuple[tuple[int, int], ...]:
    """Return the places of the things that `text` compares, in order; empty where it is no comparison.

    >>> [text[start:end] for text in ["Which is longer, the Rhine or the Elbe"] for start, end in members_of(text)]
    ['the Rhine', 'the Elbe']
    """
    if len(text) > _LONGEST:
        return ()
    for pattern in _PATTERNS:
        match = pattern.search(text)
        if match is not None:
            found = match.groupdict()
            if found.get("list"):
                return _listed(match["list"], match.start("list"))
            return match.span("a"), match.span("b")
    both = compared(text)
    if both is None:
        return ()
    places = [text.find(each) for each in both.alternatives]
    if -1 in places:
        return ()
    return tuple((place, place + len(each)) for place, each in zip(places, both.alternatives, strict=True))


def _listed(items: str, offset: int) -> tuple[tuple[int, int], ...]:
    cuts = [match.span() for match in _ITEMS.finditer(items)]
    if not cuts:
        return ()
    starts, ends = [0, *(cut[1] for cut in cuts)], [*(cut[0] for cut in cuts), len(items)]
    return tuple((offset + start, offset + end) for start, end in zip(starts, ends, strict=True))
