"""Other readings of a need that was not answered, for whoever can try them and see which one holds.

Each says the same as the need, and leaves out nothing but conversation: how it is spelled, where it is cut, what people
call the same, and of a moment that is asked about ("are you open at two on a Saturday?") the hours that decide it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from questline.tools.calendar_words import WEEKDAY
from questline.tools.text import is_cjk

from .closed_words import WH
from .hasty import spelled_out
from .idle import without_idle_words
from .seen import due_again, for_another_time, path_in

__all__ = ["Reading", "readings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to ask for the same."""

    text: str
    """What is asked; it may be several needs."""
    need: str = ""
    """What an answer is held against: the asker's own words, where `text` has others; empty for `text` itself."""
    parts: tuple[str, ...] = ()
    """The needs that `text` is, where it is several."""
    why: str
    """How it differs, for the trace."""


_READ: Final = 4_000
"""Characters of what was found that are looked at."""
_LONGEST: Final = 600
"""Characters of a need that is read otherwise."""
_AUXILIARY: Final = r"(?:is|are|was|were|do|does|did|can|could|will|would|may|must|should|has|have)"
_JOINT: Final = re.compile(
    rf"\s*[,;?]?\s+(?:and|plus|also|&)\s+(?:also\s+)?(?=(?:(?:until|by|from|since|at|in|on|for|to) )?{WH}\b)"
    rf"|\s*[,;]\s+(?=(?:(?:until|by|from|since|at|in|on|for|to) )?{WH}\b)",
    re.IGNORECASE,
)
_ASKING: Final = re.compile(rf".*\b(?:{WH}(?:['’]s)?|{_AUXILIARY})\b.*\s\w", re.IGNORECASE)
_PLUS: Final = re.compile(r"\s+(?:plus|and|&)\s+", re.IGNORECASE)
_CONVERTED: Final = re.compile(r"\d.*\b(?:in|to|into|as)\b\s+\w+", re.IGNORECASE)
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
_HOW_LATE: Final = re.compile(r"\bhow (?P<how>late|early) (?=(?:can|may|do|does|is|are|will)\b)", re.IGNORECASE)
_COMES_TO: Final = re.compile(
    r"^(?P<x>(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a dozen) [^,;:?]+?)(?: (?:for"
    r"|to) (?:the|our|my|us)\b"
    r"[^,;:?]*)?[,;:–-]\s*(?:what|how much)(?:['’]?s| is| does| do| will| would)? (?:that|it|they|this|those)"
    r" (?:come to|cost|be|make|set me back|add up to)[^?]{0,20}[\s?.!]*$",
    re.IGNORECASE,
)
_MADE: Final = re.compile(
    r"\b(?P<n>\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty"
    r"|fifty) (?:of (?:the|those|these|your)"
    r" )?(?P<x>[a-z]+s)\b[^?]*?[.,;:]\s*(?:so )?(?P<how>how (?:many|much) [a-z]+(?: of [a-z ]+?)?)(?= (?:do|does"
    r"|should|must|will"
    r"|would|goes|go|is|are)\b)",
    re.IGNORECASE,
)
_SO_MANY: Final = re.compile(
    r"\bfor (?:the )?(?:\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)"
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
_CLOCK: Final = (
    r"(?:(?:\d{1,2}(?:[:.]\d{2})?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"(?: ?(?:o['’]?clock|[ap]\.?m\b\.?))?|noon|midnight|half past \w+|quarter (?:past|to) \w+)"
)
_MOMENT: Final = re.compile(
    rf"\s+(?:still\s+)?(?:at|by|before|after|until|as late as|as early as)\s+(?:about |around )?{_CLOCK}"
    r"(?:\s+in the (?:morning|afternoon|evening)|\s+at night|\s+sharp)?",
    re.IGNORECASE,
)
_YES_NO: Final = re.compile(
    rf"^\W*(?P<aux>{_AUXILIARY}) (?P<who>i|we|you|they|he|she|it|(?:the|my|our"
    rf"|your) [a-z-]+(?: [a-z-]+)?)\b(?P<rest>.+?)[\s?.!]*$",
    re.IGNORECASE,
)
_DAYTIME: Final = re.compile(rf"\b({WEEKDAY})\s+(?:morning|afternoon|evening|night)\b", re.IGNORECASE)
_WITHOUT: Final = re.compile(r"\s+without (?:paying|being charged|a charge|an extra)\b[^?]*$", re.IGNORECASE)


def readings(need: str, told: str = "") -> Iterator[Reading]:
    """Yield other readings of a need, the nearest first; none of a Chinese one, and none equal to another.

    Args:
        need: What was asked.
        told: What was found for it, where that did not answer.

    >>> [one.text for one in readings("hi, who do I ask about hiring the hall?")][:2]
    ['who do I ask about hiring the hall?', 'who is responsible for hiring the hall?']
    """
    if is_cjk(need) or len(need) > _LONGEST:
        return
    seen = {_same(need)}
    for one in (*_seen(need, told), *_all(need)):
        key = _same(one.text)
        if key not in seen:
            seen.add(key)
            yield one


def _same(text: str) -> str:
    return " ".join(text.split()).strip(" ?.!").casefold()


def _all(need: str) -> Iterator[Reading]:
    plain = spelled_out(without_idle_words(need))
    yield Reading(text=plain, why="without what is only said around it")
    yield from _parts(plain)
    yield from _more(plain)
    yield from _whom(plain)
    yield from _beside(plain)
    yield from _recipe(plain)
    yield from _late(plain)
    yield from _bill(plain)
    yield from _hours(plain)


def _seen(need: str, told: str) -> Iterator[Reading]:
    """What is worked out of what was found."""
    for find in (due_again, for_another_time):
        text = find(need, told[:_READ])
        if text:
            yield Reading(text=text, why="worked out of what was found")


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


def _parts(need: str) -> Iterator[Reading]:
    """Two needs that stand behind each other without the marks that part them."""
    cuts = [part.strip(" ,;?") for part in _JOINT.split(need)]
    if len(cuts) > 2 and all(_ASKING.match(part) for part in cuts):
        parts = tuple(f"{part}?" for part in cuts)
        yield Reading(text=" ".join(parts), parts=parts, why=f"as {len(parts)} needs")
    for pattern in (_JOINT, _PLUS):
        for match in pattern.finditer(need):
            left, right = need[: match.start()].strip(" ,;?"), need[match.end() :].strip(" ,;?")
            asks = pattern is _JOINT and _ASKING.match(left)
            if asks or (_CONVERTED.search(left) and _CONVERTED.search(right)):
                yield Reading(text=f"{left}? {right}?", parts=(f"{left}?", f"{right}?"), why="as two needs")


def _more(need: str) -> Iterator[Reading]:
    """Which of two is more so is told by how much one is so."""
    match = _WHICH_MORE.match(need)
    if match is not None:
        said = f"by how much is {match['a'].strip()} {match['adj']} than {match['b'].strip()}?"
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


def _hours(need: str) -> Iterator[Reading]:
    """Whether something may be at a moment is told by the hours in which it may be."""
    moment = _MOMENT.search(need)
    match = _YES_NO.match(need) if moment else None
    if match is None or moment is None:
        return
    rest = _MOMENT.sub(" ", f" {match['rest']}")
    rest = " ".join(_WITHOUT.sub("", _DAYTIME.sub(r"\1", re.sub(r"\bstill\b", "", rest))).split())
    aux, who = match["aux"].casefold(), match["who"]
    for opening in ("until when", "when") if aux in ("can", "could", "may") else ("when",):
        yield Reading(text=f"{opening} {aux} {who} {rest}?", why="the hours that decide it")
