"""Relatives whom a text may not take for each other: 爷爷 is no 奶奶, though both are grandparents.

Names are in ``kin.toml``. A text speaks to somebody where its first words, a clause by itself or a wish name one;
a relative who is only told of (愿您和爷爷…) is nobody whom it speaks to.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final, cast

__all__ = ["kin_in", "mistaken"]

_CLAUSE: Final = re.compile(r"[^，。！？；：:,.!?;\n…~]+[，。！？；：:,.!?;\n…~]*")
_MARKS: Final = "，。！？；：:,.!?;\n…~ "
_DEAR: Final = r"(?:(?:我们|我|咱|俺)的?)?(?:最?(?:亲爱|敬爱|可爱|美丽|帅气|伟大|慈祥|尊敬)的)?(?:我的?|好|宝贝|乖)?"
_CALLS: Final = re.compile(rf"\s*(?:(?:hi|hey|hello|dear|my dear|dearest|oh|to|my|and)\s+)*{_DEAR}", re.IGNORECASE)
_WISHES: Final = re.compile(
    rf"\s*(?:在[^，。]{{1,12}})?(?:衷心|真心|诚挚地?|在此)?(?:祝愿|祝福|恭祝|祝|愿|恭喜|恭贺){_DEAR}"
    r"|\s*(?:happy|merry)\s+[\w' ]{2,24}?\s*,?\s+(?=\S+[\s!.,]*$)(?:to\s+)?(?:my\s+)?(?:dear\s+)?",
    re.IGNORECASE,
)
_YOUNG: Final = re.compile("男孩|女孩|孩子|宝宝|宝贝|小孩|晚辈|男宝|女宝")
_CHILDREN: Final = frozenset({"son", "daughter", "grandson", "granddaughter", "daughter's son", "daughter's daughter"})
"""Who may be spoken to where a query names a child by no more: 16岁男孩生日妈妈的祝福语."""
_OWNED: Final = ("的", "家", "'s")
_SIGNS: Final = "，,"


def kin_in(query: str) -> frozenset[str]:
    """Return the relatives that a query names, each with those it may be called by."""
    found: set[str] = set()
    for one in _named(query):
        found |= _accepted()[one]
    return frozenset(found | _CHILDREN if found and _YOUNG.search(query) else found)


def mistaken(query: str, text: str) -> str:
    """Return the words by which a text speaks to a relative whom the query does not name; empty where it does not.

    Args:
        query: Without a relative in it nothing is mistaken.
        text: One that also speaks to the right one is right, unless its first words are to the wrong one.
    """
    wanted = kin_in(query)
    if not wanted:
        return ""
    wrong = ""
    for at, (words, people) in enumerate(_spoken_to(text)):
        if people & wanted:
            return ""
        if at == 0 and _begins(text, words):
            return words
        wrong = wrong or words
    return "" if _named(text) & wanted else wrong


def _spoken_to(text: str) -> list[tuple[str, frozenset[str]]]:
    """Return whom a text speaks to, in order: the words, and the relatives they are."""
    found: list[tuple[str, frozenset[str]]] = []
    before = ""
    for match in _CLAUSE.finditer(text):
        clause = match[0].rstrip(_MARKS)
        if told := _called(clause, _CALLS, whole=True):
            if not before or before in _SIGNS:  # what stands alone behind a full stop may be who signs
                found.append(told)
        elif told := _called(clause, _WISHES, whole=False):
            found.append(told)
        before = match[0][len(clause) :].strip()[:1]
    return found


def _called(clause: str, head: re.Pattern[str], *, whole: bool) -> tuple[str, frozenset[str]] | None:
    """Return the relatives that follow the head of a clause, several in a row together."""
    at = match.end() if (match := head.match(clause)) else 0
    if not whole and match is None:
        return None
    start, people = at, set[str]()
    for found in _pattern().finditer(clause, at):
        if clause[at : found.start()].strip(" 和与跟及、&") not in ("", "and") or not _people(found[0]):
            break
        people |= _people(found[0])
        at = found.end()
    rest = (
        clause[at:]
        .strip()
        .removeprefix("大人")
        .removeprefix("在上")
        .removeprefix("您")
        .removeprefix("你")
        .removeprefix("好")
    )
    if not people or rest.startswith(_OWNED) or (whole and rest):
        return None
    return clause[start:at].strip(), frozenset(people)


def _begins(text: str, words: str) -> bool:
    """Say whether a text names nobody before these words, which are its first clause or wish."""
    first = _CLAUSE.match(text)
    return first is not None and words in first[0]


def _named(text: str) -> frozenset[str]:
    return frozenset(one for match in _pattern().finditer(text) for one in _people(match[0]))


def _people(word: str) -> frozenset[str]:
    return _words().get(word.casefold(), frozenset())


@cache
def _told() -> Mapping[str, Mapping[str, object]]:
    return tomllib.loads((resources.files("questline.tools.writing.judge") / "kin.toml").read_text(encoding="utf-8"))


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """Return word → relatives; none for a word that only looks like one."""
    kin = cast("Mapping[str, Mapping[str, Sequence[str]]]", _told()["kin"])
    found = {word: frozenset({name}) for name, one in kin.items() for word in one["words"]}
    found |= {word: frozenset(cast("Sequence[str]", names)) for word, names in _told()["pairs"].items()}
    return found | dict.fromkeys(cast("Sequence[str]", _told()["others"]["words"]), frozenset[str]())


@cache
def _accepted() -> Mapping[str, frozenset[str]]:
    kin = cast("Mapping[str, Mapping[str, Sequence[str]]]", _told()["kin"])
    return {name: frozenset((name, *one["also"])) for name, one in kin.items()}


@cache
def _pattern() -> re.Pattern[str]:
    """Find every word of the list, the longest first."""
    words = sorted(_words(), key=len, reverse=True)
    return re.compile(
        "|".join(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in words), re.IGNORECASE
    )
