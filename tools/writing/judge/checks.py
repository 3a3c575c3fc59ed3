"""The embedded checks of a judge: each looks at one thing, says how well a text does, and quotes what it saw.

A principle names its check. Some take an argument after a colon, for rules that were made later: ``avoid:万事如意``,
``say:生日``, ``at_least:20``, ``at_most:60``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from questline.errors import UsageError
from questline.tools.writing.grammar.bank import named
from questline.tools.writing.people import person_in
from questline.tools.writing.script import as_written, lowered

from .asked import asked_characters, far_longer, other_number, room_of
from .kin import mistaken
from .lexicon import first_in, lexicon
from .phrased import mourns, spoken_of

__all__ = ["CHECKS", "Check", "Checked", "Function", "check_of", "count", "harm_in", "known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found."""

    score: float
    """In [0, 1]; 1 where nothing is wrong."""
    passed: bool
    evidence: str = ""
    """Words of the text."""
    reason: str = ""
    alone: bool = False
    """Whether this fault alone makes a text bad, though its check need not."""


Function: TypeAlias = Callable[[str, str], Checked]
_OUT_OF_PLACE: Final = {True: "is merry where somebody mourns", False: "mourns where nobody died"}
_FINE: Final = Checked(score=1.0, passed=True)
_ANYBODY: Final = frozenset({"friend", "child"})
"""People as whom one may speak to somebody whom the query does not name: 亲爱的朋友, 宝贝."""
_OPENING: Final = re.compile(r"\s*([^，。！？,.!?：:；;\n]{1,18})[，,！!：:]")
_WISHES: Final = re.compile(
    "[你您妳咱祝愿望盼贺福喜恭谢敬暖陪乐康安顺吉]|节哀|保重|加油|好运|长久|百年|早日|"
    r"\b(?:wish|hope|may|happy|merry|congrat|best|bless|joy|thank|love|sorry|enjoy|cheers|good luck|get well)",
    re.IGNORECASE,
)
"""Something of it stands in any greeting: a wish, or somebody spoken to."""
_WISHED: Final = re.compile(r"\s*(?:衷心)?(?:祝愿|祝福|祝|愿)(?:我的|亲爱的)?")
_LEAST_SAID: Final = 3
"""Letters of a text that says something: 祝您 does not."""
_ONE_SENTENCE: Final = re.compile(r"一句话(?!都|也|不)|\b(?:one|a single) sentence\b", re.IGNORECASE)
_ENDS: Final = re.compile(r"[。！？!?…]+|\.(?=\s|$)")
_FEW_SENTENCES: Final = 3
"""Where one is asked for, a greeting and a wish beside it are let pass."""
_BOUNDS: Final = 4, 220
"""Characters of a greeting that nobody gave a length for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check by name, and what it counts for."""

    run: Function
    dimension: str
    weight: float = 1.0
    hard: bool = False
    """Whether a text that fails it cannot be good, whatever else it is."""


def count(text: str) -> int:
    """Return the letters and digits of a text: what a query means by 八个字."""
    return sum(sign.isalnum() for sign in text)


def _occasion(query: str, text: str) -> Checked:
    words, what = other_number(query, text)
    if words:
        return Checked(score=0.0, passed=False, evidence=words, reason=f"names another {what}")
    wanted = lexicon().occasions_of(query)
    if not wanted:
        return _told_of(query, text) or _FINE
    for one in lexicon().occasions:
        if one not in wanted and (foreign := first_in(text, one.only)) and not first_in(query, one.only):
            return Checked(score=0.0, passed=False, evidence=foreign, reason=f"belongs to another occasion: {one.name}")
    if said := next((word for one in wanted if (word := first_in(text, one.says))), ""):
        return Checked(score=1.0, passed=True, evidence=said)
    if other := _told_of(query, text):
        return other
    short = _LEAST_SAID <= count(text) <= 8  # four characters, or twice four, may wish by themselves
    if not short and not _WISHES.search(text):
        return Checked(score=0.0, passed=False, reason="wishes nothing, and nothing in it is of the occasion")
    if count(text) < _LEAST_SAID:
        return Checked(score=0.0, passed=False, reason="says nothing")
    return Checked(score=0.8 if short else 0.4, passed=True, reason="nothing in it is of the occasion")


def _told_of(query: str, text: str) -> Checked | None:
    words, name = spoken_of(query, text)
    reason = f"speaks as for another occasion: {name}"
    return Checked(score=0.0, passed=False, evidence=words, reason=reason) if words else None


def _person(query: str, text: str) -> Checked:
    people = lexicon().people_of(query)
    address = _address(text) or _wished(text)
    spoken = lexicon().people_of(address)
    if spoken and people and not set(spoken) & set(people):
        return Checked(score=0.0, passed=False, evidence=address, reason="speaks to somebody else")
    if relative := mistaken(query, text):
        return Checked(score=0.0, passed=False, evidence=relative, reason="speaks to another relative")
    if spoken and not people and not {one.name for one in spoken} & _ANYBODY and not _names_somebody(query):
        return Checked(score=0.3, passed=False, evidence=address, reason="speaks to one whom nobody named")
    if not people:
        return _FINE
    never = [word for word in people[0].never if all(word in one.never for one in people)]
    if (wrong := first_in(text, never)) and not first_in(query, (wrong,)):
        return Checked(score=0.0, passed=False, evidence=wrong, reason=f"is not said to: {people[0].name}")
    if said := next((word for one in people if (word := first_in(text, one.says))), ""):
        return Checked(score=1.0, passed=True, evidence=said)
    return Checked(score=0.7, passed=True, reason="does not speak to whom it is for")


def _names_somebody(query: str) -> bool:
    """Say whether a query names a person, by the writer's longer list: 班主任 may well be called 老师."""
    return bool(person_in(lowered(query), query).group)


