"""Read what a selecting model wrote: an answer and the numbers of the passages to keep, strictly.

Two forms can be read: ``Answer: … Selection: [1, 3]`` (the two parts of arXiv:2507.19102; marks in any case, English or
Chinese), and a list alone. Numbers outside 1 to n are foreign, 0 too, and reported; a selection is only empty where the
text says so (``[]``, ``none``). Thoughts in front are skipped; a text whose thoughts never end is unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.json_text import json_list

__all__ = ["Written", "listed_part", "read"]

_THOUGHT: Final = re.compile(r"<\s{0,8}(/?)\s{0,8}think(?:ing)?\s{0,8}>", re.IGNORECASE)
_SELECTION: Final = re.compile(
    r"^[\W_]{0,8}(?:selection|selected(?: passages)?|选择|选中)[\W_]{0,4}[:：]", re.IGNORECASE | re.MULTILINE
)
_ANSWER: Final = re.compile(r"^[\W_]{0,8}(?:answer|答案|回答)[\W_]{0,4}[:：]", re.IGNORECASE | re.MULTILINE)
_NONE: Final = re.compile(r"[\W_]*(?:\[\s*\]|\[\s*\[\s*\]\s*\]|none|no passages?|empty|无|没有)[\W_]*", re.IGNORECASE)
_BRACKETED: Final = re.compile(r"[\[［【]\s*(\d[\d\s,，、;]*)[\]］】]")
_OPEN: Final = re.compile(r"[\[［【][\d\s,，、;\"'\[]*\Z")
"""A list that is never closed: its last number may be the head of another."""
_BARE: Final = re.compile(r"[\s\[\](),;.&#>、，\d]*\d[\s\[\](),;.&#>、，\d]*(?:and\s*[\s\[\](),;.&#>、，\d]*)*")
_DIGITS: Final = re.compile(r"\d+")
_UNKNOWN: Final = re.compile(
    r"\W*(?:unknown|none|n/?a|not (?:stated|given|found|mentioned|specified)|no answer|i do(?:n't| not) know"
    r"|未知|不知道|无)\W*",
    re.IGNORECASE,
)
_FORM: Final = "write 'Answer:' and a few words, then 'Selection:' and a JSON list of numbers, such as [1, 3] or []"
_LONGEST: Final = 4_096
_LONGEST_PER_ID: Final = 64
_LONGEST_ANSWER: Final = 300
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in a text."""

    members: tuple[int, ...]
    """Numbers from 1 to n, each once, in the order written; empty only where the text says so."""
    answer: str = ""
    """Empty where none was given."""
    foreign: tuple[int, ...] = ()
    """Numbers of no passage, rising; left out."""
    repeated: int = 0
    """Numbers that came again."""


def read(text: str, n: int) -> Written:
    """Read a whole completion about `n` passages.

    Raises:
        ValueError: It has not the agreed form, or all its numbers are foreign; with a message for the model.
    """
    body = _after_thoughts(text)
    if len(body) > _LONGEST + _LONGEST_PER_ID * n:
        raise ValueError(f"that is too long: {_FORM}")
    if _OPEN.search(body):
        raise ValueError(f"the list breaks off: {_FORM}")
    marks = list(_SELECTION.finditer(body))
    if marks:
        return _made(_listed(body[marks[-1].end() :]), n, _answer(body[: marks[-1].start()]))
    if _ANSWER.search(body):
        raise ValueError(f"the selection is missing: {_FORM}")
    return _made(_alone(body), n, "")


def listed_part(text: str) -> tuple[int, int] | None:
    """Return where the list stands in a text that `read` can read, first character and end; None without one."""
    marks = list(_SELECTION.finditer(text))
    start = marks[-1].end() if marks else 0
    part = next((each for each in re.split(r"\n\s*\n", text[start:]) if each.strip()), "")
    if not part:
        return None
    at = text.index(part, start)
    return at, at + len(part)


def _after_thoughts(text: str) -> str:
    open_ = False
    start = 0
    for tag in _THOUGHT.finditer(text):
        open_ = not tag[1]
        start = tag.end()
    if open_:
        raise ValueError(f"the thoughts never end: {_FORM}")
    return text[start:]


def _answer(head: str) -> str:
    found = list(_ANSWER.finditer(head))
    line = " ".join(head[found[-1].end() :].split()) if found else ""
    return "" if _UNKNOWN.fullmatch(line) else line[:_LONGEST_ANSWER].strip(" *")


def _listed(rest: str) -> list[int]:
    """Return the numbers of the first part with text after the mark."""
    part = next((each for each in re.split(r"\n\s*\n", rest) if each.strip()), "")
    if _NONE.fullmatch(part):
        return []
    groups = _BRACKETED.findall(part)
    if groups:
        return [_number(digits) for group in groups for digits in _DIGITS.findall(group)]
    return _alone(part)


def _alone(body: str) -> list[int]:
    """Return the numbers of a text that is a list of them; a list of anything else is refused."""
    plain = body.strip()
    if _NONE.fullmatch(plain):
        return []
    if _BARE.fullmatch(plain):
        return [_number(digits) for digits in _DIGITS.findall(plain)]
    try:
        return [_item(each) for each in json_list(plain)]
    except ValueError as error:
        raise ValueError(_FORM) from error


def _item(value: object) -> int:
    """Read ``3``, ``"3"`` or ``"[3]"``."""
    match = None if isinstance(value, dict | bool) else _DIGITS.fullmatch(str(value).strip("[]#. "))
    if match is None:
        raise ValueError(_FORM)
    return _number(match[0])


def _number(digits: str) -> int:
    """Read an id; one of too many digits is no passage's (and zero is foreign everywhere)."""
    return int(digits) if len(digits.lstrip("0")) <= _MOST_DIGITS else 0


def _made(numbers: Sequence[int], n: int, answer: str) -> Written:
    known = [number for number in numbers if 1 <= number <= n]
    foreign = tuple(sorted({number for number in numbers if not 1 <= number <= n}))
    if foreign and not known:
        raise ValueError(f"the numbers go from 1 to {n}")
    kept = tuple(dict.fromkeys(known))
    return Written(members=kept, answer=answer, foreign=foreign, repeated=len(known) - len(kept))
