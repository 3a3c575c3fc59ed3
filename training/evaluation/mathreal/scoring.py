"""From an answer to the scores of an item: the rules decide its parts, the judge those that they leave open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.training.evaluation.items import Json

from .answering import Answered
from .judging import Status, Verdicts
from .pictures import Variant
from .rows import MathPhoto

__all__ = ["Part", "Scored", "prefix", "score"]

_SHOWN: Final = 8_000
"""Characters of an answer that its item keeps; of a longer one the beginning and the end."""

_PART: Final = 500
"""Likewise of one part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the right answer, and what became of it."""

    gold: str
    prediction: str
    rule: Status
    """What the rules say."""
    judge: Status | None = None
    """What the judge says; None where it was not asked, or its reply could not be read."""
    reason: str = ""

    @property
    def status(self) -> Status:
        """The rules' word where they decide, else the judge's."""
        return self.judge if self.rule == "undecided" and self.judge is not None else self.rule

    def as_json(self) -> dict[str, Json]:
        """Return JSON data."""
        told: dict[str, Json] = {"gold": self.gold[:_PART], "prediction": self.prediction[:_PART]}
        told["status"] = self.status
        return told | {"rule": self.rule, "judge": self.judge, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The parts of an item, and how its answers were found."""

    parts: Sequence[Part]
    route: str
    answers: Sequence[str] = ()
    warnings: Sequence[str] = ()

    def judged(self, verdicts: Verdicts) -> Scored:
        """Return the same with what a judge said of each part."""
        parts = [
            Part(
                gold=part.gold,
                prediction=part.prediction,
                rule=part.rule,
                judge=verdict if verdicts.readable else None,
                reason=part.reason,
            )
            for part, verdict in zip(self.parts, verdicts.parts, strict=True)
        ]
        warned = self.warnings if verdicts.readable else (*self.warnings, "judge_unreadable")
        return Scored(parts=parts, route=self.route, answers=self.answers, warnings=warned)

    def shares(self, start: str = "", *, rules_only: bool = False) -> dict[str, float]:
        """Return Acc and strict Acc of the item, with open parts counted wrong (``low``) and right (``high``)."""
        told = [part.rule if rules_only else part.status for part in self.parts]
        right, wrong, count = told.count("right"), told.count("wrong"), len(told)
        return {
            f"{start}acc_low": right / count,
            f"{start}acc_high": (count - wrong) / count,
            f"{start}strict_low": float(right == count),
            f"{start}strict_high": float(wrong == 0),
        }


def prefix(variant: Variant, *, proof: bool) -> str:
    """Return what the names of an item's scores begin with: nothing for what the main figures are made of."""
    return ("proof." if proof else "") + ("" if variant == "real" else f"{variant}.")


def score(photo: MathPhoto, answered: Answered) -> Scored:
    """Check an answer by rule; a refusal is an empty answer. An item without a right answer stays open."""
    golds = photo.golds
    if not golds:
        part = Part(gold="", prediction=answered.text[:200], rule="undecided", reason="the right answer is empty")
        return Scored(parts=(part,), route="no_gold")
    from questline.tools.mathematics.checking import check_answer

    prediction = "" if answered.refused or answered.abstained else answered.text
    question = photo.question["zh"] or photo.question["en"]
    checked = check_answer(prediction, golds, question=question, choice=photo.choice or None)
    parts = [
        Part(gold=part.gold, prediction=part.prediction, rule=part.status, reason=part.reason) for part in checked.parts
    ]
    route = "refused" if answered.refused else "abstained" if answered.abstained else checked.route
    warned = tuple(getattr(warning, "code", str(warning)) for warning in checked.warnings)
    if not parts:
        parts = [
            Part(gold=golds[0], prediction=prediction[:200], rule="undecided", reason="the right answer has no part")
        ]
    return Scored(parts=parts, route=route, answers=tuple(checked.answers), warnings=warned)


def outcome_json(answered: Answered, scored: Scored, told: Mapping[str, Json]) -> dict[str, Json]:
    """Return what an item's line says of its answer."""
    text = answered.text
    if len(text) > _SHOWN:
        half = _SHOWN // 2
        text = f"{text[:half]}\n… {len(text) - _SHOWN:,} characters …\n{text[-half:]}"
    return {
        **told,
        "text": text,
        "answers": [answer[:_PART] for answer in scored.answers],
        "route": scored.route,
        "parts": [part.as_json() for part in scored.parts],
        "transcript": answered.transcript,
        "description": answered.description,
        "confidence": answered.confidence,
        "warnings": list(scored.warnings),
    }
