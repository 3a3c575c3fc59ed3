"""Set a prediction against right answers, part by part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from questline.errors import UsageError
from questline.types import AnswerWarning

from . import algebra
from .asked import setting_of
from .brackets import comma_split
from .comparing import compare
from .comparing_formulas import Setting
from .extracting import extract
from .formulas import TooLongError
from .latex import TooDeepError, clean, plain
from .letters import compare_letters, is_choice
from .numeric import TooLargeError
from .reading import read
from .splitting import Part, aligned, split
from .values import Choice, Group, Value, Words
from .verdicts import Checked, PartVerdict, Status
from .words import is_open, other_numbers

__all__ = ["check_answer"]


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
        status, reason = compare_letters(text, gold)
        verdict = PartVerdict(gold=gold.strip(), prediction=text[:200], status=status, reason=reason)
        return Checked(parts=(verdict,), route=found.route, answers=(text[:200],))
    given = _parts(found.answers, len(parts))
    against, more = aligned(parts, given, lambda one, other: _compared(other, one, setting)[0] == "right")
    verdicts: list[PartVerdict] = []
    for part, other in zip(parts, against, strict=True):
        status, reason = _compared(other, part, setting) if other else ("wrong", "this part is missing")
        if status != "right" and len(parts) == 1 and len(found.boxes) > 1:
            status, reason = _in_boxes(found.boxes, part, setting) or (status, reason)
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
    parts = split("\n".join(answers))
    if len(parts) == 1 < wanted:
        try:
            members = comma_split(plain(parts[0].text))
        except TooDeepError:
            members = []
        if len(members) == wanted:
            return [Part(label=(), place=place, text=member) for place, member in enumerate(members)]
    return parts


def _in_boxes(boxes: Sequence[str], part: Part, setting: Setting) -> tuple[Status, str] | None:
    """Return right where several values are asked for and as many boxes hold them, one each."""
    try:
        gold = read(part.text)
    except TooLongError:
        return None
    if not isinstance(gold, Group) or len(gold.items) != len(boxes):
        return None
    found = _compared(Part(label=(), place=0, text=", ".join(boxes)), part, setting)
    return found if found[0] == "right" else None


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
    except (TooLongError, TooLargeError, algebra.Late, RecursionError):
        return "undecided", "limit"
    except (ArithmeticError, ValueError):
        return "undecided", "it has no value"
    if status == "right" and other_numbers(given.text, gold.text):
        return "undecided", "the same words with another number"
    return status, reason


def _as(given: Value, gold: Value) -> Value:
    """Return a prediction that may be read in two ways in the way of the right answer."""
    if isinstance(gold, Choice) and isinstance(given, Words):
        letters = re.findall(r"[①-⑳]", given.text) if any(each >= "①" for each in gold.letters) else []
        if letters:
            return Choice(letters=frozenset(letters))
    return given


def _flat(text: str) -> str:
    return re.sub(r"[\s$\u200b]|\\[,;:! ()\[\]]", "", clean(text)).rstrip(".;,")


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
