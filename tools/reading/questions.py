"""What a question asks for: the kind of answer, the noun it must be, and the terms it gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from questline.tools.text import STOPWORDS, cjk_share, content_terms, stem

__all__ = ["Kind", "Question", "analyse"]

Kind: TypeAlias = Literal["person", "place", "date", "number", "yesno", "reason", "entity"]

_RULES: Final[tuple[tuple[Kind, str], ...]] = (
    (
        "yesno",
        (
            r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|must|am|shall)\b(?!.*\b(?:what|who|where"
            r"|when|which)\b)"
            r"|是否|是不是|有没有|[吗嘛][？?]?$"
        ),
    ),
    ("person", r"^who\b"),
    ("number", r"\bhow (?:many|much|old|long|tall|far|big|large|high|deep|fast|heavy|wide|often)\b"),
    (
        "number",
        (
            r"\b(?:what|which) (?:is|was|are|were)? ?(?:the )?(?:\w+ )?(?:number|percentage|population|age"
            r"|temperature|amount|area code|speed|size|distance|height|length|depth|price|cost|fee|fare|rent|salary"
            r"|weight|budget|capacity)\b"
        ),
    ),
    ("number", r"^(?:the )?number of|多少|几[个名次人年月种座位届岁元条]|多[大高长远重深久]|人数|数量"),
    (
        "date",
        (
            r"\bwhen\b|\b(?:what|which) (?:exact )?(?:year|date|day|month|century|decade|season|time)\b"
            r"|\bwhat'?s the (?:date|year)\b"
        ),
    ),
    ("date", r"\bdate of (?:birth|death)\b|何时|什么时候|哪[一]?[年天日月]|时间|几[月号日]|日期"),
    ("reason", r"\bwhy\b|\bwhat (?:is|was) the (?:reason|cause|purpose)\b|为什么|为何"),
    ("person", r"\bwho(?:se|m|'s)?\b|谁|哪位"),
    (
        "person",
        (
            r"\b(?:what|which) (?:actor|actress|singer|author|president|king|queen|player|writer|artist|person"
            r"|man|woman|composer"
            r"|director|scientist|philosopher|explorer|general|character)\b"
        ),
    ),
    (
        "place",
        (
            r"\bwhere\b|\b(?:what|which) (?:city|country|state|place|town|county|continent|river|island|region"
            r"|province|location|part of)\b"
            r"|\bplace of (?:birth|death|burial)\b|哪里|哪儿|何地|在哪|哪个(?:国家|城市|地方|省)|哪国"
        ),
    ),
)
"""The first pattern that fits decides; tried on the question in lower case."""
_WH = re.compile(
    r"\b(?:what|which|name|list)(?:'s| is| are| was| were)?\s+(?:the |an? "
    r"|some )?(?P<noun>(?:[\w'-]+ ){0,3}?[\w'-]+)(?=\s+(?:is|are|was|were|did|does|do|has|have|had|can|of"
    r"|in|on|at|for|that|which|who|to|from|by|with|you|[a-z]+ed)\b|\?|$)"
)
_KIND_OF = re.compile(
    r"\b(what|which)(?:'s| is| was| are| were)? (?:the )?(?:type|kind|sort|name|names|types|kinds)s? of "
)
_MODAL = re.compile(r"^\W*(?:may|must|shall)\b", re.IGNORECASE)
_CHINESE_ASKING = re.compile(
    "多少|什么时候|什么|谁|何时|哪里|哪儿|哪[一]?[个些年天日月国位]?|是否|是不是|有没有|为什么|为何|如何|怎么|几"
)
_UNIT = re.compile(
    r"\bhow (?:many|much)\s+(?P<unit>(?:[a-z'-]+ )?[a-z'-]+?)(?=\s+(?:is|are|was|were|did|does|do|has"
    r"|have|had|can|of|in|on|at|for|will)\b|\?|$)|(?:多少|几)(?P<zh>[\u4e00-\u9fff]?)"
)
_SPAN_UNITS: Final = {
    "old": "age year years aged",
    "long": "year years hour hours minute minutes day days month months week weeks mile miles km metres feet",
    "tall": "feet ft metres meters m cm inches",
    "high": "feet ft metres meters m",
    "far": "miles km kilometres kilometers light-years",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, taken apart."""

    text: str
    kind: Kind
    terms: tuple[str, ...]
    """Stems of its content words, each once, in order; question words left out."""
    focus: frozenset[str]
    """Stems of the noun the answer must be (``river``) or of the unit it is counted in (``points``)."""
    quoted: tuple[str, ...] = ()
    chinese: bool = False

    @property
    def folded(self) -> str:
        """The question in lower case."""
        return self.text.casefold()


_NOT_TERMS = frozenset({"name", "list", "many", "much", "kind", "type", "mean", "call"}) | {
    stem(word) for word in STOPWORDS
}


@lru_cache(maxsize=512)
def analyse(text: str) -> Question:
    """Take `text` apart by rule."""
    folded = _KIND_OF.sub(r"\1 ", " ".join(text.casefold().split()))
    kind = _kind(folded)
    terms = [
        term
        for term in dict.fromkeys(content_terms(_CHINESE_ASKING.sub(" ", _MODAL.sub("", text))))
        if term not in _NOT_TERMS
    ]
    return Question(
        text=text,
        kind=kind,
        terms=tuple(terms),
        focus=_focus(folded, kind),
        quoted=tuple(re.findall(r"[\"“《]([^\"”》]+)[\"”》]", text)),
        chinese=cjk_share(text) > 0.3,
    )


def _kind(folded: str) -> Kind:
    for kind, pattern in _RULES:
        if re.search(pattern, folded):
            return kind
    return "entity"


def _focus(folded: str, kind: Kind) -> frozenset[str]:
    if kind == "number":
        span = re.search(rf"\bhow ({'|'.join(_SPAN_UNITS)})\b", folded)
        if span:
            return frozenset(map(stem, _SPAN_UNITS[span.group(1)].split()))
        unit = _UNIT.search(folded)
        return frozenset(content_terms(unit.group("unit") or unit.group("zh") or "")) if unit else frozenset()
    noun = _WH.search(folded)
    return frozenset(content_terms(noun.group("noun"))) if noun else frozenset()
