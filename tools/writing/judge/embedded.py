"""The judge without a language model: named checks, one a principle, a score of their grades, five dimensions."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean
from typing import Final

from questline.errors import UsageError
from questline.tools.writing.types import AppliedPrinciple, RuleSet, Verdict, warning

from .checks import Check, Checked, check_of
from .rules import check_rules, seed_rules
from .wording import add_wording_checks

__all__ = ["GOOD_FROM", "EmbeddedJudge", "check_query", "embedded_judge", "empty_verdict"]

add_wording_checks()
GOOD_FROM: Final = 0.75
"""Score from which a text is good, if it fails no check that decides alone, and at most one other: set on our own
texts, good and spoiled."""


class EmbeddedJudge:
    """Judges by the checks that the principles name; nothing in it is learnt, and equal input gives equal verdicts.

    A principle without a check is left out, with the warning ``unchecked_principle``.
    """

    def __init__(self, rules: RuleSet | None = None) -> None:
        """Take rules; raises `UsageError` ``bad_rules`` for rules that contradict each other or that name no check."""
        self.rules = seed_rules() if rules is None else check_rules(rules)
        self._checks = [(rule, check_of(rule.check)) for rule in self.rules.principles if rule.check is not None]
        if not self._checks:
            raise UsageError(
                f"no rule of {self.rules.name!r} names an embedded check; give one a check, or ask a language model",
                code="bad_rules",
            )

    def judge(self, query: str, text: str) -> Verdict:
        """Return the verdict; see `questline.tools.writing.types.Judge`."""
        check_query(query)
        if not any(map(str.isalnum, text)):
            return empty_verdict()
        found = [(rule, check, check.run(query, text)) for rule, check in self._checks]
        weight = sum(check.weight for _, check, _ in found)
        score = sum(check.weight * told.score for _, check, told in found) / weight
        failed = [rule.id for rule, check, told in found if (check.hard or told.alone) and not told.passed]
        score = min(score, 0.5 / (1 + len(failed))) if failed else score
        left_out = len(self._checks) < len(self.rules.principles)
        return Verdict(
            good=not failed and score >= GOOD_FROM and sum(not told.passed for _, _, told in found) < 2,
            score=score,
            dimensions=_dimensions([(check, told) for _, check, told in found]),
            principles=[
                AppliedPrinciple(
                    id=rule.id, text=rule.text, verdict=told.passed, evidence=told.evidence, reason=told.reason
                )
                for rule, _, told in found
            ],
            reasons=[f"{rule.id}: {told.reason}" for rule, _, told in found if not told.passed],
            warnings=warning("unchecked_principle", given=left_out),
        )


def embedded_judge(rules: RuleSet | None = None) -> EmbeddedJudge:
    """Return the judge that needs no model, by the shipped rules or by others."""
    return EmbeddedJudge(rules)


def check_query(query: str) -> None:
    """Refuse a query of white space alone: `UsageError` ``empty_query``."""
    if not query.strip():
        raise UsageError("the query is empty; say what the text is for", code="empty_query", argument="query")


def empty_verdict() -> Verdict:
    """Return what is said of a text without a letter."""
    return Verdict(good=False, score=0.0, dimensions={}, principles=(), reasons=("there is no text",))


def _dimensions(found: list[tuple[Check, Checked]]) -> dict[str, float]:
    grades: defaultdict[str, list[float]] = defaultdict(list)
    for check, told in found:
        grades[check.dimension].append(told.score)
    return {name: round(1 + 4 * fmean(scores), 2) for name, scores in grades.items()}
