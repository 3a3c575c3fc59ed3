"""Names and descriptions of an answer against the gold answer's; and answers that choose one of several options."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from questline.training.evaluation.answer_metrics import answer_tokens, token_f1

from .quantities import quantities
from .question import Scored, TimedQuestion
from .wording import bare, denies, directions, plain, refuses, unframed

__all__ = ["OTHER_F1", "options_of", "score_choice", "score_entity", "score_other"]

OTHER_F1: Final = 0.8
"""Token F1 from which a free answer is right (spec 09 §2.7)."""
_LIKE: Final = 0.6
"""Share of neighbouring characters from which a text is another wording of an option."""
_APART: Final = 0.15
"""By how much it must be more like one option than like the next."""
_OPEN_F1: Final = 0.5
"""Token F1 above which a description that differs is left to a judge."""
_DESCRIBES: Final = 10
"""Tokens from which a gold answer is a description rather than a name."""
_ORDER: Final = re.compile(
    r"最早|更早|较早|最先|率先|先(?:发生|举行|出现)|最晚|更晚|较晚|最后(?:发生|举行)|最近发生"
    r"|\b(?:earliest|earlier|first|latest|later|last|most recent)\b"
)
_LATE: Final = re.compile(r"晚|最后|最近|\b(?:latest|later|last|most recent)\b")
_SPLIT: Final = re.compile(
    r"[、，,。；;？?：:]|还是|以及|相比|(?<=[\u4e00-\u9fff》”\"])(?:和|与|或)(?=[\u4e00-\u9fff《“\"0-9a-z])|\s(?:and|or)\s"
)
_ASKING: Final = re.compile(r"哪|什么|更早|最早|更晚|最晚|以下|下列|which|what|事件中$")
_THAN: Final = re.compile(r"早于|先于|比|之前|(?<=.)在.*之前|\b(?:earlier than|before|prior to|came before)\b")
_AFTER: Final = re.compile(r"晚于|迟于|\b(?:later than|after)\b")
_BRACKET: Final = re.compile(r"[（(]([^（）()]{1,30})[）)]")
_SUFFIX: Final = re.compile(
    r"(?:先生|女士|教练|导演|记者|校长|院长|教授|博士|总统|总理|部长|主席|书记|医生|院士|市|省|县|区|公司|集团|有限公司|株式会社|事件|国)$"
    r"|(?:ltd|inc|co|corp|corporation|company|limited|llc|plc)$"
)
_TITLES: Final = re.compile(r"^(?:mr|mrs|ms|dr|prof|professor|president|sir|the|a|an)\b\.?\s*")
_LIST: Final = re.compile(r"、|，|,|;|；|(?<=[\u4e00-\u9fff》”])(?:和|及|与|以及)(?=[\u4e00-\u9fff《“])|\s(?:and|&)\s")
_FUNCTION: Final = frozenset("是在于的了由为被即等该此其将已曾就到从中以对这那当天年月日号第个")
_ALTERNATIVES: Final = re.compile(r"或|还是|\bor\b")


def score_entity(prediction: str, item: TimedQuestion) -> Scored:
    """Score a name or a short description.

    Right when equal to a gold answer after folding width, case, brackets, quotes, titles and punctuation, or when what
    is left besides it repeats the question; a list is right with the same members in any order. Where the question
    lists options to be ordered, exactly one must be named, and it must be the right one. A sentence that holds the
    answer among other things, and a description that shares half of its words, are left to a judge.
    Source: spec 09 §2.7.
    """
    if not bare(prediction):
        return Scored(correct=False, rule="entity.empty")
    if any(_equal(prediction, gold) for gold in item.answers):
        return Scored(correct=True, rule="entity.equal", partial=1.0)
    options = options_of(item)
    if options:
        chosen = _chosen(prediction, options, item)
        if chosen is not None:
            return chosen
    if refuses(prediction):
        return Scored(correct=False, rule="entity.refused")
    subject = _subject(prediction, item) if _ORDER.search(item.question) else plain(prediction)
    if subject != plain(prediction) and not any(bare(gold) in bare(subject) for gold in item.answers):
        return Scored(correct=False, rule="entity.order", detail=f"says it of {subject[:40]!r}")
    found = [_against(prediction, gold, item) for gold in item.answers]
    return next(
        (each for verdict in (True, None, False) for each in found if each.correct is verdict),
        Scored(correct=False, rule="entity.differs"),
    )


def score_other(prediction: str, item: TimedQuestion) -> Scored:
    """Score a free answer: right from a token F1 of .8 on, unless it denies or turns what the gold answer says."""
    if not bare(prediction) or refuses(prediction):
        return Scored(correct=False, rule="other.empty" if not bare(prediction) else "other.refused")
    if any(_equal(prediction, gold) for gold in item.answers):
        return Scored(correct=True, rule="other.equal", partial=1.0)
    reasons = [_contradicts(prediction, gold) for gold in item.answers]
    if reasons and all(reasons):
        return Scored(correct=False, rule="other.contradicts", detail=reasons[0])
    open_to = [gold for gold, reason in zip(item.answers, reasons, strict=True) if not reason]
    score = max((token_f1(unframed(prediction), [gold]) for gold in open_to), default=0.0)
    repeats = any(_restates(prediction, gold, item) for gold in open_to)
    if repeats or (score >= OTHER_F1 and any(_same_statement(prediction, gold) for gold in open_to)):
        return Scored(correct=True, rule="other.f1", detail=f"token F1 {score:.2f}", partial=1.0)
    return Scored(correct=None, rule="other.undecided", detail=f"token F1 {score:.2f}")


def _same_statement(prediction: str, gold: str) -> bool:
    """Say whether two texts of much the same words say them in the same order, and none puts words for others."""
    ours, theirs = answer_tokens(unframed(prediction)), answer_tokens(gold)
    blocks = SequenceMatcher(a=ours, b=theirs, autojunk=False).get_opcodes()
    if any(kind == "replace" and _worded(ours[a:b]) and _worded(theirs[c:d]) for kind, a, b, c, d in blocks):
        return False
    same = sum(b - a for kind, a, b, _, _ in blocks if kind == "equal")
    return 2 * same / (len(ours) + len(theirs)) >= OTHER_F1


def _worded(tokens: Sequence[str]) -> bool:
    return any(token not in _FUNCTION and token not in _SMALL for token in tokens)


def score_choice(prediction: str, item: TimedQuestion) -> Scored:
    """Score a choice from listed options, named by its letter, its number from 1 or its text: exactly one."""
    text = unframed(prediction)
    marked = re.match(r"^(?:option |choice |选项?)?[(（]?([a-z])[)）]?(?:$|[.:：、)\s])", text)
    place = ord(marked[1]) - ord("a") if marked else -1
    if marked and 0 <= place < len(item.options) and not (marked[1] == "a" and re.match(r"^a [a-z]", text)):
        named = [item.options[place]]
        rest = bare(text[marked.end() :]).replace(bare(named[0]), " ")
        named += [each for each in item.options if each != named[0] and bare(each) and bare(each) in rest]
    else:
        named = [each for each in item.options if _equal(text, each)] or _named(text, item.options)
    if len(named) != 1:
        return Scored(correct=False, rule="choice.none" if not named else "choice.several", detail=f"{named}")
    if denies(prediction) and not denies(named[0]):
        return Scored(correct=False, rule="choice.denied", detail=f"{named}")
    right = any(bare(named[0]) == bare(gold) for gold in item.answers)
    return Scored(correct=right, rule="choice.named", detail=named[0], partial=float(right))


def options_of(item: TimedQuestion) -> tuple[str, ...]:
    """Return the options that a question about the order of events lists, the right one first, if any.

    The question is cut at commas and conjunctions; neighbouring pieces that together are the gold answer are one
    option, for an event may hold a conjunction itself.
    """
    if _ORDER.search(item.question) is None or not item.answers:
        return ()
    question = plain(item.question)
    spans = _pieces(question)
    best, low, high = 0.0, 0, 0
    for first in range(len(spans)):
        for last in range(first, min(first + 5, len(spans))):
            text = question[spans[first][0] : spans[last][1]]
            fit = max(_likeness(text, gold) for gold in item.answers)
            if fit > best:
                best, low, high = fit, first, last
    if best < _LIKE:
        return ()
    others = [question[start:end] for start, end in spans[:low] + spans[high + 1 :]]
    others = [each for each in others if len(bare(each)) >= 2 and not _ASKING.search(each)]
    return (question[spans[low][0] : spans[high][1]], *dict.fromkeys(others)) if others else ()


def _pieces(question: str) -> list[tuple[int, int]]:
    cuts = [(0, 0), *(match.span() for match in _SPLIT.finditer(question)), (len(question), len(question))]
    found: list[tuple[int, int]] = []
    for (_, start), (end, _) in pairwise(cuts):
        text = _ASKED_TAIL.sub("", question[start:end]).rstrip()
        if bare(text):
            found.append((start, start + len(text)))
    return found


_ASKED_TAIL: Final = re.compile(
    r"(?:这[两三四]?个?(?:事件)?|(?:两|三)者)?(?:之?中|里)?的?"
    r"(?:哪(?:个|一|件|项|场|次).*|(?:发生)?(?:得)?(?:更|较|最)(?:早|晚).*|which .*|happened .*)$"
)


def _likeness(one: str, other: str) -> float:
    """Return the F1 of shared pairs of neighbouring characters, in [0, 1]."""
    first, second = (Counter(pairwise(bare(text).replace("的", ""))) for text in (one, other))
    shared = (first & second).total()
    return 2 * shared / (first.total() + second.total()) if shared else float(bare(one) == bare(other) != "")


def _chosen(prediction: str, options: Sequence[str], item: TimedQuestion) -> Scored | None:
    text = _subject(prediction, item)
    if denies(text) and not any(denies(option) for option in options):
        return Scored(correct=False, rule="options.denied", detail="denies one")
    named = _named(text, options)
    if not named:
        said = re.sub(r"(?:发生|事件)?(?:得)?(?:最|更|较)(?:早|晚|先)(?:发生)?|事件$|是$", "", unframed(text))
        holds = [option for option in options if len(bare(said)) >= 3 and bare(said) in bare(option)]
        if holds and re.fullmatch(r"[\d年月日/\-. ]+", said):
            return Scored(correct=False, rule="options.none", detail="names a date and no event")
        named = holds or _like(text, options)
    if not named:
        return None
    shown = ", ".join(named)
    if len(named) > 1:
        return Scored(correct=False, rule="options.several", detail=f"names {shown}")
    right = named[0] == options[0]
    return Scored(correct=right, rule="options.one", detail=f"names {shown}", partial=float(right))


def _like(text: str, options: Sequence[str]) -> list[str]:
    """Return the option that a text is another wording of, where it is like no other."""
    fits = sorted(((_likeness(text, option), option) for option in options), reverse=True)
    return [fits[0][1]] if fits[0][0] >= _LIKE and fits[0][0] - fits[1][0] > _APART else []


def _subject(prediction: str, item: TimedQuestion) -> str:
    """Return what an answer says is first or last: what ``A早于B`` says of A where the earlier is asked, else of B."""
    text = plain(prediction)
    late = _LATE.search(item.question) is not None
    for pattern, keeps_head in ((_THAN, not late), (_AFTER, late)):
        match = pattern.search(text)
        if match and match.start() and bare(text[match.end() :]):
            return text[: match.start()] if keeps_head else text[match.end() :]
    return text


def _named(text: str, options: Sequence[str]) -> list[str]:
    """Return the options that stand in a text, none inside a longer one that stands there too."""
    held = [option for option in options if bare(option) and _stands(option, text)]
    return [each for each in held if not any(each != other and bare(each) in bare(other) for other in held)]


def _stands(option: str, text: str) -> bool:
    if option.isascii():
        words, wanted = answer_tokens(text), answer_tokens(option)
        return bool(wanted) and any(words[at : at + len(wanted)] == wanted for at in range(len(words)))
    return bare(option) in bare(text)


def _forms(text: str) -> set[str]:
    """Return a name in the forms that mean the same: without what stands in brackets, that itself, without titles."""
    text = unframed(text)
    found = {text, _BRACKET.sub("", text)}
    found |= {inner for inner in _BRACKET.findall(text) if not re.search(r"\d", inner)}
    found |= {_TITLES.sub("", each) for each in found}
    found |= {re.sub(r"^(?:是|在|由|于|为|名叫|位于)(?=\S{2})", "", each) for each in found}
    found |= {re.sub(r"\s?&\s?", " and ", each) for each in found}
    return {form for form in map(bare, found) if form}


def _equal(prediction: str, gold: str) -> bool:
    ours, theirs = _forms(prediction), _forms(gold)
    if (bare(gold) and {bare(unframed(prediction))} & theirs) or ours & {bare(unframed(gold))}:
        return True
    if ours & theirs:
        return True
    cut_ours = {_SUFFIX.sub("", form) for form in ours if len(form) > 2}
    cut_theirs = {_SUFFIX.sub("", form) for form in theirs if len(form) > 2}
    return any(len(each) >= 2 for each in (cut_ours & theirs) | (ours & cut_theirs))


def _against(prediction: str, gold: str, item: TimedQuestion) -> Scored:
    reason = _contradicts(prediction, gold)
    if reason:
        return Scored(correct=False, rule="entity.contradicts", detail=reason)
    if _restates(prediction, gold, item):
        return Scored(correct=True, rule="entity.restated", detail="repeats the question besides", partial=1.0)
    wanted, said = _members(gold), _members(prediction)
    if len(wanted) > 1 and _same_members(wanted, said):
        return Scored(correct=True, rule="entity.list", partial=1.0)
    describes = len(answer_tokens(gold)) >= _DESCRIBES and not ("、" in gold and len(max(wanted, key=len)) <= 6)
    score = token_f1(unframed(prediction), [gold])
    if describes:
        return Scored(correct=None if score > _OPEN_F1 else False, rule="entity.described", detail=f"F1 {score:.2f}")
    within = bare(gold) in bare(prediction) and len(bare(gold)) > 1
    sentence = len(answer_tokens(prediction)) - len(answer_tokens(gold)) > 6
    if within and sentence and not _ALTERNATIVES.search(prediction):
        return Scored(correct=None, rule="entity.sentence", detail="stands in a sentence that says more")
    return Scored(correct=False, rule="entity.differs", detail=f"F1 {score:.2f}")


def _members(text: str) -> list[str]:
    return [part.strip() for part in _LIST.split(unframed(text)) if bare(part)]


def _same_members(wanted: Sequence[str], said: Sequence[str]) -> bool:
    left = list(said)
    for each in wanted:
        other = next((part for part in left if _equal(part, each)), None)
        if other is None:
            return False
        left.remove(other)
    return not left


def _contradicts(prediction: str, gold: str) -> str:
    """Return how an answer says the contrary of a gold answer that it may share all words with; empty if not."""
    if denies(prediction) != denies(gold) and (denies(prediction) or len(bare(gold)) > 4):
        return "one denies"
    ours, theirs = directions(prediction), directions(gold)
    if ours and theirs and ours != theirs and len(ours) == len(theirs):
        return f"{theirs} against {ours}"
    said, right = ({each.value for each in quantities(text)} for text in (prediction, gold))
    if right and said and not right & said:
        return f"numbers {sorted(right)} against {sorted(said)}"
    return ""


def _restates(prediction: str, gold: str, item: TimedQuestion) -> bool:
    """Say whether an answer is the gold one and besides only words of the question, and names no alternative."""
    text = unframed(prediction)
    for form in (unframed(gold), _BRACKET.sub("", unframed(gold)).strip()):
        place = text.find(form) if form else -1
        if place < 0:
            continue
        ahead, behind = text[:place], text[place + len(form) :]
        if all(_from_question(part, item.question) for part in (ahead, behind)):
            return True
    return False


def _from_question(part: str, question: str) -> bool:
    asked = answer_tokens(question)
    stems = {word[:4] for word in asked if len(word) > 3}
    return all(
        word in asked or word in _FUNCTION or word in _SMALL or (word.isascii() and word[:4] in stems and len(word) > 3)
        for word in answer_tokens(part)
    )


_SMALL: Final = frozenset(
    {"was", "is", "were", "are", "it", "in", "on", "at", "by", "to", "of", "for", "that", "this", "did"}
)
