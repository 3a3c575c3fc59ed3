"""Checks of how a text is worded: worn and empty phrases, repetition, broken language, templates, talk about itself."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from questline.tools.writing.constraints import SLOT
from questline.tools.writing.script import is_chinese, lowered

from .checks import CHECKS, Check, Checked, count
from .lexicon import first_in, lexicon
from .phrased import says_own
from .self_talk import praise_of_itself, says_something, to_the_judge

__all__ = ["add_wording_checks", "worn_share"]

_FINE: Final = Checked(score=1.0, passed=True)
_CLAUSE: Final = re.compile(r"[^，。！？；、,.!?;：:\n]+")
_SLOT: Final = re.compile(SLOT + r"|【[^】]{0,12}】|<[^<>]{1,12}>", re.IGNORECASE)
_DOUBLED: Final = re.compile(r"([，。！？；：、])\1+(?<!！！)|[，、；：][。！？]|[。！？][，、；]")
_STUTTER: Final = re.compile(r"(的的|了了|是是|在在|愿愿|祝祝|和和|与与|都都|就就|您您|你你)")
_CUT: Final = re.compile(r"(?:[，、；：]|的|和|与|在|把|让|将|为|愿|祝)$")
_OPEN: Final = re.compile(
    r"(?:(?<![送献留写唱交寄捎讲还带分捧递许说传赠付借赐])给[我你您他她它]们?|[替为向把被][我你您他她它]们?"
    r"|而[我你您他她]们?|(?<![的是])[那这][个条片只把张颗朵盏座封位]|整[个条片座张]|[一每][条片只把张颗盏座封]"
    r"|已经|正在|刚刚|终于|渐渐|曾经|仍然|依然|依旧|总是|从来|因为|所以|如果|虽然|但是|可是|而且|并且|只要|只有|直到|每当|当"
    r"|(?<![如亦皆都便就正总也])是|(?<!所)不能|(?:还|都|也|就|才|一定)[会能要]|但愿|希望|盼望|祝愿|[很最更]|[却仍]"
    r"|\b(?:the|a|an|and|or|but|of|to|for|with|that|your|my|our|because|when|if|is|are|was))$",
    re.IGNORECASE,
)
"""Words that want something after them, at the end of a text without an end mark."""
_NAMES_LANGUAGE: Final = re.compile(
    r"英文|英语|双语|日文|日语|韩文|韩语|法文|法语|德文|德语|俄文|俄语|西班牙|外语|拼音|中文|汉语|粤语"
    r"|\b(?:chinese|mandarin|english|japanese|korean|french|german|russian|spanish|bilingual)\b",
    re.IGNORECASE,
)
_OTHER_SCRIPT: Final = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uac00-\ud7a3\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f]")
"""Kana, hangul, Cyrillic, Arabic, Thai; one of them is an ornament (我の心)."""
_LATIN: Final = re.compile(r"[^\W\d_]*[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f']+")
_STARTS: Final = re.compile(r"^[着们吗呢吧么]|^的")
_SIMILE: Final = re.compile(r"[如似像](?!果|何|今|约|意|初|期|愿|故|此|同学|是)")
_OPENING: Final = re.compile(r"^(?:愿|祝|may |wish)", re.IGNORECASE)
_TALK: Final = re.compile(r"你|您|我|咱|妈|爸|爷|奶|师|儿|弟|妹|哥|姐|谁|\b(?:you|your|we|i|us)\b", re.IGNORECASE)
_ORDERED: Final = ("祝福语", "文案", "短句", "wishes")
_GREETS: Final = re.compile(
    "[你您妳咱祝愿望盼贺福喜恭谢敬暖陪乐康安顺吉]|我们|我[会在陪来等想爱为给]|节哀|保重|加油|好运|长久|百年|早日|让|请|开心|只管|记得|别|好好"
    r"|\b(?:you\w*|wish|hope|may|let|happy|merry|congrat\w*|bless\w*|joy|thank\w*|love|sorry|enjoy|cheers"
    r"|good luck|best wishes|all the best|many happy returns|get well)\b",
    re.IGNORECASE,
)
"""A wish, or somebody spoken to."""
_SHORT: Final = 12
"""Letters up to which a text is a phrase, which cannot be specific, nor speak to anybody."""


@lru_cache(maxsize=4_096)
def worn_share(text: str) -> tuple[float, str]:
    """Return the share of a text's letters that lie in worn phrases, and the longest of these phrases."""
    folded = lowered(text)
    covered = bytearray(len(folded))
    spans: list[tuple[int, int]] = []
    for word in lexicon().worn:
        at = folded.find(word)
        while at >= 0:
            spans.append((at, at + len(word)))
            at = folded.find(word, at + 1)
    spans += [match.span() for match in lexicon().frames.finditer(folded)]
    for start, end in spans:
        covered[start:end] = b"\1" * (end - start)
    start, end = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    longest = text[start:end]
    letters = sum(sign.isalnum() for sign in folded)
    return (sum(c and s.isalnum() for c, s in zip(covered, folded, strict=True)) / letters if letters else 1.0), longest


def _worn(query: str, text: str) -> Checked:
    share, longest = worn_share(text)
    score = 1 - min(1.0, share / 0.6)
    if count(text) <= _SHORT:  # four characters asked for may well be an idiom
        score = max(score, 0.5)
    return Checked(
        score=score, passed=score >= 0.5, evidence=longest, reason="made of worn phrases" if score < 0.5 else ""
    )


