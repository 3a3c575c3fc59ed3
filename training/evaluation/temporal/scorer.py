"""Score an answer by the type of its question's answer: judgement, time, number, name, anything else, or a choice."""

from __future__ import annotations

from typing import Final

from questline.errors import UsageError

from .amounts import score_numerical
from .entities import options_of, score_choice, score_entity, score_other
from .polarity import score_judgement
from .question import Scored, TimedQuestion
from .times import score_time
from .wording import bare, refuses

__all__ = ["LONGEST", "score"]

LONGEST: Final = 2000
"""Characters of an answer that are looked at; a longer one is no short answer and is wrong, but for its yes or no."""


def score(prediction: object, item: TimedQuestion) -> Scored:
    """Return what the rules say of an answer.

    A type whose rule does not fit the gold answer (a judgement whose gold answer is a description, a time whose gold
    answer is an event) goes to the next: numbers where the gold answer is a number, then names. Where nothing answers
    the question, an empty answer or one that says so is right.

    Raises:
        UsageError: ``bad_prediction`` where the answer is no text; ``id`` names the question.

    Source: spec 09 §2.7.
    """
    if not isinstance(prediction, str):
        raise UsageError(
            f"the answer to {item.id!r} is {prediction!r:.80}; it must be a text", code="bad_prediction", id=item.id
        )
    if not item.answers:
        gave_up = not bare(prediction) or refuses(prediction)
        return Scored(correct=gave_up, rule="unanswerable", partial=float(gave_up))
    if not bare(prediction):
        return Scored(correct=False, rule=f"{item.answer_type}.empty")
    text = prediction[:LONGEST]
    long = len(prediction) > LONGEST
    found = _by_type(text, item)
    if long and found.correct is not False and not found.rule.startswith("judgement."):
        return Scored(correct=False, rule="too_long", detail=f"{len(prediction):,} characters are no short answer")
    if found.correct and not found.partial:
        return Scored(correct=True, rule=found.rule, detail=found.detail, partial=1.0)
    return found


def _by_type(text: str, item: TimedQuestion) -> Scored:
    kind = item.answer_type
    if kind == "choice":
        return score_choice(text, item)
    if kind == "judgement" and (found := score_judgement(text, item)) is not None:
        return found
    if kind == "time":
        if not options_of(item) and (found := score_time(text, item)) is not None:
            return found
        return score_entity(text, item)
    if kind == "numerical":
        found = score_numerical(text, item)
        return score_entity(text, item) if found is None else found
    return score_other(text, item) if kind in {"other", "judgement"} else score_entity(text, item)
