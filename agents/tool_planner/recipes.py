"""A recipe for another number: a file or a recipe tells amounts for so many, and the question wants them for others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.slot_filling.units import measures

from .counted import Counted, counts_in, plural, single
from .literals import PATH
from .operands import Frame, Operand

__all__ = ["scaled"]

_WANTED: Final = re.compile(
    r"\bhow (?P<how>many|much) (?P<x>[^?,]+?)(?= (?:do|does|would|will|should|must|for|is that|are that|in|go|goes|come"
    r"|comes|according|from)\b|[?,]|$)",
    re.IGNORECASE,
)
_NO_THING: Final = re.compile(r"(?:is|are|was|were|does|do|did|will|would|more|less|longer|of)\b", re.IGNORECASE)
_RECIPE: Final = re.compile(
    r"\b(?:the|our|my|your|this|that) (?:[\w'-]+ ){0,3}?recipe\b"
    r"(?: (?:for|of) (?:the )?[a-z -]+?(?=[,?.]| for | how |$))?",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(
    r",?\s*(?:\b(?:according to|going by|based on|following|using|as in|as per|per|with|by|in|from|of|for)\s+)"
    r"(?:(?:the|our|my)\s+(?:[\w'-]+\s+){1,3}?(?:in|of|from)\s+)?(?=\0)",
    re.IGNORECASE,
)
_EACH: Final = re.compile(r"\b(?:one|a|an|1) (?P<n>[a-z]+) (?:each|apiece|per (?:person|head))\b", re.IGNORECASE)


def scaled(text: str, opening: str = "") -> Iterator[Frame]:
    """Yield how an amount of a recipe is worked out for the number of a question.

    Args:
        text: What is asked.
        opening: What was said before it: "I need 60 rolls."
    """
    path, recipe = PATH.search(text) or PATH.search(opening), _RECIPE.search(text) or _RECIPE.search(opening)
    wanted = _WANTED.search(text)
    if not (path or recipe) or not wanted or _NO_THING.match(wanted["x"]):
        return
    item = re.sub(r"^(?:of )?(?:the )?", "", wanted["x"].strip(), flags=re.IGNORECASE)
    unit, of_it, rest = item.partition(" of ")
    measured = bool(measures(unit.split()[0].casefold()))
    item = rest if of_it and measured else item
    count = _number(text, wanted) or _number(opening, None)
    if count is None:
        return
    each = _EACH.search(f"{opening} {text}")
    noun = each["n"] if each else single(count.noun).split()[-1]
    source = path[0] if path else recipe[0] if recipe else ""
    counts = wanted["how"].casefold() == "many" and not measured
    amount = Operand(
        kind="number" if counts else "quantity",
        ask=f"How {'many' if counts else 'much'} {item} does {source} ask for?",
        of=item,
    )
    base = Operand(kind="number", ask=f"For how many {plural(noun)} is {source}?", of="" if path else item)
    yield Frame(amount=True, pieces=(amount, f" * {count.value} / ", base))


def _number(text: str, wanted: re.Match[str] | None) -> Counted | None:
    """Return the one number of things that a text wants; what is asked for is none."""
    if wanted is not None:
        text = f"{text[: wanted.start()]}{text[wanted.end('x') :]}"
    for source in (PATH, _RECIPE):
        text = _LEAD.sub("", source.sub("\0", text)).replace("\0", "")
    found = counts_in(text, least=1)
    several = [one for one in found if one.value > 1] or found
    return several[0] if len(several) == 1 else None
