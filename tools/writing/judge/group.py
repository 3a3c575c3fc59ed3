"""Judge the candidates of one query together: a model sees them side by side, in two orders that are averaged."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from questline.errors import RunError, UsageError
from questline.tools.fencing import verbatim
from questline.tools.models.llm_contract import Prompt
from questline.tools.models.prompts import PromptTemplate
from questline.tools.writing.types import Judge, RuleSet

from .embedded import check_query, embedded_judge
from .llm import Ask, Counts, again, told_rules
from .reply import read_scores
from .rules import check_rules, seed_rules

__all__ = ["MOST", "GroupJudge", "GroupScores"]

MOST: Final = 16
"""Candidates that are judged together at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupScores:
    """What one group got."""

    scores: Sequence[float]
    """In [0, 1], one a candidate, in the order in which they were given."""
    position_gap: float
    """Mean difference of a candidate's scores between the two orders: how far the place decides."""
    degraded: bool = False
    warnings: Sequence[str] = ()


class GroupJudge:
    """Scores candidates listwise through a callable; without one, or when it fails, each by itself, embedded."""

    def __init__(
        self, ask: Ask | None = None, rules: RuleSet | None = None, *, instead: Judge | None = None, seed: int = 0
    ) -> None:
        """Take what asks the model, None for the embedded judge, and the seed of the order."""
        self.rules = seed_rules() if rules is None else check_rules(rules)
        self.counts = Counts()
        checked = any(rule.check for rule in self.rules.principles)
        self._instead = instead or embedded_judge(self.rules if checked else None)
        self._ask, self._seed = ask, seed
        file = resources.files("questline.tools.writing.judge") / "prompts" / "group.md"
        self._template = PromptTemplate.parse(file.read_text(encoding="utf-8"), origin="group.md")

    def scores(self, query: str, texts: Sequence[str]) -> GroupScores:
        """Return a score a candidate.

        The first order is drawn by the seed and the candidates, the second is the first turned round, so that each
        candidate stands once as far from the front as the other time from the end.

        Raises:
            UsageError: ``empty_query``; ``bad_param`` for no candidate, or more than `MOST`.
        """
        check_query(query)
        if not 1 <= len(texts) <= MOST:
            raise UsageError(f"{len(texts)} candidates; give 1 to {MOST} at once", code="bad_param", argument="texts")
        if self._ask is None:
            return GroupScores(scores=self._alone(query, texts), position_gap=0.0)
        order = list(range(len(texts)))
        random.Random(f"{self._seed} {query} {texts}").shuffle(order)  # noqa: S311  # no secret
        self.counts.verdicts += 1
        try:
            turns = [self._asked(self._ask, query, texts, places) for places in (order, order[::-1])]
        except RunError as error:
            self.counts.degraded += 1
            alone = self._alone(query, texts)
            return GroupScores(scores=alone, position_gap=0.0, degraded=True, warnings=("degraded", error.code))
        first, second = turns
        gap = sum(abs(one - other) for one, other in zip(first, second, strict=True)) / len(texts)
        means = [(one + other) / 2 for one, other in zip(first, second, strict=True)]
        return GroupScores(scores=means, position_gap=gap)

    def in_order(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return the scores of one call that shows `texts` in this order alone, for measuring what the place decides.

        Raises:
            RunError: What the model's callable raises, or ``bad_model_output``; no embedded judge stands in.
        """
        check_query(query)
        if self._ask is None:
            return self._alone(query, texts)
        return self._asked(self._ask, query, texts, range(len(texts)))

    def _alone(self, query: str, texts: Sequence[str]) -> list[float]:
        return [self._instead.judge(query, text).score for text in texts]

    def _asked(self, ask: Ask, query: str, texts: Sequence[str], places: Sequence[int]) -> list[float]:
        shown = "\n\n".join(f"[{number}] {texts[place]}" for number, place in enumerate(places, 1))
        prompt: Prompt = self._template.render(
            rules=told_rules(self.rules),
            query=query.replace("</query>", ""),
            count=len(texts),
            texts=verbatim("texts", shown),
        )
        for attempt in range(2):
            self.counts.calls += 1
            self.counts.retried += attempt
            reply = ask(prompt)
            try:
                told, mended = read_scores(reply, len(texts))
            except ValueError as error:
                prompt = again(prompt, reply, str(error))
                continue
            self.counts.mended += mended
            back = [0.0] * len(texts)
            for score, place in zip(told, places, strict=True):
                back[place] = (score - 1) / 4
            return back
        raise RunError(
            "the judging model's scores of a group cannot be read after a second try", code="bad_model_output"
        )