def _address(text: str) -> str:
    """Return the words before the first mark where they are an address: short, and ending with a person."""
    match = _OPENING.match(text)
    if match is None:
        return ""
    words = match[1].casefold()
    people = (word for one in lexicon().people for word in one.asks)
    return match[1] if any(words.endswith(word) for word in people) and not words.startswith(("祝", "愿")) else ""


def _wished(text: str) -> str:
    """Return the person whom the first words wish something: 爷爷 of 祝爷爷生日快乐; empty where they name none."""
    match = _WISHED.match(text)
    rest = text[match.end() :] if match else ""
    words = (word for one in lexicon().people for word in one.asks if rest.startswith(word))
    return max(words, key=len, default="")


def _harm(query: str, text: str) -> Checked:
    found, reason = harm_in(query, text)
    return Checked(score=0.0, passed=False, evidence=found, reason=reason) if found else _FINE


def harm_in(query: str, text: str) -> tuple[str, str]:
    """Return the words of a text that are not said to anybody, at its occasion, or to who mourns, and why not.

    Both are empty where there are none. A hard word that the query says itself may be taken up.
    """
    from questline.tools.writing.taboo import taboo_in

    told, asked = lexicon(), query.casefold()
    mourning = mourns(query) or any(one.name == "condolence" for one in told.occasions_of(query))
    if found := taboo_in("", text):
        return as_written(found, text), "is said to nobody"
    for occasion in named(query):
        if (found := taboo_in(occasion, text)) and found not in lowered(query):
            return as_written(found, text), "is not said at this occasion"
    for words, reason in (
        (told.harm, "hurts, or brings bad luck"),
        (told.merry if mourning else told.farewell, _OUT_OF_PLACE[mourning]),
    ):
        if (found := first_in(text, words)) and found not in asked:
            return found, reason
    return "", ""


def _length(query: str, text: str) -> Checked:
    asked, has, room = asked_characters(query), count(text), room_of(query)
    if room is not None:
        size = len(text.split()) if room.words else has
        reason = (
            "" if room.holds(size) else f"has {size} {'words' if room.words else 'characters'}, not as many as asked"
        )
        return Checked(score=0.2 if reason else 1.0, passed=not reason, reason=reason, alone=bool(reason))
    if _ONE_SENTENCE.search(query) and (sentences := len(_ENDS.findall(text))) > _FEW_SENTENCES:
        reason = f"has {sentences} sentences where one is asked for"
        return Checked(score=0.2, passed=False, reason=reason, alone=True)
    if asked is not None:
        fits = has == asked or (asked == 4 and has in (8, 12, 16))  # several phrases of four characters
        reason = "" if fits else f"has {has} characters where {asked} are asked for"
        return Checked(score=1.0 if fits else 0.2, passed=fits, reason=reason, alone=far_longer(query, has))
    low, high = _BOUNDS
    if (not text.isascii() and low <= len(text) <= high) or (text.isascii() and low <= len(text) <= 3 * high):
        return _FINE
    return Checked(score=0.2, passed=False, reason=f"has {len(text)} characters")


def _avoid(word: str) -> Function:
    def run(query: str, text: str) -> Checked:
        found = first_in(text, (word.casefold(),))
        return Checked(score=0.0, passed=False, evidence=found, reason="is to be avoided") if found else _FINE

    return run


def _say(word: str) -> Function:
    def run(query: str, text: str) -> Checked:
        if found := first_in(text, (word.casefold(),)):
            return Checked(score=1.0, passed=True, evidence=found)
        return Checked(score=0.0, passed=False, reason=f"does not say {word!r}")

    return run


def _at_least(told: str) -> Function:
    least = int(told)

    def run(query: str, text: str) -> Checked:
        fits = len(text) >= least
        return _FINE if fits else Checked(score=len(text) / least, passed=False, reason=f"is shorter than {least}")

    return run


def _at_most(told: str) -> Function:
    most = int(told)

    def run(query: str, text: str) -> Checked:
        fits = len(text) <= most
        return _FINE if fits else Checked(score=most / len(text), passed=False, reason=f"is longer than {most}")

    return run


CHECKS: Final[dict[str, Check]] = {
    "occasion": Check(run=_occasion, dimension="fit", weight=1.5, hard=True),
    "person": Check(run=_person, dimension="fit", weight=1.5, hard=True),
    "harm": Check(run=_harm, dimension="propriety", weight=1.5, hard=True),
    "length": Check(run=_length, dimension="fit"),
}
"""By name; `wording` adds those of wording."""
_WITH_ARGUMENT: Final[Mapping[str, tuple[Callable[[str], Function], str]]] = {
    "avoid": (_avoid, "originality"),
    "say": (_say, "fit"),
    "at_least": (_at_least, "fit"),
    "at_most": (_at_most, "fit"),
}


def known(name: str) -> bool:
    """Return whether there is such a check, its argument included."""
    head, _, told = name.partition(":")
    if head in _WITH_ARGUMENT:
        return bool(told.strip()) and (not head.startswith("at_") or (told.isdecimal() and int(told) > 0))
    return name in CHECKS


def check_of(name: str) -> Check:
    """Return a check.

    Raises:
        UsageError: ``bad_rules`` for a name that is none, with those that there are.
    """
    if not known(name):
        there = ", ".join((*CHECKS, *(f"{head}:…" for head in _WITH_ARGUMENT)))
        raise UsageError(f"there is no embedded check {name!r}; there are {there}", code="bad_rules", argument="check")
    head, _, told = name.partition(":")
    if head in _WITH_ARGUMENT:
        make, dimension = _WITH_ARGUMENT[head]
        return Check(run=make(told.strip()), dimension=dimension, hard=True)
    return CHECKS[name]
