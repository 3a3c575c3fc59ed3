"""What a question for a price, a weight or a sum is about: its words without those that only ask."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import content_terms, stem

from .patterns import without_end

__all__ = ["ALTERED", "PRICE", "TOGETHER", "after_verb", "subject", "terms_of"]

PRICE: Final = re.compile(
    r"\b(?:costs?|prices?|priced|pay(?:ing)?|charged?|fees?|owe|worth|comes? to|total (?:for|of)|add up to"
    r"|set (?:me|us) back"
    r"|how much (?:altogether |in total |in all )?(?:is|are|was|were|for|(?:would|will|do|does) .+ be\b)"
    r"|how much (?:altogether|in total|in all)|what(?:'s| is| would) (?:that|it)(?: be)?)(?!\w)",
    re.IGNORECASE,
)
TOGETHER: Final = re.compile(
    r"\b(?:together|altogether|in total|in all|combined|all in all|total (?:for|of|cost of|price of)|add up to)\b",
    re.IGNORECASE,
)
ALTERED: Final = re.compile(
    r"\b(?:including|included|incl|inclusive|excluding|excluded|excl|without|except|minus|net of|on top|plus|after"
    r"|before|instead of|deducted|deducting|taken off|knocked off)\b",
    re.IGNORECASE,
)
"""Something more than things and numbers goes into the price."""
_ASKING: Final = frozenset(
    map(
        stem,
        listed(
            "cost price pay paying charge come total altogether together combined all bill be due owe what wat whats"
            " much worth sum set back i'd i'll we'd we'll both in please pls say get"
        ),
    )
)
_CLAUSE: Final = re.compile(
    r"[,;:.]?\s+(?:and |so |then )?(?P<clause>(?:what|wat|whats|how much)\b[^,;:]*)$", re.IGNORECASE
)
_LEAD: Final = re.compile(
    r"^.*?\b(?:how much|what|wat|whats)(?:['’]?s\b| is| are| do| does| would| will| did| was| were)?"
    r"(?: (?:altogether|in total|in all))?(?: (?:be|we|i|you)(?: be)? (?:pay|paying|owe)(?: for)?)?(?: be)?(?: for)?"
    r"(?: the (?:total )?(?:price|cost|total|sum)s? (?:of|for))? (?=\S)",
    re.IGNORECASE,
)
_VERB: Final = re.compile(
    r"\s(?:costs?|pay|be|comes? to|worth|weighs?|take up|add up to|set (?:me|us) back)\b", re.IGNORECASE
)
_EXTRA: Final = re.compile(
    r"\b(?:me|us|you|please|pls|thanks|together|altogether|in total|in all|combined|all in all|do they|in all"
    r"|each|apiece|a piece|a head|per (?:person|head))\b",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(r"\s*,\s*(?:and |plus )?|\s+(?:and|plus|n|&)\s+", re.IGNORECASE)
_COUNTED: Final = re.compile(r"(?:an?|the|our|my) |\d", re.IGNORECASE)
_COMPLEMENT: Final = re.compile(r" (?:for|at|in|on|from|to|of) .+$")


def subject(text: str) -> str:
    """Return what a question is for the price or weight of; empty where only a pronoun stands for it.

    >>> subject("2 nights in Gorse plus 3 nights in Cedar, what would I be paying altogether?")
    '2 nights in Gorse plus 3 nights in Cedar'
    """
    return _cut(text)[0]


def after_verb(text: str) -> str:
    """Return what follows the verb of such a question and is no filler: " in 2021", " for one day"."""
    more = _cut(text)[1]
    return f" {more}" if more else ""


def _cut(text: str) -> tuple[str, str]:
    bare = without_end(text)
    clause = _CLAUSE.search(bare)
    if clause and clause.start() and frozenset(content_terms(clause["clause"])) <= _ASKING:
        bare = bare[: clause.start()]
    lead = _LEAD.match(bare)
    bare = f" {bare[lead.end() :] if lead else bare}"
    verb = _VERB.search(bare)
    pieces = (bare[: verb.start()], bare[verb.end() :]) if verb else (bare, "")
    plain = [" ".join(_EXTRA.sub(" ", piece).split()).strip(" ,") for piece in pieces]
    thing, more = (piece if frozenset(content_terms(piece)) - _ASKING else "" for piece in plain)
    return thing, more


def terms_of(text: str) -> list[tuple[int, str]]:
    """Return the things of a list, each with its number: of "a roll and 2 spoons at Mara's" both are at Mara's.

    A joint before a number or an article parts two things; only without such a one does every joint.
    """
    joints = list(_JOINT.finditer(text))
    firm = [joint for joint in joints if _counts(text[joint.end() :])]
    cuts = firm if firm and _counts(text) else joints
    starts, ends = [0, *(cut.end() for cut in cuts)], [*(cut.start() for cut in cuts), len(text)]
    found = [_counted(text[start:end].strip()) for start, end in zip(starts, ends, strict=True)]
    found = [(count, thing) for count, thing in found if thing]
    shared = _COMPLEMENT.search(found[-1][1]) if found else None
    if shared and shared[0].strip()[:3] != "of " and not any(_COMPLEMENT.search(thing) for _, thing in found[:-1]):
        found = [(count, f"{thing}{shared[0]}") for count, thing in found[:-1]] + found[-1:]
    return found


def _counts(text: str) -> bool:
    said = numbers_in(text[:40])
    return bool(_COUNTED.match(text)) or bool(said and said[0].start == 0)


def _counted(term: str) -> tuple[int, str]:
    said = numbers_in(term)
    if (
        said
        and said[0].start == 0
        and isinstance(said[0].value, int)
        and not said[0].ordinal
        and term[said[0].end :].strip()
    ):
        return said[0].value, term[said[0].end :].strip()
    return 1, re.sub(r"^(?:an?|the) ", "", term, flags=re.IGNORECASE)
