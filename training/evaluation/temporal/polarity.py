"""Yes or no, read at the head of an answer, in Chinese and English."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from .question import Scored, TimedQuestion
from .wording import bare, denies, directions, hedges, plain, unframed

__all__ = ["Polarity", "polarity", "score_judgement"]

Polarity: TypeAlias = Literal["yes", "no"]

_ECHO: Final = re.compile(r"^(?:是不是|是否|有没有|能不能|会不会|对不对|有无|whether\b|is it\b|did\b|do they\b)")
_NO: Final = re.compile(
    r"^(?:不|没|否|无(?![论法])|非(?!常)|未|并非|并不|并没|并未|错误|错(?=$|[,，。.!]|的)|假|从未|尚未"
    r"|(?:no|nope|not|never|false|incorrect|wrong|negative)\b"
    r"|(?:they|it|he|she|these|those|both|the two(?: events)?) (?:did|do|does|were|was|are|is|has|have)(?: not|n'?t)\b"
    r"|it is (?:false|untrue|incorrect)\b)"
)
_YES: Final = re.compile(
    r"^(?:是|对(?!于|此|不起)|正确|没错|确实|的确|有(?!些人|人说|待)|会(?!议)|能(?!源)|可以|属于|同意|均|都|真|通过|同(?=[一年月日天])|在同[一年月日天]"
    r"|(?:yes|yeah|yep|true|correct|indeed|right|affirmative|the same)\b"
    r"|(?:they|it|he|she|these|those|both|the two(?: events)?) (?:did|do|does|were|was|are|is|has|have)\b(?! not|n'?t))"
)
_CORRECT_NO_ERROR: Final = re.compile(r"^没错|^不错")
_INSIDE_NO: Final = re.compile(
    r"不(?:是|在|属|都|会|能)?同?(?:一个?)?(?:年|月|天|日)|不(?:是|在|属于)|不同|不一样|并非|并不|并没|并未|没有|未"
    r"|\b(?:not|different|never)\b|n't\b"
)
_INSIDE_YES: Final = re.compile(
    r"同(?:一|样|个|年|月|日|天)|相同|都(?:在|是|于|发生)|均(?:在|为|于)|一样|\b(?:the )?same\b|\bboth\b"
)
_LINKS: Final = re.compile(r"^(?:是|都|均|they|it|these|those|both|the two)")
_APART: Final = re.compile(r"不同|不一样|\b(?:different|separate|another|apart)\b")
_DOUBLED: Final = re.compile(r"(?:不是|并非|没有|未必)(?:都)?(?:不|没|未)|\bnot (?:un|in)[a-z]+|\b(?:isn't|not) not\b")
_SAME: Final = re.compile(
    r"(?P<no>(?:不|没有?|非)\s*(?:都|均)?(?:是|在|属于|发生在?)?\s*)?(?:同一?个?|相同的?)(?P<unit>年|月|天|日)"
)
_CLAUSE: Final = re.compile(r"[,，。.!！;；:：\n]|\s-\s")
_CLOSED: Final = 6
"""Characters of a gold answer at most that is taken for a mere yes or no."""


def polarity(text: str) -> Polarity | None:
    """Return what an answer says, None where it hedges, contradicts itself, repeats the question or says neither.

    Only the head decides: its first word, else its first clause. An answer that goes on to say the contrary
    (``是的，不是同一天``) says nothing.
    """
    head = unframed(text)
    if not head or hedges(text) or _ECHO.match(head):
        return None
    if "?" in head or "？" in head or head.endswith("吗") or _DOUBLED.search(head):
        return None
    clauses = [part.strip() for part in _CLAUSE.split(head) if part.strip()]
    first = clauses[0] if clauses else ""
    said = _at_head(first)
    if said is None:
        return next((found for clause in (first, *clauses[1:2], *clauses[-1:]) if (found := _inside(clause))), None)
    rest = " ".join(clauses[1:2])
    if rest and len(first) <= _CLOSED:  # a bare yes or no, then what explains it
        later = _inside(rest) if said == "yes" or not denies(rest) else "no"
        if later is not None and later != said and _contrary(said, rest):
            return None
    return said


def _of_the_unit(text: str, question: str) -> Polarity | None:
    """Return what an answer says of the unit that is asked for, where it tells several apart: 同一年但不是同一天."""
    asked = {match["unit"].replace("日", "天") for match in _SAME.finditer(plain(question))}
    said = {match["unit"].replace("日", "天"): "no" if match["no"] else "yes" for match in _SAME.finditer(plain(text))}
    if len(asked) != 1 or len(said) < 2 or hedges(text):
        return None
    found = said.get(next(iter(asked)))
    return None if found is None else "no" if found == "no" else "yes"


def _of_the_contrary(text: str, question: str) -> Polarity | None:
    """Return what an answer says that speaks of falling where rising was asked for, or the other way round."""
    first = next((part for part in _CLAUSE.split(unframed(text)) if part.strip()), "")
    asked, said = set(directions(question)), set(directions(first))
    if len(asked) != 1 or len(said) != 1 or asked == said or hedges(text) or _DOUBLED.search(first):
        return None
    return "yes" if _NO.match(first) or denies(first) else "no"


def _at_head(clause: str) -> Polarity | None:
    if _CORRECT_NO_ERROR.match(clause):
        return "yes"
    if _NO.match(clause):
        return "no"
    if _YES.match(clause):
        apart = _LINKS.match(clause) and _APART.search(clause)
        turned = apart or re.match(r"^(?:都|均|会|能|是)(?:不|没|未)", clause)
        return "no" if turned else "yes"
    return None


def _repeats_verb(clause: str, question: str) -> bool:
    """Say whether a clause is the verb that the question ends in: ``盈利了`` to ``…盈利了吗``."""
    verb, asked = bare(clause).removesuffix("了"), bare(question).removesuffix("吗").removesuffix("了")
    return len(verb) > 1 and bare(question).endswith("吗") and asked.endswith(verb)


def _inside(clause: str) -> Polarity | None:
    if _INSIDE_NO.search(clause):
        return "no"
    return "yes" if _INSIDE_YES.search(clause) else None


def _contrary(said: Polarity, rest: str) -> bool:
    """Say whether what follows takes back the head; ``不是，都在同一年但不是同一个月`` does not."""
    if said == "yes":
        return (
            re.match(r"^(?:但|不过|可)?(?:它们|两者|两件事)?(?:并?不|没|并非|not\b|they (?:did|were) not)", rest)
            is not None
        )
    return re.match(r"^(?:它们|两者|两件事)?(?:是|都?在)?同[一年月日天]", rest) is not None


def score_judgement(prediction: str, item: TimedQuestion) -> Scored | None:
    """Score a yes or no; None where the gold answer is neither and another rule has to tell.

    Source: spec 09 §2.7.
    """
    for gold in item.answers:
        closed = len(bare(gold)) <= _CLOSED
        wanted = polarity(gold) if closed else None
        turn = directions(gold) if closed else []
        if turn and wanted is None:
            found = directions(prediction)
            right = found[:1] == turn[:1] and not denies(prediction) and len(set(found)) == 1
            return Scored(correct=right, rule="judgement.direction", detail=f"{turn[0]} against {found or 'none'}")
        if wanted is None:
            continue
        if hedges(prediction):
            return Scored(correct=False, rule="judgement.hedged", detail="an answer that leaves it open is wrong")
        said = _of_the_unit(prediction, item.question) or _of_the_contrary(prediction, item.question)
        said = said or polarity(prediction)
        if said is None and _repeats_verb(_CLAUSE.split(unframed(prediction))[0], item.question):
            said = "yes"
        rule = "judgement.polarity" if said else "judgement.unreadable"
        shown = said or f"neither, at the head of {plain(prediction)[:40]!r}"
        return Scored(correct=said == wanted, rule=rule, detail=f"{wanted} against {shown}")
    return None
