"""Read the order that a language model wrote: one parser for inference and for the training reward.

Three forms can be read: ``<think>…</think><answer>[2] > [1]</answer>``, the answer's tags alone, and a bare chain
``[2] > [1]``. Everything else is no ranking: thoughts that were never closed, an answer that was never closed, and
prose that mentions numbers on its way. Ids are the numbers 1 to n; anything else is foreign, 0 too, for "[0]" would
become the last passage of a careless list (spec 03 §3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

__all__ = ["Form", "Permutation", "Report", "Written", "nothing_else", "parse", "read", "repair"]

Form: TypeAlias = Literal["reasoned", "answer", "bare", "broken"]
"""Thoughts and answer tagged, the answer alone tagged, a chain without tags, or none of these."""

_TAG: Final = re.compile(r"<\s{0,8}(?P<end>/?)\s{0,8}(?P<name>think|answer)\s{0,8}>", re.IGNORECASE)
_BRACKETED: Final = re.compile(r"[\[［【]\s*([0-9]+)\s*[\]］】]")
_PLAIN: Final = re.compile(r"[0-9]+")
_BETWEEN: Final = re.compile(r"[\s>＞›,;，；、=|()*`.\-–—→0-9]*")
"""What may stand between two ids of a bare chain; a number without brackets is a slip, not an id."""
_PLAIN_CHAIN: Final = re.compile(r"\s*[0-9]+(?:[\s>＞,;，；、]+[0-9]+)*[\s.。]*")
_ID: Final = r"[\[［【]\s*[0-9]+\s*[\]］】]"
_ORDER: Final = re.compile(rf"\s*{_ID}(?:[\s>＞,;，；、→]*{_ID})*[\s.。]*")
_AROUND: Final = 400
"""Characters that may stand before or after a bare chain (a heading, a note)."""
_LONGEST_PER_ID: Final = 64
_LONGEST: Final = 4_096
"""Characters of an answer beyond ``_LONGEST_PER_ID`` for each id; what is longer is no list of ids."""
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How one returned order kept to the contract, and what was done about it."""

    valid: bool
    """The ids that were returned are exactly 1 to n, each once."""
    duplicates: int = 0
    """Ids that came again; the first place counts."""
    foreign: int = 0
    """Ids outside 1 to n; dropped."""
    missing: int = 0
    """Ids that did not come; put at the end in the order they had before."""
    overlong: bool = False
    """It was cut off at the longest allowed answer, or is longer than any answer needs to be: it is not read."""
    repaired: bool = False
    """An order was made of it by the rules above; neither valid nor repaired means that nothing could be used."""

    @property
    def failed(self) -> bool:
        """Nothing usable was returned: the window keeps the order it had."""
        return not (self.valid or self.repaired)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in a text, before anything is repaired."""

    form: Form
    ids: tuple[int, ...] = ()
    """The ids of the answer in the order written, duplicates and foreign ones included; empty for a broken form."""
    overlong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Permutation:
    """An order of 1 to n with its report."""

    order: tuple[int, ...]
    """Each of 1 to n exactly once, best first; the prior order when nothing could be used."""
    report: Report


def read(text: str, n: int) -> Written:
    """Find the ids in `text`; tags are read in any case.

    Args:
        text: A whole completion.
        n: How many passages were shown; bounds the length of an answer.
    """
    tagged = _tagged(text)
    if tagged is None:
        return Written(form="broken")
    form, body = tagged
    if len(body) > _LONGEST + _LONGEST_PER_ID * n:
        return Written(form=form, overlong=True)
    ids = _chain(body) if form == "bare" else _ids(body)
    if ids is None:
        return Written(form="broken")
    return Written(form=form, ids=ids)


def nothing_else(text: str) -> tuple[bool, bool]:
    """Say how closely a text in the form ``reasoned`` keeps to it: what is read as well, but not to be learnt.

    Returns:
        Whether it is thoughts, which are not empty, and an answer, with nothing around them; and whether the answer is
        a chain of ids from the best one on, with nothing said of them.
    """
    *before, shut, opens, closes = _TAG.finditer(text)
    thoughts = text[before[0].end() if before and not before[0]["end"] else 0 : shut.start()]
    around = text[: before[0].start()] if before and not before[0]["end"] else ""
    around += text[shut.end() : opens.start()] + text[closes.end() :]
    answer = text[opens.end() : closes.start()]
    chain = bool(_ORDER.fullmatch(answer) or _PLAIN_CHAIN.fullmatch(answer))
    return bool(thoughts.strip()) and not around.strip(), chain


def repair(ids: Sequence[int], n: int, *, prior: Sequence[int] | None = None) -> Permutation:
    """Make an order of 1 to n out of `ids`: first places count, foreign ids go, missing ones follow in prior order.

    Args:
        ids: As a judge returned them.
        n: How many there are.
        prior: The order they had before, each of 1 to n once; ascending when left out.
    """
    before = tuple(range(1, n + 1)) if prior is None else tuple(prior)
    known = [number for number in ids if 1 <= number <= n]
    kept = dict.fromkeys(known)
    if not kept:
        valid = not n and not ids
        return Permutation(order=before, report=Report(valid=valid, foreign=len(ids), missing=n))
    report = Report(
        valid=len(kept) == len(ids) == n,
        duplicates=len(known) - len(kept),
        foreign=len(ids) - len(known),
        missing=n - len(kept),
        repaired=not len(kept) == len(ids) == n,
    )
    return Permutation(order=(*kept, *(number for number in before if number not in kept)), report=report)


def parse(text: str, n: int, *, prior: Sequence[int] | None = None, finish_reason: str = "stop") -> Permutation:
    """Read `text` and repair what it says.

    Args:
        text: A whole completion.
        n: How many passages were shown, numbered from 1.
        prior: The order they had before.
        finish_reason: As the server gave it; a text that ended by ``length`` is never read.
    """
    written = Written(form="broken", overlong=True) if finish_reason == "length" else read(text, n)
    made = repair(written.ids, n, prior=prior)
    if not written.overlong:
        return made
    return Permutation(order=made.order, report=Report(valid=False, missing=n, overlong=True))


def _tagged(text: str) -> tuple[Form, str] | None:
    """Return the form and the answer's text, None when the tags do not match."""
    thoughts = answers = 0
    opened, start = "", 0
    form: Form = "bare"
    body = text
    for tag in _TAG.finditer(text):
        name, closes = tag["name"].lower(), bool(tag["end"])
        if opened == "think" and name == "answer":
            continue  # thoughts may speak of the tag
        if closes and name == "think" and not opened and not thoughts and not answers:
            thoughts, body = 1, text[tag.end() :]  # the chat template wrote the opening tag
        elif closes and opened == name:
            opened = ""
            if name == "think":
                thoughts, body = thoughts + 1, text[tag.end() :]
            else:
                answers, body = answers + 1, text[start : tag.start()]
                form = "reasoned" if thoughts else "answer"
        elif not closes and not opened and not answers and (name == "answer" or not thoughts):
            opened, start = name, tag.end()
        else:
            return None
    if opened or answers > 1:
        return None
    return form, body


def _ids(body: str) -> tuple[int, ...]:
    """Return the ids of a tagged answer: bracketed numbers, or plain ones where they are all there is."""
    found = _BRACKETED.findall(body)
    if not found and _PLAIN_CHAIN.fullmatch(body):
        found = _PLAIN.findall(body)
    return tuple(map(_number, found))


def _chain(body: str) -> tuple[int, ...] | None:
    """Return the ids of a text that is a chain of them with little around it, None when it is prose."""
    if _PLAIN_CHAIN.fullmatch(body):
        return tuple(map(_number, _PLAIN.findall(body)))
    places = list(_BRACKETED.finditer(body))
    if not places:
        return ()
    if places[0].start() > _AROUND or len(body) - places[-1].end() > _AROUND:
        return None
    for one, other in pairwise(places):
        if not _BETWEEN.fullmatch(body, one.end(), other.start()):
            return None
    return tuple(_number(place[1]) for place in places)


def _number(digits: str) -> int:
    """Read an id; one of too many digits is no passage's (and zero is foreign everywhere)."""
    return int(digits) if len(digits.lstrip("0")) <= _MOST_DIGITS else 0