def _specific(query: str, text: str) -> Checked:
    if count(text) <= _SHORT:
        return _FINE
    worn, _ = worn_share(text)
    clauses = [part.strip() for part in _CLAUSE.findall(text)]
    own = [part for part in clauses if worn_share(part)[0] < 0.3 and not _OPENING.match(part) and len(part) > 4]
    share = sum(map(len, own)) / max(1, sum(map(len, clauses)))
    score = min(1.0, 1.6 * share) * (1 - worn / 2)
    best = max(own, key=len, default="")
    reason = "" if score >= 0.3 else "says nothing that holds of this one alone"
    return Checked(score=score, passed=score >= 0.3, evidence=best, reason=reason)


def _language(query: str, text: str) -> Checked:
    if _other_language(query, text):
        return Checked(score=0.0, passed=False, reason="is in another language than the query")
    for pattern, reason in (
        (_SLOT, "leaves a slot unfilled"),
        (_DOUBLED, "has marks that do not follow each other"),
        (_STUTTER, "doubles a word"),
        (_CUT, "breaks off"),
        (_OPEN, "breaks off"),
    ):
        if found := pattern.search(text):
            return Checked(score=0.0, passed=False, evidence=found[0], reason=reason)
    for left, right in ("“”", "（）", "《》", "()"):
        if text.count(left) != text.count(right):
            return Checked(score=0.2, passed=False, reason=f"opens {left} or closes {right} alone")
    if odd := next((part for part in _CLAUSE.findall(text) if _STARTS.match(part)), ""):
        return Checked(score=0.2, passed=False, evidence=odd, reason="a clause starts as none does")
    return _repetition(text)


def _other_language(query: str, text: str) -> bool:
    """Say whether a text is in another language than its query, which names none."""
    if _NAMES_LANGUAGE.search(query):
        return False
    if len(_OTHER_SCRIPT.findall(text)) > 2 and not _OTHER_SCRIPT.search(query):
        return True
    chinese = sum("\u3400" <= sign <= "\u9fff" for sign in text)
    words = len(_LATIN.findall(text))
    return words > 2 and not chinese if is_chinese(query) else bool(_LATIN.search(query)) and chinese > words


def _repetition(text: str) -> Checked:
    clauses = [part.strip() for part in _CLAUSE.findall(text)]
    if twice := next((part for part in clauses if len(part) > 1 and clauses.count(part) > 1), ""):
        return Checked(score=0.0, passed=False, evidence=twice, reason="says the same twice")
    spread = [text[at : at + 5] for at in range(len(text) - 4)]
    repeated = 1 - len(set(spread)) / len(spread) if spread else 0.0
    if repeated > 0.15:
        again = next(piece for piece in spread if spread.count(piece) > 1)
        return Checked(score=0.2, passed=False, evidence=again, reason="repeats itself")
    return _FINE


def _echo(query: str, text: str) -> Checked:
    if (found := first_in(text, lexicon().echo)) and found not in query.casefold():
        return Checked(score=0.0, passed=False, evidence=found, reason="speaks of the order, or praises itself")
    if (found := to_the_judge(text)) and found not in query:
        return Checked(score=0.0, passed=False, evidence=found, reason="speaks to who judges it")
    if (found := praise_of_itself(text)) and found not in query:
        return Checked(score=0.0, passed=False, evidence=found, reason="praises itself")
    plain = query.strip().casefold()
    if (
        len(plain) > 4
        and plain in text.casefold()
        and any(word in plain for word in ("祝福语", "文案", "短句", "wishes"))
    ):
        return Checked(score=0.0, passed=False, evidence=plain, reason="repeats the query")
    if not _greets(query, says_something(text)):
        return Checked(score=0.0, passed=False, reason="wishes nobody anything")
    return _FINE


def _greets(query: str, text: str) -> bool:
    """Say whether a text wishes something, speaks to somebody, or is of the occasion; a phrase may do so by itself."""
    if not any(map(str.isalnum, text)):
        return False
    if _GREETS.search(text) or first_in(text, (word for one in lexicon().people for word in one.asks)):
        return True
    if says_own(query, text) or any(first_in(text, one.says) for one in lexicon().occasions_of(query)):
        return True
    return not text.isascii() and count(text) <= _SHORT


def _sincere(query: str, text: str) -> Checked:
    if count(text) <= _SHORT:
        return _FINE
    loud = text.count("！") + text.count("!")
    said = _TALK.search(text)
    score = (1.0 if said else 0.4) - 0.15 * max(0, loud - 2)
    reason = "" if score >= 0.5 else "speaks to nobody" if not said else "shouts"
    return Checked(score=max(0.0, score), passed=score >= 0.5, evidence=said[0] if said else "", reason=reason)


def _template(query: str, text: str) -> Checked:
    clauses = [part.strip() for part in _CLAUSE.findall(text)]
    wishes = sum(bool(_OPENING.match(part)) for part in clauses)
    similes = len(_SIMILE.findall(text))
    score = 1 - 0.25 * max(0, wishes - 2) - 0.2 * max(0, similes - 2)
    found = _SIMILE.search(text)
    evidence = next((part for part in clauses if _SIMILE.search(part)), "") if found and similes > 2 else ""
    reason = "" if score >= 0.5 else "one pattern over and over"
    return Checked(score=max(0.0, score), passed=score >= 0.5, evidence=evidence, reason=reason)


def add_wording_checks() -> None:
    """Put these checks beside those of `checks`; done once, when the package is imported."""
    CHECKS.update(
        worn=Check(run=_worn, dimension="originality", weight=1.5),
        specific=Check(run=_specific, dimension="specificity", weight=1.5),
        language=Check(run=_language, dimension="language", weight=1.5, hard=True),
        echo=Check(run=_echo, dimension="language", hard=True),
        sincere=Check(run=_sincere, dimension="sincerity"),
        template=Check(run=_template, dimension="originality", weight=0.7),
    )
