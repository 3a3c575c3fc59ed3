"""How well orders are written on held-out lists, beside the first stage's order and one by chance."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.ranking.permutation import parse
from questline.training.evaluation.ranking_metrics import ndcg

from .lists import TaughtList

__all__ = ["OWN", "Scored", "means", "scored", "yardsticks"]

OWN: Final = "own nDCG@10"
"""Counts 0 where the order was not valid, so that a model which writes nothing usable is not as good as what it was
given: by this figure steps are chosen."""
_DEPTH: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What one written order is worth."""

    ndcg: float
    """nDCG@10, of the order as inference repairs it: what cannot be used leaves the first stage's order."""
    top: float
    """1 where the first passage is relevant."""
    valid: float
    """1 where each number was written exactly once."""


def scored(each: TaughtList, text: str) -> Scored:
    """Read a completion as `questline.tools.ranking.llm_judge.LLMJudge` does, and score the order."""
    made = parse(text, len(each.passages), prior=each.numbers(each.first_stage))
    ids = each.ids
    order = [ids[number - 1] for number in made.order]
    return Scored(
        ndcg=ndcg(order, each.judged, _DEPTH),
        top=float(each.judged.get(order[0], 0) > 0),
        valid=float(made.report.valid),
    )


def means(found: Sequence[Scored]) -> dict[str, float]:
    """Return the figures over lists."""
    count = max(1, len(found))
    return {
        "nDCG@10": sum(each.ndcg for each in found) / count,
        "top-1": sum(each.top for each in found) / count,
        "valid": sum(each.valid for each in found) / count,
        OWN: sum(each.ndcg * each.valid for each in found) / count,
    }


def yardsticks(lists: Sequence[TaughtList], *, seed: int = 0, draws: int = 20) -> Mapping[str, float]:
    """Return nDCG@10 of the first stage's order and, as a mean over draws, of orders by chance."""
    chance = random.Random(f"{seed} chance")  # noqa: S311 because a draw is no secret
    by_chance = [
        ndcg(chance.sample(each.ids, len(each.ids)), each.judged, _DEPTH) for each in lists for _ in range(draws)
    ]
    first = [ndcg(each.first_stage, each.judged, _DEPTH) for each in lists]
    return {"first stage": sum(first) / max(1, len(first)), "chance": sum(by_chance) / max(1, len(by_chance))}
