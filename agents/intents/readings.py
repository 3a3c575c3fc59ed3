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
    r"\bwho(?:m)? (?:do|should|can|must|would|could|shall|might) (?:i|we|you|one|people|they) (?P<verb>ask|talk to|speak to"
    r"|speak with|contact|see|ring|call|phone|write to|go to|turn to|approach|e-?mail)(?: (?:about|for|regarding|concerning"
    r"|over|if|when|to) (?P<of>[^?!.;]+))",
    re.IGNORECASE,
)
_WHOM_TO: Final = re.compile(
    r"\bwho(?:['’]s| is) (?:the (?:right |best )?person|the one|there) (?:to|for) (?:ask|talk to|see|contact)(?: about)? "
    r"(?P<of>[^?!.;]+)",
    re.IGNORECASE,
)
_DIFFER: Final = re.compile(
    r"(?P<a>[^.,;?]+?) and (?P<b>[^,;?]+?) (?:(?:do not|don['’]t|does not|doesn['’]t|seem not to) agree|disagree|differ|clash"
    r"|(?:say|tell|give) (?:different|two|other) \w+|contradict (?:each other|one another))"
    r" (?:about|on|over|for|as to) (?P<x>[^.?;]+)[.?;:,]\s*(?:so )?"
    r"(?P<ask>(?:what|which) [a-z]+|when|where|who) does (?:each|either|every one)(?: of (?:them|the two))? (?:say|give|have"
    r"|name|tell|claim)",
    re.IGNORECASE,
)
_WHICH_MORE: Final = re.compile(
    r"^(?:which|what|who)(?: (?:one|of (?:them|the two)))?(?:['’]?s| is| are| was) (?P<adj>[a-z]{2,}er|(?:more|less) [a-z]+)\b"
    r"[^,:?]*[,:] (?P<a>(?:the |our |my )?[\w'’ -]+?) or (?P<b>(?:the |our |my )?[\w'’ -]+?)[\s?.!]*$",
    re.IGNORECASE,
)
_HOW_LATE: Final = re.compile(r"\bhow (?P<how>late|early) (?=(?:can|may|do|does|is|are|will)\b)", re.IGNORECASE)
_COMES_TO: Final = re.compile(
    r"^(?P<x>(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a dozen) [^,;:?]+?)(?: (?:for|to) (?:the|our|my|us)\b"
    r"[^,;:?]*)?[,;:–-]\s*(?:what|how much)(?:['’]?s| is| does| do| will| would)? (?:that|it|they|this|those)"
    r" (?:come to|cost|be|make|set me back|add up to)[^?]{0,20}[\s?.!]*$",
    re.IGNORECASE,
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
    rf"^\W*(?P<aux>{_AUXILIARY}) (?P<who>i|we|you|they|he|she|it|(?:the|my|our|your) [a-z-]+(?: [a-z-]+)?)\b(?P<rest>.+?)[\s?.!]*$",
    re.IGNORECASE,
)
_DAYTIME: Final = re.compile(rf"\b({WEEKDAY})\s+(?:morning|afternoon|evening|night)\b", re.IGNORECASE)
_WITHOUT: Final = re.compile(r"\s+without (?:paying|being charged|a charge|an extra)\b[^?]*$", re.IGNORECASE)


def readings(need: str) -> Iterator[Reading]:
    """Yield other readings of a need, the nearest first; none of a Chinese one, and none equal to another.

    >>> [one.text for one in readings("hi, who do I ask about hiring the hall?")][:2]
    ['who do I ask about hiring the hall?', 'who is responsible for hiring the hall?']
    """
    if is_cjk(need) or len(need) > _LONGEST:
        return
    seen = {_same(need)}
    for one in _all(need):
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
    yield from _each_source(plain)
    yield from _more(plain)
    yield from _whom(plain)
    yield from _late(plain)
    yield from _bill(plain)
    yield from _hours(plain)


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


def _each_source(need: str) -> Iterator[Reading]:
    """What each of two sources says that differ is asked of each by itself."""
    match = _DIFFER.search(need)
    if match is None:
        return
    parts = tuple(f"{match['ask']} is {match['x'].strip()} according to {match[name].strip()}?" for name in ("a", "b"))
    yield Reading(text=" ".join(parts), parts=parts, why="each source by itself")


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
