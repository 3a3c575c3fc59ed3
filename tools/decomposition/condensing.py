"""A follow-up question made to stand alone with what earlier turns were about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from questline.tools.text import cjk_share
from questline.types import Message

from .rewriting import rewrite

__all__ = ["condense"]

_CAPITAL = r"[A-Z][\w'’.-]*"
_NAME = re.compile(rf"{_CAPITAL}(?:\s(?:(?:of|the|de|von|van|der|la|and|for)\s){{0,2}}{_CAPITAL})*")
_SUBJECT_ENDS: Final = frozenset(
    {"in", "on", "at", "born", "made", "founded", "released", "located", "and", "from", "for", "to", "by"}
)
_OPENERS: Final = (
    "Who Whom Whose What Where When Which Why How Is Are Was Were Do Does Did Has Have Had Can Could "
    "Will Would Should Tell"
    " In On At The A An And Or But Please List Name Of For From To By With It He She They I You We This That Yes No"
)
_NOT_NAMES: Final = frozenset(_OPENERS.split())
_PERSONAL = re.compile(r"\b(?:he|she|him|his|her|hers|himself|herself)\b", re.IGNORECASE)
_THING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|these|those|that one|the former"
    r"|the latter)\b(?! is (?:raining|true|possible))",
    re.IGNORECASE,
)
_THERE = re.compile(r"(?<!^)(?<!is )(?<!are )(?<!was )(?<!were )\bthere\b", re.IGNORECASE)
_POSSESSIVE: Final = frozenset({"his", "her", "its", "their", "hers", "theirs"})
_OBJECT_HER = re.compile(
    r"\bher\b(?=\s*(?:\?|$|,|(?:in|on|at|to|from|by|with|after|before|and|when)\b))", re.IGNORECASE
)
_FOLLOW_UP = re.compile(
    r"^(?:and|or|but|then|also|so)?,?\s*(?:(?:what"
    r"|how) about|what of|and"
    r"|or)\s+(?P<new>.+?)\s*[?？]*$"
    r"|^(?:and|or|then)\s+(?P<new2>.+?)\s*[?？]*$",
    re.IGNORECASE,
)
_WHOLE_QUESTION = re.compile(
    r"\b(?:who|what|where|when|which|why|how|is|are|was|were|do|does|did|has|have|can)\b", re.IGNORECASE
)
_BARE_WH = re.compile(
    r"^(?:and |but |so )?(?P<wh>who|what|where|when"
    r"|which(?: one)?|why|how(?: many| much| old| long"
    r"| tall"
    r"| far)?|how come)(?: exactly| not| so)?\s*\?*$",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:in|since|by|before|after|during|on|until)?\s?(?:the )?(?:1\d{3}|20\d{2})(?:s)?\b|\b(?:last"
    r"|this|next) year\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(r"^(?:in|on|at|for|from|by|since|during|before|after|with|to|of)\s+", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"^(?:.*?\b(?:is|are|was|were|do|does|did|has|have|had"
    r"|can|could|will|would)\b|\w+)\s+(?:the |a |an )?",
    re.IGNORECASE,
)
_CHINESE_PRONOUN = re.compile("他们|她们|它们|他|她|它|其(?!他|它|中|实|余)|那里|那儿|这个|那个")
_CHINESE_FOLLOW_UP = re.compile(r"^那?(?:么)?(?P<new>.+?)呢[？?]?$")
_CHINESE_SUBJECT = re.compile(r"^(?P<x>.+?)(?:的|是|在|有|于|何时|什么时候|为什么|怎么|多|哪|谁|出生|去世|位于|成立)")
_CHINESE_TIME = re.compile(r"\d{2,4}年(?:\d{1,2}月)?(?:\d{1,2}[日号])?")


def condense(question: str, history: Sequence[Message]) -> str:
    """Return `question` so that it can be understood without `history`; unchanged when it already can.

    Pronouns get the name that the last turns were about (``he`` and ``she`` a who-question's answer), and elliptical
    follow-ups ("and in 2010?", "what about Norway?") are filled in from the last question. The question itself is
    never dropped.
    """
    text = question.strip()
    standing = ""
    reply = ""
    for message in history:
        if message.role == "user" and message.content.strip():
            standing = _stand_alone(message.content.strip(), standing, reply)
            reply = ""
        elif message.role == "assistant":
            reply = message.content
    return _stand_alone(text, standing, reply) if standing else question


def _stand_alone(text: str, before: str, reply: str) -> str:
    if not before:
        return text
    if cjk_share(text) > 0.3:
        return _chinese(text, before, reply)
    bare = _BARE_WH.match(text)
    if bare:
        return f"{before.rstrip('?. ')}, and {bare.group('wh').lower()}?"
    follow = _FOLLOW_UP.match(text)
    if follow:
        new = follow.group("new") or follow.group("new2")
        if not _WHOLE_QUESTION.search(new):
            return _resolve(_filled(new, before), before, reply)
        text = new[0].upper() + new[1:] + "?"
    elif _TIME.fullmatch(text.rstrip("? ")) or (_PREPOSITION.match(text) and not _WHOLE_QUESTION.search(text)):
        return _filled(text.rstrip("? "), before)
    return _resolve(text, before, reply)


def _resolve(text: str, before: str, reply: str) -> str:
    """Put names in place of pronouns that nothing in `text` itself explains."""
    subject = _subject(before)
    person = _answered_name(before, reply) or subject
    if _PERSONAL.search(text) and not _explained(text, _PERSONAL) and person:
        text = _OBJECT_HER.sub(lambda _: person, text, count=1)
        return _replace(_PERSONAL, text, person)
    if _THING.search(text) and not _explained(text, _THING) and subject:
        return _replace(_THING, text, subject)
    if _THERE.search(text) and (person or subject):
        return _THERE.sub(lambda _: f"in {person or subject}", text, count=1)
    return text


def _explained(text: str, pronoun: re.Pattern[str]) -> bool:
    """Say whether a name stands before the pronoun in the same question."""
    match = pronoun.search(text)
    return bool(match and _names(text[: match.start()]))


def _replace(pronoun: re.Pattern[str], text: str, name: str) -> str:
    def put(match: re.Match[str]) -> str:
        owned = match.group().lower() in _POSSESSIVE
        return f"{name}'s" if owned and not name.endswith("'s") else name

    return pronoun.sub(put, text)


def _filled(new: str, before: str) -> str:
    """Put the new element in the place of the one of its kind in the earlier question, or after it."""
    stem = before.rstrip("?. ")
    time = _TIME.search(stem)
    if _TIME.search(new):
        phrase = new if _PREPOSITION.match(new) or not re.fullmatch(r"\d{4}s?", new) else f"in {new}"
        return f"{stem[: time.start()].rstrip()} {phrase}{stem[time.end() :]}?" if time else f"{stem} {phrase}?"
    if _PREPOSITION.match(new):
        place = re.search(rf"\b{new.split(maxsplit=1)[0]} (?:the )?{_NAME.pattern}$", stem, re.IGNORECASE)
        return f"{stem[: place.start()]}{new}?" if place else f"{stem} {new}?"
    subject = _subject(before)
    owner = re.sub(r"^(?:his|her|its|their|the)\b\s*", "", new, flags=re.IGNORECASE)
    if owner != new and subject and not _names(new):
        return stem.replace(subject, f"{subject}'s {owner}", 1) + "?"
    return stem.replace(subject, new, 1) + "?" if subject and subject in stem else f"{stem}: {new}?"


def _names(text: str) -> list[str]:
    found: list[str] = []
    for match in _NAME.finditer(text):
        words = match.group().split()
        while words and (words[0] in _NOT_NAMES or words[0].islower()):
            words.pop(0)
        name = " ".join(words).strip(".,'’")
        if name:
            found.append(re.sub(r"['’]s$", "", name))
    return found


def _subject(question: str) -> str:
    """Return what `question` is about: its longest name, else what follows its first auxiliary."""
    names = _names(question)
    if names:
        return max(names, key=len)
    rest = _AUXILIARY.sub("", question.rstrip("?. "), count=1)
    words = rest.split()
    stop = next((place for place, word in enumerate(words) if place and word.lower() in _SUBJECT_ENDS), len(words))
    return " ".join(words[:stop]) or rewrite(question)


def _answered_name(before: str, reply: str) -> str:
    """Return the name that a who- or where-question was answered with."""
    if not re.match(r"(?:who|whose|which|what|where|in which)\b", before, re.IGNORECASE):
        return ""
    asked = before.casefold()
    return next((name for name in _names(reply) if name.casefold() not in asked), "")


def _chinese(text: str, before: str, reply: str) -> str:
    subject = _chinese_subject(before)
    follow = _CHINESE_FOLLOW_UP.match(text)
    if follow and not re.search("谁|什么|何时|哪|多少|几|怎|为何", follow.group("new")):
        new = follow.group("new")
        time = _CHINESE_TIME.search(before)
        if _CHINESE_TIME.search(new):
            stem = before.rstrip("？?。")
            return (stem[: time.start()] + new + stem[time.end() :] if time else f"{new}{stem}") + "？"
        return before.replace(subject, new, 1) if subject else f"{before.rstrip('？?')}：{new}？"
    if _CHINESE_PRONOUN.search(text) and subject:
        answer = reply.strip().rstrip("。") if "谁" in before and 0 < len(reply.strip()) <= 12 else subject
        return _CHINESE_PRONOUN.sub(lambda _: answer, text)
    return text


def _chinese_subject(before: str) -> str:
    match = _CHINESE_SUBJECT.match(_CHINESE_TIME.sub("", before))
    return match.group("x") if match else ""
