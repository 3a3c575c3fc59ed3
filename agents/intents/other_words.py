"""What people call the same: who is asked about something is responsible for it, what it comes to is what it costs.

Each function takes a need and yields it in other words, with what was said before the question put into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.number_words import in_words

from .closed_words import WH
from .values import Reading
from .worked_out import path_in

__all__ = ["in_other_words"]

_WHOM: Final = re.compile(
    r"\bwho(?:m)? (?:do|should|can|must|would|could|shall|might) (?:i|we|you|one|people|they) (?P<verb>ask"
    r"|talk to|speak to"
    r"|speak with|contact|see|ring|call|phone|write to|go to|turn to|approach|e-?mail)(?: (?:about|for|regarding"
    r"|concerning"
    r"|over|if|when|to) (?P<of>[^?!.;]+))",
    re.IGNORECASE,
)
_WHOM_TO: Final = re.compile(
    r"\bwho(?:['’]s| is) (?:the (?:right |best )?person|the one|there) (?:to|for) (?:ask|talk to|see"
    r"|contact)(?: about)? "
    r"(?P<of>[^?!.;]+)",
    re.IGNORECASE,
)
_WHICH_MORE: Final = re.compile(
    r"^(?:which|what|who)(?: (?:one|of (?:them|the two)))?(?:['’]?s| is| are| was) (?P<adj>[a-z]{2,}er|(?:more"
    r"|less) [a-z]+)\b"
    r"[^,:?]*[,:] (?P<a>(?:the |our |my )?[\w'’ -]+?) or (?P<b>(?:the |our |my )?[\w'’ -]+?)[\s?.!]*$",
    re.IGNORECASE,
)
_IS_MORE: Final = re.compile(
    r"^(?:is|are|was|were) (?P<a>(?:the |our |my )?[\w'’ -]+?) (?P<adj>[a-z]{2,}er|(?:more|less) [a-z]+) or"
    r" (?![a-z]+er\b|not\b)(?P<b>(?:the |our |my )?[\w'’ -]+?)[\s?.!]*$",
    re.IGNORECASE,
)
_HOW_LATE: Final = re.compile(r"\bhow (?P<how>late|early) (?=(?:can|may|do|does|is|are|will)\b)", re.IGNORECASE)
_COMES_TO: Final = re.compile(
    rf"^(?P<x>(?:\d+|{in_words(2, 12)}|a dozen) [^,;:?]+?)(?: (?:for"
    r"|to) (?:the|our|my|us)\b"
    r"[^,;:?]*)?[,;:–-]\s*(?:what|how much)(?:['’]?s| is| does| do| will| would)? (?:that|it|they|this|those)"
    r" (?:come to|cost|be|make|set me back|add up to)[^?]{0,20}[\s?.!]*$",
    re.IGNORECASE,
)
_MADE: Final = re.compile(
    rf"\b(?P<n>\d+|{in_words(2, 12)}|twenty|thirty|forty"
    r"|fifty) (?:of (?:the|those|these|your)"
    r" )?(?P<x>[a-z]+s)\b[^?]*?[.,;:]\s*(?:so )?(?P<how>how (?:many|much) [a-z]+(?: of [a-z ]+?)?)(?= (?:do|does"
    r"|should|must|will"
    r"|would|goes|go|is|are)\b)",
    re.IGNORECASE,
)
_SO_MANY: Final = re.compile(
    rf"\bfor (?:the )?(?:\d{{1,3}}|{in_words(2, 12)}|twenty)"
    r"(?= (?:cost|costs|come|comes|be|is|are|each|please|altogether|in all)\b|[\s?.!]*$)",
    re.IGNORECASE,
)
_TAUGHT: Final = re.compile(
    r"\bwho (?:teaches|shows|trains|helps) (?:people|you|us|me|others|beginners|anyone|visitors|children) (?:how )?to"
    r" (?P<verb>[a-z]+) (?P<x>[a-z]+(?: [a-z]+)?)[\s?.!]*$",
    re.IGNORECASE,
)
_HAS: Final = re.compile(
    r"^(?:i|we)(?:['’]ve| have|['’]m| am| are|['’]re)(?: got| bringing| with| coming with| taking)? "
    r"(?P<x>(?:an?|the|my|our|two|three|four) [\w'’ -]{2,40}?)(?: (?:with (?:me|us)|along"
    r"|here))?[.,;:–-]+\s*(?:so |and )?"
    rf"(?P<ask>{WH}\b.+)$",
    re.IGNORECASE,
)
_CARD: Final = re.compile(
    r"(?:an?|the|my|our) (?P<of>(?-i:[A-Z])[\w'’]*(?: (?-i:[A-Z])[\w'’]*)*) (?:card|pass|membership)", re.IGNORECASE
)
_GERUND: Final = re.compile(r"^[a-z]{2,}ing (?=\w)", re.IGNORECASE)


def in_other_words(need: str) -> Iterator[Reading]:
    """Yield a need in other words."""
    for find in (_more, _whom, _beside, _recipe, _late, _bill):
        yield from find(need)


def _more(need: str) -> Iterator[Reading]:
    """Which of two is more so is told by how much one is so."""
    match = _WHICH_MORE.match(need) or _IS_MORE.match(need)
    if match is not None:
        one = match["a"].strip()
        other = re.sub(r" one$", f" {one.split()[-1]}", match["b"].strip())
        said = f"by how much is {one} {match['adj']} than {other}?"
        yield Reading(text=said, why="as a difference")


def _whom(need: str) -> Iterator[Reading]:
    """Who is asked about something is who is responsible for it."""
    match = _WHOM.search(need) or _WHOM_TO.search(need)
    if match is None:
        return
    of = match["of"].strip()
    thing = _GERUND.sub("", of)
    for said in (f"who is responsible for {of}?", f"who arranges {of}?", f"who looks after {thing}?"):
        yield Reading(text=said, need=need, why="in other words")


def _late(need: str) -> Iterator[Reading]:
    """How late something may be is until when it may be."""
    match = _HOW_LATE.search(need)
    if match is not None:
        opening = "until when" if match["how"].casefold() == "late" else "from when"
        yield Reading(text=f"{need[: match.start()]}{opening} {need[match.end() :]}", need=need, why="in other words")


def _bill(need: str) -> Iterator[Reading]:
    """What so many of something come to is what they cost."""
    match = _COMES_TO.match(need)
    if match is not None:
        yield Reading(text=f"what do {match['x'].strip()} cost?", why="in other words")


def _beside(need: str) -> Iterator[Reading]:
    """What somebody has or brings is put into the question; so many without a noun are people."""
    people = _SO_MANY.sub(lambda match: f"{match[0]} people", need)
    match = _HAS.match(people)
    if people != need and match is None:
        yield Reading(text=people, need=need, why="for so many people")
    taught = _TAUGHT.search(need)
    if taught is not None:
        said = f"who teaches {taught['x']} {_doing(taught['verb'])}?"
        yield Reading(text=said, need=need, why="in other words")
    if match is not None:
        asked = match["ask"].strip(" ?")
        club = _CARD.fullmatch(match["x"])
        said = (
            f"As a member of the {club['of']}, {asked[:1].lower()}{asked[1:]}?"
            if club
            else f"{asked} with {match['x']}?"
        )
        yield Reading(text=said, why="with what was said before it")


def _doing(verb: str) -> str:
    return f"{verb[:-1]}ing" if verb.endswith("e") and not verb.endswith("ee") else f"{verb}ing"


def _recipe(need: str) -> Iterator[Reading]:
    """So many of what a file is a recipe for, and how much of something goes into them."""
    match, path = _MADE.search(need), path_in(need)
    if match is not None and path:
        said = f"{match['how']} do I need for {match['n']} {match['x']}, going by {path}?"
        yield Reading(text=said, why="in other words")
