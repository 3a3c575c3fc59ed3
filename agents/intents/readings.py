"""Other readings of a need that was not answered, for whoever can try them and see which one holds.

Each says the same as the need, and leaves out nothing but conversation: how it is spelled, where it is cut, what people
call the same, and of a moment that is asked about ("are you open at two on a Saturday?") the hours that decide it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.text import is_cjk

from .closed_words import AUXILIARY, WH
from .hasty import spelled_out
from .idle import without_idle_words
from .moments import by_the_hours
from .other_words import in_other_words
from .values import Reading
from .worked_out import due_again, for_another_time

__all__ = ["readings"]

_READ: Final = 4_000
"""Characters of what was found that are looked at."""
_LONGEST: Final = 600
"""Characters of a need that is read otherwise."""
_OPENING: Final = rf"(?:(?:until|by|from|since|at|in|on|for|to) )?{WH}\b"
_JOINT: Final = re.compile(
    rf"\s*[,;?]?\s+(?:and|plus|also|&)\s+(?:also\s+)?(?={_OPENING})|\s*[,;]\s+(?={_OPENING})",
    re.IGNORECASE,
)
_ASKING: Final = re.compile(rf".*\b(?:{WH}(?:['’]s)?|{AUXILIARY})\b.*\s\w", re.IGNORECASE)
_PLUS: Final = re.compile(r"\s+(?:plus|and|&)\s+", re.IGNORECASE)
_CONVERTED: Final = re.compile(r"\d.*\b(?:in|to|into|as)\b\s+\w+", re.IGNORECASE)


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
    for one in (*_worked_out(need, told), *_all(need)):
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
    yield from in_other_words(plain)
    yield from by_the_hours(plain)


def _worked_out(need: str, told: str) -> Iterator[Reading]:
    """What is worked out of what was found."""
    for find in (due_again, for_another_time):
        text = find(need, told[:_READ])
        if text:
            yield Reading(text=text, why="worked out of what was found")


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
