"""Set a prediction against right answers, part by part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from questline.errors import UsageError
from questline.types import AnswerWarning

from . import algebra
from .comparing import Setting, compare
from .extracting import extract
from .latex import clean
from .numeric import TooLargeError
from .reading import TooLongError, read
from .splitting import Part, aligned, split
from .values import Choice, Value, Words
from .verdicts import Checked, PartVerdict, Status
from .words import is_open, other_numbers

__all__ = ["check_answer", "is_choice", "setting_of"]

_OPTIONS: Final = re.compile(r"\(?([A-H])(?:\)|\s*[.:、](?!\d)|\s*$|\s+(?=\S))")
_CHOSEN: Final = re.compile(
    r"(?:选项?|答案|option|choice|answer)\s*(?:是|为|is|:)?\s*\(?([A-H](?:\s*[,、]?\s*[A-H])*)\)?(?![a-zA-Z])"
)
_ALONE: Final = re.compile(r"(?<![A-Za-z0-9])([A-H])(?![A-Za-z0-9])")
_ROUNDED: Final = re.compile(
    r"保留|精确到|四舍五入|近似|≈|约(?:为|是|等于)?|\bround|\bnearest\b|decimal places?|significant|approximat",
    re.IGNORECASE,
)
_PI: Final = re.compile(
    r"(?:π|\\pi|pi|圆周率)\s*\$?\s*(?:取|=|≈|\\approx|as|is taken as|to be)\s*\$?\s*(3(?:\.\d+)?)", re.IGNORECASE
)
_FREE: Final = re.compile(r"不分先后|顺序不限|in no particular order|in any order", re.IGNORECASE)


def check_answer(
    prediction: str, gold: Sequence[str], *, question: str = "", choice: bool | None = None, deadline_s: float = 2.0
) -> Checked:
    r"""Say which parts of the right answer a prediction has, as specified in spec 10, section 2.4.

    Args:
        prediction: A whole answer, with its reasoning or without; it is never executed.
        gold: The right answer, perhaps in several languages; a part is right where any of them says so.
        question: What was asked; it says whether values are rounded, and what π is taken for.
        choice: Whether letters of options are asked for; None decides by the right answer.
        deadline_s: Wall clock; parts that were not compared by then are undecided for the reason ``limit``.

    Raises:
        UsageError: ``bad_argument`` for a gold that is one string, or a deadline that is not above 0.
    """
    if isinstance(gold, str):
        raise UsageError("gold is one text; give a list of texts, such as [gold]", argument="gold")
    if not 0 < deadline_s < float("inf"):
        raise UsageError(f"deadline_s={deadline_s!r} must be above 0", argument="deadline_s")
    golds = [each for each in gold if each and each.strip()]
    if not golds:
        part = PartVerdict(gold="", prediction=prediction[:200], status="undecided", reason="no right answer is given")
        return Checked(parts=(part,), route=extract(prediction).route, answers=())
    with algebra.deadline(deadline_s):
        found = [_against(prediction, each, question, choice) for each in dict.fromkeys(golds)]
        return _joined(found, list(dict.fromkeys(golds)), question, choice)


def is_choice(gold: str) -> bool:
    """Say whether a right answer is letters of options."""
    return bool(re.fullmatch(r"\s*\(?[A-H](?:\s*[,、]?\s*[A-H]){0,4}\)?\s*\.?\s*", gold))


def setting_of(question: str, gold: str = "") -> Setting:
    """Return what a question says about how its answer is told."""
    pi = _PI.search(question)
    return Setting(
        rounded=bool(_ROUNDED.search(question)),
        percent=bool(re.search(r"百分|%|percent", question, re.IGNORECASE)),
        pi=Fraction(pi[1]) if pi else None,
        unordered=bool(_FREE.search(f"{question} {gold}")),
    )


def _against(prediction: str, gold: str, question: str, choice: bool | None) -> Checked:
    setting = setting_of(question, gold)
    lettered = is_choice(gold) and len(gold.strip(" .()")) == 1 if choice is None else choice
    parts = split(gold)
    if not parts:
        part = PartVerdict(gold=gold[:200], prediction="", status="undecided", reason="the right answer has no parts")
        return Checked(parts=(part,), route=extract(prediction).route, answers=())
    found = extract(_without_question(prediction, question), wanted=len(parts))
    if _flat(gold) in (_flat(prediction), *map(_flat, found.answers[-1:])):
        verdicts = [_verdict(part, part, "right", "the same text") for part in parts]
        return Checked(parts=tuple(verdicts), route=found.route, answers=tuple(part.text for part in parts))
    if found.route == "empty":
        verdicts = [_verdict(part, None, "wrong", "no answer") for part in parts]
        return Checked(parts=tuple(verdicts), route="empty", answers=())
    if lettered:
        text = ";".join(found.answers)
        status, reason = _letters(text, gold)
        verdict = PartVerdict(gold=gold.strip(), prediction=text[:200], status=status, reason=reason)
        return Checked(parts=(verdict,), route=found.route, answers=(text[:200],))
    given = _parts(found.answers, len(parts))
    against, more = aligned(parts, given, lambda one, other: _compared(other, one, setting)[0] == "right")
    verdicts: list[PartVerdict] = []
    for part, other in zip(parts, against, strict=True):
        status, reason = _compared(other, part, setting) if other else ("wrong", "this part is missing")
        if more and status == "right" and other and not other.label:
            status, reason = "undecided", "the prediction has more parts than the right answer"
        verdicts.append(_verdict(part, other, status, reason))
    return Checked(parts=tuple(verdicts), route=found.route, answers=tuple(part.text for part in given))


def _parts(answers: Sequence[str], wanted: int) -> list[Part]:
    """Return the parts of answers; those of one box stay together where there are as many boxes as parts."""
    if len(answers) > 1 and len(answers) == wanted:
        single = [split(answer) for answer in answers]
        if all(len(parts) == 1 for parts in single):
            return [part for parts in single for part in parts]
    return split("\n".join(answers))


def _verdict(part: Part, other: Part | None, status: Status, reason: str) -> PartVerdict:
    return PartVerdict(gold=part.text, prediction=other.text if other else "", status=status, reason=reason)


def _compared(given: Part, gold: Part, setting: Setting) -> tuple[Status, str]:
    """Compare two parts; what cannot be read or decided is left open, and says so."""
    if is_open(gold.text) and re.sub(r"\s", "", given.text) != re.sub(r"\s", "", gold.text):
        return "undecided", "open: the right answer leaves it to the reader"
    if _flat(given.text) == _flat(gold.text):
        return "right", "the same text"
    try:
        algebra.left()
        one, other = read(given.text), read(gold.text)
        status, reason = compare(_as(one, other), other, setting)
        if status == "right" and other_numbers(given.text, gold.text):
            return "undecided", "the same words with another number"
        return status, reason
    except (TooLongError, TooLargeError, algebra.Late, RecursionError):
        return "undecided", "limit"
    except (ArithmeticError, ValueError):
        return "undecided", "it has no value"


def _as(given: Value, gold: Value) -> Value:
    """Return a prediction that may be read in two ways in the way of the right answer."""
    if isinstance(gold, Choice) and isinstance(given, Words):
        letters = re.findall(r"[①-⑳]", given.text) if any(each >= "①" for each in gold.letters) else []
        if letters:
            return Choice(letters=frozenset(letters))
    return given


def _flat(text: str) -> str:
    return re.sub(r"[\s$\u200b]|\\[,;:! ()\[\]]", "", clean(text)).rstrip(".;,")


def _letters(text: str, gold: str) -> tuple[Status, str]:
    """Compare letters of options: exactly the right ones, and no other named."""
    wanted = frozenset(re.findall(r"[A-H]", gold))
    shown = re.sub(r"\\(?:text|mathrm|mathbf|textbf|boxed)\s*\{?|[{}$*]", " ", clean(text)).strip().strip(".;, ")
    if match := re.fullmatch(r"\(?\s*((?:\(?[A-H]\)?(?:\s*(?:,|、|;|/|and|or|和|或)?\s*))+)\)?", shown):
        named = frozenset(re.findall(r"[A-H]", match[1]))
    elif match := re.match(r"\(?([A-H])\s*(?:\)|[.:、,])\s*(?=\S)", shown):
        named = frozenset(match[1])
        others = frozenset(re.findall(r"(?:^|\s|;)\(?([A-H])\s*[).:、]", shown))
        named |= others
    elif match := list(_CHOSEN.finditer(shown)):
        named = frozenset(re.findall(r"[A-H]", match[-1][1]))
    else:
        named = frozenset(_ALONE.findall(shown))
    if not named:
        return "undecided", "no option is named"
    if named == wanted:
        return "right", "the letters agree"
    return "wrong", "another option, or more than one" if len(wanted) == 1 else "the letters differ"


def _without_question(prediction: str, question: str) -> str:
    """Return a prediction without the question that it repeats at its beginning."""
    asked = question.strip()
    text = prediction.lstrip()
    return text[len(asked) :] if len(asked) > 10 and text.startswith(asked) else prediction


_RANK: Final[dict[Status, int]] = {"right": 2, "wrong": 1, "undecided": 0}


def _joined(found: list[Checked], golds: list[str], question: str, choice: bool | None) -> Checked:
    """Join what several right answers say: right under any is right, and then wrong under any is wrong."""
    if len(found) == 1:
        return found[0]
    warnings = [
        AnswerWarning(
            code="gold_disagreement",
            message=f"right answers 1 and {place + 2} differ: {golds[0][:60]!r}, {golds[place + 1][:60]!r}",
            step="check",
        )
        for place, other in enumerate(golds[1:])
        if any(part.status == "wrong" for part in _against(other, golds[0], question, choice).parts)
    ]
    counts = {len(each.parts) for each in found}
    if len(counts) > 1:
        best = max(found, key=lambda each: (each.share_low, each.share_high))
        return Checked(parts=best.parts, route=best.route, answers=best.answers, warnings=tuple(warnings))
    parts = tuple(
        max(row, key=lambda part: _RANK[part.status]) for row in zip(*(each.parts for each in found), strict=True)
    )
    return Checked(parts=parts, route=found[0].route, answers=found[0].answers, warnings=tuple(warnings))
