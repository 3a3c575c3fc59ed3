"""Questions that ask about something they only describe, taken apart into one hop after another."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from .comparison import compared

__all__ = ["chain"]

_LONGEST: Final = 4
"""Parts at most (the paper's limit)."""
_COMPOUND: Final = {
    "paternal grandfather": ("father", "father"), "paternal grandmother": ("father", "mother"),
    "maternal grandfather": ("mother", "father"), "maternal grandmother": ("mother", "mother"),
    "grandfather": ("father", "father"), "grandmother": ("mother", "mother"),
    "father-in-law": ("spouse", "father"), "mother-in-law": ("spouse", "mother"),
    "sibling-in-law": ("sibling", "spouse"), "brother-in-law": ("sister", "husband"),
    "sister-in-law": ("brother", "wife"),
    "child-in-law": ("child", "spouse"), "son-in-law": ("daughter", "husband"), "daughter-in-law": ("son", "wife"),
    "stepmother": ("father", "wife"), "stepfather": ("mother", "husband"), "stepchild": ("spouse", "child"),
    "uncle": ("father", "brother"), "aunt": ("father", "sister"), "nephew": ("sibling", "son"),
    "niece": ("sibling", "daughter"),
    "grandchild": ("child", "child"), "grandson": ("child", "son"), "granddaughter": ("child", "daughter"),
    "cousin": ("uncle", "child"), "co-wife": ("husband", "wife"), "co-husband": ("wife", "husband"),
}  # fmt: skip
"""Family words that hide a hop."""
_WHO: Final = (
    "director|composer|performer|singer|author|writer|producer|creator|founder|artist|lyricist"
    "|screenwriter|editor|designer"
    "|architect|inventor|owner|publisher|star|lead singer|vocalist|father|mother|husband|wife|spouse"
    "|child|son|daughter|sibling"
    "|brother|sister|partner|parent|president|leader|mayor|king|queen|ceo|coach|head coach|discoverer"
    "|winner|lead actor"
    "|lead actress|maker|developer|manufacturer|conductor|librettist|illustrator|narrator"
    "|lead|team lead|project lead|head|manager|chair|chairman|chairwoman|chairperson|captain|commander|secretary"
    "|treasurer|principal|supervisor|keeper|curator|maintainer|organiser|organizer|deputy"
)
_WHAT: Final = (
    "birthplace|place of birth|city of birth|place of death|hometown|alma mater|capital|country"
    "|home country|native country"
    "|record label|employer|team|band|university|school|headquarters|company|state|city|county|continent|birth city"
)
_KIND: Final = (
    "film|movie|song|album|book|novel|band|play|tv series|series|show|game|opera|poem|company|single|musical|painting"
)
_TAIL: Final = (
    r"(?: (?:born|die|died|study|studied|from|work(?:ed)?(?: at| for)?|live[ds]?|educated|buried"
    r"|earn(?:ed)?|receive[ds]?|win|won"
    r"|attend(?:ed)?|graduated?(?: from)?|located(?: in)?|married(?: to)?|start(?:ed)?|end(?:ed)?"
    r"|found(?:ed)?|released"
    r"|employed|based|known for|have|play(?:ed)?(?: for)?)(?: (?:in|at|from|on|to))?)"
)
_ATTRIBUTE: Final = (
    "place of birth|place of death|place of burial|date of birth|date of death|cause of death|nationality|occupation"
    "|country of citizenship|birthplace|birthday|profession|native language|religion|age|net worth|name"
)
_HEAD: Final = (
    r"(?i:(?:(?:in|from|at|on|for|to|of|by) )?(?:who|whom|what|where|when|which|why|how|whose)\b"
    r"(?: (?:country|nationality|award|school|city|university|college|state|year|language|team|position"
    r"|many [a-z]+|old|tall))?"
    rf"(?:'s| is| are| was| were| do| does| did| has| have| had)? ?(?:the )?(?:(?:{_ATTRIBUTE}"
    rf"|{_WHO}) of )?(?:the )?)"
)
_OF: Final = re.compile(
    rf"^(?P<head>[^(]*?)\b(?:the )?(?P<rel>{_WHO}|{_WHAT}) (?:of"
    rf"|for) (?:the )?(?P<kind>(?:{_KIND}) )?(?P<x>.+?)(?P<tail>{_TAIL})?$"
)
_OWNED: Final = re.compile(
    rf"^(?P<head>{_HEAD})(?P<x>[^ ].*?)['’]s? (?P<rel>{_WHO}|{_WHAT})(?P<tail>(?:['’]s? .*| .*)?)$"
)
_FAMILY_OF: Final = re.compile(
    rf"^(?P<head>[^(]*?)\b(?:the )?(?P<rel>{'|'.join(_COMPOUND)}) of (?P<x>.+?)(?P<tail>{_TAIL})?$"
)
_FAMILY_OWNED: Final = re.compile(
    rf"^(?P<head>{_HEAD})(?P<x>.+?)['’]s? (?P<rel>{'|'.join(_COMPOUND)})(?P<tail>(?: .*)?)$"
)
_PLACE_CLAUSE: Final = re.compile(
    r"^(?P<head>.*?)\bthe (?P<noun>(?:[a-z]+ )?(?:country|state|city|county|town|province|region"
    r"|continent|place|location|company|team|band|university|school|island|village|district))"
    r" (?P<link>where|in which|that|which|whose|containing) (?P<clause>.+?(?: (?:is|was|are"
    r"|were)(?: located| situated| found| held| born| based| formed| founded| filmed| a citizen| from"
    r"| in)| located| (?:took|takes) place| died| lived| occurred?| belongs to| is part of))"
    r"(?P<tail>(?:,? .*)?)$",
    re.IGNORECASE,
)
_PERSON_CLAUSE: Final = re.compile(
    r"^(?P<head>(?:when|where|what|who|how|which)\b.*?)\bthe (?P<noun>person|man|woman|actor|actress"
    r"|singer|author|player|artist|director|musician|writer|individual) (?:who"
    r"|that) (?P<clause>[a-z]+ .+?)(?P<tail>" + _TAIL + r")?$",
    re.IGNORECASE,
)
_PLAIN_HEAD: Final = re.compile(
    r"^(?:who|what|which|where|when|of)?(?:'s)?\s*(?:is|was|are|were)?\s*(?:the name of|named?"
    r"|called)?\s*(?:the)?\s*$",
    re.IGNORECASE,
)
_ASKS_WHETHER: Final = re.compile(r"^(?:is|are|was|were)\b", re.IGNORECASE)
_CHINESE: Final = re.compile(
    r"^(?P<x>.+?)的(?P<rel>导演|作曲(?:者|家)?|作者|演唱者|编剧|制片人|创始人|父亲|母亲|丈夫|妻子|配偶|儿子|女儿|首都|主演|主席"
    r"|总统)(?:的)?(?P<tail>.*[^是谁？?].*)$"
)


@lru_cache(maxsize=512)
def chain(question: str) -> tuple[str, ...]:
    """Return the hops of `question`, the later ones with ``#n`` for what an earlier one finds; itself when single."""
    text = " ".join(question.split())
    comparison = compared(text)
    if comparison is not None:
        return _side_by_side(comparison.parts) or (question,)
    parts = _hops(text.rstrip(" ?？.。"))
    return tuple(parts[:_LONGEST]) if 1 < len(parts) <= _LONGEST else (question,)


def _side_by_side(parts: tuple[str, str]) -> tuple[str, ...]:
    """Return both chains of a comparison one after the other when each has hops of its own."""
    found: list[str] = []
    for part in parts:
        found += _shifted(_hops(part.rstrip(" ?？")), len(found))
    return tuple(found) if 2 < len(found) <= _LONGEST else ()


def _shifted(hops: list[str], by: int) -> list[str]:
    """Renumber the references of hops that come after `by` others."""
    return [re.sub(r"#(\d)", lambda match: f"#{int(match.group(1)) + by}", hop) for hop in hops]


def _hops(text: str) -> list[str]:
    for step in (_compound, _clause, _relation, _chinese):
        found = step(text)
        if found is not None:
            first, rest = found
            earlier = _hops(first)
            here = f"#{len(earlier)}"
            return [*earlier, *_later(rest.replace("#1", here), len(earlier))]
    return [text + ("？" if re.search(r"[\u4e00-\u9fff]", text) else "?")]


def _later(text: str, done: int) -> list[str]:
    """Take the rest apart again: ``#1's birthplace`` may hide another hop."""
    marked = text.replace(f"#{done}", "Xx")
    return [hop.replace("Xx", f"#{done}") for hop in _shifted(_hops(marked), done)]


def _compound(text: str) -> tuple[str, str] | None:
    match = _FAMILY_OF.match(text) or _FAMILY_OWNED.match(text)
    if match is None:
        return None
    first, second = _COMPOUND[match.group("rel").lower()]
    head, tail = match.group("head"), match.group("tail") or ""
    rest = f"Who is the {second} of #1" if _plain(head, tail) else f"{head.strip()} the {second} of #1{tail}"
    return f"Who is the {first} of {match.group('x')}", rest


def _relation(text: str) -> tuple[str, str] | None:
    for pattern in (_OF, _OWNED):
        match = pattern.match(text)
        if match is None:
            continue
        head, tail = match.group("head"), match.group("tail") or ""
        relation = match.group("rel").lower()
        kind = (match.groupdict().get("kind") or "").lower()
        if not tail.strip() and _ASKS_WHETHER.match(head):
            continue  # "Is Ann the director of X?" is one question
        if _plain(head, tail) or re.search(r"[,]", head):
            inner = _relation_inside(match.group("x"))
            if inner is not None:
                lead = f"{head.strip()} " if head.strip() else f"{_asking(relation)} "
                return inner[0], f"{lead}the {relation} of {kind}{inner[1]}"
            continue
        return f"{_asking(relation)} the {relation} of {kind}{match.group('x')}", f"{head}#1{tail}"
    return None


def _relation_inside(entity: str) -> tuple[str, str] | None:
    """Take "the director of film X" or "X's father" out of what looks like a name."""
    match = _OF.match(entity) or _OWNED.match("who is " + entity)
    if match is None or match.group("tail") or not _plain(match.group("head"), ""):
        return None
    relation, kind = match.group("rel").lower(), (match.groupdict().get("kind") or "").lower()
    return f"{_asking(relation)} the {relation} of {kind}{match.group('x')}", "#1"


def _asking(relation: str) -> str:
    """Return how to ask for a relation that the question itself only mentions."""
    return "Who is" if re.fullmatch(_WHO, relation) else "What is"


def _clause(text: str) -> tuple[str, str] | None:
    match = _PLACE_CLAUSE.match(text)
    if match and not _plain(match.group("head"), match.group("tail")):
        link, noun, clause = (match.group(name) for name in ("link", "noun", "clause"))
        first = f"In which {noun} {clause}" if link.lower() in {"where", "in which"} else f"Which {noun} {clause}"
        return first, f"{match.group('head')}#1{match.group('tail')}"
    match = _PERSON_CLAUSE.match(text)
    if match and not _plain(match.group("head"), match.group("tail") or ""):
        return f"Who {match.group('clause')}", f"{match.group('head')}#1{match.group('tail') or ''}"
    return None


def _chinese(text: str) -> tuple[str, str] | None:
    match = _CHINESE.match(text)
    if match is None or not match.group("tail").strip("是谁叫什么名字"):
        return None
    return f"{match.group('x')}的{match.group('rel')}是谁", f"#1{match.group('tail')}"


def _plain(head: str, tail: str) -> bool:
    """Say whether only "who is" is left around the relation, so that nothing hides behind it."""
    return not tail.strip() and bool(_PLAIN_HEAD.match(head))
